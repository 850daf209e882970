"""The formulary loader: what it compiles, and that every mistake gives one helpful line."""

import json
import re
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tests.kg.conftest import FORMULARY

from graphrx.kg import cache
from graphrx.kg.errors import SourceError
from graphrx.kg.formulary import documents
from graphrx.kg.formulary import snapshot as packaged
from graphrx.kg.formulary.loader import load, main, problems
from graphrx.kg.formulary.read import KINDS
from graphrx.kg.formulary.when import bounds, check_when, comparison
from graphrx.kg.formulary.yamlio import parse
from graphrx.kg.model import Records
from graphrx.kg.schema import ROUTES, RULE_CHECKS


@pytest.fixture
def formulary(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMULARY, tmp_path / "formulary"))


def said(records: Records, subject: str, predicate: str) -> list[dict[str, object]]:
    return [
        {"object": s.triple.object, **json.loads(s.triple.qualifiers)}
        for s in records.statements
        if (s.triple.subject, s.triple.predicate) == (subject, predicate)
    ]


def test_no_problems(small_records: Records) -> None:
    assert problems(FORMULARY) == []
    assert len({node.id for node in small_records.nodes}) == len(small_records.nodes)


def test_rules_become_edges(small_records: Records) -> None:
    rules = said(small_records, "DRUGBANK:DB00331", "contraindicated_in")
    renal = "GRX:condition.renal-impairment"
    assert {
        "object": renal,
        "check": "renal",
        "severity": "contraindicated",
        "when": {"egfr": "<30"},
    } in rules
    hepatic = next(r for r in rules if r["check"] == "hepatic")
    assert hepatic["when"] == {"child_pugh": ["C"]}
    assert next(r for r in rules if r["check"] == "age")["object"] == "GRX:condition.childhood"
    (warfarin,) = said(small_records, "DRUGBANK:DB00682", "contraindicated_in")
    assert warfarin["except"] == [{"condition": "GRX:condition.mechanical-heart-valve"}]
    (old,) = said(small_records, "DRUGBANK:DB00203", "contraindicated_in")
    assert old["object"] == "GRX:condition.old-age"


def test_dose_limits_become_rules(small_records: Records) -> None:
    wording = {
        s.triple.qualifiers: json.loads(s.evidence.notes)
        for s in small_records.statements
        if s.triple.object == "GRX:condition.dose-above-the-maximum"
    }
    limits = [json.loads(qualifiers) for qualifiers in sorted(wording)]
    assert [limit["when"] for limit in limits] == [
        {"age": ">=18", "dose": ">1000 mg/day", "egfr": "30-45", "route": ["oral"],
         "condition": "GRX:condition.hypertension"},
        {"age": ">=18", "dose": ">2550 mg/day"},
    ]  # fmt: skip
    assert {(limit["check"], limit["severity"]) for limit in limits} == {("dose", "major")}
    low, general = (wording[qualifiers] for qualifiers in sorted(wording))
    assert low["reason"] == (
        "Above the maximum oral dose of 1000 mg a day (eGFR 30-45, hypertension)"
    )
    assert low["reason_zh"] == "超过口服最大剂量每日1000 mg（eGFR 30-45，高血压）"
    assert general["management"] == "Usual 500-1000 mg a dose; at most 2550 mg a day"
    assert general["management_zh"] == "常用每次500-1000 mg；最多每日2550 mg"
    nodes = {node.name: json.loads(node.attributes) for node in small_records.nodes}
    assert nodes["metformin"]["usual_doses"] == [
        {"dose": "500-1000 mg/dose", "source": "fda-label", "at": "2.1", "when": {"age": ">=18"}}
    ]
    assert nodes["warfarin"]["no_dose_limit"] == "Titrated to INR"


