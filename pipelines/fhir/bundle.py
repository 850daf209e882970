"""A patient from a FHIR R4 Bundle (https://hl7.org/fhir/R4/), without losing what is not read.

A list that the bundle has no resource of is unknown, not empty: a bundle without
AllergyIntolerance has not asked for allergies. Ages and spans are counted to the date of the
bundle: its timestamp, else the newest date in it that is not in the future.
"""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final

from graphrx.kg.errors import InputError
from graphrx.kg.linking.resolve import Resolver
from graphrx.pipelines.fhir import allergy, condition, medication, observation, person
from graphrx.pipelines.fhir.elements import Element, Json, Moment
from graphrx.pipelines.fhir.reading import Reading
from graphrx.pipelines.fhir.references import Entry, References

READERS: Final[dict[str, tuple[str | None, Callable[[Reading, Element], None]]]] = {
    "Patient": (None, person.read),
    "Condition": ("subject", condition.read),
    "AllergyIntolerance": ("patient", allergy.read),
    "MedicationRequest": ("subject", medication.read_request),
    "MedicationStatement": ("subject", medication.read_statement),
    "MedicationAdministration": ("subject", medication.read_administration),
    "Observation": ("subject", observation.read),
}
"""Resource type → the key that names its patient, and its reader."""

_DATES: Final = ("recordedDate", "onsetDateTime", "abatementDateTime", "authoredOn",
                 "effectiveDateTime", "effectiveInstant", "issued", "dateAsserted")  # fmt: skip
_OTHER_RELEASES: Final = {
    "MedicationOrder": "DSTU2", "MedicationUsage": "R5", "AllergyIntoleranceReaction": "DSTU1",
}  # fmt: skip
_TYPES: Final = ("document", "message", "transaction", "batch", "searchset", "collection",
                 "transaction-response", "batch-response")  # fmt: skip
MAX_DEPTH: Final = 8
"""How deep Bundles may stand in Bundles."""


def from_bundle(
    data: Json, resolver: Resolver, today: date | None = None
) -> tuple[Json, tuple[str, ...]]:
    """Read a Bundle: the patient by the patient contract, and what was not read, with counts.

    :param resolver: names of the graph, to tell which of several codes it knows.
    :param today: dates after it are in the future; the date of this machine where it is None.
    :raises InputError: when it is not a Bundle of FHIR R4, or not of exactly one patient.
    """
    kind = data.get("resourceType")
    if kind != "Bundle":
        raise InputError(f"resourceType: {str(kind)[:40]!r} is not a Bundle; send a Bundle with a "
                         "Patient", field="resourceType")  # fmt: skip
    reading = Reading(resolver, References(), None)
    bundle = Element(data, "Bundle")
    entries = _distinct(_entries(bundle, reading))
    patients = [one for one in entries if one.kind == "Patient"]
    if len(patients) != 1:
        raise InputError(f"entry: {len(patients)} Patient resources; send exactly one",
                         field="entry")  # fmt: skip
    reading.references.add(entries)
    limit = (today or datetime.now(UTC).date()) + timedelta(days=1)  # time zones
    reading.today = _date_of(bundle.date("timestamp"), entries, limit)
    for entry in sorted(entries, key=lambda one: one.kind != "Patient"):
        _read(reading, entry)
    observation.finish(reading)
    medication.finish(reading)
    return reading.patient, reading.lines()


def _read(reading: Reading, entry: Entry) -> None:
    if entry.kind not in READERS:
        if entry.kind != "Medication":  # read where a request refers to it
            reading.skip(entry.kind)
        return
    subject, reader = READERS[entry.kind]
    one = entry.resource
    if subject is not None:
        reading.about_patient(one, subject)
    meta = one.part("meta")
    tags = meta.parts("tag") if meta else []
    if any(tag.text("code") == "SUBSETTED" for tag in tags):
        reading.skip(f"{entry.kind} SUBSETTED, the rest of it")
    reader(reading, one)


