"""Pairs that a reference list calls serious and that we looked at and did not take over.

``dismissed.yaml`` holds patterns, each with our own reason: ``{between: [A, B], reason: …}``,
where A and B name drugs or classes, or are lists of such names. A pattern with a class covers
all its members. It is read by the coverage audit only; the verifier knows nothing of it.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrx.kg.errors import SourceError
from graphrx.kg.formulary.read import DISMISSED
from graphrx.kg.formulary.yamlio import parse


@dataclass(frozen=True, slots=True)
class Dismissal:
    """One pattern: any of ``first`` with any of ``second``, and the reason."""

    first: frozenset[str]
    second: frozenset[str]
    reason: str

    def covers(self, one: AbstractSet[str], other: AbstractSet[str]) -> bool:
        """Tell whether it covers two drugs, each given by its own and its classes' names."""
        straight = bool(self.first & one) and bool(self.second & other)
        return straight or (bool(self.first & other) and bool(self.second & one))


@dataclass(frozen=True, slots=True)
class Dismissals:
    """All patterns of a formulary."""

    patterns: tuple[Dismissal, ...]

    @classmethod
    def read(cls, folder: Path) -> "Dismissals":
        """Read the patterns of a formulary directory; none when it has no such file.

        :raises SourceError: an entry that is no pattern, or gives no reason.
        """
        path = folder / DISMISSED
        if not path.exists():
            return cls(())
        entries = parse(path.read_text(encoding="utf-8")) or []
        return cls(tuple(_pattern(entry, number) for number, entry in enumerate(entries, start=1)))

    def names(self) -> frozenset[str]:
        """Return every name that a pattern mentions, so that a reader can check them."""
        return frozenset().union(*(p.first | p.second for p in self.patterns))

    def reason(self, one: AbstractSet[str], other: AbstractSet[str]) -> str | None:
        """Return the reason of the first pattern that covers the pair, or None."""
        return next((p.reason for p in self.patterns if p.covers(one, other)), None)


def _pattern(entry: Any, number: int) -> Dismissal:
    match entry:
        case {"between": [first, second], "reason": str(reason)} if reason.strip():
            return Dismissal(_names(first), _names(second), reason)
    raise SourceError(
        f"{DISMISSED}: entry {number}: is no pattern; write {{between: [A, B], reason: text}}"
    )


def _names(value: Any) -> frozenset[str]:
    return frozenset(map(str, value)) if isinstance(value, list) else frozenset({str(value)})
