"""The embedded store: one SQLite file, write-ahead log, full sync; adds no dependency."""
# ruff: noqa: S608  (only constants of this file are put into queries; values are bound)

import hashlib
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
from graphrx.kg.store.file_marks import marks
from graphrx.kg.store.sqlite_tables import TABLES
from graphrx.kg.store.terms import Terms

SCHEMA_VERSION: Final = 2
_BUSY_TIMEOUT_S: Final = 30.0
_CACHE_KIB: Final = 131_072
# A checkpoint copies every page that changed since the last one, so few are better than many.
_CHECKPOINT_PAGES: Final = 16_384

_NODE = "id, category, name, name_zh, names, xrefs, attributes, source"
_STATEMENT = """
    SELECT subject, predicate, object, qualifiers, source, level, agent, run, model,
           locator, confidence, notes, publications, document, span_start, span_end
    FROM triples JOIN evidence ON triples.n = evidence.triple"""
_SOURCE = "id, title, version, date, licence, url, level, trusted"
_EMPTY: Final = "{}"
_KEY_BYTES: Final = 16


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
            self._terms = Terms(self._db)
            self._triple: tuple[tuple[int, ...], Triple] | None = None
            self._prepare()

    @property
    def url(self) -> str:
        """Return the address."""
        return f"sqlite:///{self.path}" if self.path else "sqlite://"

    @property
    def batch(self) -> int:
        """Return how many rows a transaction of a large load should hold.

        Rows fall all over the tables, so each transaction writes most pages of them again: with
        10,000 the cost of a row grows faster with the file than with 50,000.
        """
        return 50_000

    def token(self) -> str | None:
        """Return what differs after every change of the file; None for a graph in memory."""
        return None if self.path is None else marks(self.path)

    def upsert(self, records: Records) -> Changes:
        """Add what is not there yet, all of it in one transaction or none."""
        with self._transaction():
            nodes = self._add_nodes(records.nodes)
            triples, evidence = self._add_statements(records.statements)
            return Changes(
                nodes=nodes,
                triples=triples,
                evidence=evidence,
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
                evidence = self._delete("evidence WHERE run = ?", self._terms.find(run))
                return Changes(evidence=evidence, triples=self._delete_orphans())
            names = [source] if source is not None else self._of_licence(str(licence))
            removed = Changes()
            for name in names:
                self._delete("names WHERE node IN (SELECT n FROM nodes WHERE source = ?)", name)
                removed += Changes(
                    nodes=self._delete("nodes WHERE source = ?", name),
                    evidence=self._delete("evidence WHERE source = ?", self._terms.find(name)),
                    coverage=self._delete("coverage WHERE source = ?", name),
                )
            column, value = ("id", source) if licence is None else ("licence", licence)
            sources = self._delete(f"sources WHERE {column} = ?", value)
            return removed + Changes(triples=self._delete_orphans(), sources=sources)

    def nodes(self) -> Iterator[NodeRecord]:
        """Iterate over all node records."""
        return map(_node, self._rows(f"SELECT {_NODE} FROM nodes"))

    def statements(self) -> Iterator[Statement]:
        """Iterate over all statements."""
        # In the order of the triples, evidence is read from one end of its table to the other.
        return map(self._statement, self._rows(f"{_STATEMENT} ORDER BY triples.n"))

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
            "SELECT nodes.id, nodes.names, position FROM names JOIN nodes ON nodes.n = node "
            "WHERE names.key = ?",
            normalise(text),
        )
        found = {(node_id, Name(*json.loads(names)[at])) for node_id, names, at in rows}
        return tuple(sorted(found))

    def statements_about(
        self, node_id: str, predicate: str | None = None, side: Side = "both"
    ) -> tuple[Statement, ...]:
        """Return the statements with the node at that side, sorted."""
        with self._errors():
            node = self._terms.find(node_id)
            wanted = None if predicate is None else self._terms.find(predicate)
        if node is None or (predicate is not None and wanted is None):
            return ()
        found: dict[Statement, None] = {}
        for column in ("subject", "object") if side == "both" else (side,):
            query = f"{_STATEMENT} WHERE {column} = ?"
            values = [node]
            if wanted is not None:
                query += " AND predicate = ?"
                values.append(wanted)
            found.update(dict.fromkeys(map(self._statement, self._rows(query, *values))))
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
            self._db.execute(f"PRAGMA wal_autocheckpoint = {_CHECKPOINT_PAGES}")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version == 0 and not self.read_only:
            with self._transaction():
                # Another process may have made the tables while we waited for the lock.
                if self._db.execute("PRAGMA user_version").fetchone()[0] == 0:
                    for command in TABLES.split(";"):
                        self._db.execute(command)
                    self._db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        elif version != SCHEMA_VERSION:
            raise StoreError(
                f"{self.url} has schema version {version}, this graphrx writes {SCHEMA_VERSION}; "
                "build a new store with graphrx kg build"
            )

    def _add_nodes(self, nodes: Iterable[NodeRecord]) -> int:
        added = 0
        for node in nodes:
            names = canonical_json([(x.text, x.lang, x.kind) for x in node.names])
            row = self._db.execute(
                "INSERT OR IGNORE INTO nodes VALUES (NULL,?,?,?,?,?,?,?,?,?) RETURNING n",
                (
                    bytes.fromhex(node.key), node.id, node.category, node.name, node.name_zh,
                    names, canonical_json(node.xrefs), node.attributes, node.source,
                ),
            ).fetchone()  # fmt: skip
            if row is not None:
                added += 1
                self._db.executemany(
                    "INSERT INTO names VALUES (?,?,?)",
                    ((normalise(name.text), row[0], at) for at, name in enumerate(node.names)),
                )
        return added

    def _add_statements(self, statements: Iterable[Statement]) -> tuple[int, int]:
        said = list(statements)
        triples = dict.fromkeys(statement.triple for statement in said)
        n = self._terms.add(
            text for t in triples for text in (t.subject, t.predicate, t.object, t.qualifiers)
        )
        numbers = {t: (n[t.subject], n[t.predicate], n[t.object], n[t.qualifiers]) for t in triples}
        # Sorted, neighbours in the table and its index are written together.
        rows = sorted(numbers.values())
        added = self._add(
            "INSERT OR IGNORE INTO triples (subject, predicate, object, qualifiers) "
            "VALUES (?,?,?,?)",
            rows,
        )
        n = self._terms.add(
            text
            for e in (statement.evidence for statement in said)
            for text in (e.source, e.level, e.agent, e.run, e.model)
            if text is not None
        )
        said.sort(key=lambda statement: numbers[statement.triple])
        evidence = self._add(
            f"INSERT OR IGNORE INTO evidence SELECT n, {','.join('?' * 13)} FROM triples "
            "WHERE subject = ? AND predicate = ? AND object = ? AND qualifiers = ?",
            (_evidence_row(s.evidence, n) + numbers[s.triple] for s in said),
        )
        return added, evidence

    def _add(self, command: str, rows: Iterable[tuple[Any, ...]]) -> int:
        before = self._db.total_changes
        self._db.executemany(command, rows)
        return self._db.total_changes - before

    def _delete(self, what: str, *values: object) -> int:
        return self._db.execute(f"DELETE FROM {what}", values).rowcount

    def _delete_orphans(self) -> int:
        return self._delete(
            "triples WHERE NOT EXISTS (SELECT 1 FROM evidence WHERE triple = triples.n)"
        )

    def _of_licence(self, licence: str) -> list[str]:
        rows = self._rows("SELECT DISTINCT id FROM sources WHERE licence = ?", licence)
        return [row[0] for row in rows]

    def _statement(self, row: tuple[Any, ...]) -> Statement:
        text = self._terms.text
        subject, predicate, object_, qualifiers, source, level, agent, run, model = row[:9]
        locator, confidence, notes, publications, document, start, end = row[9:]
        if self._triple is None or self._triple[0] != row[:4]:
            triple = Triple(text(subject), text(predicate), text(object_), text(qualifiers))
            self._triple = (row[:4], triple)
        return Statement(
            self._triple[1],
            Evidence(
                text(source), locator, text(level), text(agent), confidence, notes or _EMPTY,
                tuple(json.loads(publications)) if publications else (),
                None if model is None else text(model), None if run is None else text(run),
                document, None if start is None else (start, end),
            ),
        )  # fmt: skip

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
                self._terms.forget()
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


