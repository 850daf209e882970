"""The dose check: what is above a limit, what is not, what stays open, and what is never silent."""

from typing import Any

import pytest
from tests.verifier.support import (
    KNOWN,
    assert_evidence_exists,
    judge,
    judge_list,
    only,
    patient,
)

from graphrx.kg.linking.dosage import settle, take_dosage
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.interval import Interval
from graphrx.kg.verifier.limit import parse_limit
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.verdict import Finding
from graphrx.kg.verifier.verify import Verifier

LIGHT = patient(weight_kg=40)
WEAK = patient(egfr_ml_min_1_73m2=40)
CHILD = patient(age_years=10)

CASES: list[tuple[dict[str, Any], str, str, str, str | None]] = [
    # patient, order, state of the check, effect of the dose finding, field asked for
    (KNOWN, "metformin 1000 mg bd", "no_match", "", None),
    (KNOWN, "metformin 1000 mg tid", "match", "warn", None),
    (KNOWN, "二甲双胍 1g 每日三次", "match", "warn", None),
    (KNOWN, "metformin 850 mg tid", "no_match", "", None),
    (KNOWN, "metformin 3 g", "match", "warn", None),
    (KNOWN, "metformin 1000 mg", "input_missing", "info", "frequency"),
    (KNOWN, "metformin 1000 mg prn", "input_missing", "info", "frequency"),
    (KNOWN, "metformin", "input_missing", "", None),
    (KNOWN, "metformin 2 tablets bd", "input_missing", "info", "dose"),
    (KNOWN, "metformin 500 mg 2 tablets tid", "match", "warn", None),
    (KNOWN, "metformin 10 units bd", "input_missing", "info", "dose"),
    (KNOWN, "metformin 10 mL bd", "input_missing", "info", "dose"),
    (KNOWN, "metformin 40 mg/kg/day", "match", "warn", None),
    (KNOWN, "metformin 20 mg/kg/day", "no_match", "", None),
    (patient(weight_kg=None), "metformin 40 mg/kg/day", "input_missing", "unverified", "weight"),
    (WEAK, "metformin 1000 mg bd", "match", "warn", None),
    (WEAK, "metformin 500 mg bd", "no_match", "", None),
    (patient(egfr_ml_min_1_73m2=None), "metformin 1000 mg bd", "input_missing", "unverified",
     "egfr"),
    (patient(egfr_ml_min_1_73m2=None), "metformin 500 mg bd", "no_match", "", None),
    (patient(egfr_ml_min_1_73m2=None), "metformin 1000 mg tid", "match", "warn", None),
    (patient(age_years=None), "metformin 1000 mg tid", "input_missing", "unverified", "age"),
    (CHILD, "metformin 1000 mg tid", "no_data", "", None),
    (KNOWN, "paracetamol 1 g q6h", "no_match", "", None),
    (KNOWN, "paracetamol 1 g q4h", "match", "warn", None),
    (KNOWN, "paracetamol 1.5 g", "match", "warn", None),
    (LIGHT, "paracetamol 1 g q6h", "match", "warn", None),
    (LIGHT, "paracetamol 500 mg q6h", "no_match", "", None),
    (patient(weight_kg=None), "paracetamol 1 g q6h", "input_missing", "unverified", "weight"),
    (KNOWN, "amoxicillin 500 mg three times a day", "no_match", "", None),
    (KNOWN, "阿莫西林口服 2.5g 每日三次", "match", "warn", None),
    (KNOWN, "IV amoxicillin 2 g q6h", "no_match", "", None),
    (KNOWN, "amoxicillin 2 g q6h", "input_missing", "info", "route"),
    (KNOWN, "amoxicillin 2.5 g bd", "input_missing", "info", "route"),
    (KNOWN, "amoxicillin 2.5 g", "input_missing", "info", "route"),
    (KNOWN, "amoxicillin 500 mg", "input_missing", "info", "frequency"),
    (KNOWN, "amoxicillin 2 capsules tds", "input_missing", "info", "dose"),
    (KNOWN, "ibuprofen 9 g od", "input_missing", "unverified", "route"),
    (KNOWN, "ibuprofen 400 mg tds", "no_data", "", None),
    (KNOWN, "amoxicillin 4 g q6h", "match", "warn", None),
    (KNOWN, "simvastatin 80 mg od", "match", "warn", None),
    (KNOWN, "simvastatin 80 mg bd", "match", "block", None),
    (KNOWN, "insulin glargine 120 units od", "match", "info", None),
    (KNOWN, "phenelzine 60 mg weekly", "no_match", "", None),
    (KNOWN, "phenelzine 15 mg daily", "match", "warn", None),
    (KNOWN, "phenelzine 15 mg", "input_missing", "info", "frequency"),
    (KNOWN, "warfarin 5 mg od", "not_applicable", "", None),
    (KNOWN, "warfarin", "not_applicable", "", None),
    (KNOWN, "enalapril 500 mg od", "no_data", "", None),
    (KNOWN, "amoxicillin/clavulanic acid 9 g qid", "no_data", "", None),
    (KNOWN, "metformin/sildenafil 9000 mg od", "no_data", "info", "dose"),
]  # fmt: skip


