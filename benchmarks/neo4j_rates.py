"""How fast is the Neo4j store, against what bounds it from both sides? All in one run.

    python benchmarks/neo4j_rates.py [--edges 60000]

Load: our batches, ``neo4j-admin database import`` (the limit: no transactions, empty database),
and one MERGE a transaction (what a first script does; on a sample). Look-ups, all edges of one
node with their evidence: a Cypher round trip, SQLite, the snapshot, networkx. Export to torch:
whole columns against a loop over the edges, of the snapshot and of networkx. The machine may be
shared, so read the ratios, not the seconds.
"""
# ruff: noqa: E402  (the server of the tests is found by its folder)

import argparse
import os
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import astuple
from pathlib import Path
from random import Random
from typing import Any

import networkx as nx
import torch
from torch_geometric.data import HeteroData

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "kg"))

from generated_graph import generated
from neo4j_server import PASSWORD, Server
from origin import write_result

from graphrx.fusion.hetero import hetero_data
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


def by_rows(snapshot: Snapshot) -> HeteroData:
    """The same ``HeteroData`` edge by edge, as a first script would make it."""
    place: list[int] = []
    size: Counter[str] = Counter()
    for i in range(snapshot.n_nodes):
        category = snapshot.node(i).category
        place.append(size[category])
        size[category] += 1
    ends: dict[tuple[str, str, str], list[list[int]]] = defaultdict(list)
    for e in range(snapshot.n_edges):
        edge = snapshot.edge(e)
        kinds = snapshot.node(edge.subject).category, snapshot.node(edge.object).category
        key = kinds[0], edge.predicate, kinds[1]
        ends[key].append([place[edge.subject], place[edge.object]])
    return made(size, ends)


def by_networkx(snapshot: Snapshot, graph: "nx.MultiDiGraph[Any]") -> HeteroData:
    """The same out of networkx, whose edges are dicts already."""
    place: dict[str, int] = {}
    size: Counter[str] = Counter()
    category = {snapshot.node(i).id: snapshot.node(i).category for i in range(snapshot.n_nodes)}
    for node_id, kind in category.items():
        place[node_id] = size[kind]
        size[kind] += 1
    ends: dict[tuple[str, str, str], list[list[int]]] = defaultdict(list)
    for one, other, values in graph.edges(data=True):
        key = category[one], values["predicate"], category[other]
        ends[key].append([place[one], place[other]])
    return made(size, ends)


def made(size: Counter[str], ends: dict[tuple[str, str, str], list[list[int]]]) -> HeteroData:
    data = HeteroData()
    for category, n in size.items():
        data[category].num_nodes = n
    for key, pairs in ends.items():
        data[key].edge_index = torch.tensor(pairs).t().contiguous()
    return data


def same_edges(one: HeteroData, other: HeteroData) -> bool:
    def edges(data: HeteroData) -> dict[Any, list[Any]]:
        return {key: sorted(data[key].edge_index.t().tolist()) for key in data.edge_types}

    return edges(one) == edges(other)


def exports(snapshot: Snapshot, folder: Path, graph: "nx.MultiDiGraph[Any]") -> dict[str, float]:
    """Return the seconds of each way to torch; each reads a snapshot that nobody has read yet."""
    results: dict[str, HeteroData] = {}

    def timed(name: str, make: Callable[[], HeteroData]) -> float:
        return seconds(lambda: results.update({name: make()}))

    hetero_data(snapshot)  # torch-geometric sets itself up at first use
    took = {
        "columns": timed("columns", lambda: hetero_data(Snapshot.load(folder))),
        "row_by_row": timed("row_by_row", lambda: by_rows(Snapshot.load(folder))),
        "from_networkx": timed("from_networkx", lambda: by_networkx(snapshot, graph)),
    }
    for name in ("row_by_row", "from_networkx"):
        assert same_edges(results["columns"], results[name]), name
    return took


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
                exported = exports(snapshot, folder / "imported", graph)
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
        "export_to_torch_seconds": rounded(exported),
        "export_to_torch_against_columns": rounded(
            {name: value / exported["columns"] for name, value in exported.items()}
        ),
    }
    data = digest([astuple(batch) for batch in batches])
    write_result("neo4j_rates", figures, data=data, packages=("neo4j", "networkx", "torch"))


if __name__ == "__main__":
    main()
