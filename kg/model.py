"""The values of the graph: frozen, comparable, and each with one canonical JSON form.

A store is nothing but four sets of these values (:class:`NodeRecord`, :class:`Statement`,
:class:`Coverage`, :class:`SourceInfo`), so ingest is a set union: idempotent and order-free.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

Lang = Literal["en", "zh"]
NameKind = Literal["preferred", "synonym", "brand", "abbreviation"]

_ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical_json(obj: object) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, UTF-8 as it is."""
    return _ENCODER.encode(obj)


def digest(obj: object) -> str:
    """Return the sha256 (hex) of a value's canonical JSON."""
    return hashlib.sha256(canonical_json(obj).encode()).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """One name of a node, as people write it."""

    text: str
    lang: Lang
    kind: NameKind


@dataclass(frozen=True, slots=True)
class NodeRecord:
    """What one source says of one node; a snapshot merges the records of a node.

    ``attributes`` is canonical JSON text; ``xrefs`` are CURIEs.
    """

    id: str
    category: str
    name: str
    name_zh: str | None
    names: tuple[Name, ...]
    xrefs: tuple[str, ...]
    attributes: str
    source: str

    @property
    def key(self) -> str:
        """Return the sha256 of the whole record: its identity in a store."""
        names = [(name.text, name.lang, name.kind) for name in self.names]
        return digest(
            (self.id, self.category, self.name, self.name_zh, names, self.xrefs,
             self.attributes, self.source)
        )  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Triple:
    """One edge, however many sources say it. ``qualifiers`` is canonical JSON text."""

    subject: str
    predicate: str
    object: str
    qualifiers: str = "{}"

    @property
    def id(self) -> str:
        """Return the sha256 of the canonical form."""
        return digest((self.subject, self.predicate, self.object, self.qualifiers))


@dataclass(frozen=True, slots=True)
class Evidence:
    """One saying of a triple: who says it, where, how surely.

    ``notes`` is canonical JSON text with the wording (reason, mechanism, management, each also
    with ``_zh``); ``span`` is the character range in ``document``; ``confidence`` is in [0, 1].
    """

    source: str
    locator: str
    level: str
    agent: str = "manual_agent"
    confidence: float | None = None
    notes: str = "{}"
    publications: tuple[str, ...] = ()
    model: str | None = None
    run: str | None = None
    document: str | None = None
    span: tuple[int, int] | None = None

    @property
    def key(self) -> str:
        """Return the canonical JSON of the whole evidence: its identity under a triple."""
        return canonical_json(
            (self.source, self.locator, self.level, self.agent, self.confidence, self.notes,
             self.publications, self.model, self.run, self.document, self.span)
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Statement:
    """A triple as one source says it."""

    triple: Triple
    evidence: Evidence


@dataclass(frozen=True, slots=True, order=True)
class Coverage:
    """A reviewed row: this document was read for this drug and this check."""

    drug: str
    check: str
    source: str
    section: str
    date: str


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """A document or data set that evidence names. ``date`` is ISO 8601."""

    id: str
    title: str
    version: str
    date: str
    licence: str
    url: str
    level: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class Records:
    """A batch of what sources say, ready to ingest."""

    nodes: tuple[NodeRecord, ...] = ()
    statements: tuple[Statement, ...] = ()
    coverage: tuple[Coverage, ...] = ()
    sources: tuple[SourceInfo, ...] = ()


@dataclass(frozen=True, slots=True)
class Node:
    """A node of a snapshot, merged from its records; don't change ``attributes``."""

    index: int
    id: str
    category: str
    name: str
    name_zh: str | None
    names: tuple[Name, ...]
    xrefs: tuple[str, ...]
    attributes: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """An edge of a snapshot between node indices; don't change ``qualifiers``."""

    index: int
    subject: int
    predicate: str
    object: int
    qualifiers: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """The evidence of a snapshot's edge, with its source at hand; don't change ``notes``."""

    source: str
    locator: str
    level: str
    agent: str
    confidence: float | None
    notes: Mapping[str, Any]
    publications: tuple[str, ...]
    model: str | None
    run: str | None
    document: str | None
    span: tuple[int, int] | None
    source_info: SourceInfo
