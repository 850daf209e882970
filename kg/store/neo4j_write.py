"""The write transactions of the Neo4j store; each leaves a sound graph, and may run twice."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, Protocol, TypeVar

from graphrx.kg import schema
from graphrx.kg.model import NodeRecord, Records, Triple
from graphrx.kg.store import neo4j_model as model
from graphrx.kg.store.base import Changes

# Rows a query; larger ones save nothing and hold up others.
_CHUNK: Final = 5_000
# Rows of a retraction's transaction: what is removed must fit into the server's memory, and 10,000
# took more than twice as long a row.
_RETRACT: Final = 2_500

# The lock on a node keeps a retraction from removing it as bare before our edge is there.
_ENDS = "UNWIND $rows AS id MERGE (n:NamedThing {id: id}) SET n.id = id"
_RECORDS = """
    UNWIND $rows AS r MERGE (n:Record {key: r.record.key})
    ON CREATE SET n = r.record, n.fresh = true
    WITH n, r WHERE n.fresh REMOVE n.fresh
    FOREACH (name IN r.names | CREATE (m:Name) SET m = name)
    RETURN n.id"""
_TRIPLES = """
    UNWIND $rows AS r MATCH (s:NamedThing {{id: r.subject}}), (o:NamedThing {{id: r.object}})
    MERGE (s)-[t:{0} {{key: r.triple.key}}]->(o) ON CREATE SET t = r.triple"""
_ROWS = "UNWIND $rows AS r MERGE (n:{0} {{key: r.key}}) ON CREATE SET n = r"
_TAKE_EVIDENCE = """
    MATCH (e:Evidence) WHERE e.{0} = $value WITH e LIMIT $limit
    WITH e, e.predicate AS predicate, e.triple AS triple DELETE e
    RETURN predicate, collect(DISTINCT triple), count(*)"""
_DROP_TRIPLES = """
    UNWIND $rows AS key MATCH (s)-[t:{0} {{key: key}}]->(o)
    WHERE NOT EXISTS {{ MATCH (:Evidence {{triple: key}}) }}
    WITH t, s.id AS subject, o.id AS object DELETE t RETURN subject, object"""
_DROP_BARE = """
    UNWIND $rows AS id MATCH (n:NamedThing {id: id}) SET n.id = id
    WITH n, id WHERE NOT EXISTS { (n)--() } AND NOT EXISTS { MATCH (:Record {id: id}) }
    DELETE n"""
_TAKE_RECORDS = """
    MATCH (n:Record) WHERE n.source = $value WITH n LIMIT $limit
    OPTIONAL MATCH (m:Name {record: n.key})
    WITH n, n.id AS id, collect(m) AS names
    FOREACH (m IN names | DELETE m) DELETE n RETURN id"""
_TAKE_COVERAGE = """
    MATCH (n:Coverage) WHERE n.source = $value WITH n LIMIT $limit DELETE n RETURN count(*)"""
# The last lock that a transaction takes, so two writers can't block each other with it.
_STAMP = "MATCH (n:GraphrxStore) SET n.stamp = randomUUID()"

_T = TypeVar("_T")


class Transaction(Protocol):
    """The driver's managed transaction, as far as it is used here."""

    def run(self, query: Any, /, *args: Any, **values: Any) -> Any:
        """Send a query; return the driver's result."""
        ...


Work = Callable[[Transaction], Changes]


def _stamped(work: Work) -> Work:
    """Return the work with a new stamp of the store at its end, if it changes anything."""

    def both(tx: Transaction) -> Changes:
        changes = work(tx)
        if changes.total:
            tx.run(_STAMP).consume()
        return changes

    return both


