"""The store on a Neo4j server, 5.26 or newer; its layout is :mod:`graphrx.kg.store.neo4j_model`.

A batch is one managed transaction, which the driver tries again when the server was busy, restarted
or broke a deadlock: the batch is there or not, and the same ingest can be run again. Every write is
idempotent, so a commit whose answer was lost is tried again too, which the driver leaves to us.
"""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, Final, Self, TypeVar
from urllib.parse import urlsplit

import neo4j
from neo4j.exceptions import (
    AuthError,
    ConfigurationError,
    DriverError,
    IncompleteCommit,
    Neo4jError,
)

from graphrx.kg import schema
from graphrx.kg.errors import (
    StoreAuthError,
    StoreError,
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
    UsageError,
)
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import Coverage, Name, NodeRecord, Records, SourceInfo, Statement
from graphrx.kg.store import neo4j_model as model
from graphrx.kg.store import neo4j_write as write
from graphrx.kg.store.base import Changes, Side

_T = TypeVar("_T")

_FETCH: Final = 5_000
_STATEMENTS = f"""
    MATCH (e:Evidence {{triple: t.key}}) USING INDEX e:Evidence(triple)
    RETURN {model.STATEMENT_COLUMNS}"""


class Neo4jStore:
    """A graph in a Neo4j database; make one with :meth:`open`."""

    def __init__(
        self, driver: neo4j.Driver, url: str, database: str | None, read_only: bool
    ) -> None:
        """Keep the connection."""
        self.read_only = read_only
        self._driver = driver
        self._url = url
        self._database = database
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()

    @classmethod
    def open(cls, url: str, *, read_only: bool = False, retry_s: float = 30.0) -> Self:
        """Connect, and make constraints and indexes where they are missing.

        User and password come from ``NEO4J_USERNAME`` (``neo4j``) and ``NEO4J_PASSWORD``.

        :param url: ``neo4j://host:7687[/database]``, also ``bolt`` and ``+s``, ``+ssc``.
        :param read_only: refuse to write and to create.
        :param retry_s: for how long a transaction is tried again before an error is raised.
        :raises UsageError: the address carries a password, or the database holds other data.
        :raises StoreError: no answer, wrong password, or a database that can't be written.
        """
        parts = urlsplit(url)
        try:
            usable = bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise UsageError(f"store address {url!r} has no host or port; write neo4j://host:7687")
        if "@" in parts.netloc:
            raise UsageError(
                f"the address of {parts.hostname} carries a user or password; leave it out and set "
                "NEO4J_USERNAME and NEO4J_PASSWORD"
            )
        server = parts._replace(path="", fragment="").geturl()
        database = parts.path.strip("/") or None
        password = os.environ.get("NEO4J_PASSWORD")
        user = os.environ.get("NEO4J_USERNAME") or "neo4j"
        with _errors(url):
            driver = neo4j.GraphDatabase.driver(
                server,
                auth=None if password is None else (user, password),
                max_transaction_retry_time=retry_s,
                connection_timeout=10.0,
                notifications_min_severity="OFF",
                user_agent="graphrx",
            )
        store = cls(driver, url, database, read_only=read_only)
        try:
            with _errors(url):
                driver.verify_connectivity()  # once: a wrong address is not waited for
            store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    @property
    def url(self) -> str:
        """Return the address, without credentials."""
        return self._url

    @property
    def batch(self) -> int:
        """Return how many rows a transaction of a large load should hold; heap bounds it."""
        return 10_000

    def token(self) -> str | None:
        """Return what differs after every change of the database, whoever made it.

        The server's bookmark counts transactions, those of others too; the stamp of our last write
        tells apart two histories of one length (a database that was loaded or imported anew).
        """
        with _errors(self.url), self._session(neo4j.READ_ACCESS) as session:
            query = "MATCH (n:GraphrxStore) RETURN n.stamp"
            stamps = session.execute_read(lambda tx: [r.value() for r in tx.run(query)])
            return json.dumps([stamps, sorted(session.last_bookmarks().raw_values)])

    def upsert(self, records: Records) -> Changes:
        """Add what is not there yet, all of it in one transaction or none."""
        return self._transaction(write.upsert(records))

    def retract(
        self, *, source: str | None = None, licence: str | None = None, run: str | None = None
    ) -> Changes:
        """Remove all that a source, the sources of a licence, or a run has said.

        A large source doesn't fit into one transaction, so what is being removed is noted first: an
        interrupted retraction is finished when the store is next opened for writing, and until
        then a reader is refused.
        """
        if sum(value is not None for value in (source, licence, run)) != 1:
            raise UsageError("retract needs exactly one of source, licence and run")
        if licence is not None:
            found = self._ask("MATCH (n:Source {licence: $v}) RETURN DISTINCT n.id", v=licence)
            column, values = "source", sorted(row[0] for row in found)
        else:
            column, values = ("source", [source]) if run is None else ("run", [run])
        task = {"column": column, "values": values, "licence": licence}
        self._note(task)
        return self._remove(task)

    def nodes(self) -> Iterator[NodeRecord]:
        """Iterate over all node records."""
        return map(model.record, self._stream(f"MATCH (n:Record) RETURN {model.RECORD_COLUMNS}"))

    def statements(self) -> Iterator[Statement]:
        """Iterate over all statements."""
        rows = self._stream(f"MATCH (s:NamedThing)-[t]->(o) {_STATEMENTS}")
        return map(model.statement, rows)

    def coverage(self) -> Iterator[Coverage]:
        """Iterate over all reviewed rows."""
        rows = self._stream(f"MATCH (n:Coverage) RETURN {model.COVERAGE_COLUMNS}")
        return (Coverage(*row) for row in rows)

    def sources(self) -> Iterator[SourceInfo]:
        """Iterate over all sources."""
        rows = self._stream(f"MATCH (n:Source) RETURN {model.SOURCE_COLUMNS}")
        return (SourceInfo(*row) for row in rows)

    def node_records(self, node_id: str) -> tuple[NodeRecord, ...]:
        """Return what the sources say of a node, sorted by source."""
        query = f"MATCH (n:Record {{id: $id}}) RETURN {model.RECORD_COLUMNS}"
        records = map(model.record, self._ask(query, id=node_id))
        return tuple(sorted(records, key=lambda r: (r.source, r.key)))

    def named(self, text: str) -> tuple[tuple[str, Name], ...]:
        """Return (node id, name) for every node with that name, in any spelling."""
        query = "MATCH (n:Name {key: $key}) RETURN n.id, n.text, n.lang, n.kind"
        rows = self._ask(query, key=normalise(text))
        return tuple(sorted({(node_id, Name(*name)) for node_id, *name in rows}))

    def statements_about(
        self, node_id: str, predicate: str | None = None, side: Side = "both"
    ) -> tuple[Statement, ...]:
        """Return the statements with the node at that side, sorted."""
        if predicate is not None and predicate not in schema.ALLOWED:
            return ()
        edge = "[t]" if predicate is None else f"[t:{predicate}]"
        ends = {"subject": ("{id: $id}", ""), "object": ("", "{id: $id}")}
        query = " UNION ".join(
            f"MATCH (s:NamedThing {subject})-{edge}->(o:NamedThing {object_}) {_STATEMENTS}"
            for subject, object_ in (ends.values() if side == "both" else (ends[side],))
        )
        found = map(model.statement, self._ask(query, id=node_id))
        return tuple(sorted(found, key=lambda s: (s.triple, s.evidence.key)))

    def coverage_of(self, drug: str) -> tuple[Coverage, ...]:
        """Return the reviewed rows of a drug, sorted."""
        query = f"MATCH (n:Coverage {{drug: $drug}}) RETURN {model.COVERAGE_COLUMNS}"
        return tuple(sorted(Coverage(*row) for row in self._ask(query, drug=drug)))

    def counts(self) -> dict[str, int]:
        """Return the number of rows of each kind; nodes are counted by their id."""
        queries = {
            "nodes": "MATCH (n:Record) RETURN count(DISTINCT n.id)",
            "triples": "MATCH ()-[t]->() RETURN count(t)",
            "evidence": "MATCH (n:Evidence) RETURN count(n)",
            "coverage": "MATCH (n:Coverage) RETURN count(n)",
            "sources": "MATCH (n:Source) RETURN count(n)",
        }
        return {name: int(self._ask(query)[0][0]) for name, query in queries.items()}

    def close(self) -> None:
        """Close the connection."""
        self._driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _prepare(self) -> None:
        found = self._ask("MATCH (n:GraphrxStore) RETURN n.version, n.retracting")
        version, task = found[0] if found else (None, None)
        if version is None:
            if self.read_only:
                raise StoreUnavailableError(
                    f"{self.url} holds no graph; build it with graphrx kg build --store {self.url}"
                )
            if self._ask("MATCH (n) RETURN 1 LIMIT 1"):
                raise UsageError(
                    f"{self.url} holds data that graphrx did not write; give an empty database"
                )
        elif version != model.LAYOUT_VERSION:
            raise StoreError(
                f"{self.url} has layout {version}, this graphrx writes {model.LAYOUT_VERSION}; "
                "build a new store with graphrx kg build"
            )
        if self.read_only:
            if task:
                raise StoreUnavailableError(
                    f"{self.url} is in the middle of a retraction; wait, or let graphrx kg retract "
                    "finish it"
                )
            return
        online = "SHOW INDEXES YIELD name, state WHERE state = 'ONLINE' RETURN name"
        known = {row[0] for row in self._ask(online)}
        if missing := [c for name, c in model.SCHEMA_COMMANDS.items() if name not in known]:
            self._transaction(lambda tx: [tx.run(f"CREATE {c}").consume() for c in missing])
            self._transaction(lambda tx: tx.run("CALL db.awaitIndexes(3600)").consume())
        if version is None:
            self._note(None)
        elif task:
            self._remove(json.loads(task))

    def _note(self, task: dict[str, Any] | None) -> None:
        """Write the retraction that is under way; None when there is none."""
        values = {"v": model.LAYOUT_VERSION, "task": None if task is None else json.dumps(task)}
        query = "MERGE (n:GraphrxStore {key: 'graphrx'}) SET n.version = $v, n.retracting = $task"
        self._transaction(lambda tx: tx.run(query, values).consume())

    def _remove(self, task: dict[str, Any]) -> Changes:
        """Carry a noted retraction out, each step by itself sound, and clear the note."""
        changes = Changes()
        steps = write.BY_RUN if task["column"] == "run" else write.BY_SOURCE
        for value in task["values"]:
            for step in steps:
                while (removed := self._transaction(step(task["column"], value))).total:
                    changes += removed
        if task["column"] == "source":
            changes += self._transaction(write.take_sources(task["values"], task["licence"]))
        self._note(None)
        return changes

    def _session(self, access: str) -> AbstractContextManager[neo4j.Session]:
        return self._driver.session(
            database=self._database,
            default_access_mode=access,
            bookmark_manager=self._bookmarks,
            fetch_size=_FETCH,
        )

    def _transaction(self, work: Callable[[neo4j.ManagedTransaction], _T]) -> _T:
        if self.read_only:
            raise StoreReadOnlyError(f"{self.url} was opened to read only; open it for writing")
        with _errors(self.url), self._session(neo4j.WRITE_ACCESS) as session:
            try:
                return session.execute_write(work)
            except IncompleteCommit:
                # committed or not, nobody knows; done twice it is the same, only counted less
                return session.execute_write(work)

    def _ask(self, query: str, **values: Any) -> list[list[Any]]:
        """Return the few rows of a look-up, tried again as a write is."""
        with _errors(self.url), self._session(neo4j.READ_ACCESS) as session:
            return session.execute_read(lambda tx: [r.values() for r in tx.run(query, values)])

    def _stream(self, query: str) -> Iterator[list[Any]]:
        """Iterate over the many rows of a scan as they come; this can't be tried again."""
        with _errors(self.url), self._session(neo4j.READ_ACCESS) as session:
            for row in session.run(query):
                yield row.values()


