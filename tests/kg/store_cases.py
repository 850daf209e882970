"""The contract of every store. A new store is tested by a subclass that opens it::

class TestMyStore(StoreCases):
    def open(self, tmp_path): return MyStore(...)
"""

from abc import abstractmethod
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from graphrx.kg import schema
from graphrx.kg.errors import UsageError
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Evidence, Records, SourceInfo, Statement
from graphrx.kg.store.base import GraphStore

METFORMIN = "DRUGBANK:DB00331"


def mined(records: Records, run: str) -> Records:
    """What a run read out of text: two known triples and a new one, from its own source."""
    treats = [s.triple for s in records.statements if s.triple.predicate == schema.TREATS]
    new = replace(treats[0], object="DOID:784", qualifiers='{"line":"first"}')
    said = Evidence(
        "pubmed", "PMID:1", "text_mined", "text_mining_agent", 0.75, '{"reason":"因为"}',
        ("PMID:1", "PMID:2"), "model-1", run, "PMID:1", (3, 9),
    )  # fmt: skip
    source = SourceInfo(
        "pubmed", "PubMed", "2026", "2026-03-01", "NLM terms", "", "text_mined", False
    )
    triples = [*treats[:2], new]
    return Records(statements=tuple(Statement(t, said) for t in triples), sources=(source,))


def shuffled(records: Records, seed: int) -> list[Records]:
    """Return the same rows in another order and in many batches, ends after their edges."""
    rows = [
        *(Records(nodes=(row,)) for row in records.nodes),
        *(Records(statements=(row,)) for row in records.statements),
        *(Records(coverage=(row,)) for row in records.coverage),
        *(Records(sources=(row,)) for row in records.sources),
    ]
    Random(seed).shuffle(rows)
    return [
        Records(
            *(
                tuple(item for row in rows[i : i + 40] for item in getattr(row, part))
                for part in ("nodes", "statements", "coverage", "sources")
            )
        )
        for i in range(0, len(rows), 40)
    ]


