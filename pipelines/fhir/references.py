"""References between resources: contained, by fullUrl, relative and absolute."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphrx.kg.errors import InputError
from graphrx.pipelines.fhir.elements import Element


@dataclass(frozen=True, slots=True)
class Entry:
    """A resource of a Bundle and the URL that it is known by."""

    kind: str
    resource: Element
    url: str | None


@dataclass
class References:
    """Look-up of resources of a Bundle (https://hl7.org/fhir/R4/bundle.html#references)."""

    entries: dict[str, Element] = field(default_factory=dict)
    patient: frozenset[str] = frozenset()

    def add(self, entries: Iterable[Entry]) -> None:
        """Index resources by fullUrl and by type and id.

        :raises InputError: when one id names two different resources.
        """
        for entry in entries:
            names = _names(entry)
            for name in names:
                before = self.entries.setdefault(name, entry.resource)
                if before.data != entry.resource.data:
                    raise InputError(
                        f"{entry.resource.path}: {name} stands twice with different content; "
                        "send its newest version only", field=entry.resource.path,
                    )  # fmt: skip
            if entry.kind == "Patient":
                self.patient |= names

    def find(self, reference: str, holder: Element) -> Element | None:
        """The resource that a reference of ``holder`` means; None where it is not here."""
        if reference.startswith("#"):
            for one in holder.parts("contained"):
                if one.text("id") == reference[1:]:
                    return one
            return None
        bare = _bare(reference)
        return self.entries.get(bare) or self.entries.get(_ending(bare))

    def patient_is(self, reference: str) -> bool:
        """True unless a reference certainly means someone other than the patient."""
        bare = _bare(reference)
        if not self.patient or bare.startswith("#") or "?" in bare:
            return True
        return bare in self.patient or _ending(bare) in self.patient


def _names(entry: Entry) -> frozenset[str]:
    names = set()
    if entry.url:
        names.add(_bare(entry.url))
    own = entry.resource.text("id")
    if own:
        names |= {f"{entry.kind}/{own}", f"urn:uuid:{own}"}
    return frozenset(names)


def _bare(reference: str) -> str:
    return reference.split("/_history/")[0].strip()


def _ending(reference: str) -> str:
    """``Type/id`` of an absolute URL."""
    return "/".join(reference.split("/")[-2:])
