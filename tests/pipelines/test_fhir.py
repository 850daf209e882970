"""FHIR R4 Bundles: what is read, what is reported, and that no bundle ends in a traceback."""

import copy
import json
import random
from datetime import date
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.patient import parse_patient
from graphrx.pipelines.check import check
from graphrx.pipelines.fhir.bundle import from_bundle
from graphrx.pipelines.given import shortened
from graphrx.pipelines.requests import read_patient
from graphrx.pipelines.session import Session

Json = dict[str, Any]
BUNDLES = {path.stem: json.loads(path.read_text("utf-8"))
           for path in sorted((Path(__file__).parent / "bundles").glob("*.json"))}  # fmt: skip
TODAY = date(2026, 4, 2)
PATIENT: Json = {
    "resourceType": "Patient",
    "id": "p",
    "gender": "female",
    "birthDate": "1980-01-01",
}


def read(session: Session, *resources: Json, **more: Any) -> tuple[Json, str]:
    """The patient read from some resources and PATIENT, and the reports as one text."""
    people = () if any(one["resourceType"] == "Patient" for one in resources) else (PATIENT,)
    entries = [{"resource": one} for one in (*people, *resources)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries, **more}
    patient, unread = from_bundle(bundle, session.verifier.resolver, TODAY)
    parse_patient(patient)
    return patient, "\n".join(unread)


def concept(*codes: str, text: str | None = None, system: str = "") -> Json:
    found: Json = {"coding": [{"system": system, "code": code} for code in codes]} if codes else {}
    return found | ({"text": text} if text else {})


def condition(text: str = "asthma", **more: Any) -> Json:
    return {"resourceType": "Condition", "code": {"text": text},
            "clinicalStatus": concept("active")} | more  # fmt: skip


def allergy(text: str = "penicillin", **more: Any) -> Json:
    return {"resourceType": "AllergyIntolerance", "code": {"text": text},
            "clinicalStatus": concept("active")} | more  # fmt: skip


def request(text: str = "warfarin", **more: Any) -> Json:
    return {"resourceType": "MedicationRequest", "status": "active", "intent": "order",
            "medicationCodeableConcept": {"text": text}} | more  # fmt: skip


def observation(code: str, value: float | None, unit: str = "", **more: Any) -> Json:
    found: Json = {"resourceType": "Observation", "status": "final",
                   "code": concept(code, system="http://loinc.org"),
                   "effectiveDateTime": "2026-03-01"}  # fmt: skip
    if value is not None:
        found["valueQuantity"] = {"value": value, "unit": unit, "code": unit}
    return found | more


# -- whole bundles -------------------------------------------------------------------------------


def test_a_hospital_bundle(packaged: Session, patient_contract: jsonschema.Draft202012Validator
                           ) -> None:  # fmt: skip
    patient, unread = from_bundle(BUNDLES["hospital"], packaged.verifier.resolver, TODAY)
    patient_contract.validate(patient)
    assert (patient["age_years"], patient["sex"], patient["child_pugh"]) == (75, "F", "B")
    assert patient["diagnoses"] == ["Chronic kidney disease Stage 4", "ICD10CM:I48.91",
                                    "suspected Gout"]  # fmt: skip
    assert patient["history"] == ["Peptic ulcer"]
    drugs = {entry["name"]: entry for entry in patient["current_drugs"]}
    assert drugs["warfarin sodium 5 MG Oral Tablet"] == {
        "name": "warfarin sodium 5 MG Oral Tablet", "route": "oral", "dose": "5 mg",
        "frequency": "1 times every 1 days",
    }  # fmt: skip
    assert drugs["2 ML Furosemide 10 MG/ML Injection"]["dose"] == "20 mg"
    assert drugs["fluoxetine"]["stopped_days_ago"] == 10
    assert "metformin" not in drugs
    assert [one["severity"] for one in patient["allergies"]] == ["severe", "severe", "mild"]
    assert patient["egfr_ml_min_1_73m2"] == 24
    assert patient["weight_kg"] == pytest.approx(69.85, abs=0.01)
    assert patient["qtc_ms"] == 460
    assert patient["labs"]["creatinine"]["value"] == pytest.approx(185.7, abs=0.1)
    assert [line.split(" (")[0] for line in unread] == [
        "Condition refuted: Asthma", "Immunization",
        "MedicationRequest doNotPerform, not to be given: ibuprofen",
        "MedicationRequest proposal: metformin",
    ]  # fmt: skip


