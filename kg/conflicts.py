"""What sources say against each other: kept and shown, never settled in silence."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

from graphrx.kg import schema
from graphrx.kg.model import Statement

ConflictKind = Literal["treats and contraindicated", "severity differs"]


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two nodes, and who says what of them: (source, what), sorted."""

    kind: ConflictKind
    subject: str
    object: str
    sayings: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Conflicts:
    """All conflicts, sorted."""

    all: tuple[Conflict, ...] = ()

    def counts(self) -> dict[str, int]:
        """Return kind and sources → number: ``"severity differs: ddinter, onc"``."""
        found = Counter(
            f"{c.kind}: {', '.join(sorted({source for source, _ in c.sayings}))}" for c in self.all
        )
        return dict(found.most_common())


_WATCHED: Final = frozenset({schema.TREATS, schema.PALLIATES, schema.CONTRAINDICATED_IN})


class Collector:
    """Gathers sayings as they stream by; a saying is a small number, so a million fit."""

    def __init__(self) -> None:
        """Start with nothing."""
        self._pairs: dict[tuple[str, str], int] = {}
        self._interactions: dict[tuple[str, str], int] = {}
        self._sayings: list[tuple[str, str]] = []
        self._number: dict[tuple[str, str], int] = {}

    def add(self, statements: Iterable[Statement]) -> None:
        """Take note of the statements that could conflict."""
        for statement in statements:
            triple, source = statement.triple, statement.evidence.source
            if triple.predicate in _WATCHED:
                bit = self._bit(source, triple.predicate)
                pair = (triple.subject, triple.object)
                self._pairs[pair] = self._pairs.get(pair, 0) | bit
            elif triple.predicate == schema.INTERACTS_WITH:
                bit = self._bit(source, _severity(triple.qualifiers))
                first, second = sorted((triple.subject, triple.object))
                known = self._interactions.get((first, second), 0)
                self._interactions[first, second] = known | bit

    def found(self) -> Conflicts:
        """Return the conflicts so far."""
        conflicts = []
        for (subject, object_), bits in self._pairs.items():
            sayings = self._read(bits)
            said = {what for _, what in sayings}
            if schema.CONTRAINDICATED_IN in said and len(said) > 1:
                kind: ConflictKind = "treats and contraindicated"
                conflicts.append(Conflict(kind, subject, object_, sayings))
        for (subject, object_), bits in self._interactions.items():
            sayings = self._read(bits)
            known = [(source, what) for source, what in sayings if what != "unknown"]
            if len({what for _, what in known}) > 1 and len({source for source, _ in known}) > 1:
                conflicts.append(Conflict("severity differs", subject, object_, sayings))
        return Conflicts(tuple(sorted(conflicts, key=lambda c: (c.kind, c.subject, c.object))))

    def _bit(self, source: str, what: str) -> int:
        number = self._number.setdefault((source, what), len(self._sayings))
        if number == len(self._sayings):
            self._sayings.append((source, what))
        return 1 << number

    def _read(self, bits: int) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(said for n, said in enumerate(self._sayings) if bits >> n & 1))


@lru_cache(maxsize=4096)
def _severity(qualifiers: str) -> str:
    return str(json.loads(qualifiers).get("severity", "unknown"))
