"""What people write around a name: status, stage, severity, cause, reaction, dose and form.

A clinical phrase is taken apart into a core and its qualifiers *before* the core is looked
up, so that "previous myocardial infarction" and "myocardial infarction" meet at one node and
the word "previous" is kept as a fact of its own, not lost.
"""

import re
from dataclasses import dataclass, field

from graphrx.kg.linking.dosage import Parts, take_dosage

_PAST = re.compile(
    r"^(?:previous(?:ly)?|prior|past|old|former|h/o|hx of|history of|past history of|"
    r"personal history of|s/p|status post|post|remote|既往(?:有)?|曾患|曾有|陈旧性|陈旧)\s*|"
    r"\s*(?:\((?:previous|past|history|resolved|既往)\)|,?\s*(?:in the past|resolved|history)|病史|史)$",
    re.IGNORECASE,
)
_FAMILY = re.compile(r"^(?:family history of|fh of|fhx of|家族史[:：]?)\s*|家族史$", re.IGNORECASE)
_NEGATED = re.compile(
    r"^(?:no(?: known| history of| evidence of)?|denies|without|negative for|not|无|否认|没有)\s+|^(?:无|否认|没有)",
    re.IGNORECASE,
)
_SUSPECTED = re.compile(
    r"^(?:suspected|possible|probable|likely|presumed|query|\?|r/o|rule out|疑似|可疑|疑)\s*"
    r"|\s*(?:\?|possible|suspected)$",
    re.IGNORECASE,
)
_PREGNANCY = re.compile(
    r"\s*(?:,|\()?\s*(?:in|during|complicating) (?:the )?pregnancy\)?$|^(?:pregnancy with|妊娠合并|妊娠期)\s*",
    re.IGNORECASE,
)
_SEVERITY = re.compile(
    r"^(?P<a>mild|moderate(?:ly severe)?|severe|very severe|轻度|中度|重度|严重)\s*|"
    r"\s*[,(（]\s*(?P<b>mild|moderate|severe|轻度|中度|重度|严重)\s*[)）]?$",
    re.IGNORECASE,
)
_ADJECTIVES = re.compile(
    r"^(?:chronic|acute|active|current|known|stable|established|symptomatic|longstanding|"
    r"recurrent|persistent|uncomplicated|primary|essential|idiopathic|well[- ]controlled|"
    r"controlled|diagnosed|confirmed|慢性|急性|活动性|复发性|原发性|稳定期)\s*",
    re.IGNORECASE,
)
_STAGE = re.compile(
    r"[,(]?\s*\b(?:stage|grade|class|g(?=[1-5][ab]?\b))\s*(?P<s>[1-5](?:\s?[ab])?|i{1,3}[ab]?|iv|v)\b\s*\)?|"
    r"(?:第)?(?P<z>[1-5][abAB]?|[一二三四五]|[ⅠⅡⅢⅣⅤ])\s*期|[G](?P<g>[1-5][ab]?)期?$",
    re.IGNORECASE,
)
_NYHA = re.compile(
    r"[,(]?\s*(?:new york heart association|nyha|心功能|纽约心功能)(?:\s*(?:functional)?\s*(?:class|fc|分级|级)?)?\s*"
    r"(?P<n>iv|i{1,3}|[1-4]|[ⅠⅡⅢⅣ]|[一二三四])(?:\s*[-–/]\s*(?P<m>iv|i{1,3}|[1-4]))?\s*(?:级)?\s*\)?",
    re.IGNORECASE,
)
_CHILD = re.compile(
    r"[,(（]?\s*child[\s-]*(?:turcotte[\s-]*)?pugh\s*(?:class|grade|score)?\s*(?P<c>[ABC])\b\s*(?:级)?\s*[)）]?",
    re.IGNORECASE,
)
_CAUSE = re.compile(
    r"\s*(?:due to|caused by|secondary to|induced by|from|after|with use of|on)\s+(?P<a>.+)$|"
    r"^(?P<b>[^\s].*?)[- ](?:induced|associated|related)\s+(?P<c>.+)$|"
    r"^(?:由)?(?P<d>.+?)(?:引起的|所致的?|导致的)(?P<e>.+)$",
    re.IGNORECASE,
)
_ALLERGY = re.compile(
    r"^(?:allerg(?:y|ic) (?:to|reaction to)|hypersensitivity to|对)\s*(?P<a>.+?)(?:过敏(?:反应)?)?$|"
    r"^(?P<b>.+?)\s*(?:allergy|hypersensitivity|过敏史|过敏反应|过敏)$",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"^(?P<a>[^(（]+?)\s*[(（]\s*(?P<r>[^)）]+)\s*[)）]\s*$|^(?P<b>.+?)\s*(?:->|→|–|—|:|：| - )\s*(?P<s>.+)$"
)