@contextmanager
def _errors(url: str) -> Iterator[None]:
    try:
        yield
    except (Neo4jError, DriverError) as error:
        raise _translated(url, error) from error


# Part of a status code → what to raise, and the remedy; the first that fits.
_MEANING: Final[tuple[tuple[str, type[StoreError], str], ...]] = (
    ("Security.", StoreAuthError, "set NEO4J_USERNAME and NEO4J_PASSWORD"),
    ("ReadOnly", StoreReadOnlyError, "write to a database that is not read-only"),
    ("NotALeader", StoreReadOnlyError, "write through neo4j://, which finds the leader"),
    ("DatabaseNotFound", StoreUnavailableError, "name a database of this server in the address"),
    # The server's log could not grow; it then closes the database until it is restarted.
    ("TransactionLogError", StoreFullError, "free space, restart the server and run again"),
    ("TransactionCommitFailed", StoreFullError, "free space, restart the server and run again"),
    ("OutOfMemory", StoreFullError, "give the server more heap or write smaller batches"),
    ("TransactionStartFailed", StoreUnavailableError, "free space if full, restart the server"),
    ("DatabaseUnavailable", StoreUnavailableError, "free space if full, restart the server"),
    ("TransientError", StoreUnavailableError, "run again"),
)


def _translated(url: str, error: Neo4jError | DriverError) -> StoreError:
    code = getattr(error, "code", None) or ""
    reason = " ".join((getattr(error, "message", None) or str(error)).split())
    for part, kind, remedy in _MEANING:
        if part in code:
            return kind(f"{url}: {reason}; {remedy}")
    if isinstance(error, AuthError | ConfigurationError):
        return StoreAuthError(f"{url}: {reason}; set NEO4J_USERNAME and NEO4J_PASSWORD")
    if isinstance(error, DriverError):
        return StoreUnavailableError(f"{url}: {reason}; start the server or correct the address")
    return StoreError(f"{url}: {code} {reason}")