def _evidence_row(e: Evidence, n: dict[str, int]) -> tuple[Any, ...]:
    start, end = e.span or (None, None)
    return (
        hashlib.sha256(e.key.encode()).digest()[:_KEY_BYTES], n[e.source], n[e.level], n[e.agent],
        None if e.run is None else n[e.run], None if e.model is None else n[e.model], e.locator,
        e.confidence, None if e.notes == _EMPTY else e.notes,
        canonical_json(e.publications) if e.publications else None, e.document, start, end,
    )  # fmt: skip


def _source_row(s: SourceInfo) -> tuple[Any, ...]:
    values = (s.id, s.title, s.version, s.date, s.licence, s.url, s.level, int(s.trusted))
    return bytes.fromhex(digest(values)), *values


def _source(row: tuple[Any, ...]) -> SourceInfo:
    source, title, version, date, licence, url, level, trusted = row
    return SourceInfo(source, title, version, date, licence, url, level, bool(trusted))


def _node(row: tuple[Any, ...]) -> NodeRecord:
    node_id, category, name, name_zh, names, xrefs, attributes, source = row
    return NodeRecord(
        node_id, category, name, name_zh, tuple(Name(*item) for item in json.loads(names)),
        tuple(json.loads(xrefs)), attributes, source,
    )  # fmt: skip