class StoreCases:
    """What must hold of a store."""

    @abstractmethod
    def open(self, tmp_path: Path) -> GraphStore:
        """Open an empty store; called once a test, or again to reopen the same."""

    @pytest.fixture
    def store(self, tmp_path: Path) -> GraphStore:
        with self.open(tmp_path) as store:
            yield store

    def test_gives_back_what_was_put_in(self, store: GraphStore, small_records: Records) -> None:
        ingest(store, [small_records, mined(small_records, "r1")])
        assert set(store.nodes()) == set(small_records.nodes)
        assert set(store.coverage()) == set(small_records.coverage)
        assert set(store.sources()) >= set(small_records.sources)
        expected = {*small_records.statements, *mined(small_records, "r1").statements}
        assert set(store.statements()) == expected
        assert len(list(store.statements())) == len(expected)

    def test_counts_rows(self, store: GraphStore, small_records: Records) -> None:
        assert ingest(store, Records()).changes.total == 0
        changes = ingest(store, small_records).changes
        triples = {s.triple for s in small_records.statements}
        assert changes.nodes == len(small_records.nodes)
        assert changes.triples == len(triples)
        assert changes.evidence == len(small_records.statements)
        assert store.counts() == {
            "nodes": len(small_records.nodes), "triples": len(triples),
            "evidence": len(small_records.statements), "coverage": len(small_records.coverage),
            "sources": len(small_records.sources),
        }  # fmt: skip

    def test_the_same_again_changes_nothing(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, small_records)
        before = set(store.statements())
        assert ingest(store, small_records).changes.total == 0
        assert set(store.statements()) == before

    @pytest.mark.parametrize("seed", [1, 2])
    def test_order_does_not_matter(
        self, store: GraphStore, small_records: Records, seed: int, tmp_path: Path
    ) -> None:
        from graphrx.kg.store.sqlite import SqliteStore

        with SqliteStore() as reference:
            ingest(reference, [small_records, mined(small_records, "r1")])
            expected = freeze(reference, tmp_path / "a").sha256
        ingest(store, [mined(small_records, "r1"), *shuffled(small_records, seed)])
        assert freeze(store, tmp_path / "b").sha256 == expected

    @pytest.mark.parametrize("by", [{"source": "pubmed"}, {"licence": "NLM terms"}, {"run": "r1"}])
    def test_retracting_leaves_no_trace(
        self, store: GraphStore, small_records: Records, by: dict[str, str], tmp_path: Path
    ) -> None:
        ingest(store, small_records)
        expected = freeze(store, tmp_path / "without")
        ingest(store, mined(small_records, "r1"))
        assert freeze(store, tmp_path / "with").sha256 != expected.sha256
        removed = store.retract(**by)
        assert (removed.evidence, removed.triples) == (3, 1)
        assert freeze(store, tmp_path / "again").sha256 == expected.sha256
        assert store.retract(**by).evidence == 0

    def test_retracting_the_only_source_empties_the_store(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, small_records)
        for source in small_records.sources:
            store.retract(source=source.id)
        assert set(store.counts().values()) == {0}
        assert store.named("metformin") == ()

    def test_retracting_one_run_keeps_the_other(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, [mined(small_records, "r1"), mined(small_records, "r2")])
        store.retract(run="r1")
        assert {s.evidence.run for s in store.statements()} == {"r2"}

    def test_retract_wants_one_criterion(self, store: GraphStore) -> None:
        with pytest.raises(UsageError, match="exactly one"):
            store.retract()
        with pytest.raises(UsageError, match="exactly one"):
            store.retract(source="a", run="b")

    def test_a_failing_batch_leaves_nothing(
        self, store: GraphStore, small_records: Records
    ) -> None:
        def rows():
            yield from small_records.coverage
            raise RuntimeError("the source broke")

        broken = replace(small_records, coverage=rows())
        with pytest.raises(RuntimeError, match="broke"):
            store.upsert(broken)
        assert set(store.counts().values()) == {0}

    def test_the_token_tells_every_change(
        self, store: GraphStore, small_records: Records, tmp_path: Path
    ) -> None:
        """Ours, those of another client, and back to the same size; reading changes nothing."""
        if store.token() is None:
            pytest.skip("a graph in memory has no token and is never kept")
        with self.open(tmp_path) as other:
            tokens = [store.token()]
            for client in (store, other):
                for change in (
                    lambda: ingest(client, small_records),  # noqa: B023
                    lambda: ingest(client, mined(small_records, "r1")),  # noqa: B023
                    lambda: client.retract(run="r1"),  # noqa: B023
                    lambda: client.retract(source=small_records.nodes[0].source),  # noqa: B023
                ):
                    change()
                    tokens.append(store.token())
            assert len(set(tokens)) == len(tokens)
            ingest(store, small_records)
            now = store.token()
            store.statements_about(METFORMIN)
            assert ingest(other, small_records).changes.total == 0
            assert store.token() == other.token() == now

    @pytest.mark.parametrize(
        "text", ["Metformin", "二甲双胍", "ＧＬＵＣＯＰＨＡＧＥ", "metformin-hydrochloride"]
    )
    def test_finds_by_any_spelling(
        self, store: GraphStore, small_records: Records, text: str
    ) -> None:
        ingest(store, small_records)
        assert [node for node, _ in store.named(text)] == [METFORMIN]
        assert store.named("no such drug") == ()

    def test_reads_one_node(self, store: GraphStore, small_records: Records) -> None:
        ingest(store, small_records)
        (record,) = store.node_records(METFORMIN)
        assert (record.name, record.name_zh) == ("metformin", "二甲双胍")
        assert store.node_records("DRUGBANK:DB99999") == ()
        assert [c.check for c in store.coverage_of(METFORMIN)] == ["drug_drug", "renal", "renal"]

    def test_reads_statements_by_side_and_predicate(
        self, store: GraphStore, small_records: Records
    ) -> None:
        ingest(store, small_records)
        group = "GRX:class.antithrombotic-drugs"
        assert store.statements_about(group, side="subject") == ()
        members = store.statements_about(group, schema.MEMBER_OF, "object")
        assert len(members) == 2
        assert store.statements_about(group) == members
        assert store.statements_about(group, schema.TREATS) == ()

    def test_keeps_two_sources_of_one_triple_apart(
        self, store: GraphStore, small_records: Records
    ) -> None:
        first = small_records.statements[0]
        other = Statement(first.triple, replace(first.evidence, source="uk-smpc", locator="x"))
        ingest(store, Records(statements=(first, other)))
        assert store.counts()["triples"] == 1
        assert set(store.statements()) == {first, other}
