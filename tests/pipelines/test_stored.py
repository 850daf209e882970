"""A named store behind check: the same verdicts, frozen once, and weak evidence never blocks."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.kg.store_cases import mined

from graphrx.kg import cache, schema
from graphrx.kg.errors import StoreUnavailableError
from graphrx.kg.formulary.loader import load
from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Evidence, Records, SourceInfo, Statement, Triple
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.open import open_store
from graphrx.kg.store.sqlite import SqliteStore
from graphrx.pipelines import stored
from graphrx.pipelines.check import check
from graphrx.pipelines.session import Session

FORMULARY = Path(__file__).parents[1] / "fixtures" / "formulary"
METFORMIN, HYPERTENSION = "DRUGBANK:DB00331", "hypertension"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("GRAPHRX_CACHE", str(tmp_path / "cache"))
    cache.cache_dir.cache_clear()
    address = f"sqlite:///{tmp_path}/graph.db"
    with open_store(address) as store:
        ingest(store, load(FORMULARY))
    yield address
    cache.cache_dir.cache_clear()


@pytest.fixture
def freezes(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses of the stores that were read."""
    read: list[str] = []
    freeze = Snapshot.freeze

    def noted(store: Any, path: Path) -> Snapshot:
        read.append(store.url)
        return freeze(store, path)

    monkeypatch.setattr(Snapshot, "freeze", staticmethod(noted))
    return read


def test_the_formulary_in_a_store_is_the_packaged_graph(url: str) -> None:
    there, here = Session(url), Session()
    packaged = packaged_snapshot(FORMULARY)
    assert there.snapshot.sha256 == packaged.sha256
    here.snapshot = packaged
    patient = {
        "age_years": 70, "diagnoses": ["hypertension"], "current_drugs": ["isosorbide mononitrate"],
        "allergies": [{"substance": "amoxicillin"}], "egfr_ml_min_1_73m2": 25,
    }  # fmt: skip
    drugs = ["metformin", "sildenafil", "阿司匹林", "amoxicillin", "no such drug"]
    one, other = check(here, patient, drugs), check(there, patient, drugs)
    assert one == other
    assert one["exit_code"] == 20


def test_an_unchanged_store_is_frozen_once(url: str, freezes: list[str]) -> None:
    first = stored.stored_snapshot(url)
    assert freezes == [url]
    for _ in range(3):
        assert stored.stored_snapshot(url).sha256 == first.sha256
    assert freezes == [url]


@pytest.mark.parametrize("read_between", [False, True])
def test_every_change_is_seen(url: str, freezes: list[str], read_between: bool) -> None:
    """Back and forth as fast as it goes, so that size and second are the same."""
    plain = stored.stored_snapshot(url).sha256
    for run in range(4):
        with open_store(url) as store:
            ingest(store, mined(load(FORMULARY), f"r{run}"))
            if read_between:  # the log is there, nothing was moved from it yet
                assert stored.stored_snapshot(url).sha256 != plain
        assert stored.stored_snapshot(url).sha256 != plain
        with open_store(url) as store:
            store.retract(source="pubmed")
        assert stored.stored_snapshot(url).sha256 == plain


@pytest.mark.parametrize("writes", [2, 99])
def test_what_is_read_while_somebody_writes_is_read_again(
    url: str, freezes: list[str], monkeypatch: pytest.MonkeyPatch, writes: int
) -> None:
    """Half of two graphs could lack a contraindication that both have."""
    tokens = iter([*map(str, range(writes)), *["quiet"] * 9])
    monkeypatch.setattr(SqliteStore, "token", lambda _: next(tokens))
    if writes == 2:
        stored.stored_snapshot(url)
        assert len(freezes) == 2
    else:
        with pytest.raises(StoreUnavailableError, match="is being written; wait"):
            stored.stored_snapshot(url)


def test_another_store_at_the_same_place_is_seen(url: str, tmp_path: Path) -> None:
    before = stored.stored_snapshot(url)
    other = tmp_path / "other.db"
    with open_store(f"sqlite:///{other}") as store:
        ingest(store, [load(FORMULARY), mined(load(FORMULARY), "r1")])
    path = tmp_path / "graph.db"
    status = path.stat()
    shutil.move(other, path)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert stored.stored_snapshot(url).sha256 != before.sha256


