"""MedicationRequest, MedicationStatement, MedicationAdministration: what is taken, what stopped.

Only what is certainly not taken is left out, and then reported: a proposal or plan, a draft, a
cancelled order, an order *not* to give. A status that nothing knows counts as taken.
"""

from datetime import date
from typing import Final

from graphrx.kg.linking.qualifiers import read_drug
from graphrx.pipelines.fhir.concepts import drugs
from graphrx.pipelines.fhir.dosage import Dosage, dosages
from graphrx.pipelines.fhir.elements import Element, Json, Moment
from graphrx.pipelines.fhir.reading import Reading

NO_MEDICATION: Final = "no-known-medications"
NO_INFORMATION: Final = "no-medication-info"
LONG_AGO_DAYS: Final = 5 * 366
"""No label asks to wait longer after stopping than acitretin's, 3 years."""
_NOT_TAKEN: Final = frozenset(("entered-in-error", "cancelled", "draft", "not-taken", "not-done"))
_NOT_ORDERED: Final = frozenset(("proposal", "plan", "option"))
_OVER: Final = frozenset(("stopped", "completed", "ended"))
_KNOWN: Final = frozenset(("active", "on-hold", "intended", "in-progress", "unknown"))
_REQUEST: Final = frozenset((
    "category", "priority", "reportedBoolean", "reportedReference", "courseOfTherapyType",
    "insurance", "substitution", "priorPrescription", "detectedIssue", "dispenseRequest",
))  # fmt: skip
_STATEMENT: Final = frozenset(("category", "dateAsserted"))
_ADMINISTRATION: Final = frozenset(("category", "device", "request"))


def read_request(reading: Reading, one: Element) -> None:
    """Read a MedicationRequest."""
    intent = one.text("intent")
    authored = one.date("authoredOn")
    if intent in _NOT_ORDERED:
        reading.skip(f"MedicationRequest {intent}: {_shown(reading, one)}")
        return
    if one.flag("doNotPerform") or one.flag("doNotTake"):
        reading.skip(f"MedicationRequest doNotPerform, not to be given: {_shown(reading, one)}")
        return
    reading.late(authored, f"MedicationRequest {_shown(reading, one)}")
    dispense = one.part("dispenseRequest")
    period = dispense.part("validityPeriod") if dispense else None
    _take(reading, one, "MedicationRequest", "dosageInstruction", _end(period), _REQUEST)


def read_statement(reading: Reading, one: Element) -> None:
    """Read a MedicationStatement."""
    period = one.part("effectivePeriod")
    start = one.date("effectiveDateTime") or (period.date("start") if period else None)
    reading.late(start, f"MedicationStatement {_shown(reading, one)}")
    _take(reading, one, "MedicationStatement", "dosage", _end(period), _STATEMENT)


def read_administration(reading: Reading, one: Element) -> None:
    """Read a MedicationAdministration: taken while under way and on the day after, then stopped."""
    period = one.part("effectivePeriod")
    given = one.date("effectiveDateTime")
    end = _end(period) or given or (period.date("start") if period else None)
    reading.late(end, f"MedicationAdministration {_shown(reading, one)}")
    single = one.part("dosage")
    if single is not None:
        one.data = {**one.data, "dosage": [single.data]}  # read like the others
    _take(reading, one, "MedicationAdministration", "dosage", end, _ADMINISTRATION)


def finish(reading: Reading) -> None:
    """Of a drug that was stopped often keep the last time; none where it is taken now."""
    if "current_drugs" not in reading.patient:
        return
    entries: list[Json] = reading.patient["current_drugs"]
    taken = [entry for entry in entries if "stopped_days_ago" not in entry]
    names = {entry["name"] for entry in taken}
    last: dict[str, int] = {}
    for entry in entries:
        name, days = entry["name"], entry.get("stopped_days_ago")
        if days is not None and name not in names:
            last[name] = min(days, last.get(name, days))
    stopped = [{"name": name, "stopped_days_ago": days} for name, days in last.items()]
    reading.patient["current_drugs"] = taken + stopped


