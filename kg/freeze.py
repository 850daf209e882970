"""Write a snapshot: merge what the sources say, sort it, lay it down in columns, hash it.

Nothing depends on the order in which a store gives its rows, so equal content gives equal bytes.
"""

import gc
import hashlib
import json
import math
import os
import shutil
import sys
import tempfile
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    SourceInfo,
    Triple,
    canonical_json,
)
from graphrx.kg.snapshot import (
    FORMAT,
    MANIFEST,
    SOURCES,
    STRINGS,
    TYPES,
    Snapshot,
    content_hash,
)
from graphrx.kg.store.base import GraphStore

_BROADEST_FIRST: Final = (
    schema.DRUG_CLASS, schema.DRUG, schema.DISEASE, schema.PHENOTYPE, schema.SIDE_EFFECT,
)  # fmt: skip
"""Of two categories that sources give one node, the one whose edges the schema allows more of."""


@dataclass(frozen=True, slots=True)
class MergedNode:
    """One node after its sources' records were merged."""

    id: str
    category: str
    name: str
    name_zh: str | None
    names: tuple[Name, ...]
    xrefs: tuple[str, ...]
    attributes: str


@dataclass
class Content:
    """The sorted content of a snapshot. ``dangling`` and ``violations`` count rows left out."""

    nodes: list[MergedNode]
    edges: list[tuple[Triple, list[Evidence]]]
    coverage: list[Coverage]
    sources: list[SourceInfo]
    dangling: int
    violations: int


def freeze(store: GraphStore, path: Path) -> Snapshot:
    """Write the snapshot of a store into a directory, all of it or nothing.

    A statement whose ends the store has no node for, or whose ends the schema forbids, is left
    out and counted (``dangling``, ``violations`` in the manifest).
    """
    with _no_collection():
        files = _files(gather(store))
    path.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{path.name}-", dir=path.parent))
    try:
        made.chmod(0o755)
        for name, data in files.items():
            with (made / name).open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        _put(made, path)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return Snapshot.load(path)


@contextmanager
def _no_collection() -> Iterator[None]:
    """Hold the garbage collector off: millions of live values and no cycle among them.

    Each of its rounds looks at all of them, so with it the time grows faster than the graph.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def gather(store: GraphStore) -> Content:
    """Merge and sort what a store holds."""
    records: dict[str, list[NodeRecord]] = defaultdict(list)
    for record in store.nodes():
        records[record.id].append(record)
    nodes = [merge(records[node_id]) for node_id in sorted(records)]
    category = {node.id: node.category for node in nodes}
    said: dict[Triple, list[Evidence]] = defaultdict(list)
    dangling = violations = 0
    for statement in store.statements():
        triple = statement.triple
        ends = category.get(triple.subject), category.get(triple.object)
        if ends[0] is None or ends[1] is None:
            dangling += 1
        elif schema.violation(triple.predicate, ends[0], ends[1]):
            violations += 1
        else:
            said[triple].append(statement.evidence)
    reviewed = list(store.coverage())
    coverage = sorted(row for row in reviewed if row.drug in category)
    named = {e.source for evidence in said.values() for e in evidence}
    named |= {row.source for row in coverage}
    named |= {record.source for several in records.values() for record in several}
    return Content(
        nodes=nodes,
        edges=[(triple, _sorted(said[triple])) for triple in sorted(said, key=_order)],
        coverage=coverage,
        sources=_sources(store.sources(), named),
        dangling=dangling + len(reviewed) - len(coverage),
        violations=violations,
    )


def merge(records: Sequence[NodeRecord]) -> MergedNode:
    """Merge the records of a node: the core formulary's word first, then by name of source."""
    ordered = sorted(records, key=lambda r: (r.source != schema.CORE_SOURCE, r.source, r.key))
    first = ordered[0]
    name_zh = next((r.name_zh for r in ordered if r.name_zh), None)
    names: dict[tuple[str, str], Name] = {}
    attributes: dict[str, Any] = {}
    for record in ordered:
        for name in record.names:
            preferred = name.text in (first.name, name_zh)
            demoted = name.kind == "preferred" and not preferred
            kept = Name(name.text, name.lang, "synonym") if demoted else name
            names.setdefault((name.text, name.lang), kept)
        for key, value in json.loads(record.attributes).items():
            attributes.setdefault(key, value)
    return MergedNode(
        id=first.id,
        category=_category(ordered),
        name=first.name,
        name_zh=name_zh,
        names=tuple(names.values()),
        xrefs=tuple(sorted({xref for record in ordered for xref in record.xrefs})),
        attributes=canonical_json(attributes),
    )


