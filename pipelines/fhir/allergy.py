"""AllergyIntolerance: substances, reactions, severity; and "none known", which is knowledge."""

from typing import Final

from graphrx.pipelines.fhir.concepts import allergens, codes, label, without_tag
from graphrx.pipelines.fhir.elements import Element
from graphrx.pipelines.fhir.reading import Reading

_NONE_KNOWN: Final = frozenset(("716186003", "409137002", "no-known-allergies",
                                "no-known-medication-allergies"))  # fmt: skip
_NONE_OF_OTHERS: Final = frozenset(("429625007", "428607008", "428197003",
                                    "no-known-food-allergies",
                                    "no-known-environmental-allergies"))  # fmt: skip
_GRADES: Final = ("mild", "moderate", "severe")


def read(reading: Reading, one: Element) -> None:
    """Read an AllergyIntolerance. One without a code is kept as a substance that nothing knows."""
    sure, clinical = codes(one.part("verificationStatus")), codes(one.part("clinicalStatus"))
    code = one.part("code")
    shown = label(code) or "without a code"
    gone = sure & {"refuted", "entered-in-error"} or clinical & {"inactive", "resolved"}
    if gone:
        reading.skip(f"AllergyIntolerance {min(gone)}: {shown}")
        return
    coded = codes(code)
    if coded & _NONE_OF_OTHERS or "no-allergy-info" in coded:
        reading.skip(f"AllergyIntolerance, not about drugs: {shown}")
        return
    if coded & _NONE_KNOWN or reading.resolver.allergen(shown).none_known:
        reading.listed("allergies")
        return
    reading.modified(one, "AllergyIntolerance")
    for key in ("recordedDate", "onsetDateTime", "lastOccurrence"):
        reading.late(one.date(key), f"AllergyIntolerance {shown}")
    reactions = one.parts("reaction")
    substances = allergens(reading.resolver, code)
    for reaction in reactions:
        substances += allergens(reading.resolver, reaction.part("substance"))
    if _of_the_air(reading, one, substances):
        reading.listed("allergies")
        reading.skip(f"AllergyIntolerance, environment: {shown}")
        return
    words = [without_tag(text) for reaction in reactions
             for part in reaction.parts("manifestation") if (text := label(part))]  # fmt: skip
    kind = one.text("type")
    if kind == "intolerance":
        words.append("intolerance")
    severity = _severity(one, reactions)
    for substance in dict.fromkeys(substances or ["AllergyIntolerance without a code"]):
        entry = {
            "substance": substance,
            "reaction": ", ".join(dict.fromkeys(words)) or None,
            "severity": severity,
        }
        reading.add("allergies", entry)
    for reaction in reactions:
        reading.rest(reaction, "AllergyIntolerance.reaction", ("onset", "id"))
    reading.rest(one, "AllergyIntolerance", ("onsetAge", "onsetPeriod", "onsetRange",
                                             "onsetString"))  # fmt: skip


def _severity(one: Element, reactions: list[Element]) -> str | None:
    """The worst reaction; severe where the criticality is high."""
    found = [word for reaction in reactions if (word := reaction.text("severity"))]
    for word in found:
        if word not in _GRADES:
            raise one.wrong("reaction.severity", word, "mild, moderate or severe")
    if one.text("criticality") == "high":
        return "severe"
    return max(found, key=_GRADES.index, default=None)


def _of_the_air(reading: Reading, one: Element, substances: list[str]) -> bool:
    """An environmental allergen that the graph does not know is no drug: house dust, dander."""
    categories = one.data.get("category")
    one.has("category")
    if categories is not None and not isinstance(categories, list):
        raise one.wrong("category", categories, "a list")
    only = categories == ["environment"]
    return only and not any(reading.resolver.allergen(name).nodes for name in substances)