def _take(
    reading: Reading, one: Element, kind: str, dose_key: str, end: Moment | None,
    harmless: frozenset[str],
) -> None:  # fmt: skip
    status = one.text("status") or "unknown"
    shown = _shown(reading, one)
    if status in _NOT_TAKEN:
        reading.skip(f"{kind} {status}: {shown}")
        return
    names = _names(reading, one)
    if names == [NO_INFORMATION]:
        reading.skip(f"{kind} {NO_INFORMATION}")
        return
    reading.listed("current_drugs")
    if names == [NO_MEDICATION]:
        return
    reading.modified(one, kind)
    doses = dosages(one, dose_key)
    stopped = None
    if status in _OVER:
        end = end or max((dose.end for dose in doses if dose.end), default=None)
        if end is None or reading.today is None:
            reading.skip(f"{kind} {status}, without the day: {shown}")
            return
        stopped = _stopped_days(reading, kind, f"{shown}: {status}", end, reading.today)
    elif status not in _KNOWN:
        reading.note(f"{kind} {shown}: status {status[:40]!r} is not one of FHIR; read as taken")
    if len(names) > 1:
        reading.note(f"{kind} {shown}: its codes name several drugs; all are read")
    if stopped is not None and stopped > LONG_AGO_DAYS:
        reading.skip(f"{kind} {status} more than 5 years ago: {shown}")
        return
    for name in names or [f"{kind} without a medication"]:
        _add(reading, name, doses, stopped)
    for dose in doses:
        for key in dose.unread:
            reading.skip(f"{kind}.{dose_key}.{key}")
    reading.rest(one, kind, harmless)


def _stopped_days(reading: Reading, kind: str, what: str, end: Moment, today: date) -> int | None:
    """Days since a drug was stopped; None where it still counts as taken."""
    days = (today - end.day).days
    if days < 0:
        reading.note(f"{kind} {what}, but ends on {end.text}; read as taken")
        return None
    # a dose given today or yesterday is still at work
    return None if kind == "MedicationAdministration" and days <= 1 else days


def _add(reading: Reading, name: str, doses: list[Dosage], stopped: int | None) -> None:
    if stopped is not None:
        reading.add("current_drugs", {"name": name, "stopped_days_ago": stopped})
        return
    form = read_drug(name).route
    for dose in doses or [Dosage()]:
        entry = {"name": name, "route": dose.route or form, "dose": dose.dose,
                 "frequency": dose.frequency}  # fmt: skip
        reading.add("current_drugs", {key: value for key, value in entry.items() if value})


def _end(period: Element | None) -> Moment | None:
    return period.date("end") if period else None


def _medication(reading: Reading, one: Element) -> Element | None:
    """The Medication that a resource refers to, contained or in the bundle."""
    reference = one.part("medicationReference")
    text = reference.text("reference") if reference else None
    return reading.references.find(text, one) if text else None


def _concepts(reading: Reading, one: Element) -> list[Element]:
    own = one.part("medicationCodeableConcept")
    if own is not None:
        return [own]
    found = _medication(reading, one)
    if found is None:
        return []
    code = found.part("code")
    if code is not None:
        return [code]
    parts: list[Element] = []
    for part in found.parts("ingredient"):
        item = part.part("itemCodeableConcept")
        if item is not None:
            parts.append(item)
    return parts


def _names(reading: Reading, one: Element) -> list[str]:
    names = [name for concept in _concepts(reading, one)
             for name in drugs(reading.resolver, concept)]  # fmt: skip
    if names:
        return list(dict.fromkeys(names))
    reference = one.part("medicationReference")
    display = reference.text("display") if reference else None
    return [display] if display else []


def _shown(reading: Reading, one: Element) -> str:
    return ", ".join(_names(reading, one)) or "without a medication"
