"""What the ``kg`` commands answer, as plain JSON values.

:mod:`graphrx.pipelines.graph_text` puts it into lines for people.
"""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from graphrx.kg.errors import InputError, UsageError
from graphrx.kg.model import Evidence, NodeRecord, Statement
from graphrx.kg.query import QUESTIONS, SnapshotReader, ask, find, find_one
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.base import Changes, GraphReader, GraphStore
from graphrx.kg.store.open import open_store
from graphrx.pipelines.session import open_snapshot

Json = dict[str, Any]

_EXPORTS: Final = (".ttl", ".nq", ".tsv")
PACKAGED: Final = "formulary"


@contextmanager
def reader(store: str | None) -> Iterator[GraphReader]:
    """Open a store for questions, or the packaged formulary when none is named."""
    if store is None:
        yield SnapshotReader(open_snapshot(None))
    else:
        with open_store(store, read_only=True) as opened:
            yield opened


@contextmanager
def whole_store(store: str | None) -> Iterator[GraphStore]:
    """Open a store to read all of it, or the packaged formulary as one when none is named."""
    if store is not None:
        with open_store(store, read_only=True) as opened:
            yield opened
        return
    from graphrx.kg.formulary.loader import load
    from graphrx.kg.ingest import ingest

    with open_store("sqlite://") as opened:
        ingest(opened, load())
        yield opened


def graph_at(place: str, folder: Path) -> Snapshot:
    """Return the snapshot of a store, an exported file, a snapshot folder, or ``formulary``.

    :param folder: where a snapshot of an exported file may be written.
    :raises InputError: there is no such thing.
    """
    if place == PACKAGED:
        return open_snapshot(None)
    if place.partition(":")[0].partition("+")[0] in ("sqlite", "neo4j", "bolt"):
        return open_snapshot(place)
    path = Path(place)
    if path.is_dir():
        return Snapshot.load(path)
    if path.suffix not in _EXPORTS:
        raise InputError(
            f"{place} is no store, snapshot or export; name a store (sqlite:///graph.db), a "
            f"snapshot folder, an exported file ({', '.join(_EXPORTS)}), or {PACKAGED}"
        )
    from graphrx.kg.ingest import ingest
    from graphrx.kg.rdf.files import read_file

    with open_store("sqlite://") as store:
        ingest(store, read_file(path))
        return Snapshot.freeze(store, folder)


def stats(store: str | None) -> Json:
    """Count nodes, edges, evidence and reviewed rows."""
    from graphrx.kg.stats import stats as count

    return asdict(count(open_snapshot(store)))


def difference(before: str, after: str) -> Json:
    """Compare two graphs; see :func:`graph_at` for how they are named."""
    from graphrx.kg.diff import diff

    with TemporaryDirectory(prefix="graphrx-diff-") as folder:
        found = diff(
            graph_at(before, Path(folder) / "before"), graph_at(after, Path(folder) / "after")
        )
    return {
        "same": found.same,
        "before": found.before,
        "after": found.after,
        "edges": {"added": found.edges_added, "removed": found.edges_removed},
        "changes": [{**asdict(change), "text": change.text} for change in found.changes],
        "text": found.text,
    }


def query(store: str | None, texts: Iterable[str], question: str | None) -> Json:
    """Look names up, and ask a named question about each node found.

    :param question: one of :data:`graphrx.kg.query.QUESTIONS`; None counts the answers to all.
    :raises UsageError: there is no such question.
    :raises InputError: a text names no node.
    """
    if question is not None and question not in QUESTIONS:
        raise UsageError(f"question {question!r} is not known; ask one of {', '.join(QUESTIONS)}")
    with reader(store) as graph:
        return {"results": [_looked_up(graph, text, question) for text in texts]}


def _looked_up(graph: GraphReader, text: str, question: str | None) -> Json:
    records: dict[str, list[NodeRecord]] = {}
    for record in find(graph, text):
        records.setdefault(record.id, []).append(record)
    if not records:
        raise InputError(f"{text!r} names no node of the graph; check the spelling or give the id")
    return {
        "text": text,
        "nodes": [_node(graph, several, question) for several in records.values()],
    }


