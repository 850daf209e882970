"""How a graph lies in Neo4j: labels, properties, constraints; no driver is imported here.

==========================  =====================================================================
``(:NamedThing:Drug)``      what the sources say of a node, merged as in a snapshot: id, name,
                            name_zh, category, synonyms, xrefs, attributes (JSON text)
``-[:treats]->``            one relationship a triple: key, qualifiers (JSON text), and its plain
                            qualifiers (severity, check, …) as properties of their own
``(:Evidence)``             one saying of the triple of that key: source, locator, level …
``(:Record)``, ``(:Name)``  what one source says of the node ``id``; its names with their key
``(:Coverage)``             a reviewed row of the drug ``drug``
``(:Source)``               a document or data set
``(:GraphrxStore)``         version of this layout, the retraction that is under way, and a stamp
                            that every change renews
==========================  =====================================================================

Only ``NamedThing`` nodes have relationships, so a path in Cypher is a path of medicine; the rest is
joined by indexed keys: ``MATCH (d:Drug)-[t:treats]->(c), (e:Evidence {triple: t.key})``.
An end of a triple that no source has described yet is a bare ``(:NamedThing {id})``.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, fields
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.errors import SchemaError
from graphrx.kg.freeze import merge
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    SourceInfo,
    Statement,
    Triple,
    canonical_json,
    digest,
)

LAYOUT_VERSION: Final = 1
THING: Final = "NamedThing"
PLAIN_QUALIFIERS: Final = ("severity", "check", "purpose", "line", "frequency", "similarity")

_UNIQUE = {
    THING: "id", "Record": "key", "Evidence": "key", "Coverage": "key", "Source": "key",
    "GraphrxStore": "key",
}  # fmt: skip
_INDEXED = {
    "Record": ("id", "source"), "Name": ("key", "record"),
    "Evidence": ("triple", "source", "run"), "Coverage": ("drug", "source"),
}  # fmt: skip

SCHEMA_COMMANDS: Final[dict[str, str]] = {
    **{
        f"{label}_{key}_unique": f"CONSTRAINT {label}_{key}_unique IF NOT EXISTS "
        f"FOR (n:{label}) REQUIRE n.{key} IS UNIQUE"
        for label, key in _UNIQUE.items()
    },
    **{
        f"{predicate}_key_unique": f"CONSTRAINT {predicate}_key_unique IF NOT EXISTS "
        f"FOR ()-[t:{predicate}]-() REQUIRE t.key IS UNIQUE"
        for predicate in schema.ALLOWED
    },
    **{
        f"{label}_{key}": f"INDEX {label}_{key} IF NOT EXISTS FOR (n:{label}) ON (n.{key})"
        for label, keys in _INDEXED.items()
        for key in keys
    },
    # Chinese text has no spaces: this analyser indexes pairs of characters.
    "names": f"FULLTEXT INDEX names IF NOT EXISTS FOR (n:{THING}) "
    "ON EACH [n.name, n.name_zh, n.synonyms] "
    "OPTIONS {indexConfig: {`fulltext.analyzer`: 'cjk'}}",
}
"""Name of the constraint or index → what CREATE makes it."""

EVIDENCE: Final = tuple(f.name for f in fields(Evidence) if f.name != "span")
STATEMENT_COLUMNS: Final = ", ".join(
    ["s.id", "type(t)", "o.id", "t.qualifiers", *(f"e.{name}" for name in EVIDENCE),
     "e.span_start", "e.span_end"]
)  # fmt: skip
RECORD_COLUMNS: Final = ", ".join(f"n.{f.name}" for f in fields(NodeRecord))
COVERAGE_COLUMNS: Final = ", ".join(f"n.{f.name}" for f in fields(Coverage))
SOURCE_COLUMNS: Final = ", ".join(f"n.{f.name}" for f in fields(SourceInfo))


def check_terms(nodes: Iterable[NodeRecord], statements: Iterable[Statement]) -> None:
    """Refuse what can't be a label or type: Cypher takes those from the schema only.

    :raises SchemaError: a category or predicate that the schema doesn't have.
    """
    for node in nodes:
        if node.category not in schema.CATEGORIES:
            raise SchemaError(f"category {node.category!r} is not known; use ingest()")
    for predicate in {statement.triple.predicate for statement in statements}:
        if predicate not in schema.ALLOWED:
            raise SchemaError(f"predicate {predicate!r} is not known; ingest() rejects such rows")


def thing(records: Sequence[NodeRecord]) -> dict[str, Any]:
    """Return the properties of a node from what its sources say."""
    node = merge(records)
    return {
        "id": node.id,
        "name": node.name,
        "name_zh": node.name_zh,
        "category": node.category,
        "synonyms": [n.text for n in node.names if n.text not in (node.name, node.name_zh)],
        "xrefs": list(node.xrefs),
        "attributes": node.attributes,
    }


def record_row(record: NodeRecord) -> dict[str, Any]:
    """Return the properties of a ``Record``."""
    names = canonical_json([(x.text, x.lang, x.kind) for x in record.names])
    return {
        "key": record.key, "id": record.id, "category": record.category, "name": record.name,
        "name_zh": record.name_zh, "names": names, "xrefs": list(record.xrefs),
        "attributes": record.attributes, "source": record.source,
    }  # fmt: skip


def name_rows(record: NodeRecord, key: str) -> list[dict[str, Any]]:
    """Return the properties of each ``Name`` of a record with that key."""
    return [
        {"key": normalise(name.text), "record": key, "id": record.id, **asdict(name)}
        for name in record.names
    ]


def triple_row(triple: Triple) -> dict[str, Any]:
    """Return the properties of a relationship."""
    qualifiers = json.loads(triple.qualifiers)
    plain = {name: qualifiers.get(name) for name in PLAIN_QUALIFIERS}
    return {
        "key": triple.id,
        "qualifiers": triple.qualifiers,
        **{name: value for name, value in plain.items() if isinstance(value, str)},
    }


def evidence_row(statement: Statement, triple: str) -> dict[str, Any]:
    """Return the properties of an ``Evidence`` of the triple with that key."""
    evidence = statement.evidence
    start, end = evidence.span or (None, None)
    return {
        "key": digest((triple, evidence.key)),
        "triple": triple,
        "predicate": statement.triple.predicate,
        **{name: getattr(evidence, name) for name in EVIDENCE},
        "publications": list(evidence.publications),
        "span_start": start,
        "span_end": end,
    }


def plain_row(row: Coverage | SourceInfo) -> dict[str, Any]:
    """Return the properties of a ``Coverage`` or ``Source``."""
    return {"key": digest(astuple(row)), **asdict(row)}


def record(row: Sequence[Any]) -> NodeRecord:
    """Return the record of a row of :data:`RECORD_COLUMNS`."""
    node_id, category, name, name_zh, names, xrefs, attributes, source = row
    # An import from CSV has no empty lists.
    return NodeRecord(
        node_id, category, name, name_zh, tuple(Name(*item) for item in json.loads(names)),
        tuple(xrefs or ()), attributes, source,
    )  # fmt: skip


def statement(row: Sequence[Any]) -> Statement:
    """Return the statement of a row of :data:`STATEMENT_COLUMNS`."""
    values: Mapping[str, Any] = dict(zip(EVIDENCE, row[4:-2], strict=True))
    start, end = row[-2:]
    evidence = Evidence(
        **{**values, "publications": tuple(values["publications"] or ())},
        span=None if start is None else (start, end),
    )
    return Statement(Triple(*row[:4]), evidence)
