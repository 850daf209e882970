"""How fast is the Neo4j store, against what bounds it from both sides? All in one run.

    python benchmarks/neo4j_rates.py [--edges 60000]

Load: our batches, ``neo4j-admin database import`` (the limit: no transactions, empty database),
and one MERGE a transaction (what a first script does; on a sample). Look-ups, all edges of one
node with their evidence: a Cypher round trip, SQLite, the snapshot, networkx. The machine may be
shared, so read the ratios, not the seconds.
"""
# ruff: noqa: E402  (the server of the tests is found by its folder)

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "kg"))

from generated_graph import generated
from neo4j_server import PASSWORD, Server
from origin import write_result

from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records, digest
from graphrx.kg.query import SnapshotReader
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.admin_csv import import_command, write_csv
from graphrx.kg.store.open import open_store

NAIVE = 300
NODES = 300


def seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def naive(server: Server, batches: list[Records]) -> float:
    """Return the seconds for one MERGE a transaction, a node or an edge each, without indexes."""
    nodes, statements = batches[0].nodes[:NAIVE], batches[1].statements[:NAIVE]

    def work() -> None:
        with server.driver() as driver, driver.session() as session:
            for n in nodes:
                session.run("MERGE (n:Plain {id: $id}) SET n.name = $name", id=n.id, name=n.name)
            for s in statements:
                t, e = s.triple, s.evidence
                session.run(
                    "MERGE (a:Plain {id: $s}) MERGE (b:Plain {id: $o}) "
                    f"MERGE (a)-[r:{t.predicate} {{qualifiers: $q}}]->(b) "
                    "SET r.source = $source, r.locator = $locator, r.notes = $notes",
                    s=t.subject, o=t.object, q=t.qualifiers,
                    source=e.source, locator=e.locator, notes=e.notes,
                )  # fmt: skip
            session.run("MATCH (n:Plain) DETACH DELETE n").consume()

    return seconds(work)


def networkx_of(snapshot: Snapshot) -> "nx.MultiDiGraph[Any]":
    graph = nx.MultiDiGraph()
    for e in range(snapshot.n_edges):
        edge = snapshot.edge(e)
        ends = (snapshot.node(i).id for i in (edge.subject, edge.object))
        graph.add_edge(*ends, predicate=edge.predicate, evidence=snapshot.evidence(e))
    return graph


def per_second(ask: Callable[[str], object], ids: Iterable[str]) -> float:
    ids = list(ids)
    return len(ids) / seconds(lambda: [ask(i) for i in ids])


def rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.4g}") for name, value in values.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=60_000)
    edges = parser.parse_args().edges
    os.environ |= {"NEO4J_USERNAME": "neo4j", "NEO4J_PASSWORD": PASSWORD}
    batches = list(generated(edges, batch=10_000))
    rows = sum(len(b.nodes) + len(b.statements) for b in batches)
    took: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder / "home")
        sqlite = open_store(f"sqlite:///{folder}/graph.db")
        took["sqlite"] = seconds(lambda: ingest(sqlite, batches))
        took["write_csv"] = seconds(lambda: write_csv(sqlite, folder / "csv"))
        command = import_command(folder / "csv")[1:]
        with server:
            took["naive_sample"] = naive(server, batches)
            with open_store(server.url) as store:
                took["ours"] = seconds(lambda: ingest(store, batches))
                took["ours_again_no_change"] = seconds(lambda: ingest(store, batches))
                took["freeze_from_neo4j"] = seconds(lambda: freeze(store, folder / "ours"))
                took["retract_a_source"] = seconds(lambda: store.retract(source="second"))
        took["admin_import"] = seconds(lambda: server.admin(*command, cwd=folder / "csv"))
        with server:
            took["indexes_after_import"] = seconds(lambda: open_store(server.url).close())
            with open_store(server.url) as store:
                snapshot = freeze(store, folder / "imported")
                reader, graph = SnapshotReader(snapshot), networkx_of(snapshot)
                ids = Random(0).sample([record.id for record in batches[0].nodes], 2 * NODES)
                warm, ids = ids[:NODES], ids[NODES:]
                per_second(store.statements_about, warm)
                lookups = {
                    "cypher_round_trip": per_second(store.statements_about, ids),
                    "cypher_bare_round_trip": per_second(lambda _: store._ask("RETURN 1"), ids),
                    "sqlite": per_second(sqlite.statements_about, ids),
                    "snapshot_as_statements": per_second(reader.statements_about, ids),
                    "networkx": per_second(
                        lambda i: [*graph.out_edges(i, data=True), *graph.in_edges(i, data=True)],
                        [i for i in ids if i in graph],
                    ),
                    "snapshot_edges": per_second(
                        lambda i: [
                            *snapshot.out(snapshot.index(i)),
                            *snapshot.into(snapshot.index(i)),
                        ],
                        warm,
                    ),
                }
        hashes = {Snapshot.load(folder / made).sha256 for made in ("ours", "imported")}
        hashes.add(freeze(sqlite, folder / "sqlite").sha256)
        sqlite.close()
    rate = {name: rows / took[name] for name in ("ours", "admin_import", "sqlite")}
    rate["naive"] = 2 * NAIVE / took["naive_sample"]
    figures = {
        "edges": edges,
        "rows": rows,
        "one_snapshot_hash": len(hashes) == 1,
        "seconds": rounded(took),
        "load_rows_per_second": rounded(rate),
        "load_ours_against": rounded({n: rate["ours"] / r for n, r in rate.items() if n != "ours"}),
        "lookups_per_second": rounded(lookups),
        "lookups_against_cypher": rounded(
            {name: value / lookups["cypher_round_trip"] for name, value in lookups.items()}
        ),
    }
    data = digest([astuple(batch) for batch in batches])
    write_result("neo4j_rates", figures, data=data, packages=("neo4j", "networkx"))


if __name__ == "__main__":
    main()
