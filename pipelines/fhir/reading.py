"""What reading a Bundle collects: the patient, and everything that was not read."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from graphrx.kg.errors import InputError
from graphrx.kg.linking.resolve import Resolver
from graphrx.pipelines.fhir.elements import Element, Json, Moment, holds
from graphrx.pipelines.fhir.references import References

HARMLESS: Final = frozenset((
    "resourceType", "id", "meta", "text", "language", "identifier", "extension", "contained",
    "encounter", "context", "recorder", "asserter", "performer", "requester", "performerType",
    "informationSource", "basedOn", "partOf", "derivedFrom", "reasonCode", "reasonReference",
    "modifierExtension", "implicitRules", "statusReason", "eventHistory", "supportingInformation",
    "instantiatesCanonical", "instantiatesUri", "groupIdentifier",
))  # fmt: skip
"""Keys of any resource that say nothing about the patient's state, or are looked at elsewhere."""

MODIFIERS: Final = frozenset(("modifierExtension", "implicitRules"))


@dataclass
class Reading:
    """The patient as read so far.

    :param resolver: names of the graph, to tell which of several codes it knows.
    :param today: the date of the bundle; ages and spans are counted to it.
    :param newest: measure or laboratory test → its newest value so far.
    :param states: pregnancy, gestation, breastfeeding, Child-Pugh class → the newest so far.
    """

    resolver: Resolver
    references: References
    today: date | None
    patient: Json = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    notes: set[str] = field(default_factory=set)
    newest: dict[str, Any] = field(default_factory=dict)
    states: dict[str, Any] = field(default_factory=dict)

    def skip(self, what: str) -> None:
        """Count something that is not read."""
        self.unread[what] += 1

    def note(self, text: str) -> None:
        """Keep a remark about how something was read."""
        self.notes.add(text)

    def listed(self, name: str) -> list[Any]:
        """A list of the patient; asking for it makes it known."""
        found: list[Any] = self.patient.setdefault(name, [])
        return found

    def add(self, name: str, entry: Any) -> None:
        """Add an entry to a list, once."""
        entries = self.listed(name)
        if entry not in entries:
            entries.append(entry)

    def late(self, when: Moment | None, label: str) -> bool:
        """True, and reported, when a date is after the newest date of the bundle."""
        if when is None or self.today is None or when.day <= self.today:
            return False
        self.note(f"{label}: {when.text} is after {self.today}, the date that the bundle is of")
        return True

    def modified(self, one: Element, kind: str) -> bool:
        """True, and reported, when something may change the meaning of all else."""
        found = holds(one.data, MODIFIERS)
        for key in sorted(found):
            self.skip(f"{kind}.{key}")
        return bool(found)

    def rest(self, one: Element, kind: str, harmless: Iterable[str] = ()) -> None:
        """Count the keys that nothing has read."""
        for key in one.left(HARMLESS.union(harmless)):
            self.skip(f"{kind}.{key}")

    def about_patient(self, one: Element, key: str) -> None:
        """Check that a resource is about the patient of the bundle.

        :raises InputError: when it is about someone else.
        """
        subject = one.part(key)
        reference = subject.text("reference") if subject else None
        if reference is not None and not self.references.patient_is(reference):
            path = f"{one.path}.{key}"
            raise InputError(
                f"{path}: {reference} is not the patient of the bundle; send one patient",
                field=path,
            )

    def lines(self) -> tuple[str, ...]:
        """What was not read, with counts, and the remarks; in a stable order."""
        counted = {f"{name} ({count} not read)" for name, count in self.unread.items()}
        return tuple(sorted(counted | self.notes))
