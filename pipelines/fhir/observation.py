"""Observation: laboratory values and measures by LOINC; the newest of each kind wins."""

from dataclasses import dataclass, replace
from typing import Any, Final

from graphrx.pipelines.fhir import pregnancy
from graphrx.pipelines.fhir.concepts import LOINC, code_of, label, without_tag
from graphrx.pipelines.fhir.elements import Element, Moment
from graphrx.pipelines.fhir.loinc import FIELD_OF, LAB_OF, PREFERENCE
from graphrx.pipelines.fhir.reading import Reading
from graphrx.pipelines.fhir.units import laboratory, measure

_WRONG: Final = frozenset(("entered-in-error", "cancelled"))
_RANK: Final = {"corrected": 3, "amended": 3, "final": 2, "preliminary": 1, "registered": 0}
_HARMLESS: Final = frozenset((
    "category", "specimen", "device", "method", "interpretation", "referenceRange", "hasMember",
    "issued",
))  # fmt: skip
KNOWN: Final = FIELD_OF.keys() | LAB_OF.keys()
_OLD_DAYS: Final = 365


@dataclass(frozen=True, slots=True)
class Value:
    """A value of a measure or laboratory test, and what decides between two of them."""

    value: Any
    when: Moment | None
    rank: int
    code: str
    shown: str

    @property
    def order(self) -> tuple[float, int, int]:
        """Newest first, then the better status, then the code that is preferred."""
        seconds = self.when.instant.timestamp() if self.when else float("-inf")
        return (seconds, self.rank, -PREFERENCE.get(self.code, 0))


def read(reading: Reading, one: Element) -> None:
    """Read an Observation and its components."""
    status = one.text("status") or "unknown"
    code = one.part("code")
    shown = without_tag(label(code) or "without a code")
    if status in _WRONG:
        reading.skip(f"Observation {status}: {shown}")
        return
    period = one.part("effectivePeriod")
    when = (one.date("effectiveDateTime") or one.date("effectiveInstant")
            or (period.date("end") or period.date("start") if period else None)
            or one.date("issued"))  # fmt: skip
    parts = one.parts("component")
    asked = [part for part in (one, *parts) if _wanted(part)]
    for part in (*parts, *(() if parts else (one,))):
        if part not in asked:
            reading.skip(f"Observation {without_tag(label(part.part('code')) or shown)}")
    if not asked or reading.late(when, f"Observation {shown}, not read"):
        return
    if reading.modified(one, "Observation"):
        return
    if one.has("focus"):
        reading.skip(f"Observation of someone or something else: {shown}")
        return
    for part in asked:
        _read_one(reading, part, when, _RANK.get(status, 0))
    reading.rest(one, "Observation", _HARMLESS)


def _wanted(one: Element) -> bool:
    code = one.part("code")
    found = code_of(code, LOINC)
    return bool(found & KNOWN) or pregnancy.wanted(code)


def _read_one(reading: Reading, one: Element, when: Moment | None, rank: int) -> None:
    """Read one value."""
    code = one.part("code")
    if pregnancy.read(reading, one, when):
        return
    known = sorted(code_of(code, LOINC) & KNOWN)
    shown = without_tag(label(code) or known[0])
    quantity = one.part("valueQuantity")
    if quantity is None:
        reading.note(f"Observation {shown}: has no quantity, not read")
        return
    number = quantity.number("value")
    given = quantity.text("code") or quantity.text("unit") or ""
    written = f"{quantity.data.get('comparator') or ''}{number} {given}".strip()
    if number is None or quantity.has("comparator"):
        reading.note(f"Observation {shown}: {written} is not one value, not read")
        return
    name = FIELD_OF.get(known[0]) or LAB_OF[known[0]]
    found: Any = None
    for unit in dict.fromkeys((given, quantity.text("unit") or "")):
        if known[0] in FIELD_OF:
            found = measure(name, number, unit)
        else:
            found = laboratory(name, number, unit)
        if found is not None:
            break
    if found is None:
        reading.note(f"Observation {shown}: '{given}' is not a unit of it, {written} is not read")
        return
    _keep(reading, name, Value(found, when, rank, known[0], shown))


def _keep(reading: Reading, name: str, new: Value) -> None:
    """Keep the newest value; two of one code from one moment contradict each other."""
    old: Value | None = reading.newest.get(name)
    if old is not None and (old.code, old.order) == (new.code, new.order):
        if old.value != new.value:
            reading.newest[name] = replace(old, value=None)
    elif old is None or new.order > old.order:
        reading.newest[name] = new


def finish(reading: Reading) -> None:
    """Write the newest values into the patient."""
    for name, kept in sorted(reading.newest.items()):
        when = kept.when.text if kept.when else "no date"
        if kept.value is None:
            reading.note(f"Observation {kept.shown}: two different values from {when}, not read")
            continue
        if kept.when is not None and reading.today is not None:
            days = (reading.today - kept.when.day).days
            if days > _OLD_DAYS:
                reading.note(f"Observation {kept.shown}: the newest is of {when[:10]}, more than "
                             f"a year before {reading.today}")  # fmt: skip
        if kept.code in FIELD_OF:
            reading.patient[name] = round(kept.value, 6)
            continue
        value, unit = kept.value
        lab = {"value": round(value, 6), "unit": unit}
        if kept.when is not None:
            lab["date"] = when
        reading.patient.setdefault("labs", {})[name] = lab
    pregnancy.finish(reading)
