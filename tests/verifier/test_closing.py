"""The patient closed: what is read, what follows from it, what is asked, what is missing."""

from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.verifier.support import KNOWN, WOMAN, patient

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.facts import Measure, PatientFacts
from graphrx.kg.verifier.interval import Interval
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.verify import Verifier


def lab(name: str, value: float, unit: str) -> dict[str, Any]:
    return {name: {"value": value, "unit": unit}}


PATIENTS: list[dict[str, Any]] = [
    KNOWN,
    {},
    {**WOMAN, "age_years": 30.5, "weight_kg": 61.5, "pregnancy": {"status": "pregnant",
                                                                 "gestation_weeks": 20.5}},
    {**WOMAN, "pregnancy": None, "breastfeeding": None},
    {**WOMAN, "pregnancy": {"status": "unknown"}, "age_years": 56, "breastfeeding": None},
    {**WOMAN, "pregnancy": {"status": "not_applicable"}, "breastfeeding": True},
    {**WOMAN, "pregnancy": None, "diagnoses": ["pregnancy", "breastfeeding"]},
    {**WOMAN, "pregnancy": None, "history": ["pregnancy"], "breastfeeding": None, "age_years": 12},
    {"sex": "X", "age_years": 55, "labs": lab("SCr", 90, "umol/L"), "weight_kg": 70},
    {"sex": "M", "age_years": 18, "labs": lab("creatinine", 90, "umol/L"), "weight_kg": 70},
    {"sex": "F", "age_years": 60, "labs": lab("肌酐", 2.0, "mg/dL"), "egfr_ml_min_1_73m2": 40},
    {"sex": "F", "age_years": 60, "labs": lab("肌酐", 2.0, "mg/dL"), "crcl_ml_min": 40},
    {"sex": "M", "age_years": 17.9, "labs": lab("creatinine", 90, "umol/L"), "weight_kg": 70},
    {"sex": "M", "age_years": 50, "labs": lab("creatinine", 0, "umol/L"), "weight_kg": 70},
    {"diagnoses": ["CKD", "liver cirrhosis Child-Pugh B", "cirrhosis Child-Pugh A", "asthma",
                   "no angioedema", "family history of migraine", "flibberosis", "I21.9",
                   "Acute appendicitis", "previous peptic ulcer", "penicillin allergy"]},
    {"diagnoses": ["peptic ulcer", "ESRD", "heart failure"], "history": ["active peptic ulcer",
     "cirrhosis Child-Pugh C", "angioedema due to ACE inhibitor"], "symptoms": ["乏力", "nausea"]},
    {"diagnoses": ["CKD", "heart failure"], "egfr_ml_min_1_73m2": 50},
    {"history": ["peptic ulcer"], "diagnoses": ["myocardial infarction",
                                                "ischaemic heart disease"]},
    {"diagnoses": ["severe renal impairment", "CKD stage 3b"], "egfr_ml_min_1_73m2": 14.6,
     "child_pugh": "C", "qtc_ms": 450.5},
    {"sex": "F", "qtc_ms": 470, "egfr_ml_min_1_73m2": 30, "target_disease": "migraine"},
    {"sex": "F", "qtc_ms": 471, "egfr_ml_min_1_73m2": 29.9, "target_disease": "no migraine"},
    {"sex": "M", "qtc_ms": 450, "egfr_ml_min_1_73m2": 15, "target_disease": "flibber"},
    {"labs": {**lab("K+", 5.5, "mmol/L"), **lab("phrenology", 1, "g"), **lab("Hb", 9, "g/dL")}},
    {"labs": lab("K+", 5.51, "mmol/L")},
    {"genetics": ["HLA-B*57:01 positive", "HLA-B*57:01 阴性", "HLA-B*57:01 (not detected)",
                  "HLA-B*57:01", "HLA-B*57:01 not detected", "HLA-B*57:01（阳性）",
                  "flibber positive", "HLA-B*57:01: carrier"]},
    {"allergies": ["NKDA"]},
    {"allergies": ["penicillin (anaphylaxis)", {"substance": "egg", "reaction": "stomach upset"},
                   {"substance": "latex", "reaction": "nausea", "severity": "severe"},
                   {"substance": "aspirin", "reaction": "airway swelling", "severity": "mild"},
                   {"substance": "ibuprofen", "reaction": "DRESS"},
                   {"substance": "amoxicillin", "reaction": "dressing rash"},
                   {"substance": "cefalexin", "reaction": "干咳"}, "Amoxicilin", "flibber"]},
    {"current_drugs": ["ibuprofen gel", {"name": "warfarin", "stopped_days_ago": 0},
                       {"name": "Aspirinn"}, {"name": "ibuprofen", "route": "外用"},
                       {"name": "insulin aspart", "route": " SC "},
                       {"name": "metformin", "dose": "1000 mg", "frequency": "tid"},
                       {"name": "metformin/sildenafil", "dose": "5 g"},
                       {"name": "metformin", "dose": "2 tablets"}]},
]  # fmt: skip


