"""Killed, full, read-only, and finished afterwards: the same snapshot hash."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from tests.kg import crash
from tests.kg.generated_graph import generated

from graphrx.kg.errors import (
    StoreFullError,
    StoreReadOnlyError,
    StoreUnavailableError,
)
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.store.admin_csv import import_command, write_csv
from graphrx.kg.store.base import GraphStore
from graphrx.kg.store.open import open_store
from graphrx.kg.store.sqlite import SqliteStore

BATCHES = list(generated(2_400, batch=400))


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Snapshot hash of the whole, never interrupted."""
    with SqliteStore() as store:
        ingest(store, BATCHES)
        return freeze(store, tmp_path_factory.mktemp("whole") / "s").sha256


def test_sqlite_ingest_killed_again_and_again(expected: str, tmp_path: Path) -> None:
    folder, url = tmp_path / "batches", f"sqlite:///{tmp_path}/graph.db"
    crash.lay_out(BATCHES, folder)
    assert crash.kill_after_batches(url, folder, (0, 1, 0, 2, 1)) >= 3
    with open_store(url) as store:
        ingest(store, BATCHES)
        assert freeze(store, tmp_path / "s").sha256 == expected
    with sqlite3.connect(tmp_path / "graph.db") as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()


def test_sqlite_full(expected: str, tmp_path: Path) -> None:
    with SqliteStore(tmp_path / "graph.db") as store:
        ingest(store, BATCHES[:2])
        before = store.counts()
        pages = store._db.execute("PRAGMA page_count").fetchone()[0]
        store._db.execute(f"PRAGMA max_page_count = {pages + 8}")
        with pytest.raises(StoreFullError, match="free space and run again"):
            ingest(store, BATCHES[2])
        assert store.counts() == before
        store._db.execute("PRAGMA max_page_count = 4294967294")
        ingest(store, BATCHES)
        assert freeze(store, tmp_path / "s").sha256 == expected


neo4j = pytest.importorskip("neo4j")
from tests.kg import neo4j_server  # noqa: E402  (needs the driver)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[neo4j_server.Server]:
    """A server that is not started yet."""
    if reason := neo4j_server.missing():
        pytest.skip(reason)
    monkeypatch.delenv("NEO4J_PASSWORD", raising=False)
    server = neo4j_server.Server(tmp_path / "home", password="none", quick=True)
    yield server
    server.kill()


def opened(server: neo4j_server.Server) -> GraphStore:
    from graphrx.kg.store.neo4j import Neo4jStore

    return Neo4jStore.open(server.url, retry_s=1.0)


@pytest.mark.neo4j
def test_neo4j_server_killed_in_the_middle(
    expected: str, server: neo4j_server.Server, tmp_path: Path
) -> None:
    """The client that was writing goes on by itself; another one finishes; the check is clean."""
    crash.lay_out(BATCHES, tmp_path / "batches")
    with server:
        with crash.child(server.url, tmp_path / "batches") as child:
            assert child.stdout is not None
            assert [child.stdout.readline() for _ in range(3)] == ["open\n", "0000\n", "0001\n"]
            server.kill()
            assert child.poll() is None
            server.start()
            child.communicate(timeout=crash.PATIENCE_S + 60)
            assert child.returncode == 0
        with opened(server) as store:
            assert freeze(store, tmp_path / "s").sha256 == expected
            server.kill()
            with pytest.raises(StoreUnavailableError, match="start the server"):
                ingest(store, replace(BATCHES[1], statements=BATCHES[1].statements[:9]))
        server.start("server.databases.default_to_read_only=true")
        with opened(server) as store:
            assert ingest(store, Records()).changes.total == 0
            with pytest.raises(StoreReadOnlyError, match="not read-only"):
                store.retract(source="first")
            assert freeze(store, tmp_path / "t").sha256 == expected
        server.stop()
        server.check()


@pytest.mark.neo4j
def test_neo4j_full(expected: str, server: neo4j_server.Server, tmp_path: Path) -> None:
    """The server's files may not grow: what a full disk is to it, without needing one."""
    server.file_limit_bytes = 3 << 20
    with server, opened(server) as store:
        ingest(store, BATCHES[:2])
        with pytest.raises(StoreFullError, match="free space, restart the server"):
            ingest(store, BATCHES[2:])
        with pytest.raises(StoreUnavailableError, match="restart the server"):
            store.counts()
    server.file_limit_bytes = None
    with server, opened(server) as store:
        kept = set(store.statements())
        whole = [kept.issuperset(batch.statements) for batch in BATCHES[1:]]
        assert True in whole
        assert False in whole
        assert len(kept) == sum(
            len(b.statements) for b, w in zip(BATCHES[1:], whole, strict=True) if w
        )
        ingest(store, BATCHES)
        assert freeze(store, tmp_path / "s").sha256 == expected
    server.check()


@pytest.mark.neo4j
def test_admin_import_is_the_same_store(
    expected: str, server: neo4j_server.Server, tmp_path: Path
) -> None:
    with SqliteStore() as store:
        ingest(store, BATCHES)
        write_csv(store, tmp_path / "csv")
    said = server.admin(*import_command(tmp_path / "csv")[1:], cwd=tmp_path / "csv")
    assert "IMPORT DONE" in said
    with server, opened(server) as store:
        assert freeze(store, tmp_path / "s").sha256 == expected
        assert ingest(store, BATCHES).changes.total == 0