def test_its_check_reports_and_blocks(packaged: Session) -> None:
    result = check(packaged, BUNDLES["hospital"], ["enalapril", "aspirin"])
    assert result["items"][0]["verdict"] == "block"
    reported = [one["text"] for one in result["patient_echo"]["unrecognised"]
                if one["field"] == "fhir"]  # fmt: skip
    assert "Immunization (1 not read)" in reported


def test_the_example(packaged: Session) -> None:
    path = Path(__file__).parents[2] / "examples" / "06-fhir-bundle.json"
    result = check(packaged, json.loads(path.read_text("utf-8")), ["naproxen"])
    kinds = {f["kind"] for f in result["items"][0]["findings"] if f["verdict"] == "block"}
    assert "allergy" in kinds
    assert "MedicationRequest draft: naproxen 500 mg tablet (1 not read)" in {
        one["text"] for one in result["patient_echo"]["unrecognised"]
    }


def test_a_screen_shows_what_matters_first() -> None:
    texts = [f"Observation {n} (1 not read)" for n in range(9)]
    texts += ["Condition refuted: asthma (1 not read)", "Patient.deceased: recorded as dead"]
    rows = [{"text": text, "field": "fhir"} for text in texts]
    shown = [one["text"] for one in shortened([{"text": "zzz", "field": "drugs"}, *rows])]
    assert shown[:3] == ["zzz", "Patient.deceased: recorded as dead",
                         "Condition refuted: asthma (1 not read)"]  # fmt: skip
    assert shown[-1] == "… 5 more: --full"
    assert len(shown) == 8


def test_gestation_goes_on_being_counted(packaged: Session) -> None:
    patient, _ = from_bundle(BUNDLES["pregnant"], packaged.verifier.resolver, TODAY)
    assert patient["pregnancy"] == {"status": "pregnant", "gestation_weeks": 12.0}
    assert patient["breastfeeding"] is False
    assert patient["allergies"] == []
    assert "diagnoses" not in patient
    assert patient["current_drugs"] == [{"name": "folic acid"}]


def test_chinese_names(packaged: Session) -> None:
    assert check(packaged, BUNDLES["chinese"], ["西地那非", "阿莫西林"])["status"] == "block"


@pytest.mark.parametrize("name", BUNDLES)
def test_the_order_of_entries_changes_nothing(packaged: Session, name: str) -> None:
    turned = copy.deepcopy(BUNDLES[name])
    turned["entry"].reverse()
    drugs = ["aspirin", "simvastatin"]
    first, second = (check(packaged, one, drugs) for one in (BUNDLES[name], turned))
    for result in (first, second):
        del result["run_id"]
        result["patient_echo"]["facts"].sort(key=str)
    assert first == second


# -- lists: unknown is not none ------------------------------------------------------------------


def test_what_no_resource_speaks_of_is_unknown(packaged: Session) -> None:
    patient, _ = read(packaged)
    assert patient.keys() == {"id", "sex"}


@pytest.mark.parametrize(
    ("resource", "name", "wanted"),
    [
        (allergy("No known drug allergies"), "allergies", []),
        ({"resourceType": "AllergyIntolerance", "code": concept("no-known-medication-allergies")},
         "allergies", []),
        ({"resourceType": "AllergyIntolerance", "code": concept("no-known-food-allergies")},
         "allergies", None),
        ({"resourceType": "AllergyIntolerance", "code": concept("no-allergy-info")}, "allergies",
         None),
        ({"resourceType": "Condition", "code": concept("no-known-problems")}, "diagnoses", []),
        ({"resourceType": "Condition", "code": concept("no-problem-info")}, "diagnoses", None),
        (condition(verificationStatus=concept("refuted")), "diagnoses", None),
        (allergy(verificationStatus=concept("entered-in-error")), "allergies", None),
        (request(medicationCodeableConcept=concept("no-known-medications")), "current_drugs", []),
        (request(medicationCodeableConcept=concept("no-medication-info")), "current_drugs", None),
        (request(intent="plan"), "current_drugs", None),
        (request(status="cancelled"), "current_drugs", None),
        (request(doNotPerform=True), "current_drugs", None),
    ],
)  # fmt: skip
def test_none_and_unknown(packaged: Session, resource: Json, name: str, wanted: Any) -> None:
    assert read(packaged, resource)[0].get(name) == wanted