def bounds(value: Interval | None) -> str:
    if value is None:
        return "?"
    ends = "[" if value.low_in else "(", "]" if value.high_in else ")"
    return f"{ends[0]}{value.low:g}, {value.high:g}{ends[1]}"


def measure(value: Measure) -> str:
    return f"{bounds(value.value)} {[(bounds(one), text) for one, text in value.implied]}"


def closed(verifier: Verifier, facts: PatientFacts) -> str:
    name = verifier.snapshot.name
    lines = [
        f"age {bounds(facts.age)} sex {facts.sex} weight {bounds(facts.weight)}",
        f"qtc {bounds(facts.qtc)}",
        f"pregnant {facts.pregnant} {facts.pregnancy_asked} {bounds(facts.gestation)}",
        f"breastfeeding {facts.breastfeeding} {facts.lactation_asked}",
        f"egfr {measure(facts.egfr)} crcl {measure(facts.crcl)}",
        f"child_pugh {facts.child_pugh}",
        *(f"implied {sorted(one)} {text}" for one, text in facts.child_pugh_implied),
        f"labs { {key: bounds(value) for key, value in facts.labs.items()} }",
        f"known {facts.conditions_known} {facts.current_known} {facts.allergies_known}",
        f"unknown {facts.unknown_conditions} {facts.unknown_genetics}",
        f"missing {' '.join(facts.missing)}",
    ]
    lines += [f"unrecognised {one}" for one in facts.unrecognised]
    lines += sorted(
        f"has {name(node)}: {hit.text!r} {'now' if hit.active else 'once'} "
        f"{' < '.join(map(name, hit.path))}"
        for node, hit in facts.conditions.items()
    )
    lines += sorted(f"open {name(node)}: {text!r}" for node, text in facts.raised.items())
    lines += [
        f"allergy {one.text!r} {list(map(name, one.nodes))} severe {one.severe} "
        f"intolerance {one.intolerance} {one.suggestions}"
        for one in facts.allergies
    ]
    lines += [
        f"takes {one.text!r} {list(map(name, one.match.nodes))} {one.route} {one.stopped_days} "
        f"{one.field} {one.dosage}"
        for one in facts.current
    ]
    unknown = [one for one in facts.facts if one.state == "unknown" and one.value is None]
    lines.append(f"not known: {' '.join(one.field for one in unknown)}")
    lines += [
        f"{one.field} = {one.value!r}: {one.state} {one.source} {one.curie}"
        for one in facts.facts
        if one not in unknown
    ]
    return "\n".join(lines)


@pytest.mark.parametrize("data", PATIENTS, ids=range(len(PATIENTS)))
def test_closed(verifier: Verifier, pinned: SnapshotAssertion, data: dict[str, Any]) -> None:
    facts = verifier.close(parse_patient(data))
    assert f"{data}\n{closed(verifier, facts)}" == pinned


def test_a_pregnancy_among_the_diagnoses_of_a_man(verifier: Verifier) -> None:
    with pytest.raises(InputError) as caught:
        verifier.close(parse_patient(patient(diagnoses=["pregnancy"])))
    assert str(caught.value) == ("diagnoses: a pregnancy contradicts sex 'M'; correct one of them")
    assert caught.value.field == "diagnoses"


@pytest.mark.parametrize("name", ["potassium", "SCr"])
def test_a_wrong_unit_names_its_field(verifier: Verifier, name: str) -> None:
    with pytest.raises(InputError) as caught:
        verifier.close(parse_patient({"labs": lab(name, 1, "furlongs")}))
    assert caught.value.field == f"labs.{name}.unit"