def _node(graph: GraphReader, records: list[NodeRecord], question: str | None) -> Json:
    from graphrx.kg.freeze import merge

    node = merge(records)
    found: Json = {
        "id": node.id,
        "category": node.category,
        "name": node.name,
        "name_zh": node.name_zh,
        "names": [name.text for name in node.names if name.text not in (node.name, node.name_zh)],
        "xrefs": list(node.xrefs),
    }
    if question is None:
        counts = {name: len({s.triple for s in ask(graph, name, node.id)}) for name in QUESTIONS}
        found["questions"] = {name: n for name, n in counts.items() if n}
    else:
        found["question"] = question
        found["answers"] = edges(graph, ask(graph, question, node.id))
    return found


def edges(graph: GraphReader, statements: Iterable[Statement]) -> list[Json]:
    """Return statements as edges, each with all of its evidence."""
    found: dict[Any, Json] = {}
    for statement in statements:
        triple = statement.triple
        if triple not in found:
            found[triple] = {
                "subject": _end(graph, triple.subject),
                "predicate": triple.predicate,
                "object": _end(graph, triple.object),
                "qualifiers": json.loads(triple.qualifiers),
                "evidence": [],
            }
        found[triple]["evidence"].append(_evidence(statement.evidence))
    return list(found.values())


def _end(graph: GraphReader, node_id: str) -> Json:
    from graphrx.kg.freeze import merge

    records = graph.node_records(node_id)
    return {"id": node_id, "name": merge(records).name if records else None}


def _evidence(evidence: Evidence) -> Json:
    known = {
        "source": evidence.source, "locator": evidence.locator, "level": evidence.level,
        "agent": evidence.agent, "confidence": evidence.confidence,
        "notes": json.loads(evidence.notes), "publications": list(evidence.publications),
        "model": evidence.model, "run": evidence.run, "document": evidence.document,
        "span": list(evidence.span) if evidence.span else None,
    }  # fmt: skip
    return {key: value for key, value in known.items() if value not in (None, {}, [])}


def path(store: str | None, first: str, second: str, longest: int) -> Json:
    """Return the shortest evidence path between two names.

    :raises InputError: a text names no node, or several.
    """
    from graphrx.kg.paths import shortest_path

    graph = open_snapshot(store)
    asked = SnapshotReader(graph)
    ids = [find_one(asked, text) for text in (first, second)]
    ends = [graph.index(node_id) for node_id in ids]
    found = None if None in ends else shortest_path(graph, ends[0] or 0, ends[1] or 0, longest)
    steps = [] if found is None else edges(asked, (s for e in found for s in asked.of_edge(e)))
    return {
        "from": _end(asked, ids[0]),
        "to": _end(asked, ids[1]),
        "found": found is not None,
        "length": None if found is None else len(found),
        "steps": steps,
    }


def verify(store: str | None) -> Json:
    """Examine a store; see :class:`graphrx.kg.audit.Audit`."""
    from graphrx.kg.audit import audit

    with whole_store(store) as opened:
        found = audit(opened)
    problems = list(found.problems)
    return {**asdict(found), "problems": problems, "ok": not problems}


def retraction(
    store: GraphStore, source: str | None, licence: str | None, run: str | None
) -> Changes:
    """Count what a retraction would remove, and remove nothing."""
    named = {s.id for s in store.sources() if licence is not None and s.licence == licence}
    named |= {source} if source is not None else set()
    if run is not None:
        named = set()
    gone: set[Any] = set()
    kept: set[Any] = set()
    evidence = 0
    for statement in store.statements():
        goes = statement.evidence.source in named or (
            run is not None and statement.evidence.run == run
        )
        evidence += goes
        (gone if goes else kept).add(statement.triple)
    return Changes(
        nodes=sum(record.source in named for record in store.nodes()),
        triples=len(gone - kept),
        evidence=evidence,
        coverage=sum(row.source in named for row in store.coverage()),
        sources=sum(
            s.id == source if licence is None else s.licence == licence
            for s in store.sources()
            if run is None
        ),
    )
