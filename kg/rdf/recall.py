"""Records back from triples, one record at a time, so that a file of any size can be read."""

import json
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import InputError
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    Records,
    SourceInfo,
    Statement,
    Triple,
    canonical_json,
)
from graphrx.kg.rdf.describe import Described, of_coverage, of_node, of_source, of_statement
from graphrx.kg.rdf.terms import (
    BIOLINK,
    CATEGORIES,
    GRX,
    NAMESPACES,
    PREDICATES,
    RDF,
    RECORD,
    id_of,
    ref,
    source_of,
)

Fact = tuple[str, str, str]
"""Subject, predicate, object as plain text: IRIs without brackets, literals without quotes."""

_DCTERMS: Final = NAMESPACES["dcterms"]
_PREDICATE: Final = {iri: predicate for predicate, iri in PREDICATES.items()}
_CATEGORY: Final = {iri: category for category, iri in CATEGORIES.items()}
_BATCH: Final = 5_000
_REMEDY: Final = "sort the file if it is N-Quads, or export it again"


class _Record:
    """What is said of one record."""

    def __init__(self, name: str, facts: Iterable[Fact], path: Path) -> None:
        self.name, self.path = name, path
        self.said: dict[str, str] = {predicate: value for _, predicate, value in facts}

    def text(self, predicate: str) -> str:
        if predicate not in self.said:
            raise InputError(
                f"{self.path}: record <{self.name}> has no <{predicate}>, or not beside the rest; "
                f"{_REMEDY}"
            )
        return self.said[predicate]

    def id(self, predicate: str) -> str:
        iri = self.text(predicate)
        found = id_of(iri)
        return iri if found is None else found

    def source(self, predicate: str = BIOLINK + "primary_knowledge_source") -> str:
        iri = self.text(predicate)
        found = source_of(iri)
        return iri if found is None else found

    def json(self, predicate: str) -> Any:
        text = self.text(predicate)
        try:
            return json.loads(text)
        except ValueError:
            raise InputError(
                f"{self.path}: <{predicate}> of <{self.name}> is not JSON: {text[:80]!r}"
            ) from None


def records(facts: Iterable[Fact], path: Path) -> Iterator[Records]:
    """Iterate over batches of the records that triples describe.

    :param facts: the triples of a record next to each other.
    :raises InputError: a record lacks a part, or the triples of one are scattered.
    """
    batch: dict[str, list[Any]] = {"nodes": [], "statements": [], "coverage": [], "sources": []}
    size = 0
    for name, group in groupby(facts, key=lambda fact: fact[0]):
        if not name.startswith(RECORD):
            continue
        record = _Record(name, group, path)
        kind = record.text(RDF + "type")
        if kind not in _KINDS:
            raise InputError(f"{path}: record <{name}> is a <{kind}>, which is no record of ours")
        part, read, describe = _KINDS[kind]
        try:
            row = read(record)
        except (TypeError, ValueError) as error:
            raise InputError(f"{path}: record <{name}> can't be read: {error}") from None
        # Its name is the hash of all of it.
        if describe(row)[1][0][0] != ref(name):
            raise InputError(
                f"{path}: record <{name}> was changed, or what is said of it does not stand "
                f"together; {_REMEDY}"
            )
        batch[part].append(row)
        size += 1
        if size % _BATCH == 0:
            yield _records(batch)
    yield _records(batch)
    if not size:
        raise InputError(f"{path} holds no record of a graph; graphrx kg export writes such a file")


def _records(batch: dict[str, list[Any]]) -> Records:
    found = Records(**{part: tuple(rows) for part, rows in batch.items()})
    for rows in batch.values():
        rows.clear()
    return found


def _source(record: _Record) -> SourceInfo:
    return SourceInfo(
        id=record.source(GRX + "source"),
        title=record.text(_DCTERMS + "title"),
        version=record.text(GRX + "version"),
        date=record.text(_DCTERMS + "issued"),
        licence=record.text(_DCTERMS + "rights"),
        url=record.text(GRX + "url"),
        level=record.text(GRX + "evidence_level"),
        trusted=record.text(GRX + "trusted") in ("true", "1"),
    )


def _node(record: _Record) -> NodeRecord:
    category = record.text(BIOLINK + "category")
    return NodeRecord(
        id=record.id(GRX + "about"),
        category=_CATEGORY.get(category) or id_of(category) or category,
        name=record.text(GRX + "name"),
        name_zh=record.said.get(GRX + "name_zh"),
        names=tuple(Name(*item) for item in record.json(GRX + "names")),
        xrefs=tuple(record.json(GRX + "xrefs")),
        attributes=canonical_json(record.json(GRX + "attributes")),
        source=record.source(),
    )


def _statement(record: _Record) -> Statement:
    predicate = record.text(BIOLINK + "predicate")
    said = record.said
    confidence, start = said.get(GRX + "confidence"), said.get(GRX + "span_start")
    listed = record.json(GRX + "publications") if GRX + "publications" in said else ()
    return Statement(
        Triple(
            record.id(BIOLINK + "subject"),
            _PREDICATE.get(predicate) or id_of(predicate) or predicate,
            record.id(BIOLINK + "object"),
            canonical_json(record.json(GRX + "qualifiers")),
        ),
        Evidence(
            source=record.source(),
            locator=record.text(GRX + "locator"),
            level=record.text(GRX + "evidence_level"),
            agent=record.text(BIOLINK + "agent_type"),
            confidence=None if confidence is None else float(confidence),
            notes=canonical_json(record.json(GRX + "notes")) if GRX + "notes" in said else "{}",
            publications=tuple(listed),
            model=said.get(GRX + "model"),
            run=said.get(GRX + "run"),
            document=said.get(GRX + "document"),
            span=None if start is None else (int(start), int(record.text(GRX + "span_end"))),
        ),
    )


def _coverage(record: _Record) -> Coverage:
    return Coverage(
        drug=record.id(GRX + "drug"),
        check=record.text(GRX + "check"),
        source=record.source(),
        section=record.text(GRX + "section"),
        date=record.text(_DCTERMS + "date"),
    )


_KINDS: Final[dict[str, tuple[str, Callable[[_Record], Any], Callable[[Any], Described]]]] = {
    GRX + "SourceRelease": ("sources", _source, of_source),
    GRX + "NodeRecord": ("nodes", _node, of_node),
    BIOLINK + "Association": ("statements", _statement, of_statement),
    GRX + "Coverage": ("coverage", _coverage, of_coverage),
}