def _category(ordered: Sequence[NodeRecord]) -> str:
    first = ordered[0].category
    if len(ordered) == 1 or ordered[0].source == schema.CORE_SOURCE:
        return first
    said = {record.category for record in ordered}
    return next((category for category in _BROADEST_FIRST if category in said), first)


def _order(triple: Triple) -> tuple[str, str, str, str]:
    return triple.subject, triple.predicate, triple.object, triple.qualifiers


def _sorted(evidence: list[Evidence]) -> list[Evidence]:
    """Return the most relied upon first."""
    return sorted(evidence, key=lambda e: (_rank(e), e.key)) if len(evidence) > 1 else evidence


def _rank(evidence: Evidence) -> int:
    return schema.LEVELS.index(evidence.level) if evidence.level in schema.LEVELS else 99


def _sources(known: Iterable[SourceInfo], named: set[str]) -> list[SourceInfo]:
    """Return one row for each named source: its newest; an untrusted stub when it has none."""
    best: dict[str, SourceInfo] = {}
    for source in sorted(known, key=lambda s: (s.date, s.version, canonical_json(asdict(s)))):
        best[source.id] = source
    stub = ("", "", "", "", "unknown")
    return [
        best.get(i) or SourceInfo(i, i, *stub[:4], stub[4], trusted=False) for i in sorted(named)
    ]


def _files(content: Content) -> dict[str, bytes]:
    """Return file name → bytes, the manifest last."""
    strings, columns = _columns(content)
    encoded = [text.encode() for text in strings]
    columns["strings.offset"] = list(accumulate(map(len, encoded), initial=0))
    files = {name: _packed(TYPES[name], columns[name]) for name in sorted(TYPES)}
    files[STRINGS] = b"".join(encoded)
    files[SOURCES] = canonical_json([asdict(s) for s in content.sources]).encode()
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    core = next((s for s in content.sources if s.id == schema.CORE_SOURCE), None)
    manifest = {
        "format": FORMAT,
        "sha256": content_hash(hashes),
        "version": core.version if core else "0",
        "built": max((s.date for s in content.sources), default=""),
        "counts": {
            "nodes": len(content.nodes),
            "edges": len(content.edges),
            "evidence": sum(len(evidence) for _, evidence in content.edges),
            "coverage": len(content.coverage),
            "sources": len(content.sources),
            "dangling": content.dangling,
            "violations": content.violations,
        },
        "files": {n: {"bytes": len(files[n]), "sha256": h} for n, h in hashes.items()},
    }
    files[MANIFEST] = json.dumps(manifest, indent=1, sort_keys=True).encode()
    return files


