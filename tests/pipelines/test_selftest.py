"""The self-test passes on what ships, and fails when a rule, the graph or a file is broken."""

import base64
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.verifier.support import build
from typer.testing import CliRunner

from graphrx.kg.errors import IntegrityError
from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier import patient_rules
from graphrx.kg.verifier.allergy import Allergies
from graphrx.kg.verifier.duplicate import Duplicates
from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.limit import Limit
from graphrx.kg.verifier.verify import CHECKS, Verifier
from graphrx.kg.verifier.when import NO
from graphrx.pipelines.cli.app import app
from graphrx.pipelines.selftest.files import shipped_files
from graphrx.pipelines.selftest.run import lines, read_cases, selftest

QUIET = {"withdrawn"}
"""Checks without a case in which they stay silent: any other case is one."""


def failing(report: dict[str, Any]) -> list[str]:
    return [row["case"] for row in report["cases"]["failures"]]


def test_what_ships_passes() -> None:
    report = selftest(None)
    assert report["ok"], list(lines(report))
    assert report["graph"]["sha256"] == packaged_snapshot().sha256
    assert list(lines(report))[-2].startswith("PASS")


def test_cases_cover_every_check_both_ways() -> None:
    cases = read_cases()
    fires = {words.split()[0] for case in cases for words in case.kinds}
    silent = {words.split()[0] for case in cases for words in case.silent}
    assert {*CHECKS, "washout", "food", "unknown_drug", "data_gap"} <= fires
    assert {*CHECKS, "washout", "food"} - QUIET <= silent
    assert {case.verdict for case in cases} == {"pass", "warn", "unverified", "block"}


def _without(check: str) -> Callable[[pytest.MonkeyPatch], None]:
    def broken(patch: pytest.MonkeyPatch) -> None:
        tested = patient_rules._other
        patch.setattr(
            patient_rules, "_other",
            lambda graph, rule, *rest: None if rule.check == check else tested(graph, rule, *rest),
        )  # fmt: skip

    return broken


BREAKS: dict[str, Callable[[pytest.MonkeyPatch], None]] = {
    "drug_drug": lambda patch: patch.setattr(Interactions, "findings", lambda *_: ()),
    "duplicate": lambda patch: patch.setattr(Duplicates, "_same_class", lambda *_: None),
    "allergy": lambda patch: patch.setattr(Allergies, "_same", lambda *_: None),
    "cross": lambda patch: patch.setattr(Allergies, "_cross", lambda *_: None),
    "drug_disease": lambda patch: patch.setattr(patient_rules, "_disease", lambda *_: ()),
    "dose": lambda patch: patch.setattr(Limit, "exceeded", lambda *_: NO),
    "coverage": lambda patch: patch.setattr(patient_rules, "_unknown_lists", lambda *_: ()),
    **{
        check: _without(check)
        for check in ("pregnancy", "lactation", "renal", "hepatic", "age", "qt", "lab")
    },
}


@pytest.mark.parametrize("broken", list(BREAKS))
def test_a_broken_rule_is_seen(broken: str, monkeypatch: pytest.MonkeyPatch) -> None:
    BREAKS[broken](monkeypatch)
    report = selftest(None)
    assert not report["ok"]
    assert failing(report)
    assert list(lines(report))[-2].startswith("FAIL")


def test_a_false_alarm_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    # every drug is said to be of one class that is not given twice
    verdict = Verifier.verdict
    everything = Verifier(packaged_snapshot())
    facts = everything.close(_patient("lisinopril"))
    alarm = everything.verdict(facts, everything.resolver.drug("enalapril")).findings

    def alarmed(self: Verifier, *given: Any) -> Any:
        found = verdict(self, *given)
        return type(found)("block", (*found.findings, *alarm), found.checks, found.presumed)

    monkeypatch.setattr(Verifier, "verdict", alarmed)
    assert "metformin at eGFR 90" in failing(selftest(None))


def _patient(drug: str) -> Any:
    from graphrx.kg.verifier.patient import parse_patient

    return parse_patient({**read_cases()[0].patient, "current_drugs": [drug]})


def test_another_graph_may_say_more_but_not_less(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = build(tmp_path / "graph")  # holds a few drugs only: nearly all else is unverified
    monkeypatch.setattr("graphrx.pipelines.session.open_snapshot", lambda _: small)
    report = selftest("sqlite:///any.db")
    failed = failing(report)
    assert "SSRI and MAO inhibitor" in failed  # a block is lost
    assert "an ordinary order for a woman in Chinese" not in failed  # pass → unverified is stricter


def test_a_changed_graph_file_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(tmp_path / "graph")
    damaged = tmp_path / "graph" / "evidence.confidence"
    content = bytearray(damaged.read_bytes())
    content[-1] ^= 1
    damaged.write_bytes(content)
    monkeypatch.setattr(
        "graphrx.pipelines.session.open_snapshot", lambda _: Snapshot.load(tmp_path / "graph")
    )
    assert any("evidence.confidence was changed" in line for line in selftest(None)["problems"])


@pytest.mark.parametrize(
    ("after", "expected"),
    [("print(1)\n", ()), ("print(2)\n", ("was changed",)), (None, ("is missing",))],
)
def test_installed_files_are_compared_with_the_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: str | None, expected: tuple[str, ...]
) -> None:
    package, info = tmp_path / "boxed", tmp_path / "boxed-1.0.dist-info"
    package.mkdir()
    info.mkdir()
    digest = base64.urlsafe_b64encode(hashlib.sha256(b"print(1)\n").digest()).rstrip(b"=")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: boxed\nVersion: 1.0\n")
    (info / "RECORD").write_text(f"boxed/code.py,sha256={digest.decode()},9\n")
    if after is not None:
        (package / "code.py").write_text(after)
    monkeypatch.syspath_prepend(tmp_path)
    found = shipped_files("boxed")
    assert found.compared == 1
    assert len(found.problems) == len(expected)
    assert all(words in line for words, line in zip(expected, found.problems, strict=True))


def test_a_damaged_case_file_is_an_error(tmp_path: Path) -> None:
    damaged = tmp_path / "cases.yaml"
    damaged.write_text("bases: {man: {}}\ncases:\n- {case: one, base: woman}\n")
    with pytest.raises(IntegrityError, match="damaged"):
        read_cases(damaged)


def test_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    passed = CliRunner().invoke(app, ["selftest", "--format", "json"])
    assert (passed.exit_code, json.loads(passed.stdout)["ok"]) == (0, True)
    BREAKS["allergy"](monkeypatch)
    failed = CliRunner().invoke(app, ["selftest"])
    assert failed.exit_code == 70
    assert "FAIL  penicillin allergy [amoxicillin]: expected block, got pass" in failed.stdout
