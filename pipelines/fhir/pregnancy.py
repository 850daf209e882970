"""Observations of pregnancy, gestation, breastfeeding and Child-Pugh class.

A state holds for a time: "pregnant" for at most 300 days, "not pregnant" for 30; an older one
says nothing about today. Weeks of gestation go on being counted to the date of the bundle.
"""

import re
from typing import Any, Final

from graphrx.pipelines.fhir.concepts import LOINC, code_of, codes, label, without_tag
from graphrx.pipelines.fhir.elements import Element, Moment
from graphrx.pipelines.fhir.loinc import BREASTFEEDING, DUE_DATE, GESTATION, PREGNANCY
from graphrx.pipelines.fhir.reading import Reading
from graphrx.pipelines.fhir.units import measure

_STATUS: Final = {
    "77386006": "pregnant", "LA15173-0": "pregnant", "60001007": "not_pregnant",
    "LA26683-5": "not_pregnant", "LA4489-6": "unknown",
    "pregnant": "pregnant", "patient currently pregnant": "pregnant",
    "not pregnant": "not_pregnant", "patient not currently pregnant": "not_pregnant",
}  # fmt: skip
_YES_NO: Final = {"LA33-6": True, "LA32-8": False, "373066001": True, "373067005": False,
                  "yes": True, "no": False, "Y": True, "N": False}  # fmt: skip
_HOLDS_DAYS: Final = {"pregnant": 300, "not_pregnant": 30, "unknown": 300}
_TERM_WEEKS: Final = 40
_MAX_WEEKS: Final = 45
_CHILD_PUGH: Final = re.compile(r"child[\s-]*(?:turcotte[\s-]*)?pugh", re.IGNORECASE)
_CLASS: Final = re.compile(
    r"(?:.*\b(?:class|grade|pugh)\s*)?\b([ABC])\b(?:\s*\(.*)?", re.IGNORECASE
)


def wanted(code: Element | None) -> bool:
    """True for the code of such an observation."""
    named = code_of(code, LOINC) & {PREGNANCY, BREASTFEEDING, *GESTATION, *DUE_DATE}
    return bool(named) or bool(_CHILD_PUGH.search(label(code) or ""))


def read(reading: Reading, one: Element, when: Moment | None) -> bool:
    """Read such an observation; False where it is none."""
    found = code_of(one.part("code"), LOINC)
    if PREGNANCY in found:
        value: Any = _answer(one, _STATUS)
        name = "pregnancy"
    elif BREASTFEEDING in found:
        name, value = "breastfeeding", one.flag("valueBoolean")
        value = _answer(one, _YES_NO) if value is None else value
    elif found & GESTATION:
        name, value = "weeks", _weeks(reading, one, when)
    elif found & DUE_DATE:
        name, value = "weeks", _weeks_to(reading, one.date("valueDateTime"))
    elif _CHILD_PUGH.search(label(one.part("code")) or ""):
        name, value = "child_pugh", _child_pugh(one)
    else:
        return False
    shown = without_tag(label(one.part("code")) or name)
    if value is None:
        reading.note(f"Observation {shown}: its value is not understood, not read")
    else:
        _keep(reading, name, value, when, shown)
    return True


def _answer(one: Element, answers: dict[str, Any]) -> Any:
    concept = one.part("valueCodeableConcept")
    text = without_tag(label(concept) or one.text("valueString") or "").casefold()
    said = {answers[code] for code in (*codes(concept), text) if code in answers}
    return said.pop() if len(said) == 1 else None


def _weeks(reading: Reading, one: Element, when: Moment | None) -> float | None:
    quantity = one.part("valueQuantity")
    value = quantity.number("value") if quantity else None
    if quantity is None or value is None or quantity.has("comparator"):
        return None
    weeks = measure("weeks", value, quantity.text("code") or quantity.text("unit") or "")
    if weeks is None or when is None or reading.today is None:
        return weeks
    return weeks + (reading.today - when.day).days / 7


def _weeks_to(reading: Reading, due: Moment | None) -> float | None:
    if due is None or reading.today is None:
        return None
    return _TERM_WEEKS - (due.day - reading.today).days / 7


def _child_pugh(one: Element) -> str | None:
    quantity = one.part("valueQuantity")
    points = quantity.number("value") if quantity else one.number("valueInteger")
    if points is not None:
        return next((letter for top, letter in ((6, "A"), (9, "B"), (15, "C"))
                     if 5 <= points <= top), None)  # fmt: skip
    text = without_tag(label(one.part("valueCodeableConcept")) or one.text("valueString") or "")
    match = _CLASS.fullmatch(text)
    return match[1].upper() if match else None


def _keep(reading: Reading, name: str, value: Any, when: Moment | None, shown: str) -> None:
    """Keep the newest; two different ones from one moment leave it unknown."""
    old = reading.states.get(name)
    stamp = when.instant.timestamp() if when else float("-inf")
    if old is not None and old[0] == stamp and old[1] != value:
        reading.note(f"Observation {shown}: contradicts another from the same moment, not read")
        value = None
    if old is None or stamp >= old[0]:
        reading.states[name] = (stamp, value, when, shown)


def finish(reading: Reading) -> None:
    """Write what still holds at the date of the bundle into the patient."""
    for name, (_, value, when, shown) in sorted(reading.states.items()):
        if value is None:
            continue
        if name in ("breastfeeding", "child_pugh"):
            reading.patient[name] = value
            continue
        days = (reading.today - when.day).days if when and reading.today else 0
        stale = value > _MAX_WEEKS if name == "weeks" else days > _HOLDS_DAYS[value]
        if name == "weeks" and value < 0:
            stale = True
        if stale:
            reading.note(f"Observation {shown}: says nothing about {reading.today}, not read")
        else:
            state = reading.patient.setdefault("pregnancy", {})
            state["status" if name == "pregnancy" else "gestation_weeks"] = (
                value if name == "pregnancy" else round(value, 1)
            )
    state = reading.patient.get("pregnancy")
    if state is not None and "status" not in state:
        state["status"] = "pregnant"