def test_another_version_of_the_code_freezes_anew(
    url: str, freezes: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.stored_snapshot(url)
    monkeypatch.setattr(stored, "_code", lambda: "another")
    stored.stored_snapshot(url)
    assert len(freezes) == 2


@pytest.mark.parametrize("damage", ["note", "files", "other"])
def test_a_damaged_cache_is_made_anew(
    url: str, freezes: list[str], tmp_path: Path, damage: str
) -> None:
    first = stored.stored_snapshot(url)
    (note,) = (tmp_path / "cache").glob("store-*.json")
    if damage == "note":
        note.write_text("{", "utf-8")
    elif damage == "files":
        (first.path / "edge.subject").write_bytes(b"")
    else:  # another process has put an older graph there
        with open_store("sqlite://") as store:
            shutil.rmtree(first.path)
            Snapshot.freeze(store, first.path)
            freezes.clear()
            freezes.append(url)
    assert stored.stored_snapshot(url).sha256 == first.sha256
    assert len(freezes) == 2


def test_a_relative_address_means_the_file_in_this_folder(
    url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    with open_store(f"sqlite:///{tmp_path}/a/graph.db") as store:
        ingest(store, [load(FORMULARY), mined(load(FORMULARY), "r1")])
    found = []
    for folder in (tmp_path, tmp_path / "a"):
        monkeypatch.chdir(folder)
        found.append(stored.stored_snapshot("sqlite:///graph.db").sha256)
    assert found[0] != found[1]


def test_a_missing_store_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="does not exist"):
        stored.stored_snapshot(f"sqlite:///{tmp_path}/none.db")
    assert list(tmp_path.iterdir()) == []


def test_a_warm_answer_is_quick(url: str) -> None:
    stored.stored_snapshot(url)
    start = time.perf_counter()
    stored.stored_snapshot(url)
    assert time.perf_counter() - start < 0.5


@pytest.mark.parametrize(
    ("trusted", "level", "agent", "expected"),
    [
        (True, "label", "manual_agent", "block"),
        (False, "curated_db", "manual_agent", "warn"),  # silver: a set nobody has reviewed here
        (True, "text_mined", "text_mining_agent", "warn"),
        (False, "text_mined", "text_mining_agent", "warn"),
        (True, "curated_db", "computational_model", "warn"),
    ],
)
@pytest.mark.parametrize("what", ["condition", "pair"])
def test_only_evidence_that_people_vouch_for_blocks(
    url: str, trusted: bool, level: str, agent: str, expected: str, what: str
) -> None:
    drug = {"lisinopril", "warfarin"}
    with open_store(url) as store:
        ids = {record.name: record.id for record in store.nodes()}
        first, second = sorted(ids[name] for name in drug)
        triple = (
            Triple(ids["warfarin"], schema.CONTRAINDICATED_IN, ids[HYPERTENSION],
                   '{"check":"drug_disease","severity":"contraindicated"}')
            if what == "condition"
            else Triple(first, schema.INTERACTS_WITH, second, '{"severity":"contraindicated"}')
        )  # fmt: skip
        said = Evidence("mined", "", level, agent, 0.9)
        source = SourceInfo("mined", "Mined", "1", "2026-01-01", "CC0", "", level, trusted)
        before = Session(url)
        asked = ["warfarin"] if what == "condition" else sorted(drug)
        patient = {"diagnoses": [HYPERTENSION] if what == "condition" else []}
        effects = {f["verdict"] for f in findings(check(before, patient, asked))}
        assert "block" not in effects
        ingest(store, Records(statements=(Statement(triple, said),), sources=(source,)))
    result = check(Session(url), patient, asked)
    strongest = {f["verdict"] for f in findings(result) if "mined" in str(f["evidence"])}
    assert strongest == {expected}
    assert (result["exit_code"] == 20) == (expected == "block")


@pytest.mark.parametrize("drug", ["sildenafil", "metformin"])
def test_weak_evidence_does_not_hide_what_blocks(url: str, drug: str) -> None:
    """A mined saying right at the drug is nearer than the label's on its class."""
    patient = {
        "age_years": 50, "diagnoses": ["renal impairment"],
        "current_drugs": ["isosorbide mononitrate"], "egfr_ml_min_1_73m2": 20,
    }  # fmt: skip
    before = check(Session(url), patient, [drug])
    blocks = [f for f in findings(before) if f["verdict"] == "block"]
    assert blocks
    with open_store(url) as store:
        ids = {record.name: record.id for record in store.nodes()}
        said = Evidence("mined", "", "text_mined", "text_mining_agent", notes='{"reason":"A"}')
        source = SourceInfo("mined", "Mined", "1", "2026-01-01", "", "", "text_mined", False)
        first, second = sorted((ids["sildenafil"], ids["isosorbide mononitrate"]))
        weak = [
            Triple(first, schema.INTERACTS_WITH, second, '{"severity":"contraindicated"}'),
            Triple(ids["metformin"], schema.CONTRAINDICATED_IN, ids["renal impairment"],
                   '{"check":"renal","severity":"contraindicated"}'),
        ]  # fmt: skip
        ingest(store, Records(statements=tuple(Statement(t, said) for t in weak),
                              sources=(source,)))  # fmt: skip
    after = check(Session(url), patient, [drug])
    assert "mined" in str(after)
    still = {(f["subject"], f["object"]) for f in findings(after) if f["verdict"] == "block"}
    assert still == {(f["subject"], f["object"]) for f in blocks}
    assert after["exit_code"] == before["exit_code"] == 20


def findings(value: Any) -> Iterator[dict[str, Any]]:
    """All findings of a result, wherever they stand."""
    if isinstance(value, dict):
        if "verdict" in value and "evidence" in value:
            yield value
        for item in value.values():
            yield from findings(item)
    elif isinstance(value, list):
        for item in value:
            yield from findings(item)
