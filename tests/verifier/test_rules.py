"""One contract per kind of rule: what matches it, what doesn't, and what leaves it open."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from tests.verifier.support import KNOWN, WOMAN, assert_evidence_exists, judge, only, patient

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verdict import Verdict
from graphrx.kg.verifier.verify import Verifier

PREGNANT = patient(WOMAN, pregnancy={"status": "pregnant"})


def in_week(week: float, **changes: Any) -> dict[str, Any]:
    return patient(WOMAN, pregnancy={"status": "pregnant", "gestation_weeks": week}, **changes)


@dataclass(frozen=True)
class Contract:
    """A rule: patients by whom it is matched, not matched, left open; and the verdict of each."""

    name: str
    check: str
    drug: str
    yes: list[tuple[dict[str, Any], Verdict]]
    no: list[dict[str, Any]]
    open: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    """Patients with the field that the question asks for."""
    effect: str = "unverified"


def case(**changes: Any) -> dict[str, Any]:
    return patient(KNOWN, **changes)


CONTRACTS = [
    Contract(
        "class rule", "drug_disease", "lisinopril",
        yes=[(case(diagnoses=["angioedema"]), "block"), (case(history=["angioedema"]), "block"),
             (case(symptoms=["血管性水肿"]), "block")],
        no=[case(), case(diagnoses=["hypertension"]), case(diagnoses=["no angioedema"]),
            case(diagnoses=["family history of angioedema"])],
        open=[(case(diagnoses=None), "diagnoses")],
    ),
    Contract(
        "class rule, member exempt", "drug_disease", "celecoxib",
        yes=[], no=[case(diagnoses=["active peptic ulcer"])],
    ),
    Contract(
        "active problems only", "drug_disease", "ibuprofen",
        yes=[(case(diagnoses=["active peptic ulcer"]), "block"),
             (case(diagnoses=["peptic ulcer"]), "block"),
             (case(diagnoses=["peptic ulcer"], history=["active peptic ulcer"]), "block")],
        no=[case(history=["peptic ulcer"]), case(diagnoses=["previous peptic ulcer"]),
            case(history=["active peptic ulcer"])],
    ),
    Contract(
        "stage", "drug_disease", "gadobutrol",
        yes=[(case(diagnoses=["chronic kidney disease stage 4"], egfr_ml_min_1_73m2=20), "block"),
             (case(diagnoses=["CKD 4"]), "block"), (case(egfr_ml_min_1_73m2=20), "block")],
        no=[case(diagnoses=["chronic kidney disease"]), case(egfr_ml_min_1_73m2=None),
            case(diagnoses=["chronic kidney disease stage 3b"], egfr_ml_min_1_73m2=None)],
        open=[(case(diagnoses=["chronic kidney disease"], egfr_ml_min_1_73m2=None), "diagnoses")],
    ),
    Contract(
        "class of heart failure", "drug_disease", "cilostazol",
        yes=[(case(diagnoses=["heart failure NYHA class III"]), "block"),
             (case(diagnoses=["heart failure NYHA class II"]), "warn"),
             (case(diagnoses=["心力衰竭", "heart failure, NYHA II-III"]), "block")],
        no=[case()],
    ),
    Contract(
        "severity of the problem", "drug_disease", "metoprolol",
        yes=[(case(diagnoses=["severe asthma"]), "warn"), (case(diagnoses=["重度哮喘"]), "warn")],
        no=[case(diagnoses=["asthma"]), case(diagnoses=["mild asthma"])],
    ),
    Contract(
        "descendants", "drug_disease", "sumatriptan",
        yes=[(case(history=["myocardial infarction"]), "block"),
             (case(diagnoses=["previous myocardial infarction"]), "block"),
             (case(diagnoses=["I21.9"]), "block")],
        no=[case(diagnoses=["hypertension"])],
    ),
    Contract(
        "sex of the patient", "drug_disease", "finasteride",
        yes=[(patient(WOMAN, diagnoses=["hypertension"]), "block")],
        no=[case(diagnoses=["hypertension"]), WOMAN],
        open=[(case(sex=None, diagnoses=["hypertension"], age_years=70), "sex"),
              (case(sex="X", diagnoses=["hypertension"], age_years=70), "sex")],
    ),
    Contract(
        "eGFR", "renal", "metformin",
        yes=[(case(egfr_ml_min_1_73m2=29.9), "block"), (case(egfr_ml_min_1_73m2=30), "warn"),
             (case(egfr_ml_min_1_73m2=44), "warn"),
             (case(egfr_ml_min_1_73m2=None, crcl_ml_min=15), "block"),
             (case(egfr_ml_min_1_73m2=None, diagnoses=["ESRD"]), "block"),
             (case(egfr_ml_min_1_73m2=None, diagnoses=["CKD 4"]), "block"),
             (case(egfr_ml_min_1_73m2=None, diagnoses=["dialysis"], crcl_ml_min=None), "block"),
             (case(egfr_ml_min_1_73m2=None, crcl_ml_min=None,
                   labs={"creatinine": {"value": 400, "unit": "umol/L"}}), "block")],
        no=[case(egfr_ml_min_1_73m2=45), case(egfr_ml_min_1_73m2=45, crcl_ml_min=10)],
        open=[(case(egfr_ml_min_1_73m2=None), "egfr"),
              (case(egfr_ml_min_1_73m2=None, crcl_ml_min=25), "egfr"),
              (case(egfr_ml_min_1_73m2=None, diagnoses=["CKD"]), "egfr")],
    ),
    Contract(
        "creatinine clearance", "renal", "dabigatran",
        yes=[(case(crcl_ml_min=29), "block"),
             (case(crcl_ml_min=None, egfr_ml_min_1_73m2=15), "block"),
             (case(crcl_ml_min=None, egfr_ml_min_1_73m2=None, diagnoses=["ESRD"]), "block")],
        no=[case(crcl_ml_min=30), case(crcl_ml_min=80, egfr_ml_min_1_73m2=10)],
        open=[(case(crcl_ml_min=None), "crcl"),
              (case(crcl_ml_min=None, egfr_ml_min_1_73m2=16), "crcl")],
    ),
    Contract(
        "a moderate rule left open warns", "renal", "lisinopril",
        yes=[(case(crcl_ml_min=20), "warn")],
        no=[case(crcl_ml_min=31)],
        open=[(case(crcl_ml_min=None), "crcl")],
        effect="warn",
    ),
    Contract(
        "Child-Pugh", "hepatic", "metformin",
        yes=[(case(child_pugh="B"), "warn"), (case(child_pugh="C"), "warn"),
             (case(diagnoses=["liver cirrhosis Child-Pugh C"]), "warn"),
             (case(diagnoses=["severe hepatic impairment"]), "warn"),
             (case(diagnoses=["cirrhosis Child-Pugh A", "cirrhosis Child-Pugh B"]), "warn")],
        no=[case(), case(child_pugh="A"), case(diagnoses=["liver cirrhosis"], child_pugh="A")],
        open=[(case(diagnoses=["liver cirrhosis"]), "child_pugh")],
    ),
    Contract(
        "liver impairment of any degree", "hepatic", "gadobutrol",
        yes=[(case(child_pugh="A"), "warn"), (case(diagnoses=["hepatic impairment"]), "warn"),
             (case(diagnoses=["liver cirrhosis"]), "warn")],
        no=[case()],
        open=[(case(diagnoses=None), "diagnoses")],
    ),
    Contract(
        "age", "age", "aspirin",
        yes=[(case(age_years=15.9), "block")],
        no=[case(age_years=16)],
        open=[(case(age_years=None), "age")],
    ),
    Contract(
        "an age rule that only informs", "age", "sildenafil",
        yes=[(case(age_years=65), "pass")], no=[case(age_years=64)],
        open=[(case(age_years=None), "age")], effect="info",
    ),
    Contract(
        "pregnancy, any week", "pregnancy", "simvastatin",
        yes=[(PREGNANT, "block"), (patient(WOMAN, diagnoses=["asthma in pregnancy"]), "block"),
             (patient(WOMAN, diagnoses=["pregnant"], pregnancy=None), "block"),
             (patient(PREGNANT, age_years=58), "block")],
        no=[WOMAN, case(), patient(WOMAN, pregnancy=None, age_years=56),
            patient(WOMAN, pregnancy=None, age_years=11),
            patient(WOMAN, pregnancy={"status": "not_applicable"})],
        open=[(patient(WOMAN, pregnancy=None), "pregnancy"),
              (patient(WOMAN, pregnancy={"status": "unknown"}), "pregnancy"),
              (patient(WOMAN, pregnancy=None, sex=None), "pregnancy"),
              (patient(WOMAN, pregnancy=None, age_years=None), "pregnancy")],
    ),
    Contract(
        "trimester", "pregnancy", "lisinopril",
        yes=[(in_week(14), "block"), (in_week(32), "block")],
        no=[in_week(13.9)],
        open=[(PREGNANT, "gestation")],
    ),
    Contract(
        "week of gestation", "pregnancy", "ibuprofen",
        yes=[(in_week(32), "block"), (in_week(20), "block")],
        no=[in_week(19)],
        open=[(PREGNANT, "gestation")],
    ),
    Contract(
        "exception by condition", "pregnancy", "warfarin",
        yes=[(PREGNANT, "block")],
        no=[patient(PREGNANT, diagnoses=["mechanical heart valve"]), WOMAN],
        open=[(patient(WOMAN, pregnancy=None), "pregnancy")],
    ),
    Contract(
        "lactation", "lactation", "pravastatin",
        yes=[(patient(WOMAN, breastfeeding=True), "warn")],
        no=[WOMAN, case(), patient(WOMAN, breastfeeding=None, age_years=60)],
        open=[(patient(WOMAN, breastfeeding=None), "breastfeeding")],
    ),
    Contract(
        "QT", "qt", "citalopram",
        yes=[(case(qtc_ms=500), "block"), (case(qtc_ms=None, diagnoses=["prolonged QT interval"]),
                                           "block")],
        no=[case(qtc_ms=499), case(qtc_ms=None)],
    ),
    Contract(
        "laboratory value", "lab", "lisinopril",
        yes=[(case(labs={"potassium": {"value": 5.6, "unit": "mmol/L"}}), "warn"),
             (case(labs={"K+": {"value": 5.6, "unit": "mEq/L"}}), "warn"),
             (case(diagnoses=["hyperkalaemia"]), "warn"),
             (case(diagnoses=["hyperkalemia"], labs=None), "warn")],
        no=[case(labs={"potassium": {"value": 5.5, "unit": "mmol/L"}}), case(labs=None), case()],
    ),
    Contract(
        "genotype", "pharmacogenomic", "abacavir",
        yes=[(case(genetics=["HLA-B*57:01 positive"]), "block"),
             (case(genetics=["HLA-B*57:01"]), "block"),
             (case(genetics=["HLA-B*57:01 阳性"]), "block"),
             (case(diagnoses=["HLA-B*57:01 carrier"]), "block")],
        no=[case(), case(genetics=["HLA-B*57:01 negative"]), case(genetics=None)],
    ),
]  # fmt: skip


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: contract.name)
def test_contract(snapshot: Snapshot, verifier: Verifier, contract: Contract) -> None:
    for data, expected in contract.yes:
        verdict = judge(verifier, data, contract.drug)
        found = [f for f in verdict.findings if f.kind == contract.check and f.question is None]
        assert found, (data, verdict)
        assert verdict.checks[contract.check] == "match"
        assert verdict.verdict == expected, (data, verdict.findings)
        assert_evidence_exists(snapshot, verdict.findings)
        assert found[0].evidence
    for data in contract.no:
        verdict = judge(verifier, data, contract.drug)
        assert not [f for f in verdict.findings if f.kind == contract.check], (data, verdict)
        assert verdict.checks[contract.check] in ("no_match", "not_applicable")
    for data, asked in contract.open:
        verdict = judge(verifier, data, contract.drug)
        found = [f for f in verdict.findings if f.question and f.question.field == asked]
        assert found, (data, verdict)
        assert found[0].effect == contract.effect
        assert verdict.checks[contract.check] == "input_missing"
        assert_evidence_exists(snapshot, verdict.findings)


def test_a_known_list_settles_what_it_does_not_name(verifier: Verifier) -> None:
    verdict = judge(verifier, case(), "sumatriptan")
    assert (verdict.verdict, verdict.checks["drug_disease"]) == ("pass", "no_match")
    assert "drug_disease" in verdict.presumed


@pytest.mark.parametrize("field", ["history", "child_pugh", "qtc_ms", "labs", "symptoms"])
def test_these_alone_never_make_a_verdict_unverified(verifier: Verifier, field: str) -> None:
    for drug in ("citalopram", "metformin", "abacavir", "spironolactone", "sumatriptan"):
        assert judge(verifier, case(**{field: None}), drug).verdict == "pass"


def test_a_rule_that_rests_on_a_diagnosis_says_so(verifier: Verifier) -> None:
    data = case(egfr_ml_min_1_73m2=None, diagnoses=["终末期肾病"])
    (said,) = only(judge(verifier, data, "metformin"), "renal").modifiers
    assert said == ("decided on the diagnosis '终末期肾病'", "按诊断“终末期肾病”判定")
    data = case(egfr_ml_min_1_73m2=None, crcl_ml_min=14)
    assert "CrCl" in only(judge(verifier, data, "metformin"), "renal").modifiers[0].en


def test_unknown_diagnosis_is_not_silent(verifier: Verifier) -> None:
    verdict = judge(verifier, case(diagnoses=["flibberosis"]), "paracetamol")
    assert (verdict.verdict, verdict.checks["drug_disease"]) == ("unverified", "input_missing")
    known_to_icd_only = judge(verifier, case(diagnoses=["Acute appendicitis"]), "paracetamol")
    assert known_to_icd_only.verdict == "pass"


def test_withdrawn(snapshot: Snapshot, verifier: Verifier) -> None:
    verdict = judge(verifier, case(), "西沙必利")
    assert verdict.verdict == "block"
    assert verdict.checks["withdrawn"] == "match"
    assert_evidence_exists(snapshot, verdict.findings)


def test_no_coverage_is_not_a_pass(verifier: Verifier) -> None:
    verdict = judge(verifier, case(), "newdrug")
    assert verdict.verdict == "unverified"
    assert {verdict.checks[check] for check in ("drug_drug", "drug_disease", "age")} == {"no_data"}
    beside = judge(verifier, case(current_drugs=["newdrug"]), "paracetamol")
    assert (beside.verdict, beside.checks["drug_drug"]) == ("unverified", "no_data")


def test_combination_takes_the_rules_of_its_parts(verifier: Verifier) -> None:
    verdict = judge(verifier, case(allergies=["amoxicillin"]), "Augmentin")
    assert verdict.verdict == "block"
    unnamed = judge(verifier, case(egfr_ml_min_1_73m2=20), "metformin/sildenafil")
    assert unnamed.verdict == "block"
