"""The Neo4j store on a real server: the contract, the shape in Cypher, and how it fails."""

import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.kg.store_cases import METFORMIN, StoreCases, mined, shuffled

from graphrx.kg import schema
from graphrx.kg.errors import (
    SchemaError,
    StoreAuthError,
    StoreReadOnlyError,
    StoreUnavailableError,
    UsageError,
)
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.query import QUESTIONS, SnapshotReader, ask
from graphrx.kg.store.admin_csv import write_csv
from graphrx.kg.store.base import GraphStore
from graphrx.kg.store.open import open_store
from graphrx.kg.store.sqlite import SqliteStore

pytestmark = pytest.mark.neo4j
neo4j = pytest.importorskip("neo4j")

from tests.kg import neo4j_server  # noqa: E402  (needs the driver)

WIPE = "MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS"


def run(url: str, query: str) -> list[list[object]]:
    auth = (os.environ.get("NEO4J_USERNAME", "neo4j"), os.environ.get("NEO4J_PASSWORD", ""))
    with neo4j.GraphDatabase.driver(url, auth=auth) as driver, driver.session() as session:
        return [record.values() for record in session.run(query)]


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a server with an empty database; its password is in the environment."""
    with pytest.MonkeyPatch.context() as patch:
        if given := os.environ.get("NEO4J_URI"):
            if run(given, "MATCH (n) RETURN 1 LIMIT 1"):
                pytest.skip("NEO4J_URI names a database with data; these tests would empty it")
            yield given
            run(given, WIPE)
            return
        if reason := neo4j_server.missing():
            pytest.skip(reason)
        patch.setenv("NEO4J_USERNAME", "neo4j")
        patch.setenv("NEO4J_PASSWORD", neo4j_server.PASSWORD)
        home = tmp_path_factory.mktemp("neo4j") / "home"
        with neo4j_server.Server(home, quick=True) as server:
            yield server.url


@pytest.fixture
def url(server_url: str) -> str:
    """Address of the server, empty."""
    run(server_url, WIPE)
    return server_url


def cypher(store: GraphStore, query: str) -> list[list[object]]:
    return store._ask(query)


class TestNeo4j(StoreCases):
    @pytest.fixture(autouse=True)
    def _url(self, url: str) -> None:
        self.url = url

    def open(self, tmp_path: Path) -> GraphStore:
        return open_store(self.url)

    def test_answers_every_question_as_sqlite_and_the_snapshot(
        self, store: GraphStore, small_records: Records, tmp_path: Path
    ) -> None:
        with SqliteStore() as reference:
            ingest(reference, small_records)
            ingest(store, small_records)
            reader = SnapshotReader(freeze(store, tmp_path / "s"))
            for node in {record.id for record in small_records.nodes}:
                assert store.node_records(node) == reference.node_records(node)
                assert store.coverage_of(node) == reference.coverage_of(node)
                for question in QUESTIONS:
                    expected = ask(reference, question, node)
                    assert ask(store, question, node) == expected
                    assert ask(reader, question, node) == expected
            for name in {name.text for record in small_records.nodes for name in record.names}:
                assert store.named(name) == reference.named(name)

    def test_reads_like_a_biolink_graph(self, store: GraphStore, small_records: Records) -> None:
        ingest(store, small_records)
        (row,) = cypher(
            store,
            "MATCH (d:Drug:NamedThing {name: 'metformin'})-[t:treats]->(c:Disease) "
            "MATCH (e:Evidence {triple: t.key}) "
            "RETURN d.id, d.name_zh, c.name, t.line, e.source, e.level LIMIT 1",
        )
        assert row[:2] == [METFORMIN, "二甲双胍"]
        triples = {s.triple for s in small_records.statements}
        made = dict(map(tuple, cypher(store, "MATCH ()-[t]->() RETURN type(t), count(*)")))
        assert made == {
            p: sum(t.predicate == p for t in triples) for p in {t.predicate for t in triples}
        }
        found = cypher(
            store,
            "CALL db.index.fulltext.queryNodes('names', '二甲双胍') YIELD node RETURN node.id",
        )
        assert found[0] == [METFORMIN]

    def test_an_end_that_nobody_describes_is_bare(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, mined(small_records, "r1"))
        bare = "MATCH (n:NamedThing) WHERE n.name IS NULL AND size(labels(n)) = 1 RETURN count(n)"
        named = "MATCH (n:NamedThing) WHERE n.name IS NOT NULL RETURN count(n)"
        assert cypher(store, bare)[0][0] > 0
        ingest(store, small_records)
        ids = len({record.id for record in small_records.nodes})
        assert cypher(store, named) == [[ids]]
        for source in small_records.sources:
            store.retract(source=source.id)
        assert cypher(store, named) == [[0]]
        store.retract(run="r1")
        assert cypher(store, "MATCH (n:NamedThing) RETURN count(n)") == [[0]]

    def test_the_formulary_names_a_node_whoever_comes_first(
        self, store: GraphStore, small_records: Records
    ) -> None:
        other = replace(small_records.nodes[0], name="aa", source="aa")
        core = replace(other, name="core", source=schema.CORE_SOURCE)
        name = f"MATCH (n:NamedThing {{id: '{other.id}'}}) RETURN n.name"
        for record, shown in ((other, "aa"), (core, "core")):
            ingest(store, Records(nodes=(record,)))
            assert cypher(store, name) == [[shown]]
        store.retract(source=schema.CORE_SOURCE)
        assert cypher(store, name) == [["aa"]]

    @pytest.mark.parametrize("steps", [1, 2, 4])
    def test_an_interrupted_retraction_is_finished(
        self,
        store: GraphStore,
        small_records: Records,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        steps: int,
    ) -> None:
        rest = mined(small_records, "r1")
        ingest(store, rest)
        expected = freeze(store, tmp_path / "without").sha256
        ingest(store, small_records)
        transaction, done = store._transaction, []

        def interrupted(work: object) -> object:
            if len(done) > steps:
                raise KeyboardInterrupt
            done.append(work)
            return transaction(work)

        monkeypatch.setattr("graphrx.kg.store.neo4j_write._RETRACT", 7)
        monkeypatch.setattr(store, "_transaction", interrupted)
        with pytest.raises(KeyboardInterrupt):
            store.retract(source=small_records.statements[0].evidence.source)
        with pytest.raises(StoreUnavailableError, match="in the middle of a retraction"):
            open_store(self.url, read_only=True)
        with open_store(self.url) as again:
            for source in {n.source for n in again.nodes()} | {s.id for s in again.sources()}:
                if source != "pubmed":
                    again.retract(source=source)
            for source in {c.source for c in again.coverage()}:
                again.retract(source=source)
            assert freeze(again, tmp_path / "again").sha256 == expected
        with open_store(self.url, read_only=True) as reader:
            assert reader.counts() == store.counts()
            with pytest.raises(StoreReadOnlyError, match="opened to read only"):
                reader.retract(source="pubmed")

    def test_the_token_tells_what_others_write(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, small_records)
        before = store.token()
        run(self.url, "MATCH (n:NamedThing) WITH n LIMIT 1 SET n.name = 'by hand'")
        assert store.token() != before

    def test_the_token_tells_histories_of_one_length(
        self, store: GraphStore, small_records: Records, tmp_path: Path
    ) -> None:
        """A database that is imported anew counts its transactions from the start again."""
        ingest(store, small_records)
        stamps = {(write_csv(store, tmp_path / n).parent / "store.csv").read_text() for n in "ab"}
        assert len(stamps) == 2
        before = json.loads(store.token())
        ingest(store, mined(small_records, "r1"))
        assert json.loads(store.token())[0] != before[0]

    @pytest.mark.parametrize("arrived", [True, False])
    def test_a_commit_whose_answer_is_lost_is_written_again(
        self,
        store: GraphStore,
        small_records: Records,
        tmp_path: Path,
        monkeypatch: pytest.MonkeyPatch,
        arrived: bool,
    ) -> None:
        """The connection breaks at the commit, after the server has done it or before."""
        with SqliteStore() as reference:
            ingest(reference, small_records)
            expected = freeze(reference, tmp_path / "a").sha256
        commit, lost = neo4j.ManagedTransaction._commit, []

        def losing(tx: object) -> None:
            if lost:
                commit(tx)
                return
            lost.append(tx)
            if arrived:
                commit(tx)
            else:
                tx._close()
            raise neo4j.exceptions.IncompleteCommit

        monkeypatch.setattr(neo4j.ManagedTransaction, "_commit", losing)
        ingest(store, small_records)
        assert lost
        assert freeze(store, tmp_path / "b").sha256 == expected
        assert ingest(store, small_records).changes.total == 0

    def test_two_writers_at_once(
        self, store: GraphStore, small_records: Records, tmp_path: Path
    ) -> None:
        with SqliteStore() as reference:
            ingest(reference, [small_records, mined(small_records, "r1")])
            expected = freeze(reference, tmp_path / "a").sha256
        batches = shuffled(small_records, 1), shuffled(small_records, 2)
        with open_store(self.url) as other, ThreadPoolExecutor() as pool:
            for report in pool.map(ingest, (store, other), batches):
                assert report.rejects == ()
        ingest(store, mined(small_records, "r1"))
        assert freeze(store, tmp_path / "b").sha256 == expected

    def test_words_that_cypher_would_run_are_refused(
        self, store: GraphStore, small_records: Records
    ) -> None:
        first = small_records.statements[0]
        bad = replace(first, triple=replace(first.triple, predicate="x]->() DETACH DELETE n"))
        with pytest.raises(SchemaError, match="predicate"):
            store.upsert(Records(statements=(bad,)))
        assert store.statements_about(METFORMIN, "x]->() DETACH DELETE n") == ()


def test_wrong_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NEO4J_PASSWORD", "not this one")
    with pytest.raises(StoreAuthError, match="set NEO4J_USERNAME and NEO4J_PASSWORD") as caught:
        open_store(url)
    assert "not this one" not in str(caught.value)


def test_no_password(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NEO4J_PASSWORD")
    with pytest.raises(StoreAuthError, match="NEO4J_PASSWORD"):
        open_store(url)


def test_password_in_the_address() -> None:
    with pytest.raises(UsageError, match="leave it out") as caught:
        open_store("bolt://neo4j:secret@localhost:7687")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("url", ["bolt://127.0.0.1:port", "bolt://127.0.0.1:99999", "bolt://"])
def test_not_an_address(url: str) -> None:
    with pytest.raises(UsageError, match="neo4j://host:7687"):
        open_store(url)


def test_unknown_database(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match=r"elsewhere.*name a database"):
        open_store(f"{url}/elsewhere")


def test_nobody_answers() -> None:
    port = neo4j_server.free_port()
    with pytest.raises(StoreUnavailableError, match=rf"127.0.0.1:{port}.* start the server"):
        neo4j_store().open(f"bolt://127.0.0.1:{port}", retry_s=0.1)


def test_nothing_to_read(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="holds no graph"):
        open_store(url, read_only=True)


def test_data_of_others_is_not_touched(url: str) -> None:
    with open_store(url) as store:
        query = "MATCH (n:GraphrxStore) DELETE n CREATE (:Film {title: 'x'})"
        store._transaction(lambda tx: tx.run(query).consume())
    with pytest.raises(UsageError, match="did not write"):
        open_store(url)


def neo4j_store() -> type:
    from graphrx.kg.store.neo4j import Neo4jStore

    return Neo4jStore