def upsert(records: Records) -> Work:
    """Return the transaction that adds what is not there yet.

    :raises SchemaError: a category or predicate is not of the schema.
    """
    nodes, statements = tuple(records.nodes), tuple(records.statements)
    model.check_terms(nodes, statements)
    keyed = [model.record_row(node) for node in nodes]
    described = [
        {"record": row, "names": model.name_rows(node, row["key"])}
        for node, row in zip(nodes, keyed, strict=True)
    ]
    triples: dict[Triple, dict[str, Any]] = {}
    evidence: list[dict[str, Any]] = []
    for statement in statements:
        row = triples.get(statement.triple)
        if row is None:
            row = triples[statement.triple] = model.triple_row(statement.triple)
        evidence.append(model.evidence_row(statement, row["key"]))
    edges = defaultdict(list)
    for t, row in triples.items():
        edges[t.predicate].append({"subject": t.subject, "object": t.object, "triple": row})
    ends = {node.id for node in nodes} | {i for t in triples for i in (t.subject, t.object)}
    coverage = [model.plain_row(row) for row in records.coverage]
    sources = [model.plain_row(row) for row in records.sources]

    @_stamped
    def work(tx: Transaction) -> Changes:
        _write(tx, _ENDS, sorted(ends))
        fresh = [row[0] for row in _read(tx, _RECORDS, described)]
        _describe(tx, fresh)
        return Changes(
            nodes=len(fresh),
            triples=sum(
                _write(tx, _TRIPLES.format(predicate), rows)
                for predicate, rows in sorted(edges.items())
            ),
            evidence=_write(tx, _ROWS.format("Evidence"), evidence),
            coverage=_write(tx, _ROWS.format("Coverage"), coverage),
            sources=_write(tx, _ROWS.format("Source"), sources),
        )

    return work


def _chunks(rows: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (rows[i : i + _CHUNK] for i in range(0, len(rows), _CHUNK))


def _read(tx: Transaction, query: str, rows: Sequence[Any]) -> list[list[Any]]:
    return [r.values() for part in _chunks(rows) for r in tx.run(query, rows=part)]


def _write(tx: Transaction, query: str, rows: Sequence[Any]) -> int:
    """Run a query over the rows; return how many nodes or relationships it made."""
    done = [tx.run(query, rows=part).consume().counters for part in _chunks(rows)]
    return sum(c.nodes_created + c.relationships_created for c in done)


def _describe(tx: Transaction, ids: Iterable[str]) -> None:
    """Give nodes the labels and properties that their records add up to."""
    labels = ":".join(schema.CATEGORIES)
    query = f"UNWIND $rows AS id MATCH (n:Record {{id: id}}) RETURN {model.RECORD_COLUMNS}"
    for part in _chunks(sorted(set(ids))):
        records: dict[str, list[NodeRecord]] = {node_id: [] for node_id in part}
        for row in _read(tx, query, part):
            record = model.record(row)
            records[record.id].append(record)
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for node_id, several in records.items():
            properties = model.thing(several) if several else {"id": node_id}
            rows[properties.get("category", model.THING)].append(properties)
        for category, alike in rows.items():
            _write(
                tx,
                "UNWIND $rows AS r MATCH (n:NamedThing {id: r.id}) "
                f"REMOVE n:{labels} SET n = r, n:{category}",
                alike,
            )


def _take_evidence(column: str, value: str) -> Work:
    @_stamped
    def step(tx: Transaction) -> Changes:
        query = _TAKE_EVIDENCE.format(column)
        taken = [r.values() for r in tx.run(query, value=value, limit=_RETRACT)]
        dropped: list[list[Any]] = []
        for predicate, keys, _ in taken:
            dropped += _read(tx, _DROP_TRIPLES.format(predicate), keys)
        _write(tx, _DROP_BARE, sorted({end for ends in dropped for end in ends}))
        return Changes(evidence=sum(row[2] for row in taken), triples=len(dropped))

    return step


def _take_records(column: str, value: str) -> Work:
    @_stamped
    def step(tx: Transaction) -> Changes:
        ids = [r[0] for r in tx.run(_TAKE_RECORDS, value=value, limit=_RETRACT)]
        _write(tx, "UNWIND $rows AS id MATCH (n:NamedThing {id: id}) SET n.id = id", ids)
        _describe(tx, ids)
        _write(tx, _DROP_BARE, sorted(set(ids)))
        return Changes(nodes=len(ids))

    return step


def _take_coverage(column: str, value: str) -> Work:
    @_stamped
    def step(tx: Transaction) -> Changes:
        removed = tx.run(_TAKE_COVERAGE, value=value, limit=_RETRACT).single(strict=True)
        return Changes(coverage=removed[0])

    return step


def take_sources(ids: Sequence[str], licence: str | None) -> Work:
    """Return the transaction that removes the rows of sources, by licence where one is given."""
    where = "n.id IN $ids" if licence is None else "n.licence = $licence"

    @_stamped
    def step(tx: Transaction) -> Changes:
        query = f"MATCH (n:Source) WHERE {where} DELETE n"
        done = tx.run(query, ids=ids, licence=licence).consume()
        return Changes(sources=done.counters.nodes_deleted)

    return step


BY_RUN: Final = (_take_evidence,)
BY_SOURCE: Final = (_take_evidence, _take_records, _take_coverage)
"""Steps of a retraction: each, given the property and its value, removes until nothing is left."""
