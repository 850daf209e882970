"""Stores: the contract, a random walk against plain sets, and how they fail."""

import shutil
import sqlite3
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from tests.kg.store_cases import StoreCases

from graphrx.kg.errors import (
    IntegrityError,
    NotAvailableError,
    StoreError,
    StoreReadOnlyError,
    StoreUnavailableError,
    UsageError,
)
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest, retract
from graphrx.kg.model import Evidence, Name, NodeRecord, Records, SourceInfo, Statement, Triple
from graphrx.kg.store.base import GraphStore
from graphrx.kg.store.open import open_store
from graphrx.kg.store.sqlite import SqliteStore


class TestMemory(StoreCases):
    def open(self, tmp_path: Path) -> GraphStore:
        return open_store("sqlite://")


class TestFile(StoreCases):
    def open(self, tmp_path: Path) -> GraphStore:
        return open_store(f"sqlite:///{tmp_path}/deep/graph.db")

    def test_keeps_it_when_reopened(self, tmp_path: Path, small_records: Records) -> None:
        with self.open(tmp_path) as store:
            ingest(store, small_records)
        with open_store(f"sqlite:///{tmp_path}/deep/graph.db", read_only=True) as store:
            assert set(store.statements()) == set(small_records.statements)
            with pytest.raises(StoreReadOnlyError, match="can't be written"):
                store.upsert(Records(sources=(SOURCES["a"],)))


NODES = [
    NodeRecord(f"GRX:drug.{i}", "Drug", f"drug {i}", None, (Name(f"drug {i}", "en", "preferred"),),
               (), "{}", source)
    for i in range(3) for source in ("a", "b")
]  # fmt: skip
SOURCES = {
    name: SourceInfo(name, name, "1", f"2026-01-0{i}", licence, "", "label", trusted=True)
    for i, (name, licence) in enumerate([("a", "free"), ("b", "free"), ("c", "paid")], start=1)
}
ids = st.sampled_from([node.id for node in NODES])
evidence = st.builds(
    Evidence,
    source=st.sampled_from(sorted(SOURCES)),
    locator=st.sampled_from(["4", "7"]),
    level=st.just("label"),
    confidence=st.sampled_from([None, 0.5]),
    run=st.sampled_from([None, "r1", "r2"]),
)
predicates = ["pharmacologically_interacts_with", "has_ingredient"]
statements = st.builds(
    Statement,
    st.builds(Triple, ids, st.sampled_from(predicates), ids),
    evidence,
)


class AgainstSets(RuleBasedStateMachine):
    """The store does what four Python sets would do, and freezes to the same bytes."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.store = SqliteStore(self.folder / "graph.db")
        self.nodes: set[NodeRecord] = set()
        self.said: set[Statement] = set()
        self.sources: set[SourceInfo] = set()

    @rule(
        nodes=st.lists(st.sampled_from(NODES)),
        said=st.lists(statements),
        sources=st.lists(st.sampled_from(sorted(SOURCES))),
    )
    def ingest(self, nodes: list[NodeRecord], said: list[Statement], sources: list[str]) -> None:
        from graphrx.kg.schema import canonical_statement

        infos = [SOURCES[name] for name in sources]
        report = ingest(self.store, Records(tuple(nodes), tuple(said), (), tuple(infos)))
        said = [canonical_statement(s) for s in said]
        assert report.changes.nodes == len(set(nodes) - self.nodes)
        assert report.changes.evidence == len(set(said) - self.said)
        assert report.changes.triples == len(
            {s.triple for s in said} - {s.triple for s in self.said}
        )
        assert report.changes.sources == len(set(infos) - self.sources)
        self.nodes |= set(nodes)
        self.said |= set(said)
        self.sources |= set(infos)

    @rule(source=st.sampled_from(sorted(SOURCES)))
    def retract_source(self, source: str) -> None:
        retract(self.store, source=source)
        self._forget({source})
        self.sources = {s for s in self.sources if s.id != source}

    @rule(licence=st.sampled_from(["free", "paid"]))
    def retract_licence(self, licence: str) -> None:
        retract(self.store, licence=licence)
        gone = {s for s in self.sources if s.licence == licence}
        self._forget({s.id for s in gone})
        self.sources -= gone

    @rule(run=st.sampled_from(["r1", "r2"]))
    def retract_run(self, run: str) -> None:
        retract(self.store, run=run)
        self.said = {s for s in self.said if s.evidence.run != run}

    @rule()
    def reopen(self) -> None:
        self.store.close()
        self.store = SqliteStore(self.folder / "graph.db")

    @rule()
    def freeze_equals_fresh(self) -> None:
        with SqliteStore() as fresh:
            rows = (sorted(self.nodes, key=str), sorted(self.said, key=str), (), self.sources)
            ingest(fresh, Records(*map(tuple, rows)))
            expected = freeze(fresh, self.folder / "fresh").sha256
        assert freeze(self.store, self.folder / "own").sha256 == expected

    @invariant()
    def same_content(self) -> None:
        assert set(self.store.nodes()) == self.nodes
        assert set(self.store.statements()) == self.said
        assert set(self.store.sources()) == self.sources
        assert self.store.counts()["triples"] == len({s.triple for s in self.said})

    def teardown(self) -> None:
        self.store.close()
        shutil.rmtree(self.folder)

    def _forget(self, sources: set[str]) -> None:
        self.nodes = {n for n in self.nodes if n.source not in sources}
        self.said = {s for s in self.said if s.evidence.source not in sources}


TestAgainstSets = AgainstSets.TestCase
TestAgainstSets.settings = settings(max_examples=15, stateful_step_count=12, deadline=None)


def test_unknown_address() -> None:
    with pytest.raises(UsageError, match="mysql://x"):
        open_store("mysql://x")


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        open_store(f"sqlite:///{tmp_path}/none.db", read_only=True)


def test_not_a_database(tmp_path: Path) -> None:
    (tmp_path / "graph.db").write_bytes(b"this is no database, " * 100)
    with pytest.raises(IntegrityError, match="damaged"):
        open_store(f"sqlite:///{tmp_path}/graph.db")


def test_other_schema_version(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "graph.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="schema version 99"):
        open_store(f"sqlite:///{tmp_path}/graph.db")


def test_server_without_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "graphrx.kg.store.neo4j", None)
    with pytest.raises(NotAvailableError, match="pip install"):
        open_store("neo4j://localhost:7687")


def test_two_writers_on_one_file(tmp_path: Path, small_records: Records) -> None:
    url = f"sqlite:///{tmp_path}/graph.db"
    with open_store(url) as one, open_store(url) as two:
        ingest(one, replace(small_records, statements=()))
        ingest(two, replace(small_records, nodes=()))
        assert set(one.statements()) == set(two.statements()) == set(small_records.statements)


def test_survives_a_kill_in_a_transaction(tmp_path: Path) -> None:
    import subprocess
    import sys

    path = tmp_path / "graph.db"
    script = (
        "import os, sys\nfrom pathlib import Path\n"
        "from graphrx.kg.model import *\nfrom graphrx.kg.store.sqlite import SqliteStore\n"
        "s = SqliteStore(Path(sys.argv[1]))\n"
        "info = lambda i: SourceInfo(i, i, '1', '2026-01-01', 'x', '', 'label', True)\n"
        "s.upsert(Records(sources=(info('kept'),)))\n"
        "def rows():\n    yield info('lost')\n    os.kill(os.getpid(), 9)\n"
        "s.upsert(Records(sources=rows()))\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -9
    with SqliteStore(path) as store:
        assert [s.id for s in store.sources()] == ["kept"]
