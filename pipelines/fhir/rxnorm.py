"""Names of clinical drugs as RxNorm composes them: "24 HR metformin 500 MG Oral Tablet [Fortamet]".

The pattern is quantity, then ingredient and strength of each part, then form, then brand
(https://www.nlm.nih.gov/research/umls/rxnorm/docs/techdoc.html, "normalized names").
"""

import re
from typing import Final

_QUANTITY: Final = re.compile(
    r"^(?:abuse-deterrent\s+|NDA\d+\s+|\d[\d.,]*\s*(?:HR|ML|ACTUAT|DAY)\s+)+", re.IGNORECASE
)
_BRAND: Final = re.compile(r"\s*\[[^\]]*\]$")
_STRENGTH: Final = re.compile(
    r"\s+\d[\d.,]*(?:-\d[\d.,]*)?\s*(?:MG|MCG|UNT|ML|MEQ|GM|G|%|BAU|CELLS|MMOL|MOL|CI|MCI|AMB|PNU|UG)"
    r"(?:/(?:\d[\d.,]*\s*)?(?:ML|MG|ACTUAT|HR|G|L))?(?=\s|$)",
    re.IGNORECASE,
)
_ORIGIN: Final = re.compile(r",\s*(?:porcine|bovine)\b", re.IGNORECASE)
_FORM: Final = re.compile(
    r"\s+(?:(?:extended|delayed|sustained|modified)[- ]release|disintegrating|chewable|"
    r"effervescent|prefilled|metered dose|dry powder|mucosal|injectable|auto-?injector|"
    r"pen injector|oral|"
    r"buccal|sublingual|topical|ophthalmic|otic|nasal|rectal|vaginal|transdermal|inhalant|"
    r"inhalation|irrigation|intravenous|enteric coated)\b.*$"
    r"|\s+(?:tablet|capsule|injection|solution|suspension|cartridge|syringe|spray|cream|ointment|"
    r"gel|lotion|patch|inhaler|powder|syrup|suppository)s?$",
    re.IGNORECASE,
)


def drug_names(text: str) -> list[str]:
    """The name as it stands; then without quantity, strength and brand; then without its form."""
    bare = _ORIGIN.sub("", _BRAND.sub("", _QUANTITY.sub("", text)))
    parts = [_STRENGTH.sub("", part).strip() for part in bare.split(" / ")]
    with_form = "/".join(part for part in parts if part)
    without_form = "/".join(_FORM.sub("", part).strip() for part in parts if part)
    return [name for name in dict.fromkeys((text, with_form, without_form)) if name]