def _entries(bundle: Element, reading: Reading, depth: int = 0) -> Iterator[Entry]:
    """Resources of a Bundle and of the Bundles in it."""
    if depth > MAX_DEPTH:
        raise InputError(f"{bundle.path}: Bundles stand too deep in each other; send one Bundle",
                         field="entry")  # fmt: skip
    kind = bundle.text("type")
    if kind == "history":
        raise InputError("type: a history holds old versions too; send a Bundle of what holds now",
                         field="type")  # fmt: skip
    if kind is not None and kind not in _TYPES:
        raise InputError(f"type: {kind[:40]!r} is no type of Bundle; use collection", field="type")
    if any(link.text("relation") == "next" for link in bundle.parts("link")):
        raise InputError("link: the Bundle is one page of several; send all of them in one Bundle",
                         field="link")  # fmt: skip
    reading.modified(Element({k: v for k, v in bundle.data.items() if k != "entry"}, bundle.path),
                     "Bundle")  # fmt: skip
    for place, entry in enumerate(bundle.parts("entry")):
        found = entry.part("resource")
        if found is None:
            reading.skip("entry without a resource")
            continue
        name = found.text("resourceType")
        if name is None:
            raise InputError(f"entry.{place}.resource: has no resourceType; send FHIR R4",
                             field=f"entry.{place}.resource")  # fmt: skip
        if name == "Bundle":
            yield from _entries(Element(found.data, f"entry.{place}.Bundle"), reading, depth + 1)
            continue
        where = f"{'' if depth == 0 else bundle.path + '.'}entry.{place}.{name}"
        one = Element(found.data, where)
        _right_release(name, one)
        yield Entry(name, one, entry.text("fullUrl"))


def _distinct(entries: Iterator[Entry]) -> list[Entry]:
    """Entries without exact repetitions (overlapping pages, nested Bundles)."""
    kept: list[Entry] = []
    by_id: dict[tuple[str, str], list[Json]] = {}
    for entry in entries:
        own = entry.resource.text("id")
        if own is not None:
            before = by_id.setdefault((entry.kind, own), [])
            if entry.resource.data in before:
                continue
            before.append(entry.resource.data)
        kept.append(entry)
    return kept


def _right_release(kind: str, one: Element) -> None:
    """Refuse what only other releases of FHIR write.

    :raises InputError: naming the release.
    """
    data = one.data
    other, key = _OTHER_RELEASES.get(kind), "resourceType"
    if kind in ("Condition", "AllergyIntolerance"):
        for name in ("clinicalStatus", "verificationStatus"):
            if isinstance(data.get(name), str):
                other, key = "STU3 or DSTU2", name
    elif kind.startswith("Medication"):
        medication_ = data.get("medication")
        if isinstance(medication_, dict):
            other, key = "R5", "medication"
        elif kind == "MedicationStatement" and "taken" in data:
            other, key = "STU3", "taken"
    if kind == "AllergyIntolerance" and isinstance(data.get("type"), dict):
        other, key = "R5", "type"
    if kind == "Patient" and "animal" in data:
        other, key = "STU3 or DSTU2", "animal"
    if other is not None:
        raise InputError(f"{one.path}.{key}: written as in FHIR {other}; send FHIR R4",
                         field=f"{one.path}.{key}")  # fmt: skip


def _date_of(stamp: Moment | None, entries: list[Entry], limit: date) -> date | None:
    """The day that the bundle is of."""
    if stamp is not None:
        if stamp.day > limit:
            raise InputError(f"timestamp: {stamp.text} is in the future; correct it",
                             field="timestamp")  # fmt: skip
        return stamp.day
    days = [
        when.day
        for entry in entries
        if entry.kind in READERS
        for key in _DATES
        if (when := entry.resource.date(key)) is not None and when.day <= limit
    ]
    return max(days, default=None)
