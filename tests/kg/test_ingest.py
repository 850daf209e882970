"""Ingest: canonical forms, rejects with their reasons, the baseline."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from graphrx.kg.errors import BaselineError
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import Reject, ingest
from graphrx.kg.model import Coverage, Evidence, Name, NodeRecord, Records, Statement, Triple
from graphrx.kg.store.sqlite import SqliteStore

GOOD = Statement(
    Triple("GRX:drug.b", "pharmacologically_interacts_with", "GRX:drug.a",
           '{"subject_x": 1, "object_x": 2, "severity": "major"}'),
    Evidence("a", "7", "label"),
)  # fmt: skip


def node(node_id: str, category: str = "Drug") -> NodeRecord:
    name = node_id.partition(":")[2]
    return NodeRecord(
        node_id, category, name, None, (Name(name, "en", "preferred"),), (), "{}", "a"
    )


def test_symmetric_edges_have_one_direction() -> None:
    with SqliteStore() as store:
        ingest(store, Records(statements=(GOOD,)))
        (statement,) = store.statements()
    assert (statement.triple.subject, statement.triple.object) == ("GRX:drug.a", "GRX:drug.b")
    assert json.loads(statement.triple.qualifiers) == {
        "severity": "major", "subject_x": 2, "object_x": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (replace(GOOD, triple=replace(GOOD.triple, subject="drug a")), "not a CURIE"),
        (replace(GOOD, triple=replace(GOOD.triple, predicate="likes")), "'likes' is not known"),
        (replace(GOOD, triple=replace(GOOD.triple, qualifiers="[]")), "not a JSON object"),
        (replace(GOOD, evidence=replace(GOOD.evidence, level="gossip")), "'gossip'"),
        (replace(GOOD, evidence=replace(GOOD.evidence, agent="me")), "'me'"),
        (replace(GOOD, evidence=replace(GOOD.evidence, confidence=1.5)), "not within 0 and 1"),
        (replace(GOOD, evidence=replace(GOOD.evidence, confidence=float("nan"))), "not within"),
        (replace(GOOD, evidence=replace(GOOD.evidence, notes="{")), "is not JSON"),
    ],
)
def test_a_bad_statement_is_counted_with_its_reason(
    bad: Statement, reason: str, tmp_path: Path
) -> None:
    with SqliteStore() as store:
        file = tmp_path / "out" / "rejects.jsonl"
        report = ingest(store, Records(statements=(GOOD, bad)), rejects_file=file)
        assert len(list(store.statements())) == 1
    assert [reject.reason for reject in report.rejects] == list(report.reasons)
    written = [json.loads(line) for line in file.read_text().splitlines()]
    assert reason in written[0]["reason"]
    assert json.loads(written[0]["row"])["triple"]["object"] == "GRX:drug.a"


def test_bad_nodes_and_rows_are_rejected() -> None:
    with SqliteStore() as store:
        report = ingest(
            store,
            Records(
                nodes=(node("GRX:drug.a", "Potion"), node("x"), replace(node("GRX:a"), name=" ")),
                coverage=(Coverage("GRX:drug.a", "smell", "a", "1", "2026-01-01"),),
            ),
            rejected=[Reject("{}", "no id for it")],
        )
        assert set(store.counts().values()) == {0}
    assert len(report.rejects) == 5


def test_more_rejects_than_the_baseline_is_an_error() -> None:
    bad = replace(GOOD, triple=replace(GOOD.triple, predicate="likes"))
    with SqliteStore() as store:
        ingest(store, Records(statements=(bad,)), baseline=1)
        with pytest.raises(BaselineError, match="1 rows rejected, the baseline allows 0"):
            ingest(store, Records(statements=(bad,)), baseline=0)


def test_edges_without_ends_are_counted_not_frozen(tmp_path: Path) -> None:
    wrong = Statement(Triple("GRX:drug.a", "treats", "GRX:drug.b"), GOOD.evidence)
    with SqliteStore() as store:
        ingest(store, Records(nodes=(node("GRX:drug.a"),), statements=(GOOD, wrong)))
        frozen = freeze(store, tmp_path / "a")
        assert (frozen.n_edges, frozen.counts["dangling"], frozen.counts["violations"]) == (0, 2, 0)
        ingest(store, Records(nodes=(node("GRX:drug.b"),)))
        frozen = freeze(store, tmp_path / "b")
        assert (frozen.n_edges, frozen.counts["dangling"], frozen.counts["violations"]) == (1, 0, 1)
        assert frozen.sources[0].trusted is False
