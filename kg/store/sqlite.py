"""The embedded store: one SQLite file, write-ahead log, full sync; adds no dependency."""
# ruff: noqa: S608  (only constants of this file are put into queries; values are bound)

import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from graphrx.kg.errors import (
    IntegrityError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
    UsageError,
)
from graphrx.kg.linking.normalise import normalise
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
    digest,
)
from graphrx.kg.store.base import Changes, Side

SCHEMA_VERSION: Final = 1
_BUSY_TIMEOUT_S: Final = 30.0
# Keys are hashes, so writes fall all over the tree; SQLite's own 2 MiB would thrash.
_CACHE_KIB: Final = 131_072

_TABLES = """
CREATE TABLE nodes (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, category TEXT NOT NULL, name TEXT NOT NULL,
    name_zh TEXT, names TEXT NOT NULL, xrefs TEXT NOT NULL, attributes TEXT NOT NULL,
    source TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX nodes_by_id ON nodes (id);
CREATE INDEX nodes_by_source ON nodes (source);
CREATE TABLE names (
    key TEXT NOT NULL, record TEXT NOT NULL, position INTEGER NOT NULL,
    PRIMARY KEY (key, record, position)) WITHOUT ROWID;
CREATE INDEX names_by_record ON names (record);
CREATE TABLE triples (
    id TEXT PRIMARY KEY, subject TEXT NOT NULL, predicate TEXT NOT NULL, object TEXT NOT NULL,
    qualifiers TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX triples_out ON triples (subject, predicate);
CREATE INDEX triples_into ON triples (object, predicate);
CREATE TABLE evidence (
    key TEXT PRIMARY KEY, triple TEXT NOT NULL REFERENCES triples (id), source TEXT NOT NULL,
    locator TEXT NOT NULL, level TEXT NOT NULL, agent TEXT NOT NULL, confidence REAL,
    notes TEXT NOT NULL, publications TEXT NOT NULL, model TEXT, run TEXT, document TEXT,
    span_start INTEGER, span_end INTEGER) WITHOUT ROWID;
CREATE INDEX evidence_by_triple ON evidence (triple);
CREATE INDEX evidence_by_source ON evidence (source);
CREATE INDEX evidence_by_run ON evidence (run) WHERE run IS NOT NULL;
CREATE TABLE coverage (
    drug TEXT NOT NULL, "check" TEXT NOT NULL, source TEXT NOT NULL, section TEXT NOT NULL,
    date TEXT NOT NULL, PRIMARY KEY (drug, "check", source, section, date)) WITHOUT ROWID;
CREATE INDEX coverage_by_source ON coverage (source);
CREATE TABLE sources (
    key TEXT PRIMARY KEY, id TEXT NOT NULL, title TEXT NOT NULL, version TEXT NOT NULL,
    date TEXT NOT NULL, licence TEXT NOT NULL, url TEXT NOT NULL, level TEXT NOT NULL,
    trusted INTEGER NOT NULL) WITHOUT ROWID;
"""

_NODE = "id, category, name, name_zh, names, xrefs, attributes, source"
_STATEMENT = """
    SELECT subject, predicate, object, qualifiers, source, locator, level, agent, confidence,
           notes, publications, model, run, document, span_start, span_end
    FROM evidence JOIN triples ON triples.id = evidence.triple"""
_SOURCE = "id, title, version, date, licence, url, level, trusted"