def dose_findings(findings: tuple[Finding, ...]) -> list[Finding]:
    return [finding for finding in findings if finding.kind == "dose"]


@pytest.mark.parametrize(("data", "order", "state", "effect", "asked"), CASES)
def test_orders(
    snapshot: Snapshot, verifier: Verifier,
    data: dict[str, Any], order: str, state: str, effect: str, asked: str | None,
) -> None:  # fmt: skip
    verdict = judge(verifier, data, order)
    found = dose_findings(verdict.findings)
    assert verdict.checks["dose"] == state
    assert [finding.effect for finding in found] == ([effect] if effect else [])
    for finding in found:
        assert (finding.question.field if finding.question else None) == asked
        assert finding.object == "dose above the maximum"
        assert finding.evidence
        assert finding.effect != "info" or finding.tier == "quiet"
    presumed = state == "input_missing" and effect in ("", "info")
    assert ("dose" in verdict.presumed) is presumed
    assert_evidence_exists(snapshot, verdict.findings)


def test_the_limit_closest_to_the_patient_speaks(verifier: Verifier) -> None:
    finding = only(judge(verifier, WEAK, "metformin 1500 mg bd"), "dose")
    assert finding.notes["reason"] == "Above the maximum dose of 1000 mg a day (eGFR 30-45)"
    assert finding.notes["management_zh"] == "最多每日1000 mg"
    assert [words.en for words in finding.modifiers] == ["ordered: 1500 mg bd"]


def test_a_worse_limit_left_open_is_not_hidden_by_a_milder_one(verifier: Verifier) -> None:
    verdict = judge(verifier, KNOWN, "simvastatin 50 mg")
    assert verdict.verdict == "warn"
    above, asked = dose_findings(verdict.findings)
    assert (above.level, above.question) == ("moderate", None)
    assert asked.question is not None
    assert asked.question.field == "frequency"


@pytest.mark.parametrize("drug", ["metformin", "paracetamol", "phenelzine", "simvastatin"])
def test_no_dose_makes_nothing_unverified(verifier: Verifier, drug: str) -> None:
    assert judge(verifier, KNOWN, drug).verdict == "pass"


def current(**fields: Any) -> dict[str, Any]:
    return patient(current_drugs=[{"name": "enalapril"}, {"name": "paracetamol", **fields}])


def test_a_current_drug_above_its_limit_is_pre_existing(verifier: Verifier) -> None:
    found = judge_list(verifier, current(dose="1 g", frequency="every 4 hours"), ["metformin"])
    (finding,) = dose_findings(found.pairs)
    assert (finding.subject, finding.object) == ("paracetamol", "dose above the maximum")
    assert (finding.level, finding.effect, finding.tier) == ("major", "info", "interruptive")
    assert finding.modifiers[-1].en.startswith("pre-existing")
    assert dose_findings(found.items[0].verdict.findings) == []


@pytest.mark.parametrize(
    "fields",
    [{"dose": "1 g", "frequency": "q6h"}, {"dose": "1 g"}, {"frequency": "q4h"}, {},
     {"dose": "2 g", "frequency": "q4h", "stopped_days_ago": 3}],
)  # fmt: skip
def test_a_current_drug_within_its_limit_is_silent(
    verifier: Verifier, fields: dict[str, Any]
) -> None:
    assert dose_findings(judge_list(verifier, current(**fields), ["metformin"]).pairs) == []