@pytest.mark.parametrize(
    ("resource", "drugs"),
    [
        ({"resourceType": "Condition"}, ["ibuprofen"]),
        ({"resourceType": "AllergyIntolerance"}, ["ibuprofen"]),
        (request(medicationCodeableConcept=None), ["ibuprofen"]),
        (request(medicationReference={"reference": "Medication/gone"},
                 medicationCodeableConcept=None), ["ibuprofen"]),
        (condition("zzz unheard of"), ["ibuprofen"]),
        (request("zzz unheard of"), ["ibuprofen"]),
    ],
)  # fmt: skip
def test_what_can_not_be_read_never_passes(
    packaged: Session, resource: Json, drugs: list[str]
) -> None:
    full = [condition("gout"), allergy("No known allergy"), request("folic acid"),
            observation("63895-7", None, valueBoolean=False), observation("98979-8", 90, "mL/min"),
            observation("82810-3", None, valueCodeableConcept=concept("60001007"))]  # fmt: skip
    entries = [{"resource": one} for one in (PATIENT, *full)]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": entries}
    before = check(packaged, bundle, drugs)["status"]
    bundle["entry"] = [*entries, {"resource": resource}]
    assert before != "unverified"
    assert check(packaged, bundle, drugs)["status"] == "unverified"


# -- conditions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("resource", "name", "wanted"),
    [
        (condition("CKD", stage=[{"summary": {"text": "stage 3b"}}]), "diagnoses",
         ["CKD stage 3b"]),
        (condition("asthma", severity=concept("24484000")), "diagnoses", ["severe asthma"]),
        (condition("asthma", verificationStatus=concept("unconfirmed")), "diagnoses",
         ["suspected asthma"]),
        (condition("asthma", clinicalStatus=concept("remission")), "history", ["asthma"]),
        (condition("asthma", clinicalStatus=None, abatementDateTime="2020"), "history", ["asthma"]),
        (condition("asthma", clinicalStatus=None), "diagnoses", ["asthma"]),
        (condition("my zebra", code={"text": "my zebra", "coding": [
            {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "J45"}]}), "diagnoses",
         ["ICD10CM:J45"]),
        (condition("x", code={"coding": [{"system": "http://snomed.info/sct", "code": "1",
                                          "display": "Gout (disorder)"}]}), "diagnoses", ["Gout"]),
    ],
)  # fmt: skip
def test_condition(packaged: Session, resource: Json, name: str, wanted: list[str]) -> None:
    assert read(packaged, resource)[0][name] == wanted


def test_a_stage_that_says_nothing_is_reported(packaged: Session) -> None:
    patient, unread = read(packaged, condition("gout", stage=[{"summary": {"text": "pT2"}}]))
    assert patient["diagnoses"] == ["gout"]
    assert "Condition.stage pT2: not read with gout" in unread


def test_employment_is_no_disease(packaged: Session) -> None:
    patient, unread = read(packaged, condition("Full-time employment (finding)"))
    assert patient["diagnoses"] == []
    assert "Condition, social: Full-time employment (1 not read)" in unread


# -- drugs ---------------------------------------------------------------------------------------


def stopped(**more: Any) -> Json:
    return {"resourceType": "MedicationStatement", "status": "stopped",
            "medicationCodeableConcept": {"text": "phenelzine"},
            "dateAsserted": "2026-03-31"} | more  # fmt: skip


def test_days_since_a_drug_was_stopped(packaged: Session) -> None:
    patient, _ = read(packaged, stopped(effectivePeriod={"end": "2026-03-21T10:00:00Z"}))
    assert patient["current_drugs"] == [{"name": "phenelzine", "stopped_days_ago": 10}]
    patient, unread = read(packaged, stopped())
    assert patient["current_drugs"] == []
    assert "MedicationStatement stopped, without the day: phenelzine" in unread


def test_a_drug_taken_again_is_taken(packaged: Session) -> None:
    patient, _ = read(packaged, stopped(effectivePeriod={"end": "2026-03-21"}),
                      request("phenelzine"))  # fmt: skip
    assert patient["current_drugs"] == [{"name": "phenelzine"}]


