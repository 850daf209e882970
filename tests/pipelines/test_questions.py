"""Open questions: which comes first, and what an answer does to the request."""

import os
import pty
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from graphrx.kg.errors import InputError
from graphrx.pipelines.check import check
from graphrx.pipelines.given import understand
from graphrx.pipelines.questions import Request, answered, open_questions, settle
from graphrx.pipelines.session import Session

PATIENT: dict[str, Any] = {
    "age_years": 40, "sex": "M", "weight_kg": 80, "diagnoses": ["hypertension"], "history": [],
    "symptoms": [], "current_drugs": [], "allergies": [], "egfr_ml_min_1_73m2": 90,
    "crcl_ml_min": 100,
}  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def item(name: str, *questions: str, verdict: str = "unverified") -> dict[str, Any]:
    return {
        "drug": {"inn": name, "input": name},
        "verdict": verdict,
        "findings": [
            {"verdict": "unverified", "question": text, "question_field": "egfr",
             "question_about": "", "question_grade": ""}
            for text in questions
        ],
    }  # fmt: skip


def test_the_question_that_settles_most_drugs_comes_first() -> None:
    rows = open_questions([item("a", "x"), item("b", "y"), item("c", "y"), item("d", "x", "z")])
    assert [(row["question"], row["settles"], row["concerns"]) for row in rows] == [
        ("y", ["b", "c"], ["b", "c"]), ("x", ["a"], ["a", "d"]), ("z", [], ["d"]),
    ]  # fmt: skip


def test_a_blocked_drug_is_not_settled_by_an_answer() -> None:
    (row,) = open_questions([item("a", "x", verdict="block")])
    assert (row["settles"], row["concerns"]) == ([], ["a"])


def ask_of(session: Session, data: dict[str, Any], *drugs: str) -> list[dict[str, Any]]:
    return check(session, data, list(drugs))["patient_echo"]["questions"]


@pytest.mark.parametrize(
    ("changes", "drug", "field", "answer", "verdict"),
    [
        ({"egfr_ml_min_1_73m2": None, "crcl_ml_min": None}, "metformin", "egfr", "22", "block"),
        ({"egfr_ml_min_1_73m2": None}, "metformin", "egfr", "90", "pass"),
        ({"allergies": None}, "amoxicillin", "allergies", "penicillin, latex", "block"),
        ({"allergies": None}, "amoxicillin", "allergies", "无", "pass"),
        ({"sex": "F"}, "isotretinoin", "pregnancy", "yes", "block"),
        ({"diagnoses": ["chronic kidney disease"], "egfr_ml_min_1_73m2": None,
          "crcl_ml_min": None}, "metformin", "egfr", "20", "block"),
        ({}, "Aspirinn", "drugs", "paracetamol", "pass"),
        ({"current_drugs": ["warfarinn"]}, "ibuprofen", "current_drugs", "warfarin", "warn"),
        ({"age_years": None}, "codeine", "age", "8", "block"),
    ],
)  # fmt: skip
def test_an_answer_settles_the_drug(
    session: Session, changes: dict[str, Any], drug: str, field: str, answer: str, verdict: str
) -> None:
    data = {**PATIENT, **changes}
    (row, *_) = [row for row in ask_of(session, data, drug) if row["field"] == field]
    request = answered(Request(understand(data, session.verifier.resolver), (drug,)), row, answer)
    result = check(session, request.given, list(request.drugs))
    assert result["items"][0]["verdict"] == verdict
    left = [(r["question"], r["about"]) for r in result["patient_echo"]["questions"]]
    assert (row["question"], row["about"]) not in left


def test_a_stage_is_written_to_its_entry(session: Session) -> None:
    data = {**PATIENT, "diagnoses": ["heart failure", "gout"]}
    (row,) = [row for row in ask_of(session, data, "bosentan", "dronedarone") if row["grade"]]
    for typed in ("III", "NYHA class III", "heart failure NYHA class III"):
        request = answered(Request(understand(data, session.verifier.resolver)), row, typed)
        assert request.given.patient.diagnoses == ("heart failure NYHA class III", "gout")
    row = {"field": "diagnoses", "about": "migraine", "grade": "with aura"}
    request = Request(understand({**PATIENT, "diagnoses": ["migraine"]}, session.verifier.resolver))
    assert answered(request, row, "是").given.patient.diagnoses == ("migraine with aura",)


@pytest.mark.parametrize(
    ("field", "answer", "says"),
    [("egfr", "many", "not a number"), ("egfr", "900", "out of range"),
     ("pregnancy", "perhaps", "yes or no"), ("sex", "?", "not allowed")],
)  # fmt: skip
def test_a_wrong_answer_says_why(session: Session, field: str, answer: str, says: str) -> None:
    given = understand(PATIENT, session.verifier.resolver)
    with pytest.raises(InputError, match=says):
        answered(Request(given), {"field": field, "about": "", "grade": ""}, answer)


def test_asking_goes_on_after_a_wrong_answer_and_leaves_what_is_not_answered(
    session: Session,
) -> None:
    data = {**PATIENT, "egfr_ml_min_1_73m2": None, "crcl_ml_min": None, "allergies": None}
    typed = iter(["lots", "85", ""])
    asked: list[str] = []
    said: list[str] = []

    def ask(question: Mapping[str, Any], _: int) -> str:
        asked.append(question["field"])
        return next(typed, "")

    result = settle(
        Request(understand(data, session.verifier.resolver), ("metformin",)),
        lambda request: check(session, request.given, list(request.drugs)),
        ask,
        said.append,
    )
    assert asked == ["egfr", "egfr", "allergies"]
    assert said == ["egfr: 'lots' is not a number"]
    assert [row["field"] for row in result["patient_echo"]["questions"]] == ["allergies"]
    values = {fact["field"]: fact["value"] for fact in result["patient_echo"]["facts"]}
    assert values["egfr_ml_min_1_73m2"] == 85


def command(*arguments: str, terminal: str | None = None) -> tuple[int, str]:
    """Run the command; with text for a terminal, standard input is one."""
    run = [sys.executable, "-m", "graphrx.pipelines.cli.app", *arguments]
    if terminal is None:
        done = subprocess.run(run, stdin=subprocess.DEVNULL, capture_output=True, text=True)
        return done.returncode, done.stderr
    ours, theirs = pty.openpty()
    try:
        os.write(ours, terminal.encode())
        done = subprocess.run(run, stdin=theirs, capture_output=True, text=True, timeout=60)
    finally:
        os.close(ours)
        os.close(theirs)
    return done.returncode, done.stdout


def test_ask_on_a_terminal(tmp_path: Path) -> None:
    path = tmp_path / "patient.json"
    path.write_text('{"age_years": 40, "sex": "M", "diagnoses": [], "allergies": [], '
                    '"current_drugs": []}', "utf-8")  # fmt: skip
    code, out = command("check", str(path), "metformin", "--ask", "--lang", "en", terminal="25\n")
    assert code == 20
    assert "Accumulates" in out
    code, error = command("check", str(path), "metformin", "--ask")
    assert (code, "needs a terminal" in error) == (2, True)
