"""Words of patient files that the verifier grades by: reactions and routes, in two languages."""

from graphrx.kg.linking.normalise import normalise

SEVERE = tuple(
    map(normalise, ("anaphyla", "angioedema", "angio-oedema", "stevens", "sjs", "toxic epidermal",
                    "ten", "dress", "eosinophilia and systemic", "severe", "shock", "life threat",
                    "airway", "bronchospasm", "respiratory arrest", "agranulocytosis",
                    "过敏性休克", "休克", "血管性水肿", "血管神经性水肿", "喉头水肿", "剥脱", "重症", "严重")),
)  # fmt: skip
INTOLERANCE = tuple(
    map(normalise, ("intoleran", "nausea", "vomiting", "gi upset", "stomach upset", "upset stomach",
                    "diarrhoea", "diarrhea", "constipation", "headache", "dizziness", "dyspepsia",
                    "drowsiness", "side effect", "cough", "osteoporosis", "weight gain", "diabetes",
                    "干咳", "咳嗽", "便秘", "骨质疏松", "不耐受", "恶心", "呕吐", "腹泻", "胃部不适", "头痛", "头晕")),
)  # fmt: skip
ROUTES = {"po": "oral", "by mouth": "oral", "口服": "oral", "intravenous": "iv", "静脉": "iv",
           "静脉注射": "iv", "静脉滴注": "iv", "intramuscular": "im", "肌注": "im", "肌内注射": "im",
           "subcutaneous": "sc", "皮下注射": "sc", "皮下": "sc", "inhalation": "inhaled", "吸入": "inhaled",
           "外用": "topical", "cutaneous": "topical", "eye": "ophthalmic", "滴眼": "ophthalmic",
           "per rectum": "rectal", "pr": "rectal", "舌下": "sublingual", "intranasal": "nasal",
           "鞘内": "intrathecal", "鞘内注射": "intrathecal"}  # fmt: skip


def route_of(text: str | None) -> str | None:
    """The route that a word means; the word itself where it is none that is known here."""
    low = text.strip().casefold() if text else None
    return ROUTES.get(low, low) if low else None
