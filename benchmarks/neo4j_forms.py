"""Where should evidence live in Neo4j? Three forms, the same statements, one server.

    python benchmarks/neo4j_forms.py [--edges 30000]

``nodes``: one relationship a triple, an ``(:Evidence {triple})`` node a saying, joined by index;
``lists``: one relationship a triple with a list of evidence as JSON text;
``parallel``: one relationship a saying. The choice is docs/decisions/0006-neo4j-model.md.
"""
# ruff: noqa: E402  (the server of the tests is found by its folder)

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import astuple
from itertools import islice
from pathlib import Path
from typing import Any

import neo4j

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "kg"))

from generated_graph import generated
from neo4j_server import Server
from origin import write_result

from graphrx.kg.model import Statement, digest

ENDS = "MATCH (a:Form {id: r[0]}), (b:Form {id: r[1]})"
PROPERTIES = ("source", "locator", "level", "agent", "confidence", "notes", "publications")
SET = ", ".join(f"e.{name} = r[{i}]" for i, name in enumerate(PROPERTIES, start=5))


def rows(statements: list[Statement]) -> dict[str, list[list[Any]]]:
    grouped = defaultdict(list)
    for s in statements:
        t, e = s.triple, s.evidence
        key = digest((t.id, e.key))
        values = [e.source, e.locator, e.level, e.agent, e.confidence, e.notes, e.publications]
        grouped[t.predicate].append([t.subject, t.object, t.id, t.qualifiers, key, *values, e.key])
    return grouped


WRITE = {
    "nodes": [
        ENDS + " MERGE (a)-[e:`{p}` {key: r[2]}]->(b) ON CREATE SET e.qualifiers = r[3]",
        "MERGE (e:Saying {key: r[4]}) ON CREATE SET e.triple = r[2], " + SET,
    ],
    "lists": [
        ENDS + " MERGE (a)-[e:`{p}` {key: r[2]}]->(b) ON CREATE SET e.qualifiers = r[3] "
        "WITH e, r SET e.evidence = CASE WHEN r[12] IN coalesce(e.evidence, []) "
        "THEN e.evidence ELSE coalesce(e.evidence, []) + r[12] END"
    ],
    "parallel": [
        ENDS + " MERGE (a)-[e:`{p}` {key: r[4]}]->(b) "
        "ON CREATE SET e.triple = r[2], e.qualifiers = r[3], " + SET
    ],
}
READ_ALL = {
    "nodes": "MATCH (a:Form)-[e]->(b) MATCH (s:Saying {triple: e.key}) RETURN a.id, b.id, s",
    "lists": "MATCH (a:Form)-[e]->(b) RETURN a.id, b.id, e.evidence",
    "parallel": "MATCH (a:Form)-[e]->(b) RETURN a.id, b.id, e",
}
OF_A_SOURCE = {
    "nodes": "MATCH (s:Saying {source: 'second'}) RETURN count(s)",
    "lists": "MATCH (a:Form)-[e]->() WHERE any(x IN e.evidence WHERE x STARTS WITH '[\"second\"') "
    "RETURN count(e)",
    "parallel": "MATCH (a:Form)-[e]->() WHERE e.source = 'second' RETURN count(e)",
}


def measure(session: neo4j.Session, form: str, batches: list[Any]) -> dict[str, float]:
    session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
    for name in [r["name"] for r in session.run("SHOW CONSTRAINTS YIELD name")]:
        session.run(f"DROP CONSTRAINT {name}").consume()
    statements = [s for batch in batches for s in batch.statements]
    for label in ("Form {id}", "Saying {key}"):
        name, key = label.split(" {")
        session.run(f"CREATE CONSTRAINT FOR (n:{name}) REQUIRE n.{key[:-1]} IS UNIQUE").consume()
    for p in {s.triple.predicate for s in statements}:
        session.run(f"CREATE CONSTRAINT FOR ()-[r:`{p}`]-() REQUIRE r.key IS UNIQUE").consume()
    for key in ("triple", "source"):
        session.run(f"CREATE INDEX IF NOT EXISTS FOR (n:Saying) ON (n.{key})").consume()
    session.run("UNWIND $ids AS id CREATE (:Form {id: id})",
                ids=[n.id for n in batches[0].nodes]).consume()  # fmt: skip
    session.run("CALL db.awaitIndexes(60)").consume()

    def write(tx: neo4j.ManagedTransaction, part: list[Statement]) -> None:
        for predicate, several in rows(part).items():
            for command in WRITE[form]:
                query = "UNWIND $rows AS r " + command.replace("{p}", predicate)
                tx.run(query, rows=several).consume()

    timed = {}
    stream = iter(statements)
    start = time.perf_counter()
    while part := list(islice(stream, 5000)):
        session.execute_write(write, part)
    timed["write_s"] = time.perf_counter() - start
    start = time.perf_counter()
    for part in (statements[:5000],):
        session.execute_write(write, part)
    timed["same_5000_again_s"] = time.perf_counter() - start
    start = time.perf_counter()
    n = sum(1 for _ in session.run(READ_ALL[form]))
    timed["read_all_s"], timed["rows"] = time.perf_counter() - start, n
    about = READ_ALL[form].replace("(a:Form)", "(a:Form {id: $id})")
    start = time.perf_counter()
    for i in range(200):
        session.run(about, id=f"GRX:drug.{i}").consume()
    timed["read_one_node_ms"] = (time.perf_counter() - start) * 5
    start = time.perf_counter()
    timed["of_second"] = session.run(OF_A_SOURCE[form]).single()[0]
    timed["count_of_a_source_ms"] = (time.perf_counter() - start) * 1e3
    return {name: round(value, 3) for name, value in timed.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--edges", type=int, default=30_000)
    edges = parser.parse_args().edges
    batches = list(generated(edges))
    with (
        tempfile.TemporaryDirectory() as folder,
        Server(Path(folder) / "home") as server,
        server.driver() as driver,
        driver.session() as session,
    ):
        for form in WRITE:  # the server compiles what runs often; none shall go first
            measure(session, form, batches[:2])
        figures = {form: measure(session, form, batches) for form in WRITE}
    write_result(
        "neo4j_forms", {"edges": edges, **figures}, data=digest([astuple(b) for b in batches])
    )


if __name__ == "__main__":
    main()
