"""The difference of two snapshots in words: what is said now that was not, and by whom.

Both are read from their sorted columns side by side; nothing but the strings is kept.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from typing import Any, Final, Literal

from graphrx.kg.model import canonical_json
from graphrx.kg.snapshot import Snapshot

ChangeKind = Literal["source", "node", "evidence", "coverage"]

_TEXT: Final = ("locator", "level", "agent", "notes", "publications", "model", "run", "document")


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """How many things of one kind came and went.

    :param name: of evidence its predicate, of nodes their category, of coverage the check.
    :param source: who says it; empty for nodes, which several sources may describe.
    :param changed: nodes that stayed and are described differently; sources with a new release.
    """

    kind: ChangeKind
    name: str
    source: str
    added: int = 0
    removed: int = 0
    changed: int = 0

    @property
    def text(self) -> str:
        """Return the change in words: ``+12 −3 contraindicated_in from ddinter``."""
        signs = zip("+−~", (self.added, self.removed, self.changed), strict=True)
        numbers = " ".join(f"{sign}{n:,}" for sign, n in signs if n)
        what = {"evidence": self.name, "node": f"{self.name} nodes", "source": "source",
                "coverage": f"{self.name} reviewed"}[self.kind]  # fmt: skip
        return f"{numbers} {what}{f' from {self.source}' if self.source else ''}"


@dataclass(frozen=True)
class GraphDiff:
    """The difference of two snapshots; ``edges`` counts triples, whoever says them."""

    before: str
    after: str
    edges_added: int
    edges_removed: int
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        """Tell whether the two are the same graph."""
        return self.before == self.after

    @property
    def lines(self) -> tuple[str, ...]:
        """Return the changes in words, one a line."""
        return tuple(change.text for change in self.changes)

    @property
    def text(self) -> str:
        """Return all of it in words."""
        if self.same:
            return f"same graph ({self.before[:12]})"
        edges = f"{self.before[:12]} → {self.after[:12]}: "
        edges += f"+{self.edges_added:,} −{self.edges_removed:,} edges"
        return "\n".join((edges, *self.lines))


def diff(before: Snapshot, after: Snapshot) -> GraphDiff:
    """Compare two snapshots."""
    sides = _Side(before), _Side(after)
    common = sorted(set(sides[0].strings) | set(sides[1].strings))
    position = {text: i for i, text in enumerate(common)}
    for side in sides:
        side.place(position)
    counts: Counter[tuple[ChangeKind, str, str, int]] = Counter()
    edges = [0, 0]
    for old, new in _side_by_side(sides[0].edges(), sides[1].edges()):
        for at, (one, other) in enumerate(((new, old), (old, new))):
            if one is None:
                continue
            edges[at] += other is None
            known = other[1] if other else Counter()
            for saying, n in (one[1] - known).items():
                counts["evidence", common[one[0][1]], saying[0], at] += n
    for old, new in _side_by_side(sides[0].nodes(), sides[1].nodes()):
        if old is None or new is None or old[1] != new[1]:
            at = 0 if old is None else 1 if new is None else 2
            category = (new or old or ((), ("",)))[1][0]
            counts["node", str(category), "", at] += 1
    covered = [side.coverage() for side in sides]
    for at, rows in enumerate((covered[1] - covered[0], covered[0] - covered[1])):
        for (_, check, source, *_), n in rows.items():
            counts["coverage", check, source, at] += n
    _sources(before, after, counts)
    keys = sorted({key[:3] for key in counts}, key=_order)
    return GraphDiff(
        before.sha256,
        after.sha256,
        edges[0],
        edges[1],
        tuple(Change(*key, *(counts[*key, at] for at in range(3))) for key in keys),
    )


def _order(key: tuple[ChangeKind, str, str]) -> tuple[int, str, str]:
    return ("source", "node", "evidence", "coverage").index(key[0]), key[1], key[2]


def _sources(
    before: Snapshot, after: Snapshot, counts: Counter[tuple[ChangeKind, str, str, int]]
) -> None:
    old, new = ({s.id: canonical_json(asdict(s)) for s in x.sources} for x in (before, after))
    for source in old.keys() | new.keys():
        if old.get(source) != new.get(source):
            at = 0 if source not in old else 1 if source not in new else 2
            counts["source", "", source, at] += 1


class _Side:
    """One snapshot with its strings numbered as in the other."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.column = snapshot.column
        size = len(snapshot.column("strings.offset")) - 1
        self.strings = [snapshot.string(ref) for ref in range(size)]
        self.at: list[int] = []

    def place(self, position: dict[str, int]) -> None:
        # The last one answers for −1, which is None.
        self.at = [*(position[text] for text in self.strings), -1]

    def edges(self) -> Iterator[tuple[tuple[int, ...], Counter[tuple[Any, ...]]]]:
        """Iterate over edges, sorted, each with its evidence."""
        at, c = self.at, self.column
        ids = [at[ref] for ref in c("node.id")]
        ends = c("edge.subject"), c("edge.predicate"), c("edge.object"), c("edge.qualifiers")
        offsets = c("edge.evidence")
        sources = [source.id for source in self.snapshot.sources]
        source, confidence = c("evidence.source"), c("evidence.confidence")
        texts = [c(f"evidence.{name}") for name in _TEXT]
        spans = c("evidence.span_start"), c("evidence.span_end")
        for e, (s, p, o, q) in enumerate(zip(*ends, strict=True)):
            said = Counter(
                (
                    sources[source[row]],
                    *(at[text[row]] for text in texts),
                    repr(confidence[row]),  # nan is not equal to itself
                    *(span[row] for span in spans),
                )
                for row in range(offsets[e], offsets[e + 1])
            )
            yield (ids[s], at[p], ids[o], at[q]), said

    def nodes(self) -> Iterator[tuple[tuple[int, ...], tuple[Any, ...]]]:
        """Iterate over nodes, sorted by id, each with all that is said of it."""
        at, c = self.at, self.column
        plain = [c(f"node.{part}") for part in ("name", "name_zh", "attributes")]
        names = [c(f"name.{part}") for part in ("text", "lang", "kind")]
        for i, ref in enumerate(c("node.id")):
            rows = range(*c("node.names")[i : i + 2])
            xrefs = c("xref")[slice(*c("node.xrefs")[i : i + 2])]
            yield (
                (at[ref],),
                (
                    self.snapshot.category(i),
                    *(at[column[i]] for column in plain),
                    tuple(at[name[row]] for row in rows for name in names),
                    tuple(at[xref] for xref in xrefs),
                ),
            )

    def coverage(self) -> Counter[tuple[str, ...]]:
        """Return the reviewed rows: drug, check, source, section, date."""
        c = self.column
        parts = [c(f"coverage.{part}") for part in ("check", "source", "section", "date")]
        offsets = c("node.coverage")
        return Counter(
            (self.strings[ref], *(self.strings[part[row]] for part in parts))
            for i, ref in enumerate(c("node.id"))
            for row in range(offsets[i], offsets[i + 1])
        )


def _side_by_side(
    left: Iterable[tuple[tuple[int, ...], Any]], right: Iterable[tuple[tuple[int, ...], Any]]
) -> Iterator[tuple[Any, Any]]:
    """Walk two sorted streams: pairs with equal keys, None where one side has no such key."""
    end: tuple[Any, Any] = (None, None)
    lefts, rights = chain(left, [end]), chain(right, [end])
    one, other = next(lefts), next(rights)
    while one is not end or other is not end:
        if other is end or (one is not end and one[0] < other[0]):
            yield one, None
            one = next(lefts)
        elif one is end or other[0] < one[0]:
            yield None, other
            other = next(rights)
        else:
            yield one, other
            one, other = next(lefts), next(rights)
