"""Dosage: the route, amount and frequency of each instruction."""

from dataclasses import dataclass
from typing import Final

from graphrx.pipelines.fhir.concepts import codes, label, without_tag
from graphrx.pipelines.fhir.dosage_words import dosage_words
from graphrx.pipelines.fhir.elements import Element, Json, Moment

_ROUTES: Final = {
    "26643006": "oral", "47625008": "iv", "78421000": "im", "34206005": "sc",
    "6064005": "topical", "46713006": "nasal", "54485002": "ophthalmic", "37161004": "rectal",
    "16857009": "vaginal", "45890007": "transdermal", "37839007": "sublingual",
    "447694001": "inhaled", "PO": "oral", "IV": "iv", "IM": "im", "SC": "sc", "SQ": "sc",
}  # fmt: skip
"""Route codes of SNOMED CT and of HL7."""
_HARMLESS: Final = frozenset((
    "id", "extension", "sequence", "text", "patientInstruction", "modifierExtension",
))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Dosage:
    """One instruction, in the words of the patient context; None where it is not said.

    :param end: the last day of the course, where it has one.
    :param unread: keys that were not read.
    """

    route: str | None = None
    dose: str | None = None
    frequency: str | None = None
    end: Moment | None = None
    unread: tuple[str, ...] = ()


def dosages(one: Element, key: str) -> list[Dosage]:
    """Every instruction of a resource."""
    return [_dosage(each) for each in one.parts(key)]


def _dosage(each: Element) -> Dosage:
    timing = each.part("timing")
    repeat = timing.part("repeat") if timing else None
    bounds = repeat.part("boundsPeriod") if repeat else None
    for key in ("asNeededBoolean", "asNeededCodeableConcept"):
        each.has(key)
    words, bounded = _checked(each)
    try:
        dose, frequency = (None, None) if bounded else dosage_words(words)
    except OverflowError:
        raise each.wrong("doseAndRate", each.data.get("doseAndRate"), "a dose") from None
    route = _route(each.part("route"))
    unread = tuple(each.left(_HARMLESS))
    return Dosage(
        route=route,
        dose=dose,
        frequency=frequency,
        end=bounds.date("end") if bounds else None,
        unread=(*unread, "dose with a comparator") if bounded else unread,
    )


def _checked(each: Element) -> tuple[Json, bool]:
    """A Dosage in the one form, and whether a dose is only a bound ("< 5 mg")."""
    rates, plain = each.parts("doseAndRate"), each.part("dose")  # of MedicationAdministration
    quantities = (*(rate.part("doseQuantity") for rate in rates), plain)
    bounded = any(one is not None and one.has("comparator") for one in quantities)
    if plain is None:
        return each.data, bounded
    return {**each.data, "doseAndRate": [{"doseQuantity": plain.data}]}, bounded


def _route(concept: Element | None) -> str | None:
    known = sorted(_ROUTES[code] for code in codes(concept) if code in _ROUTES)
    if known:
        return known[0]
    text = label(concept)
    return without_tag(text).casefold().removesuffix(" route") if text else None
