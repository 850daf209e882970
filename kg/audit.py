"""Is a store sound? Its snapshot is frozen anew and hashed again, its loose ends are counted."""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphrx.kg.freeze import freeze
from graphrx.kg.store.base import GraphReader, GraphStore

_COUNTED: Final = ("nodes", "edges", "evidence", "coverage", "sources")


@dataclass(frozen=True)
class Audit:
    """What was found.

    :param snapshot: hash of the snapshot that the store freezes to now, computed twice.
    :param dangling: statements with an end that no source describes, left out of a snapshot.
    :param violations: statements whose ends the schema forbids, left out too.
    :param uncovered: reviewed rows of drugs that no source describes.
    :param unnamed: sources that speak without saying what they are (version, licence).
    """

    snapshot: str
    counts: dict[str, int]
    dangling: int
    violations: int
    uncovered: int
    unnamed: tuple[str, ...]

    @property
    def problems(self) -> tuple[str, ...]:
        """Return what is wrong, one line each; empty for a sound store."""
        found = [
            (self.dangling, "statements with an end that no source describes"),
            (self.violations, "statements whose ends the schema forbids"),
            (self.uncovered, "reviewed rows of drugs that no source describes"),
        ]
        lines = [f"{n:,} {what}" for n, what in found if n]
        return (*lines, *(f"source {name} has no version or licence" for name in self.unnamed))


def audit(store: GraphStore) -> Audit:
    """Examine a store.

    :raises IntegrityError: what is written does not read back as written.
    """
    with tempfile.TemporaryDirectory(prefix="graphrx-audit-") as folder:
        snapshot = freeze(store, Path(folder) / "graph")
        snapshot.verify()
    counts = snapshot.counts
    drugs = {row.drug for row in store.coverage()}
    lacking = {drug for drug in drugs if not _described(store, drug)}
    uncovered = sum(row.drug in lacking for row in store.coverage())
    return Audit(
        snapshot=snapshot.sha256,
        counts={name: counts[name] for name in _COUNTED},
        dangling=counts["dangling"] - uncovered,
        violations=counts["violations"],
        uncovered=uncovered,
        unnamed=tuple(s.id for s in snapshot.sources if not s.version and not s.licence),
    )


def _described(store: GraphReader, node: str) -> bool:
    return bool(store.node_records(node))