def test_class_rules_and_attributes(small_records: Records) -> None:
    rules = said(small_records, "GRX:class.ace-inhibitors", "contraindicated_in")
    late = {"check": "pregnancy", "severity": "contraindicated", "when": {"trimester": [2, 3]}}
    assert {"object": "GRX:condition.pregnancy", **late} in rules
    nodes = {node.name: node for node in small_records.nodes}
    assert json.loads(nodes["ACE inhibitors"].attributes) == {
        "allergen": True, "duplicate": "no_dual_use", "kind": "pharmacologic",
    }  # fmt: skip
    assert json.loads(nodes["antithrombotic drugs"].attributes)["allow"] == [
        ["aspirin", "warfarin"]
    ]
    assert nodes["ACE inhibitors"].xrefs == ("ATC:C09AA",)
    kinds = {name.text: (name.kind, name.lang) for name in nodes["ACE inhibitors"].names}
    assert kinds["ACEI"] == ("abbreviation", "en")
    assert kinds["普利类"] == ("synonym", "zh")


def test_conditions_and_goals(small_records: Records) -> None:
    nodes = {node.name: node for node in small_records.nodes}
    stage = nodes["chronic kidney disease stage 4"]
    assert json.loads(stage.attributes) == {
        "refines": {"stage": "4"}, "implies": {"egfr": "15-30"}, "icd10cm": ["N18.4"],
    }  # fmt: skip
    assert stage.xrefs == ("ICD10CM:N18.4",)
    goal = json.loads(nodes["migraine prophylaxis"].attributes)
    assert goal == {"kind": "goal", "of": "GRX:condition.migraine"}
    assert json.loads(nodes["egg"].attributes) == {"kind": "allergen"}


def test_interactions(small_records: Records) -> None:
    pairs = {
        frozenset((s.triple.subject, s.triple.object)): json.loads(s.triple.qualifiers)
        for s in small_records.statements
        if s.triple.predicate == "pharmacologically_interacts_with"
    }
    lisinopril = pairs[frozenset(("DRUGBANK:DB00945", "GRX:class.ace-inhibitors"))]
    assert lisinopril["except"] == [["DRUGBANK:DB00722", "DRUGBANK:DB00945"]]
    assert lisinopril["when"] == {"age": ">75", "egfr": "<30"}
    warfarin = pairs[frozenset(("DRUGBANK:DB00945", "DRUGBANK:DB00682"))]
    assert {"route": ["topical"]} in warfarin["except"]


def test_side_effects_say_where_they_stand(small_records: Records) -> None:
    where = {
        s.triple.subject: (s.evidence.source, s.evidence.locator)
        for s in small_records.statements
        if s.triple.predicate == "has_side_effect"
    }
    assert where["DRUGBANK:DB00331"] == ("fda-label", "6")
    assert where["DRUGBANK:DB01020"] == ("uk-smpc", "4.8")


def test_regimens_and_withdrawn(small_records: Records) -> None:
    parts = said(small_records, "GRX:regimen.triple-therapy", "has_part")
    assert [(p["component"], p["preference"]) for p in parts] == [(0, 0), (0, 1), (1, 0)]
    nodes = {node.name: node for node in small_records.nodes}
    assert json.loads(nodes["cisapride"].attributes)["withdrawn"]["year"] == 2000
    assert said(small_records, "GRX:drug.cisapride", "member_of") == [
        {"object": "GRX:class.withdrawn-drugs"}
    ]
    assert json.loads(nodes["clavulanic acid"].attributes)["only_in_combination"] is True


METFORMIN = "drugs/metformin.yaml"
MISTAKES = parse(FORMULARY.with_name("formulary_mistakes.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake["line"])
def test_a_mistake_gives_a_line(formulary: Path, mistake: dict[str, str]) -> None:
    file = formulary / mistake["file"]
    text = file.read_text(encoding="utf-8")
    assert mistake["old"] in text
    file.write_text(text.replace(mistake["old"], mistake["new"], 1), encoding="utf-8")
    found = problems(formulary)
    assert any(mistake["line"] in problem for problem in found), found
    assert all("\n" not in problem and problem.count(": ") >= 1 for problem in found)
    with pytest.raises(SourceError, match=r"list all with python -m|more"):
        load(formulary)


def test_all_problems_at_once(formulary: Path) -> None:
    for name in ("metformin", "sildenafil"):
        file = formulary / "drugs" / f"{name}.yaml"
        file.write_text(file.read_text() + "extra: 1\n")
    (formulary / "notes.yaml").write_text("- a")
    (formulary / "drugs/bad.yaml").write_bytes(b"drug: \xff")
    found = "\n".join(problems(formulary))
    for expected in ("metformin: extra", "sildenafil: extra", "notes.yaml: is no formulary file",
                     "drugs/bad.yaml: is not UTF-8"):  # fmt: skip
        assert expected in found


def test_command(formulary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(formulary)]) == 0
    assert "10 Drug" in capsys.readouterr().out
    file = formulary / "drugs/sildenafil.yaml"
    file.write_text(file.read_text().replace("headache", "migrane"))
    assert main([str(formulary), "--only", METFORMIN]) == 0
    assert main([str(formulary), "--only", str(file), METFORMIN]) == 1
    assert capsys.readouterr().out.count("migrane") == 1
    (formulary / "names.txt").write_text("nothing; migrane (to come)\n")
    assert main([str(formulary), "--assume", str(formulary / "names.txt")]) == 0


def test_every_key_is_documented() -> None:
    text = Path(documents.__file__).with_name("README.md").read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z0-9_]+", text))
    for _, model in KINDS.values():
        keys = {field.alias or name for name, field in model.model_fields.items()}
        assert keys <= words, model
    assert set(RULE_CHECKS) | set(ROUTES) <= words


