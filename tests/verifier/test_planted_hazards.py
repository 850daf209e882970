"""Planted hazards, small: what the facts call for is found, and clean patients are left alone."""
# ruff: noqa: E402  (the benchmark is found by its folder)

import ast
import json
import random
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from planted.facts import Facts
from planted.oracle import Oracle
from planted.patients import Case, Maker
from planted.report import table
from planted_hazards import FORMULARY, Run, cases, known_names, sampled

from graphrx.kg.verifier.allergy import Allergies
from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.verify import Verifier

DRUGS, EACH = 45, 14


@pytest.fixture(scope="module")
def facts() -> Facts:
    return Facts(FORMULARY)


@pytest.fixture(scope="module")
def planted(facts: Facts, packaged: Verifier) -> list[Case]:
    few = random.Random(7).sample(facts.orderable, DRUGS)
    facts.orderable = tuple(sorted({*few, "amoxicillin", "cefalexin", "metformin", "warfarin"}))
    maker = Maker(facts, Oracle(facts), random.Random(7))
    known, _ = known_names(packaged.snapshot, None)
    return sampled(cases(maker, known), EACH, 7)


def put(verifier: Verifier, facts: Facts, found: list[Case]) -> Run:
    run = Run(verifier, facts)
    for number, case in enumerate(found):
        run.put(case, number)
    return run


def test_every_hazard_is_found_and_no_clean_twin_is_touched(
    packaged: Verifier, facts: Facts, planted: list[Case]
) -> None:
    assert len(planted) >= 250
    run = put(packaged, facts, planted)
    kinds = {kind.partition(",")[0] for kind in run.rows}
    assert {"drug_disease", "drug_drug", "food", "dose", "allergy", "duplicate", "washout"} <= kinds
    assert {"pregnancy", "lactation", "renal", "hepatic", "age", "withdrawn"} <= kinds
    assert run.misses == []
    assert run.noisy == []
    assert run.different == []


@pytest.mark.parametrize(
    ("broken", "name", "kind"),
    [(Interactions, "findings", "drug_drug"), (Allergies, "_cross", "allergy, cross-reactivity")],
)
def test_a_broken_rule_is_a_miss(
    packaged: Verifier, facts: Facts, planted: list[Case], monkeypatch: pytest.MonkeyPatch,
    broken: type, name: str, kind: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(broken, name, lambda *_: None if name == "_cross" else ())
    run = put(packaged, facts, [case for case in planted if case.kind.startswith(kind)])
    assert run.misses
    assert all(miss["kind"].startswith(kind) for miss in run.misses)


def test_the_oracle_shares_no_code_with_the_verifier() -> None:
    for path in sorted((BENCHMARKS / "planted").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not [name for name in names if name.partition(".")[0] == "graphrx"], path.name


def test_the_document_shows_the_table_of_the_result() -> None:
    result = json.loads((BENCHMARKS / "results" / "planted_hazards.json").read_text("utf-8"))
    document = (BENCHMARKS.parent / "docs" / "evidence.md").read_text("utf-8")
    assert "\n".join(table(result)) in document
    assert result["origin"]["commit"][:12] in document
