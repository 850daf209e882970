"""``graphrx kg``: the JSON that programs rely on, the errors, and what is never written."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graphrx.kg.formulary import loader
from graphrx.kg.formulary import snapshot as packaged
from graphrx.kg.query import QUESTIONS
from graphrx.pipelines.cli.app import main

FORMULARY = Path(__file__).parents[1] / "fixtures" / "formulary"
CORE = loader.load(FORMULARY)
ROWS = len(CORE.nodes) + len(CORE.statements) + len(CORE.coverage)
RECORDS = ROWS + len(CORE.sources)
DATA = Path(os.environ.get("GRAPHRX_DATA", Path(__file__).parents[3] / "shared" / "data"))

MAPPING = """\
name: clinic
title: What our clinic wrote down
licence: CC0-1.0
level: curated_db
date: 2026-01-02
version: "1"
file: clinic.tsv
subject: {category: Drug, name: drug}
predicate: treats
object: {category: Disease, name: condition}
"""


@dataclass
class Outcome:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


Run = Callable[..., Outcome]


@pytest.fixture
def run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> Run:
    """Run a command in an empty folder, with the small formulary as the packaged one."""
    from graphrx.kg import build, cache

    monkeypatch.setenv("GRAPHRX_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("GRAPHRX_STORE", raising=False)
    cache.cache_dir.cache_clear()
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    for function in (packaged.packaged_snapshot, loader.load):
        monkeypatch.setattr(function, "__defaults__", (FORMULARY,))
    monkeypatch.setattr(
        build.build, "__kwdefaults__", {**build.build.__kwdefaults__, "formulary": FORMULARY}
    )

    def call(*arguments: str) -> Outcome:
        with pytest.raises(SystemExit) as left:
            main([str(a) for a in arguments])
        out, err = capfdbinary.readouterr()
        return Outcome(int(left.value.code or 0), out.decode(), err.decode())

    yield call
    cache.cache_dir.cache_clear()


STORE = ("--store", "sqlite:///graph.db")
JSON = ("--format", "json")


@pytest.fixture
def built(run: Run) -> Outcome:
    return run("kg", "build", *STORE, *JSON)


def test_build_reports_what_came_from_where(run: Run, built: Outcome) -> None:
    report = built.json
    assert built.code == 0
    assert {"changed", "snapshot", "seconds", "peak_mb", "sources"} <= report.keys()
    (source,) = report["sources"]
    assert source["name"] == "formulary"
    assert source["read"] == source["mapped"] == ROWS
    assert (source["rejected"], source["evidence"]) == (0, len(CORE.statements))
    assert run("kg", "stats", *STORE, *JSON).json["snapshot"] == report["snapshot"]


def test_building_again_changes_nothing(run: Run, built: Outcome) -> None:
    again = run("kg", "build", *STORE, *JSON).json
    assert again["changed"] == 0
    assert again["snapshot"] == built.json["snapshot"]


def test_a_dry_run_leaves_no_file(run: Run) -> None:
    done = run("kg", "build", *STORE, *JSON, "--dry-run")
    assert (done.code, done.json["changed"], done.json["snapshot"]) == (0, 0, None)
    assert list(Path().iterdir()) == []


def test_a_table_of_ones_own_joins_and_leaves(run: Run, built: Outcome) -> None:
    Path("clinic.yaml").write_text(MAPPING, "utf-8")
    Path("clinic.tsv").write_text("drug\tcondition\nmetformin\thypertension\nx\ty\n", "utf-8")
    done = run("kg", "build", *STORE, "--mapping", "clinic.yaml", "--rejects", "r", *JSON)
    assert done.code == 0, done.err
    source = done.json["sources"][-1]
    assert (source["name"], source["mapped"], source["rejected"]) == ("clinic", 1, 1)
    assert Path("r/clinic.jsonl").read_text("utf-8").count("\n") == 1
    said = run("kg", "diff", "formulary", *STORE).out.splitlines()
    assert said[1] == "+1 source from clinic"
    assert said[-1] == "+1 treats from clinic"
    dry = run("kg", "retract", *STORE, "--source", "clinic", "--dry-run", *JSON).json
    real = run("kg", "retract", *STORE, "--source", "clinic", *JSON).json
    assert dry["rows"] == real["rows"]
    assert real["removed"] > 0
    assert real["snapshot"] == built.json["snapshot"]
    assert run("kg", "retract", *STORE, "--source", "clinic", *JSON).json["removed"] == 0


def test_a_broken_source_is_one_line_and_the_rest_is_built(run: Run) -> None:
    Path("clinic.yaml").write_text(MAPPING, "utf-8")
    Path("clinic.tsv").write_text("drug\tillness\n", "utf-8")
    done = run("kg", "build", *STORE, "--mapping", "clinic.yaml", *JSON)
    assert done.code == 3
    assert done.err.count("\n") == 1
    assert "condition" in done.err
    assert done.json["status"] == "error"
    assert [s["error"] is None for s in done.json["sources"]] == [True, False]
    assert (
        run("kg", "stats", *STORE, *JSON).json["nodes"] == run("kg", "stats", *JSON).json["nodes"]
    )


def test_stats_have_three_tables(run: Run, built: Outcome) -> None:
    found = run("kg", "stats", *STORE, *JSON).json
    assert found["snapshot"] == built.json["snapshot"]
    assert sum(found["nodes"].values()) == len({node.id for node in CORE.nodes})
    assert sum(found["edges"].values()) == len({s.triple for s in CORE.statements})
    said = sum(sum(counts.values()) for counts in found["evidence"].values())
    assert said == len(CORE.statements)
    assert "treats" in run("kg", "stats", *STORE).out


@pytest.mark.parametrize("store", [(), STORE])
def test_query_finds_by_any_name(run: Run, built: Outcome, store: tuple[str, ...]) -> None:
    (found,) = run("kg", "query", "二甲双胍", *store, *JSON).json["results"]
    (node,) = found["nodes"]
    assert node["name"] == "metformin"
    assert set(node["questions"]) <= set(QUESTIONS)
    for question, count in node["questions"].items():
        asked = run("kg", "query", "metformin", "--ask", question, *store, *JSON).json
        answers = asked["results"][0]["nodes"][0]["answers"]
        assert len(answers) == count
        assert all(edge["evidence"][0]["source"] for edge in answers)


def test_the_store_answers_as_the_packaged_graph(run: Run, built: Outcome) -> None:
    for arguments in (
        ("query", "metformin", "--ask", "contraindications"), ("query", "warfarin"),
        ("path", "metformin", "warfarin"), ("stats",),
    ):  # fmt: skip
        here, there = (run("kg", *arguments, *JSON, *store) for store in ((), STORE))
        assert here.json == there.json


def test_a_path_joins_its_ends(run: Run) -> None:
    found = run("kg", "path", "metformin", "warfarin", *JSON).json
    assert found["found"]
    assert len(found["steps"]) == found["length"]
    place = found["from"]["id"]
    for step in found["steps"]:
        ends = [step["subject"]["id"], step["object"]["id"]]
        assert place in ends
        place = ends[1 - ends.index(place)]
    assert place == found["to"]["id"]
    assert not run("kg", "path", "metformin", "warfarin", "--longest", "1", *JSON).json["found"]


@pytest.mark.parametrize("ending", ["ttl", "nq", "tsv"])
def test_export_and_import_keep_the_hash(run: Run, built: Outcome, ending: str) -> None:
    done = run("kg", "export", *STORE, f"out.{ending}", *JSON)
    assert (done.code, done.json["records"]) == (0, RECORDS)
    other = ("--store", "sqlite:///other.db")
    dry = run("kg", "import", *other, f"out.{ending}", "--dry-run", *JSON).json
    assert (dry["read"], dry["changed"]) == (RECORDS, 0)
    assert not Path("other.db").exists()
    again = run("kg", "import", *other, f"out.{ending}", *JSON).json
    assert (again["read"], again["rejected"]) == (RECORDS, 0)
    assert again["snapshot"] == built.json["snapshot"]
    assert run("kg", "diff", f"out.{ending}", "sqlite:///other.db", *JSON).json["same"]
    assert run("kg", "import", *other, f"out.{ending}", *JSON).json["changed"] == 0


def test_the_packaged_formulary_can_be_exported(run: Run) -> None:
    assert run("kg", "export", "out.nq").code == 0
    assert run("kg", "diff", "out.nq", "formulary", *JSON).json["same"]


def test_verify_says_what_is_wrong(run: Run, built: Outcome) -> None:
    from graphrx.kg.model import Evidence, Records, Statement, Triple
    from graphrx.kg.store.open import open_store

    sound = run("kg", "verify", *STORE, *JSON)
    assert (sound.code, sound.json["ok"]) == (0, True)
    assert sound.json["snapshot"] == built.json["snapshot"]
    with open_store("sqlite:///graph.db") as store:
        said = Evidence("graphrx-formulary", "", "label")
        lost = Statement(Triple("DRUGBANK:DB00331", "treats", "DOID:0"), said)
        store.upsert(Records(statements=(lost,)))
    done = run("kg", "verify", *STORE, *JSON)
    assert (done.code, done.json["ok"], done.json["dangling"]) == (70, False, 1)


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("build",), 2, "--store"),
        (("retract", "--source", "x"), 2, "--store"),
        (("import", "x.ttl"), 2, "--store"),
        (("retract", *STORE), 2, "--source"),
        (("retract", *STORE, "--source", "x"), 70, "does not exist"),
        (("stats", *STORE), 70, "does not exist"),
        (("stats", "--store", "mysql://x"), 2, "mysql://x"),
        (("build", *STORE, "--data", "nowhere"), 3, "nowhere"),
        (("build", *STORE, "--only", "onc"), 2, "--data"),
        (("build", *STORE, "--mapping", "none.yaml"), 3, "none.yaml"),
        (("retract", *STORE, "--source", "x", "--run", "y"), 2, "exactly one"),
        (("build", *STORE, "--data", ".", "--only", "nosuch"), 2, "nosuch"),
        (("build", *STORE, "--data", ".", "--only", "ddinter"), 70, "ddinter"),
        (("query", "nosuchthing"), 3, "nosuchthing"),
        (("query", "metformin", "--ask", "why"), 2, "why"),
        (("path", "metformin", "nosuchthing"), 3, "nosuchthing"),
        (("import", *STORE, "x.ttl"), 3, "x.ttl"),
        (("import", *STORE, "x.rdf"), 2, "x.rdf"),
        (("export", "x.rdf"), 2, "x.rdf"),
        (("export", "no/x.ttl"), 3, "no/x.ttl"),
        (("diff", "formulary"), 2, "second"),
        (("diff", "formulary", "nothing"), 3, "nothing"),
    ],
)
def test_an_error_is_one_line(run: Run, arguments: tuple[str, ...], code: int, says: str) -> None:
    done = run("kg", *arguments, *JSON)
    assert done.code == code, done.err
    assert done.err.count("\n") == 1
    assert says in done.err
    assert done.json["error"]["code"] == code
    assert not Path("graph.db").exists()


@pytest.mark.skipif(
    not (DATA / "pharmacotherapydb").is_dir(), reason="no source files here (GRAPHRX_DATA)"
)
def test_a_real_source_is_built(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    done = run("kg", "build", *STORE, "--data", DATA, "--only", "pharmacotherapydb", *JSON)
    assert done.code == 0, done.err
    assert [s["name"] for s in done.json["sources"]] == ["formulary", "pharmacotherapydb"]
    evidence = run("kg", "stats", *STORE, *JSON).json["evidence"]["pharmacotherapydb"]
    assert evidence == {"treats": 755, "palliates": 390}
