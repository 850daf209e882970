"""Dosage: the route, amount and frequency of each instruction."""

from dataclasses import dataclass
from typing import Final

from graphrx.pipelines.fhir.concepts import codes, label, without_tag
from graphrx.pipelines.fhir.elements import Element, Json, Moment
from graphrx.pipelines.fhir.dosage_words import dosage_words

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
    try:
        dose, frequency = dosage_words(_checked(each))
    except OverflowError:
        raise each.wrong("doseAndRate", each.data.get("doseAndRate"), "a dose") from None
    return Dosage(
        route=_route(each.part("route")),
        dose=dose,
        frequency=frequency,
        end=bounds.date("end") if bounds else None,
        unread=tuple(each.left(_HARMLESS)),
    )


def _checked(each: Element) -> Json:
    """A Dosage with its parts checked; that of MedicationAdministration in the form of others."""
    rates, plain = each.parts("doseAndRate"), each.part("dose")
    for one in (*(rate.part("doseQuantity") for rate in rates), plain):
        if one is not None and one.has("comparator"):
            raise one.wrong("comparator", one.data["comparator"], "read: write the dose itself")
    return each.data if plain is None else {**each.data, "doseAndRate": [{"doseQuantity": plain.data}]}


def _route(concept: Element | None) -> str | None:
    known = sorted(_ROUTES[code] for code in codes(concept) if code in _ROUTES)
    if known:
        return known[0]
    text = label(concept)
    return without_tag(text).casefold().removesuffix(" route") if text else None
