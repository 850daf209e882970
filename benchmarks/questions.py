"""Do SQLite, Neo4j and the snapshot answer random questions alike, on the whole graph?

    python benchmarks/questions.py sqlite:///graph.db neo4j://127.0.0.1:7687 [--number 200]

Both stores hold the same build. Kinds: what the store protocol can be asked, and every named
question of ``kg query``. Nodes are drawn from the ends of random edges of the asked predicate, so
that nearly all questions have answers; a tenth is drawn from all nodes. Exit 1 when any differs.
"""

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from random import Random
from typing import Any

from origin import write_result

from graphrx.kg import schema
from graphrx.kg.freeze import MergedNode, merge
from graphrx.kg.query import QUESTIONS, SnapshotReader, ask, between, find
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.base import GraphReader
from graphrx.kg.store.open import open_store
from graphrx.pipelines.stored import stored_snapshot

Answer = Callable[[GraphReader], Any]
ELSEWHERE = 0.1


def merged(reader: GraphReader, node_id: str) -> MergedNode | None:
    """What a snapshot keeps of a node: its sources' records as one."""
    records = reader.node_records(node_id)
    return merge(records) if records else None


def newest(reader: GraphReader, drug: str) -> dict[str, Any]:
    """What a snapshot keeps of reviewed rows: the newest of each check."""
    return {row.check: row for row in sorted(reader.coverage_of(drug), key=lambda r: r.date)}


def counted(reader: GraphReader) -> dict[str, int]:
    """All counts but the sources: a snapshot keeps only those that something names."""
    return {name: n for name, n in reader.counts().items() if name != "sources"}


def questions(graph: Snapshot, number: int, random: Random) -> list[tuple[str, str, Answer]]:
    """Draw questions: (kind, what it is about, how it is asked)."""
    by_predicate: dict[str, list[int]] = defaultdict(list)
    for e, ref in enumerate(graph.column("edge.predicate")):
        by_predicate[graph.string(ref)].append(e)
    every = [e for edges in by_predicate.values() for e in edges]

    def end(predicates: tuple[str, ...], side: str) -> str:
        edges = [e for p in predicates for e in by_predicate[p]]
        if not edges or random.random() < ELSEWHERE:
            return graph.node(random.randrange(graph.n_nodes)).id
        edge = graph.edge(random.choice(edges))
        side = random.choice(("subject", "object")) if side == "both" else side
        return graph.node(getattr(edge, side)).id

    def anywhere() -> str:
        return graph.node(random.randrange(graph.n_nodes)).id

    def name() -> str:
        text = random.choice(graph.node(random.randrange(graph.n_nodes)).names).text
        return random.choice((text, text.upper(), text.replace("-", " ")))

    def about() -> tuple[str, str, str]:
        predicate, side = random.choice(sorted(by_predicate)), random.choice(_SIDES)
        return end((predicate,), side), predicate, side

    def pair() -> tuple[str, str]:
        edge = graph.edge(random.choice(every))
        return graph.node(edge.subject).id, graph.node(edge.object).id

    drawn: dict[str, Callable[[], tuple[str, Answer]]] = {
        "node_records": lambda: _one(anywhere(), merged),
        "named": lambda: _one(name(), lambda r, x: sorted({i for i, _ in r.named(x)})),
        "find": lambda: _one(name(), lambda r, x: sorted({n.id for n in find(r, x)})),
        "coverage_of": lambda: _one(end((schema.TREATS,), "subject"), newest),
        "statements_about": lambda: _one(about(), lambda r, x: r.statements_about(*x)),
        "between": lambda: _one(pair(), lambda r, x: between(r, *x)),
        "counts": lambda: _one("", lambda r, _: counted(r)),
    }
    for question in QUESTIONS.values():
        drawn[question.name] = lambda q=question: _one(
            end(q.predicates, q.side), lambda r, x: ask(r, q.name, x)
        )
    kinds = [kind for kind in drawn if kind != "counts"]
    asked = ["counts", *(kinds[i % len(kinds)] for i in range(number - 1))]
    return [(kind, *drawn[kind]()) for kind in asked]


_SIDES = ("subject", "object", "both")


def _one(what: Any, how: Callable[[GraphReader, Any], Any]) -> tuple[str, Answer]:
    return str(what), lambda reader: how(reader, what)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("stores", nargs=2)
    parser.add_argument("--number", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    snapshots = [stored_snapshot(url) for url in options.stores]
    asked = questions(snapshots[0], options.number, Random(options.seed))
    took: Counter[str] = Counter()
    kinds: dict[str, Counter[str]] = defaultdict(Counter)
    different: list[dict[str, str]] = []
    with (
        open_store(options.stores[0], read_only=True) as first,
        open_store(options.stores[1], read_only=True) as second,
    ):
        readers = {"sqlite": first, "neo4j": second, "snapshot": SnapshotReader(snapshots[0])}
        for kind, what, how in asked:
            answers = {}
            for reader_name, reader in readers.items():
                begun = time.perf_counter()
                answers[reader_name] = how(reader)
                took[reader_name] += time.perf_counter() - begun
            same = answers["sqlite"] == answers["neo4j"] == answers["snapshot"]
            answer = answers["sqlite"]
            rows = len(answer) if isinstance(answer, tuple | list | dict) else answer is not None
            kinds[kind].update(asked=1, answered=int(bool(rows)), rows=rows, identical=int(same))
            if not same:
                different.append({"kind": kind, "about": what})
    hashes = [snapshot.sha256 for snapshot in snapshots]
    figures = {
        "asked": len(asked),
        "identical": sum(k["identical"] for k in kinds.values()),
        "with_answers": sum(k["answered"] for k in kinds.values()),
        "statements_and_rows": sum(k["rows"] for k in kinds.values()),
        "one_snapshot_hash": len(set(hashes)) == 1,
        "counts": snapshots[0].counts,
        "seed": options.seed,
        "kinds": {kind: dict(counts) for kind, counts in sorted(kinds.items())},
        "different": different,
        "seconds": {name: round(s, 2) for name, s in took.items()},
    }
    write_result("questions", figures, data=hashes[0])
    sys.exit(1 if different or len(set(hashes)) > 1 else 0)


if __name__ == "__main__":
    main()
