"""An error raised inside a check never passes, and says what failed."""

from typing import Any

import pytest
from tests.verifier.support import judge, patient

from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.rules import Knowledge
from graphrx.kg.verifier.verdict import DrugVerdict
from graphrx.kg.verifier.verify import Verifier


def fails(*_: Any, **__: Any) -> Any:
    raise RuntimeError("broken on purpose")


def assert_told(found: DrugVerdict, subject: str) -> None:
    assert found.verdict == "unverified"
    said = [one for one in found.findings if one.object == "internal error"]
    assert len(said) == 1
    assert (said[0].kind, said[0].subject, said[0].question) == ("data_gap", subject, None)
    assert said[0].notes == {
        "reason": "A check failed and could not be completed (RuntimeError: broken on purpose)",
        "reason_zh": "检查出错，未能完成",
    }


def test_in_the_rules_of_a_pair(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Interactions, "findings", fails)
    found = judge(verifier, patient(current_drugs=["warfarin"]), "ibuprofen")
    assert_told(found, "ibuprofen")
    assert found.checks["drug_drug"] == found.checks["duplicate"] == "no_data"


def test_in_the_rules_of_a_drug(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Knowledge, "drug", fails)
    assert_told(judge(verifier, patient(), "ibuprofen"), "ibuprofen")


@pytest.mark.parametrize(
    ("step", "checks"),
    [("check_patient", ("drug_disease", "renal", "hepatic", "age", "qt", "lab", "pregnancy",
                        "lactation", "pharmacogenomic")),
     ("check_dose", ("dose",))],
)  # fmt: skip
def test_in_a_step(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch, step: str, checks: tuple[str, ...]
) -> None:
    monkeypatch.setattr(f"graphrx.kg.verifier.verify.{step}", fails)
    found = judge(verifier, patient(), "paracetamol 1 g tid")
    assert_told(found, "paracetamol")
    assert {check for check, state in found.checks.items() if state == "no_data"} == set(checks)


def test_in_the_allergy_check(verifier: Verifier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verifier.allergies, "check", fails)
    found = judge(verifier, patient(), "paracetamol")
    assert_told(found, "paracetamol")
    assert found.checks["allergy"] == "no_data"


def test_one_unreadable_part_does_not_hide_the_other(
    verifier: Verifier, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, bad = verifier.knowledge.drug, verifier.resolver.drug("metformin").nodes[0]
    monkeypatch.setattr(
        verifier.knowledge, "drug", lambda node: fails() if node == bad else whole(node)
    )
    found = judge(
        verifier, patient(current_drugs=["isosorbide mononitrate"]), "metformin/sildenafil"
    )
    assert found.verdict == "block"
    assert {one.kind for one in found.findings} == {"data_gap", "drug_drug"}