def test_a_current_dose_left_open_by_the_patient_is_said(verifier: Verifier) -> None:
    data = patient(
        weight_kg=None, current_drugs=[{"name": "paracetamol", "dose": "1 g", "frequency": "q6h"}]
    )
    (finding,) = dose_findings(judge_list(verifier, data, ["warfarin"]).pairs)
    assert finding.question is not None
    assert finding.question.field == "weight"


@pytest.mark.parametrize(
    ("fields", "echo"),
    [({"dose": "2 tablets", "frequency": "qid"}, ("2 tablets qid", "current_drugs.1.dose")),
     ({"dose": "500 mg", "frequency": "as directed"},
      ("500 mg as directed", "current_drugs.1.dose")),
     ({"name": "paracetamol 2 tablets qid"}, ("2 tablets qid", "current_drugs.1")),
     ({"dose": "10 mL", "frequency": "qid"}, ("10 mL qid", "current_drugs.1.dose")),
     ({"name": "paracetamol 500 mg", "dose": "2 tablets", "frequency": "qid"}, None),
     ({"dose": "500 mg", "frequency": "qid"}, None),
     ({"name": "enalapril", "dose": "2 tablets"}, None)],
)  # fmt: skip
def test_a_current_dose_that_can_not_be_compared_is_echoed(
    verifier: Verifier, fields: dict[str, Any], echo: tuple[str, str] | None
) -> None:
    facts = verifier.close(parse_patient(current(**fields)))
    assert [(one.text, one.field) for one in facts.unrecognised] == ([echo] if echo else [])


LIMITS: list[tuple[str, str, float | None, bool | str | None]] = [
    (">2550 mg/day", "1 g tid", None, True), (">2550 mg/day", "850 mg tid", None, False),
    (">0.3 mg/day", "0.1 mg tid", None, False), (">300 mcg/day", "0.11 mg tid", None, True),
    (">1 g/dose", "1 g", None, False), (">1 g/dose", "1.5 g", None, True),
    (">1 g/dose", "3 g/day", None, "frequency"), (">1 g/dose", "0.9 g/day", None, False),
    (">1 g/dose", "3 g daily in 3 divided doses", None, False),
    (">25 mg/week", "15 mg weekly", None, False), (">25 mg/week", "5 mg daily", None, True),
    (">25 mg/week", "30 mg", None, True), (">25 mg/week", "15 mg", None, "frequency"),
    (">10 mg/day", "10 mg twice weekly", None, False), (">10 mg/day", "12 mg once", None, True),
    (">15 mg/kg/dose", "1 g", 70, False), (">15 mg/kg/dose", "1 g", 60, True),
    (">15 mg/kg/dose", "1 g", None, "weight"), (">15 mg/kg/dose", "20 mg/kg", None, True),
    (">1 g/dose", "1 mg/kg", None, "weight"),
    (">1 g/dose", "20 mg/kg", 60, True), (">1 g/dose", "20 mg/kg", None, "weight"),
    (">100 units/day", "10 units qid", None, False), (">100 units/day", "10 mg qid", None, None),
    (">100 mg/day", "2 tablets qid", None, None), (">60 mmol/day", "30 mmol tid", None, True),
    (">60 mmol/day", "30 mEq tid", None, None), (">100 mg/day", "50 mg/m2", None, None),
]  # fmt: skip


@pytest.mark.parametrize(("limit", "order", "weight", "expected"), LIMITS)
def test_limits(limit: str, order: str, weight: float | None, expected: bool | str | None) -> None:
    dosage = settle(take_dosage(order)[1])
    assert dosage is not None
    kilograms = None if weight is None else Interval.point(weight)
    answer = parse_limit(limit).exceeded(dosage, kilograms)
    if expected is None:
        assert answer is None
        return
    assert answer is not None
    if isinstance(expected, str):
        assert answer.holds is None
        assert answer.question is not None
        assert answer.question.field == expected
    else:
        assert answer.holds is expected


@pytest.mark.parametrize("text", ["", ">1 mg", "2550 mg/day", ">1 mL/day", ">1 mg/m2/day", ">x"])
def test_what_is_no_limit_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="is not a dose limit"):
        parse_limit(text)