@pytest.mark.parametrize(
    ("status", "when", "days"),
    [("completed", "2026-03-30", None), ("completed", "2026-03-01", 30),
     ("in-progress", "2026-03-01", None)],
)  # fmt: skip
def test_administration(packaged: Session, status: str, when: str, days: int | None) -> None:
    given_ = {"resourceType": "MedicationAdministration", "status": status,
              "medicationCodeableConcept": {"text": "gentamicin"},
              "effectiveDateTime": when}  # fmt: skip
    patient, _ = read(packaged, given_, condition(recordedDate="2026-03-31"))
    (entry,) = patient["current_drugs"]
    assert entry.get("stopped_days_ago") == days


@pytest.mark.parametrize(
    ("reference", "url"),
    [
        ("Medication/m", None),
        ("https://a.example/fhir/Medication/m", "https://a.example/fhir/Medication/m"),
        ("https://a.example/fhir/Medication/m/_history/2", None),
        ("urn:uuid:0a8e9c9e-25ad-4f3a-9b7b-3a6f6f0a0001",
         "urn:uuid:0a8e9c9e-25ad-4f3a-9b7b-3a6f6f0a0001"),
    ],
)  # fmt: skip
def test_references(packaged: Session, reference: str, url: str | None) -> None:
    medication = {"resourceType": "Medication", "id": "m", "code": {"text": "warfarin"}}
    ask = request(medicationCodeableConcept=None, medicationReference={"reference": reference})
    bundle = {"resourceType": "Bundle", "entry": [
        {"resource": PATIENT}, {"fullUrl": url, "resource": medication}, {"resource": ask},
    ]}  # fmt: skip
    patient, _ = from_bundle(bundle, packaged.verifier.resolver, TODAY)
    assert patient["current_drugs"] == [{"name": "warfarin"}]


def test_codings_that_name_several_drugs_are_all_read(packaged: Session) -> None:
    rx = "http://www.nlm.nih.gov/research/umls/rxnorm"
    code = {"coding": [{"system": rx, "code": "1", "display": "Ramipril"},
                       {"system": rx, "code": "2", "display": "Captopril"}]}  # fmt: skip
    patient, _ = read(packaged, allergy(code=code))
    assert [one["substance"] for one in patient["allergies"]] == ["Ramipril", "Captopril"]
    patient, unread = read(packaged, request(medicationCodeableConcept=code))
    assert len(patient["current_drugs"]) == 2
    assert "its codes name several drugs; all are read" in unread


def test_three_hundred_drugs(packaged: Session, packaged_names: Any) -> None:
    names = packaged_names.drugs[:300]
    patient, _ = read(packaged, *(request(name) for name in names))
    assert len(patient["current_drugs"]) == 300
    with pytest.raises(InputError, match="current_drugs: too long"):
        read(packaged, *(request(f"drug {n}") for n in range(501)))


# -- observations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "value", "unit", "place", "wanted"),
    [
        ("2160-0", 1.0, "mg/dL", ("labs", "creatinine", "value"), 88.42),
        ("14682-9", 90, "umol/L", ("labs", "creatinine", "value"), 90),
        ("2823-3", 4.5, "meq/L", ("labs", "potassium", "value"), 4.5),
        ("6301-6", 2.5, "{INR}", ("labs", "inr", "value"), 2.5),
        ("3016-3", 2.5, "m[IU]/L", ("labs", "tsh", "value"), 2.5),
        ("1742-6", 40, "[iU]/L", ("labs", "alt", "value"), 40),
        ("777-3", 200, "10*3/uL", ("labs", "platelets", "value"), 200),
        ("29463-7", 3500, "g", ("weight_kg",), 3.5),
        ("29463-7", 100, "[lb_av]", ("weight_kg",), 45.359237),
        ("98979-8", 45, "mL/min/{1.73_m2}", ("egfr_ml_min_1_73m2",), 45),
        ("35591-7", 45, "mL/min", ("crcl_ml_min",), 45),
        ("8636-3", 0.48, "s", ("qtc_ms",), 480),
    ],
)  # fmt: skip
def test_units(packaged: Session, code: str, value: float, unit: str, place: tuple[str, ...],
               wanted: float) -> None:  # fmt: skip
    found: Any = read(packaged, observation(code, value, unit))[0]
    for key in place:
        found = found[key]
    assert found == pytest.approx(wanted)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (observation("2823-3", 4.5, "mg/dL"), "'mg/dL' is not a unit of it"),
        (observation("29463-7", 70), "'' is not a unit of it"),
        (observation("98979-8", None, valueQuantity={"value": 60, "comparator": ">",
                                                     "unit": "mL/min"}), "not one value"),
        (observation("98979-8", None, dataAbsentReason={"text": "unknown"}), "has no quantity"),
        (observation("8634-8", 400, "ms"), "8634-8 (1 not read)"),
        (observation("29463-7", 70, "kg", modifierExtension=[{"url": "x"}]),
         "Observation.modifierExtension (1 not read)"),
        (observation("29463-7", 70, "kg", focus=[{"reference": "Patient/baby"}]),
         "of someone or something else"),
        (observation("29463-7", 70, "kg", status="entered-in-error"), "entered-in-error"),
        (observation("29463-7", 70, "kg", effectiveDateTime="2031-01-01"), "is after"),
        (observation("82810-3", None, valueCodeableConcept=concept("60001007"),
                     effectiveDateTime="2025-01-01"), "says nothing about"),
    ],
)  # fmt: skip
def test_observations_not_read(packaged: Session, resource: Json, words: str) -> None:
    patient, unread = read(packaged, resource, condition(recordedDate="2026-03-01"))
    assert words in unread
    assert not patient.keys() & {"labs", "weight_kg", "egfr_ml_min_1_73m2", "qtc_ms", "pregnancy"}