_ROMAN = {"i": "1", "ii": "2", "iii": "3", "iv": "4", "v": "5"}
_DIGITS = {"一": "1", "二": "2", "三": "3", "四": "4", "五": "5",
           "Ⅰ": "1", "Ⅱ": "2", "Ⅲ": "3", "Ⅳ": "4", "Ⅴ": "5"}  # fmt: skip
_NUMERAL = {"1": "I", "2": "II", "3": "III", "4": "IV", "5": "V"}
_SEVERITY_WORDS = {"轻度": "mild", "中度": "moderate", "重度": "severe", "严重": "severe",
                   "very severe": "severe", "moderately severe": "severe"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Phrase:
    """A clinical phrase taken apart.

    :param core: what remains to be looked up.
    :param status: ``active``, ``past``, ``family`` (someone else's) or ``absent`` (negated).
    :param grades: qualifier name → value: ``stage`` "3b", ``nyha`` "III", ``severity``
        "severe", ``child_pugh`` "C".
    :param cause: text after "due to", or None.
    :param pregnant: the phrase says that the patient is pregnant.
    :param suspected: the phrase marks the problem as not certain; it still counts.
    """

    core: str
    status: str = "active"
    grades: dict[str, str] = field(default_factory=dict)
    cause: str | None = None
    pregnant: bool = False
    suspected: bool = False


def _digit(text: str) -> str:
    low = text.lower().replace(" ", "")
    suffix = low[-1] if low[-1:] in "ab" and len(low) > 1 else ""
    stem = low[: len(low) - len(suffix)] if suffix else low
    return _DIGITS.get(text, _ROMAN.get(stem, stem)) + suffix


def _cut(text: str, match: re.Match[str]) -> str:
    return (text[: match.start()] + " " + text[match.end() :]).strip(" ,;，、")


def read_grades(text: str) -> tuple[str, dict[str, str]]:
    """Take stage, NYHA class and Child-Pugh class out of a phrase: ``(rest, grades)``."""
    grades: dict[str, str] = {}
    if found := _NYHA.search(text):
        # "NYHA II-III" is read as the worse of the two
        worst = _digit(found["m"] or found["n"])
        grades["nyha"] = _NUMERAL[max(worst, _digit(found["n"]))]
        text = _cut(text, found)
    if found := _CHILD.search(text):
        grades["child_pugh"] = found["c"].upper()
        text = _cut(text, found)
    if found := _STAGE.search(text):
        grades["stage"] = _digit(found["s"] or found["z"] or found["g"])
        text = _cut(text, found)
    return text, grades


def read_phrase(text: str) -> Phrase:
    """Take a diagnosis, symptom or history entry apart; nothing in it is thrown away."""
    rest = text.strip()
    if found := _FAMILY.search(rest):
        return Phrase(_cut(rest, found), status="family")
    status, suspected, pregnant, cause = "active", False, False, None
    if found := _NEGATED.search(rest):
        status, rest = "absent", _cut(rest, found)
    if found := _PAST.search(rest):
        status, rest = ("past" if status == "active" else status), _cut(rest, found)
    if found := _SUSPECTED.search(rest):
        suspected, rest = True, _cut(rest, found)
    if found := _PREGNANCY.search(rest):
        pregnant, rest = True, _cut(rest, found)
    rest, grades = read_grades(rest)
    if found := _SEVERITY.search(rest):
        word = (found["a"] or found["b"]).lower()
        grades["severity"] = _SEVERITY_WORDS.get(word, word)
        rest = _cut(rest, found)
    if found := _CAUSE.search(rest):
        cause = found["a"] or found["b"] or found["d"]
        core = found["c"] or found["e"] or rest[: found.start()]
        rest = core.strip(" ,;，、")
    return Phrase(rest, status, grades, cause, pregnant, suspected)


_REMARK = re.compile(r"\s*[(（\[][^()（）\[\]]*[)）\]]\s*$")


def without_remark(text: str) -> str | None:
    """Drop a remark in brackets at the end ("obesity (BMI 34)"), or None where there is none."""
    found = _REMARK.search(text)
    return _cut(text, found) if found and found.start() > 0 else None


def without_adjective(text: str) -> str | None:
    """Drop one leading adjective that no node is named by ("known", "chronic"), or None."""
    found = _ADJECTIVES.search(text)
    return _cut(text, found) if found and found.end() < len(text) else None


def read_allergy(text: str) -> tuple[str, str | None]:
    """Split an allergy entry into substance and reaction: ``("penicillin", "anaphylaxis")``."""
    reaction = None
    if found := _REACTION.match(text.strip()):
        text, reaction = (found["a"] or found["b"]), (found["r"] or found["s"]).strip()
    if found := _ALLERGY.match(text.strip()):
        text = found["a"] or found["b"]
    return text.strip(), reaction


def names_an_allergy(text: str) -> str | None:
    """The substance, when a *diagnosis* really says an allergy ("penicillin allergy")."""
    found = _ALLERGY.match(text.strip())
    return (found["a"] or found["b"]).strip() if found else None


_FORMS: dict[str, str | None] = {
    r"\b(?:extended|modified|sustained|prolonged|slow|immediate|delayed)[- ]?release\b|\b(?:er|xr|sr|xl|mr|cr|la|ec|dr|hct)\b": None,
    r"\b(?:tablets?|tabs?|capsules?|caps?|oral(?: solution| suspension| powder)?|orally|po|syrup|chewable|caplets?|granules?|sachets?|lozenges?|orodispersible|by mouth)\b": "oral",
    r"\b(?:intravenous(?:ly)?|iv|infusion)\b|^静脉(?:注射|滴注)?|静脉(?:注射|滴注)?$|静滴|静注": "iv",
    r"\b(?:intramuscular(?:ly)?|im|depot)\b|^肌肉?注射?|肌注|肌肉注射$": "im",
    r"\b(?:subcutaneous(?:ly)?|sc|sq)\b|^皮下注射|皮下(?:注射)?$": "sc",
    r"\b(?:injection|injectable|vials?|ampoules?|prefilled syringe|pens?|for injection)\b": None,
    r"\b(?:inhalers?|inhaled|inhalation|nebuli[sz]er(?: solution)?|nebules?|evohaler|turbohaler|accuhaler|aerosol|puffs?)\b": "inhaled",
    r"\b(?:eye drops?|ophthalmic(?: solution| ointment)?|eye ointment)\b": "ophthalmic",
    r"\b(?:nasal spray|nasal|intranasal)\b": "nasal",
    r"\b(?:transdermal|patch(?:es)?)\b": "transdermal",
    r"\b(?:topical|cream|gel|ointment|lotion|shampoo|foam)\b": "topical",
    r"\b(?:suppositor(?:y|ies)|rectal|enema)\b": "rectal",
    r"\b(?:vaginal|pessar(?:y|ies))\b": "vaginal",
    r"\b(?:sublingual|sl|buccal)\b": "sublingual",
    r"\bintrathecal(?:ly)?\b|^鞘内(?:注射)?|鞘内(?:注射)?$": "intrathecal",
    r"(?:缓释|控释|肠溶|分散|咀嚼|泡腾|薄膜衣|速释|口崩)?(?:片剂|片|胶囊|颗粒|口服溶液|口服液|糖浆|混悬液|口服|丸)$|^口服(?!补液)": "oral",
    r"(?:注射用)|(?:缓释|控释|肠溶)|(?:粉针剂?|注射液|注射剂|针剂)$": None,
    r"(?:吸入剂|气雾剂|粉雾剂|吸入用.{0,4}|雾化.{0,4})$|^吸入用": "inhaled",
    r"(?:滴眼液|眼膏|眼用凝胶)$": "ophthalmic",
    r"(?:鼻喷雾剂|滴鼻液|鼻喷剂)$": "nasal",
    r"(?:乳膏|软膏|凝胶|乳剂|洗剂|搽剂|外用)$": "topical",
    r"(?:贴片|贴剂|透皮贴)$": "transdermal",
    r"(?:栓剂|栓)$": "rectal",
}  # fmt: skip
_FORM_PATTERNS = [(re.compile(p, re.IGNORECASE), route) for p, route in _FORMS.items()]
_SALT = re.compile(
    r"\s+(?:hydrochloride|hcl|hydrobromide|sodium|potassium|calcium|magnesium|sulfate|sulphate|maleate|"
    r"mesylate|mesilate|besylate|besilate|tartrate|bitartrate|succinate|fumarate|phosphate|acetate|citrate|"
    r"nitrate|bromide|chloride|monohydrate|dihydrate|trihydrate|anhydrous|hyclate|axetil|medoxomil|disodium|"
    r"tromethamine|gluconate|lactate|palmitate|decanoate|etexilate|dipropionate|propionate|valerate|furoate)$",
    re.IGNORECASE,
)
_SALT_ZH = re.compile(
    r"^(?:盐酸|硫酸|马来酸|苯磺酸|甲磺酸|酒石酸|琥珀酸|富马酸|磷酸|醋酸|枸橼酸|重酒石酸|氢溴酸|硝酸|门冬氨酸)|"
    r"(?:钠|钾|钙|镁|盐酸盐|硫酸盐)$"
)


@dataclass(frozen=True, slots=True)
class DrugText:
    """A drug entry taken apart: name, the route that its form implies (or None), and the dose.

    :param core: the name without form and dose.
    :param undosed: without the dose alone, since some brands bear a form ("Osmolex ER").
    """

    core: str
    undosed: str
    route: str | None
    stripped: bool
    order: Parts


def read_drug(text: str) -> DrugText:
    """Take dose, frequency and pharmaceutical form out of a drug entry, keeping the route."""
    rest, order = take_dosage(text)
    rest, route = re.sub(r"\s+", " ", rest).strip(" ,;，、-"), None
    undosed = rest
    for pattern, implied in _FORM_PATTERNS:
        if pattern.search(rest) and pattern.sub(" ", rest).strip(" ,;()（）"):
            rest = pattern.sub(" ", rest).strip()
            route = route or implied
    if route is None:  # "2 puffs" has been read as a dose, and says the route too
        ways = (way for pattern, way in _FORM_PATTERNS if way and pattern.search(order.said))
        route = next(ways, None)
    rest = re.sub(r"[(（]\s*[)）]", " ", rest)
    rest = re.sub(r"\s+", " ", rest).strip(" ,;，、-")
    return DrugText(rest, undosed, route, rest != text.strip(), order)


def without_salt(text: str) -> str | None:
    """The name without its salt ("metoprolol tartrate" → "metoprolol"), or None if it has none."""
    for pattern in (_SALT, _SALT_ZH):
        if (found := pattern.search(text)) and len(_cut(text, found)) > 1:
            return _cut(text, found)
    return None
