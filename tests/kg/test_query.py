"""The named questions give the same answers from a store and from its snapshot."""

from collections.abc import Iterator

import pytest

from graphrx.kg import query
from graphrx.kg.errors import InputError, UsageError
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.query import QUESTIONS, SnapshotReader, ask, between, find, find_one
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.base import GraphReader
from graphrx.kg.store.sqlite import SqliteStore


@pytest.fixture(params=["store", "snapshot"])
def reader(
    request: pytest.FixtureRequest, small_records: Records, small_snapshot: Snapshot
) -> Iterator[GraphReader]:
    if request.param == "snapshot":
        yield SnapshotReader(small_snapshot)
        return
    with SqliteStore() as store:
        ingest(store, small_records)
        yield store


@pytest.mark.parametrize(
    ("question", "about", "answers"),
    [
        ("treatments", "高血压", {"lisinopril"}),
        ("treatments", "Helicobacter pylori infection", {"triple therapy"}),
        ("indications", "Glucophage", {"type 2 diabetes mellitus"}),
        ("contraindications", "ACEI", {"angioedema", "pregnancy"}),
        ("contraindicated", "pregnancy", {"ACE inhibitors", "warfarin"}),
        ("interactions", "aspirin", {"warfarin", "ACE inhibitors"}),
        ("side-effects", "metformin", {"nausea", "lactic acidosis", "fever"}),
        ("causes", "headache", {"sildenafil", "isosorbide mononitrate"}),
        ("symptoms", "CKD", {"fatigue"}),
        ("classes", "CKD4", {"chronic kidney disease"}),
        ("members", "withdrawn drugs", {"cisapride"}),
        ("parts", "co-amoxiclav", {"amoxicillin", "clavulanic acid"}),
        ("similar", "penicillin", {"cephalosporins"}),
    ],
)
def test_questions(reader: GraphReader, question: str, about: str, answers: set[str]) -> None:
    node_id = find_one(reader, about)
    ends = {e for s in ask(reader, question, node_id) for e in (s.triple.subject, s.triple.object)}
    assert {r.name for i in ends - {node_id} for r in reader.node_records(i)} == answers


def test_every_question_is_asked_above() -> None:
    asked = {case[0] for case in test_questions.pytestmark[0].args[1]}
    assert asked == set(QUESTIONS)


def test_between(reader: GraphReader) -> None:
    ids = [find_one(reader, name) for name in ("warfarin", "aspirin")]
    assert between(reader, *ids) == between(reader, *ids[::-1])
    assert [s.evidence.source for s in between(reader, *ids)] == ["uk-smpc"]


def test_find(reader: GraphReader) -> None:
    assert find(reader, "DRUGBANK:DB00331") == find(reader, "二甲双胍") != ()
    with pytest.raises(InputError, match="names no node"):
        find_one(reader, "unobtainium")
    with pytest.raises(InputError, match="names no node"):
        find_one(reader, "aspirin", ("Disease",))


def test_unknown_question_lists_the_known(reader: GraphReader) -> None:
    with pytest.raises(UsageError, match="treatments, indications"):
        ask(reader, "why", "GRX:x")


def test_counts_agree(small_records: Records, small_snapshot: Snapshot) -> None:
    with SqliteStore() as store:
        ingest(store, small_records)
        assert store.counts() == query.SnapshotReader(small_snapshot).counts()


def test_unknown_node_has_no_answers(reader: GraphReader) -> None:
    assert reader.statements_about("GRX:none") == ()
    assert reader.node_records("GRX:none") == ()
    assert reader.coverage_of("GRX:none") == ()
