"""What every store must do; ``tests/kg/store_cases.py`` is the contract in executable form.

A store holds four sets of frozen values. Writing is set union, so the same input again changes
nothing and the order of inputs doesn't matter; retracting a source leaves the sets as if it had
never been there.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from types import TracebackType
from typing import Literal, Protocol, Self

from graphrx.kg.model import Coverage, Name, NodeRecord, Records, SourceInfo, Statement

Side = Literal["subject", "object", "both"]


@dataclass(frozen=True, slots=True)
class Changes:
    """How many rows a write added, or a retraction removed."""

    nodes: int = 0
    triples: int = 0
    evidence: int = 0
    coverage: int = 0
    sources: int = 0

    @property
    def total(self) -> int:
        """Return the number of rows over all tables."""
        return sum(getattr(self, item.name) for item in fields(self))

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(
            *(getattr(self, item.name) + getattr(other, item.name) for item in fields(self))
        )


class GraphReader(Protocol):
    """The named look-ups that :mod:`graphrx.kg.query` asks; stores and snapshots answer them."""

    def node_records(self, node_id: str) -> tuple[NodeRecord, ...]:
        """Return what the sources say of a node, sorted by source; empty when unknown."""
        ...

    def named(self, text: str) -> tuple[tuple[str, Name], ...]:
        """Return (node id, name) for every node with that name, in any spelling."""
        ...

    def statements_about(
        self, node_id: str, predicate: str | None = None, side: Side = "both"
    ) -> tuple[Statement, ...]:
        """Return the statements with the node at that side, sorted."""
        ...

    def coverage_of(self, drug: str) -> tuple[Coverage, ...]:
        """Return the reviewed rows of a drug, sorted."""
        ...

    def counts(self) -> dict[str, int]:
        """Return the number of nodes, triples, evidence, coverage and sources."""
        ...


class GraphStore(GraphReader, Protocol):
    """A graph that can be written; open one with :func:`graphrx.kg.store.open.open_store`."""

    @property
    def url(self) -> str:
        """Return the address, without credentials."""
        ...

    @property
    def batch(self) -> int:
        """Return how many rows a transaction of a large load should hold."""
        ...

    def token(self) -> str | None:
        """Return what differs after every change of the store, whoever made it.

        Equal tokens mean equal content; None when that can't be told.
        """
        ...

    def upsert(self, records: Records) -> Changes:
        """Add what is not there yet, all of it in one transaction or none."""
        ...

    def retract(
        self, *, source: str | None = None, licence: str | None = None, run: str | None = None
    ) -> Changes:
        """Remove all that a source, the sources of a licence, or a run has said.

        :raises UsageError: unless exactly one of the three is given.
        """
        ...

    def nodes(self) -> Iterator[NodeRecord]:
        """Iterate over all node records, in any order."""
        ...

    def statements(self) -> Iterator[Statement]:
        """Iterate over all statements, in any order."""
        ...

    def coverage(self) -> Iterator[Coverage]:
        """Iterate over all reviewed rows, in any order."""
        ...

    def sources(self) -> Iterator[SourceInfo]:
        """Iterate over all sources, in any order."""
        ...

    def close(self) -> None:
        """Release what the store holds."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...