def test_the_newest_value_wins(packaged: Session) -> None:
    later, sooner = "2026-03-01T23:00:00-05:00", "2026-03-02T01:00:00Z"
    values = [observation("98979-8", 60, "mL/min", effectiveDateTime=later),
              observation("33914-3", 30, "mL/min", effectiveDateTime=sooner)]  # fmt: skip
    for order in (values, values[::-1]):
        assert read(packaged, *order)[0]["egfr_ml_min_1_73m2"] == 60


def test_two_values_from_one_moment_are_no_value(packaged: Session) -> None:
    values = [observation("2823-3", value, "mmol/L") for value in (4.0, 6.0)]
    patient, unread = read(packaged, *values)
    assert "labs" not in patient
    assert "two different values from 2026-03-01, not read" in unread


@pytest.mark.parametrize(
    ("value", "wanted"),
    [({"valueInteger": 5}, "A"), ({"valueInteger": 9}, "B"), ({"valueInteger": 12}, "C"),
     ({"valueString": "Class C"}, "C"), ({"valueString": "a rare thing"}, None),
     ({"valueInteger": 3}, None)],
)  # fmt: skip
def test_child_pugh(packaged: Session, value: Json, wanted: str | None) -> None:
    one = observation("0", None) | {"code": {"text": "Child-Pugh class"}} | value
    assert read(packaged, one)[0].get("child_pugh") == wanted


# -- the patient ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("birth", "age"),
    [("1980-03-02", 45), ("1980-03-01", 46), ("1980", None), ("1980-01", 46), ("2025-03-01", 1.0),
     (None, None)],
)  # fmt: skip
def test_age(packaged: Session, birth: str | None, age: float | None) -> None:
    person = {**PATIENT, "birthDate": birth}
    patient, _ = read(packaged, person, condition(recordedDate="2026-03-01"))
    assert patient.get("age_years") == (None if age is None else pytest.approx(age, abs=0.01))


@pytest.mark.parametrize(
    ("more", "words"),
    [({"deceasedDateTime": "2026-01-01"}, "recorded as dead on 2026-01-01"),
     ({"active": False}, "not in use"), ({"somethingNew": 1}, "Patient.somethingNew"),
     ({"modifierExtension": [{"url": "x"}]}, "Patient.modifierExtension")],
)  # fmt: skip
def test_reported_of_the_patient(packaged: Session, more: Json, words: str) -> None:
    assert words in read(packaged, PATIENT | more)[1]


# -- refused -------------------------------------------------------------------------------------

