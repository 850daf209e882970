"""What is offered in place of a drug that has to go."""

from typing import Any

import pytest

from graphrx.pipelines.check import check
from graphrx.pipelines.session import Session

PATIENT: dict[str, Any] = {
    "age_years": 60, "sex": "M", "weight_kg": 80, "diagnoses": ["hypertension"], "history": [],
    "symptoms": [], "current_drugs": ["atorvastatin"], "allergies": ["lisinopril (angioedema)"],
    "egfr_ml_min_1_73m2": 90, "crcl_ml_min": 100,
}  # fmt: skip


@pytest.fixture(scope="module")
def session() -> Session:
    return Session()


def instead(session: Session, data: dict[str, Any], *drugs: str) -> dict[str, list[dict[str, Any]]]:
    result = check(session, data, list(drugs))
    return {row["drug"]: row["alternatives"] for row in result["plan"]["removed"]}


def test_alternatives_treat_the_same_and_stand(session: Session) -> None:
    rows = instead(session, PATIENT, "lisinopril")["lisinopril"]
    assert len(rows) == 3
    for row in rows:
        assert row["for"] == "hypertension"
        assert row["evidence"][0]["nodes"][0] == row["drug"]
        again = check(session, PATIENT, [row["drug"]])["items"][0]
        assert again["verdict"] == row["verdict"] in ("pass", "warn")
    assert "enalapril" not in {row["drug"] for row in rows}


def test_what_is_listed_or_taken_is_not_offered(session: Session) -> None:
    first = [row["drug"] for row in instead(session, PATIENT, "lisinopril")["lisinopril"]]
    listed = instead(session, PATIENT, "lisinopril", first[0])["lisinopril"]
    taken = instead(session, {**PATIENT, "current_drugs": first[:1]}, "lisinopril")["lisinopril"]
    assert first[0] not in {row["drug"] for row in (*listed, *taken)}


def test_an_alternative_is_judged_with_what_is_kept(session: Session) -> None:
    data = {**PATIENT, "diagnoses": ["hypertension", "atrial fibrillation"]}
    offered = instead(session, data, "lisinopril", "verapamil")["lisinopril"]
    assert offered
    assert "metoprolol" not in {row["drug"] for row in offered}
    for row in offered:
        together = check(session, data, [row["drug"], "verapamil"])
        assert together["plan"]["removed"] == []


def test_nothing_is_offered_for_an_unknown_purpose(session: Session) -> None:
    data = {**PATIENT, "diagnoses": ["gout"], "allergies": ["amoxicillin"]}
    assert instead(session, data, "amoxicillin") == {"amoxicillin": []}
    assert instead(session, data, "nonsuchine") == {"nonsuchine": []}