def _columns(content: Content) -> tuple[list[str], dict[str, list[Any]]]:
    nodes, edges = content.nodes, content.edges
    number = {node.id: i for i, node in enumerate(nodes)}
    source_number = {source.id: i for i, source in enumerate(content.sources)}
    names = [(i, name) for i, node in enumerate(nodes) for name in node.names]
    evidence = [e for _, several in edges for e in several]
    into = sorted(range(len(edges)), key=lambda e: (number[edges[e][0].object], e))
    index = _name_index(nodes, names)
    text: dict[str, list[str | None]] = {
        "node.id": [n.id for n in nodes],
        "node.category": [n.category for n in nodes],
        "node.name": [n.name for n in nodes],
        "node.name_zh": [n.name_zh for n in nodes],
        "node.attributes": [n.attributes for n in nodes],
        "name.text": [n.text for _, n in names],
        "name.lang": [n.lang for _, n in names],
        "name.kind": [n.kind for _, n in names],
        "xref": [x for n in nodes for x in n.xrefs],
        "edge.predicate": [t.predicate for t, _ in edges],
        "edge.qualifiers": [t.qualifiers for t, _ in edges],
        "evidence.locator": [e.locator for e in evidence],
        "evidence.level": [e.level for e in evidence],
        "evidence.agent": [e.agent for e in evidence],
        "evidence.notes": [e.notes for e in evidence],
        "evidence.publications": [canonical_json(e.publications) for e in evidence],
        "evidence.model": [e.model for e in evidence],
        "evidence.run": [e.run for e in evidence],
        "evidence.document": [e.document for e in evidence],
        "coverage.check": [c.check for c in content.coverage],
        "coverage.source": [c.source for c in content.coverage],
        "coverage.section": [c.section for c in content.coverage],
        "coverage.date": [c.date for c in content.coverage],
        "index.key": [key for key, _, _ in index],
    }
    strings = sorted({s for column in text.values() for s in column if s is not None})
    position: dict[str | None, int] = {s: i for i, s in enumerate(strings)}
    position[None] = -1
    columns: dict[str, list[Any]] = {
        name: [position[s] for s in column] for name, column in text.items()
    }
    size = len(nodes)
    columns |= {
        "node.names": _offsets(size, (i for i, _ in names)),
        "node.xrefs": _offsets(size, (i for i, n in enumerate(nodes) for _ in n.xrefs)),
        "node.coverage": _offsets(size, (number[c.drug] for c in content.coverage)),
        "edge.subject": [number[t.subject] for t, _ in edges],
        "edge.object": [number[t.object] for t, _ in edges],
        "edge.evidence": list(accumulate((len(several) for _, several in edges), initial=0)),
        "out": _offsets(size, (number[t.subject] for t, _ in edges)),
        "into.offset": _offsets(size, (number[t.object] for t, _ in edges)),
        "into.edge": into,
        "evidence.source": [source_number[e.source] for e in evidence],
        "evidence.confidence": [
            math.nan if e.confidence is None else e.confidence for e in evidence
        ],
        "evidence.span_start": [e.span[0] if e.span else -1 for e in evidence],
        "evidence.span_end": [e.span[1] if e.span else -1 for e in evidence],
        "index.node": [node for _, node, _ in index],
        "index.name": [row for _, _, row in index],
    }
    return strings, columns


def _name_index(
    nodes: list[MergedNode], names: list[tuple[int, Name]]
) -> list[tuple[str, int, int]]:
    """Return (key, node, name row), sorted; a node has each key once."""
    rank = {category: n for n, category in enumerate(schema.CATEGORIES)}
    first: dict[tuple[str, int], int] = {}
    for row, (node, name) in enumerate(names):
        if key := normalise(name.text):
            first.setdefault((key, node), row)
    rows = ((key, node, row) for (key, node), row in first.items())
    return sorted(rows, key=lambda r: (r[0], rank.get(nodes[r[1]].category, len(rank)), r[1]))


def _offsets(size: int, owners: Iterable[int]) -> list[int]:
    """Return the offsets of rows that are grouped by owner, in the order of the owners."""
    count = [0] * size
    for owner in owners:
        count[owner] += 1
    return list(accumulate(count, initial=0))


def _packed(code: str, values: Sequence[Any]) -> bytes:
    data = array(code, values)
    if sys.byteorder == "big":
        data.byteswap()
    return data.tobytes()


def _put(made: Path, path: Path) -> None:
    """Rename the finished directory into place; another writer's equal one may stay."""
    for _ in range(3):
        try:
            made.rename(path)
        except OSError:
            if not path.exists():
                raise
            if (path / MANIFEST).is_file() and _same(made, path):
                return
            old = Path(tempfile.mkdtemp(prefix=f".{path.name}-old-", dir=path.parent))
            _move_away(path, old)
        else:
            return
    raise OSError(f"{path} is being written by others")


def _same(made: Path, path: Path) -> bool:
    return (made / MANIFEST).read_bytes() == (path / MANIFEST).read_bytes()


def _move_away(path: Path, old: Path) -> None:
    try:
        path.rename(old / "replaced")
    except FileNotFoundError:  # another writer was quicker
        pass
    finally:
        shutil.rmtree(old, ignore_errors=True)