class SqliteStore:
    """A graph in one file, or in memory.

    :param path: the file; None keeps the graph in memory.
    :param read_only: refuse to write and to create.
    """

    def __init__(self, path: Path | None = None, *, read_only: bool = False) -> None:
        """Open the file, and create the tables of a new one."""
        self.path = path
        self.read_only = read_only
        with self._errors():
            self._db = self._connect()
            self._prepare()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"sqlite:///{self.path}" if self.path else "sqlite://"

    def upsert(self, records: Records) -> Changes:
        """Add what is not there yet, all of it in one transaction or none."""
        with self._transaction():
            nodes = [(node.key, node) for node in records.nodes]
            return Changes(
                nodes=self._add_nodes(nodes),
                triples=self._add(
                    "INSERT OR IGNORE INTO triples VALUES (?,?,?,?,?)",
                    (
                        (t.id, t.subject, t.predicate, t.object, t.qualifiers)
                        for t in dict.fromkeys(s.triple for s in records.statements)
                    ),
                ),
                evidence=self._add(
                    f"INSERT OR IGNORE INTO evidence VALUES ({','.join('?' * 14)})",
                    map(_evidence_row, records.statements),
                ),
                coverage=self._add(
                    "INSERT OR IGNORE INTO coverage VALUES (?,?,?,?,?)",
                    ((c.drug, c.check, c.source, c.section, c.date) for c in records.coverage),
                ),
                sources=self._add(
                    "INSERT OR IGNORE INTO sources VALUES (?,?,?,?,?,?,?,?,?)",
                    map(_source_row, records.sources),
                ),
            )

    def retract(
        self, *, source: str | None = None, licence: str | None = None, run: str | None = None
    ) -> Changes:
        """Remove all that a source, the sources of a licence, or a run has said."""
        if sum(value is not None for value in (source, licence, run)) != 1:
            raise UsageError("retract needs exactly one of source, licence and run")
        with self._transaction():
            if run is not None:
                evidence = self._delete("evidence WHERE run = ?", run)
                return Changes(evidence=evidence, triples=self._delete_orphans())
            where, value = "source = ?", source
            if licence is not None:
                where, value = "source IN (SELECT id FROM sources WHERE licence = ?)", licence
            self._delete(f"names WHERE record IN (SELECT key FROM nodes WHERE {where})", value)
            evidence = self._delete(f"evidence WHERE {where}", value)
            nodes = self._delete(f"nodes WHERE {where}", value)
            coverage = self._delete(f"coverage WHERE {where}", value)
            column = "id" if licence is None else "licence"
            sources = self._delete(f"sources WHERE {column} = ?", value)
            return Changes(nodes, self._delete_orphans(), evidence, coverage, sources)

    def nodes(self) -> Iterator[NodeRecord]:
        """Iterate over all node records."""
        return map(_node, self._rows(f"SELECT {_NODE} FROM nodes"))

    def statements(self) -> Iterator[Statement]:
        """Iterate over all statements."""
        return map(_statement, self._rows(_STATEMENT))

    def coverage(self) -> Iterator[Coverage]:
        """Iterate over all reviewed rows."""
        return (Coverage(*row) for row in self._rows("SELECT * FROM coverage"))

    def sources(self) -> Iterator[SourceInfo]:
        """Iterate over all sources."""
        rows = self._rows(f"SELECT {_SOURCE} FROM sources")
        return map(_source, rows)

    def node_records(self, node_id: str) -> tuple[NodeRecord, ...]:
        """Return what the sources say of a node, sorted by source."""
        rows = self._rows(f"SELECT {_NODE} FROM nodes WHERE id = ? ORDER BY source, key", node_id)
        return tuple(map(_node, rows))

    def named(self, text: str) -> tuple[tuple[str, Name], ...]:
        """Return (node id, name) for every node with that name, in any spelling."""
        rows = self._rows(
            "SELECT nodes.id, nodes.names, position FROM names JOIN nodes ON nodes.key = record "
            "WHERE names.key = ?",
            normalise(text),
        )
        found = {(node_id, Name(*json.loads(names)[at])) for node_id, names, at in rows}
        return tuple(sorted(found))

    def statements_about(
        self, node_id: str, predicate: str | None = None, side: Side = "both"
    ) -> tuple[Statement, ...]:
        """Return the statements with the node at that side, sorted."""
        found: dict[Statement, None] = {}
        for column in ("subject", "object") if side == "both" else (side,):
            query = f"{_STATEMENT} WHERE {column} = ?"
            values = [node_id]
            if predicate is not None:
                query += " AND predicate = ?"
                values.append(predicate)
            found.update(dict.fromkeys(map(_statement, self._rows(query, *values))))
        return tuple(sorted(found, key=lambda s: (s.triple, s.evidence.key)))

    def coverage_of(self, drug: str) -> tuple[Coverage, ...]:
        """Return the reviewed rows of a drug, sorted."""
        rows = self._rows("SELECT * FROM coverage WHERE drug = ?", drug)
        return tuple(sorted(Coverage(*row) for row in rows))

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each table; nodes are counted by their id."""
        counted = {"nodes": "COUNT(DISTINCT id)"}
        return {
            table: next(self._rows(f"SELECT {counted.get(table, 'COUNT(*)')} FROM {table}"))[0]
            for table in ("nodes", "triples", "evidence", "coverage", "sources")
        }

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _connect(self) -> sqlite3.Connection:
        if self.path is None:
            return sqlite3.connect(":memory:", isolation_level=None)
        if self.read_only:
            if not self.path.exists():
                raise StoreUnavailableError(
                    f"{self.url} does not exist; build it with graphrx kg build --store {self.url}"
                )
            uri = f"{self.path.absolute().as_uri()}?mode=ro"
            return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT_S, isolation_level=None)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        return sqlite3.connect(self.path, timeout=_BUSY_TIMEOUT_S, isolation_level=None)

    def _prepare(self) -> None:
        self._db.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
        if not self.read_only:
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA synchronous = FULL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and not self.read_only:
            with self._transaction():
                # Another process may have made the tables while we waited for the lock.
                if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for command in _TABLES.split(";"):
                        self._db.execute(command)
                    self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise StoreError(
                f"{self.url} has schema version {version}, this graphrx writes {SCHEMA_VERSION}; "
                "build a new store with graphrx kg build"
            )

    def _add_nodes(self, nodes: list[tuple[str, NodeRecord]]) -> int:
        added = self._add(
            "INSERT OR IGNORE INTO nodes VALUES (?,?,?,?,?,?,?,?,?)",
            (
                (
                    key, n.id, n.category, n.name, n.name_zh,
                    canonical_json([(x.text, x.lang, x.kind) for x in n.names]),
                    canonical_json(n.xrefs), n.attributes, n.source,
                )
                for key, n in nodes
            ),
        )  # fmt: skip
        self._add(
            "INSERT OR IGNORE INTO names VALUES (?,?,?)",
            (
                (normalise(name.text), key, position)
                for key, node in nodes
                for position, name in enumerate(node.names)
            ),
        )
        return added

    def _add(self, command: str, rows: Iterable[tuple[Any, ...]]) -> int:
        before = self._db.total_changes
        self._db.executemany(command, rows)
        return self._db.total_changes - before

    def _delete(self, what: str, *values: object) -> int:
        return self._db.execute(f"DELETE FROM {what}", values).rowcount

    def _delete_orphans(self) -> int:
        return self._delete(
            "triples WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE triple = triples.id)"
        )

    def _rows(self, query: str, *values: object) -> Iterator[tuple[Any, ...]]:
        with self._errors():
            yield from self._db.execute(query, values)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._errors():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            raise self._translated(str(error)) from error

    def _translated(self, reason: str) -> Exception:
        if "readonly" in reason:
            return StoreReadOnlyError(f"{self.url} can't be written; check the file's rights")
        if "full" in reason:
            return StoreFullError(f"{self.url}: {reason}; free space and run again")
        if "not a database" in reason or "malformed" in reason:
            return IntegrityError(f"{self.url} is damaged ({reason}); delete it and build it anew")
        if "locked" in reason or "unable to open" in reason:
            return StoreUnavailableError(f"{self.url}: {reason}; check the path, or try again")
        return StoreError(f"{self.url}: {reason}")


def _evidence_row(statement: Statement) -> tuple[Any, ...]:
    e, triple = statement.evidence, statement.triple.id
    start, end = e.span or (None, None)
    return (
        digest((triple, e.key)), triple, e.source, e.locator, e.level, e.agent, e.confidence,
        e.notes, canonical_json(e.publications), e.model, e.run, e.document, start, end,
    )  # fmt: skip


def _source_row(s: SourceInfo) -> tuple[Any, ...]:
    values = (s.id, s.title, s.version, s.date, s.licence, s.url, s.level, int(s.trusted))
    return digest(values), *values


def _source(row: tuple[Any, ...]) -> SourceInfo:
    source, title, version, date, licence, url, level, trusted = row
    return SourceInfo(source, title, version, date, licence, url, level, bool(trusted))


def _node(row: tuple[Any, ...]) -> NodeRecord:
    node_id, category, name, name_zh, names, xrefs, attributes, source = row
    return NodeRecord(
        node_id, category, name, name_zh, tuple(Name(*item) for item in json.loads(names)),
        tuple(json.loads(xrefs)), attributes, source,
    )  # fmt: skip


def _statement(row: tuple[Any, ...]) -> Statement:
    *triple, source, locator, level, agent, confidence, notes = row[:10]
    publications, model, run, document, start, end = row[10:]
    return Statement(
        Triple(*triple),
        Evidence(
            source, locator, level, agent, confidence, notes, tuple(json.loads(publications)),
            model, run, document, None if start is None else (start, end),
        ),
    )  # fmt: skip
