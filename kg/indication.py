"""What the graph says treats a target: drugs with their line, purpose and evidence."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verdict import Path

State = Literal["supported", "supported_by_parent", "not_found", "contradicted"]
LINES: Final = ("first", "second", "third", "adjunct", "alternative", "specialist")


@dataclass(frozen=True, slots=True)
class Indication:
    """Why a drug is a candidate for a target.

    :param line: first, second, … as the guideline or label puts it, or None.
    :param evidence: paths from the drug to the target.
    """

    state: State
    line: str | None = None
    purpose: str | None = None
    evidence: tuple[Path, ...] = ()

    @property
    def rank(self) -> tuple[int, int]:
        """Sort key: support for the target itself first, then the line of treatment."""
        support = {"supported": 0, "supported_by_parent": 1}.get(self.state, 2)
        line = LINES.index(self.line) if self.line in LINES else len(LINES)
        return support, line


NOT_FOUND: Final = Indication("not_found")


def indications(snapshot: Snapshot, targets: Iterable[int]) -> dict[int, Indication]:
    """Drug node → its best indication for the targets or, failing that, for their parents.

    Class-level ``treats`` edges hold for the members of the class.
    """
    found: dict[int, Indication] = {}
    for target in targets:
        places: list[tuple[int, tuple[int, ...]]] = [(target, (target,))]
        for parent, edges in snapshot.closure(target, "subclass_of").items():
            up = (target, *(snapshot.edge(e).object for e in edges))
            places.append((parent, up[::-1]))
        for place, way in places:
            for drug, indication in _treating(snapshot, place, way):
                known = found.get(drug)
                if known is None or indication.rank < known.rank:
                    found[drug] = indication
    return found


def _treating(
    snapshot: Snapshot, place: int, way: tuple[int, ...]
) -> Iterable[tuple[int, Indication]]:
    state: State = "supported" if len(way) == 1 else "supported_by_parent"
    for predicate in ("treats", "palliates"):
        for index in snapshot.into(place, predicate):
            edge = snapshot.edge(index)
            purpose, line = edge.qualifiers.get("purpose"), edge.qualifiers.get("line")
            for drug, upward in _drugs_of(snapshot, edge.subject):
                names = tuple(snapshot.name(node) for node in (drug, *upward, *way))
                words = (
                    ("member_of",) * len(upward) + (predicate,) + ("subclass_of",) * (len(way) - 1)
                )
                paths = tuple(
                    Path(names, words, row.source, row.locator, row.level)
                    for row in snapshot.evidence(index)
                )
                yield drug, Indication(state, line, purpose, paths)


def _drugs_of(snapshot: Snapshot, subject: int) -> Iterable[tuple[int, tuple[int, ...]]]:
    """The drug itself, or the members of a class with the classes on the way."""
    category = snapshot.category(subject)
    if category == "Drug":
        yield subject, ()
    elif category == "DrugClass":
        for member, edges in snapshot.closure(subject, "member_of", reverse=True).items():
            if snapshot.category(member) == "Drug":
                way = tuple(snapshot.edge(e).object for e in reversed(edges))
                yield member, way