REFUSED: list[tuple[list[Json], Json, str]] = [
    ([], {"type": "history"}, "old versions"),
    ([], {"type": "pile"}, "no type of Bundle"),
    ([], {"link": [{"relation": "next", "url": "x"}]}, "one page of several"),
    ([], {"timestamp": "2099-01-01"}, "in the future"),
    ([], {"entry": []}, "0 Patient resources"),
    ([], {"entry": None}, "0 Patient resources"),
    ([], {"entry": {"resource": 1}}, "is not a list"),
    ([], {"entry": [{"resource": {}}]}, "no resourceType"),
    ([{**PATIENT, "id": "a"}, {**PATIENT, "id": "b"}], {}, "2 Patient resources"),
    ([{**PATIENT, "gender": "F"}], {}, "male, female, other or unknown"),
    ([{**PATIENT, "birthDate": "01.02.1980"}], {}, "not a FHIR date"),
    (
        [{**PATIENT, "birthDate": "2030-01-01"}, condition(recordedDate="2026-01-01")],
        {},
        "is after",
    ),
    ([condition(subject={"reference": "Patient/q"})], {}, "is not the patient of the bundle"),
    ([condition(clinicalStatus="active")], {}, "as in FHIR STU3 or DSTU2"),
    ([request(medication={"concept": {"text": "x"}})], {}, "as in FHIR R5"),
    ([{"resourceType": "MedicationOrder"}], {}, "as in FHIR DSTU2"),
    ([condition(id="c"), condition("gout", id="c")], {}, "stands twice"),
    ([condition(code="asthma")], {}, "is not an object"),
    ([condition(code={"coding": "x"})], {}, "is not a list"),
    ([observation("29463-7", "70", "kg")], {}, "is not a number"),  # type: ignore[arg-type]
    ([allergy(reaction=[{"severity": "awful"}])], {}, "mild, moderate or severe"),
]


@pytest.mark.parametrize(("resources", "more", "words"), REFUSED, ids=lambda value: str(value)[:30])
def test_refused(packaged: Session, resources: list[Json], more: Json, words: str) -> None:
    with pytest.raises(InputError, match=words) as caught:
        read(packaged, *resources, **more)
    assert "\n" not in caught.value.message
    assert caught.value.field


def test_a_pregnant_man(packaged: Session) -> None:
    pregnant = observation("82810-3", None, valueCodeableConcept=concept("77386006"))
    with pytest.raises(InputError, match="contradicts sex 'M'"):
        read(packaged, {**PATIENT, "gender": "male"}, pregnant)


def test_a_single_resource_is_no_bundle(packaged: Session) -> None:
    with pytest.raises(InputError, match="'Patient' is not a Bundle"):
        check(packaged, PATIENT, ["aspirin"])


def test_xml(tmp_path: Path) -> None:
    path = tmp_path / "patient.xml"
    path.write_text('<?xml version="1.0"?><Bundle xmlns="http://hl7.org/fhir"/>')
    with pytest.raises(InputError, match="is XML; send JSON"):
        read_patient(str(path))


def test_bundles_in_bundles(packaged: Session) -> None:
    inner = {"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": condition()},
                                                                     {"request": {}}]}  # fmt: skip
    patient, unread = read(packaged, inner)
    assert patient["diagnoses"] == ["asthma"]
    assert "entry without a resource (1 not read)" in unread
    deep: Json = inner
    for _ in range(20):
        deep = {"resourceType": "Bundle", "entry": [{"resource": deep}]}
    with pytest.raises(InputError, match="too deep"):
        read(packaged, deep)


# -- whatever comes ------------------------------------------------------------------------------

JUNK: list[Any] = [None, True, 0, -1, 1e308, 10**400, "", " ", "x", "2026-13-45", "0001-01-01",
                   "9999-12-31T23:59:59-14:00", "#", "Patient/", [], [None], [[]], {}, {"a": 1},
                   [{}], "active", "http://loinc.org", "2160-0", "\ud800",
                   {"coding": [{}]}]  # fmt: skip


def spots(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of a JSON value."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


@given(rng=st.randoms(use_true_random=False), name=st.sampled_from(sorted(BUNDLES)))
def test_any_mutation_is_read_or_refused(packaged: Session, rng: random.Random, name: str) -> None:
    bundle = copy.deepcopy(BUNDLES[name])
    for _ in range(rng.randint(1, 4)):
        places = spots(bundle)
        if not places:
            break
        holder, key = rng.choice(places)
        match rng.randrange(4):
            case 0:
                del holder[key]
            case 1:
                holder[key] = copy.deepcopy(rng.choice(JUNK))
            case 2:
                other, from_ = rng.choice(places)
                if from_ in (other if isinstance(other, dict) else range(len(other))):
                    holder[key] = copy.deepcopy(other[from_])
            case _ if isinstance(holder, dict):
                holder[rng.choice(["modifierExtension", "implicitRules", "status", "code"])] = (
                    copy.deepcopy(rng.choice(JUNK))
                )
    try:
        check(packaged, bundle, ["aspirin"])
    except InputError as error:
        line = error.message
        if not line or "\n" in line:
            raise