def test_yaml_keeps_what_was_written() -> None:
    assert parse("{at: 4.10, sex: F, no: no, day: 2026-01-02, n: 3, t: true, x: ~, y: }") == {
        "at": "4.10", "sex": "F", "no": "no", "day": "2026-01-02", "n": 3, "t": True,
        "x": None, "y": None,
    }  # fmt: skip
    with pytest.raises(ValueError, match="line 2"):
        parse("a: 1\nb: ]")


def test_when_is_canonical() -> None:
    assert comparison(" < 30.5 ") == "<30.5"
    assert bounds("<30") == (None, 30)
    assert bounds(">=65") == (65, None)
    assert bounds("30-45") == (30, 45)
    assert check_when({"lab": {"potassium": "5.0 - 5.5 mmol/L"}, "route": "iv"}) == {
        "lab": {"potassium": "5.0-5.5 mmol/L"}, "route": ["iv"],
    }  # fmt: skip
    for text in ("<1.5 10*9/L", "<1500 /uL", ">7 %", ">=5.5 mmol/L", "7-8 %"):
        assert check_when({"lab": {"x": text}}) == {"lab": {"x": text}}
    for text in ("<1.5", "1.5 mmol/L", "5-6", "<1.5 10"):
        with pytest.raises(ValueError, match=r"no unit|no comparison"):
            check_when({"lab": {"x": text}})


@pytest.fixture
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(packaged, "cache_dir", lambda: tmp_path / "cache")
    return tmp_path / "cache"


def test_packaged_snapshot_is_compiled_once(
    own_cache: Path, formulary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = packaged.packaged_snapshot(formulary)
    with monkeypatch.context() as patch:
        patch.setattr(packaged, "_build", None)
        assert packaged.packaged_snapshot(formulary).path == first.path
    (first.path / "edge.subject").write_bytes(b"")
    assert packaged.packaged_snapshot(formulary).n_edges == first.n_edges
    file = formulary / METFORMIN
    file.write_text(file.read_text().replace("Glucophage", "Fortamet"))
    assert packaged.packaged_snapshot(formulary).sha256 != first.sha256


def test_packaged_snapshot_built_by_several_at_once(own_cache: Path, formulary: Path) -> None:
    found: list[str] = []
    threads = [
        threading.Thread(target=lambda: found.append(packaged.packaged_snapshot(formulary).sha256))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len(set(found)) == 1
    assert len(list(own_cache.iterdir())) == 1


def test_warm_start_imports_no_yaml(own_cache: Path, formulary: Path) -> None:
    path = packaged.packaged_snapshot(formulary).path
    script = (
        "import sys; from pathlib import Path; from graphrx.kg.formulary import snapshot as s\n"
        f"s.cache_dir = lambda: Path({str(path.parent)!r})\n"
        f"assert s.packaged_snapshot(Path({str(formulary)!r})).path == Path({str(path)!r})\n"
        "heavy = {'yaml', 'pydantic', 'numpy', 'sqlite3', 'torch'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_cache_dir_is_the_shared_one() -> None:
    assert packaged.cache_dir is cache.cache_dir
