"""The packaged formulary on ordinary patients: usual care goes through, label bars stop."""

from typing import Any

import pytest
from tests.verifier.support import KNOWN, WOMAN, judge, patient

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.verifier.verify import Verifier


@pytest.fixture(scope="module")
def packaged() -> Verifier:
    return Verifier(packaged_snapshot())


PREGNANT = patient(WOMAN, pregnancy={"status": "pregnant", "gestation_weeks": 20})


def man(*diagnoses: str, taking: tuple[str, ...] = (), **changes: Any) -> dict[str, Any]:
    return patient(KNOWN, diagnoses=list(diagnoses), current_drugs=list(taking), **changes)


USUAL = [
    (man("asthma"), "budesonide/formoterol", {"pass"}),
    (man("hypertension", age_years=72), "indapamide", {"pass"}),
    (man("depression", age_years=72), "sertraline", {"pass"}),
    (man("chronic hepatitis B"), "atorvastatin", {"pass", "warn"}),
    (man("chronic hepatitis B"), "duloxetine", {"pass", "warn"}),
    (man("orthostatic hypotension"), "diltiazem", {"pass", "warn"}),
    (man("adrenal insufficiency", taking=("hydrocortisone",)), "levothyroxine", {"warn"}),
    (man("myasthenia gravis", taking=("pyridostigmine",)), "donepezil", {"warn"}),
    (man(taking=("insulin glargine",)), "insulin isophane", {"warn"}),
    (man("Parkinson's disease", taking=("rasagiline",)), "sertraline", {"warn"}),
    (man(taking=("aspirin",)), "ticagrelor", {"pass", "warn"}),
    (man("tuberculosis", taking=("rifampicin", "isoniazid", "pyrazinamide")), "ethambutol",
     {"pass"}),
    (man(allergies=["aspirin"]), "celecoxib", {"warn"}),
    (man(allergies=["NSAIDs"]), "aspirin", {"warn"}),
    (man(allergies=["NSAIDs"]), "paracetamol", {"pass"}),
    (man(allergies=["penicillin"]), "cefazolin", {"pass"}),
    (man(allergies=["sulfa drugs"]), "furosemide", {"warn"}),
    (man(allergies=["ceftriaxone"]), "aztreonam", {"pass"}),
    (man("rickettsial infection", age_years=5), "doxycycline", {"warn"}),
    (patient(PREGNANT, diagnoses=["kidney transplant"]), "mycophenolate mofetil", {"warn"}),
]  # fmt: skip

BARRED = [
    (man(allergies=["aspirin"]), "ibuprofen"),
    (man(allergies=[{"substance": "aspirin", "severity": "severe"}]), "celecoxib"),
    (man("liver cirrhosis", child_pugh="C"), "ticagrelor"),
    (man("hepatitis A"), "naltrexone"),
    (man("Parkinson's disease", taking=("selegiline",)), "sertraline"),
    (man(taking=("clozapine",)), "sulfamethoxazole/trimethoprim"),
    (man("schizophrenia", taking=("rasagiline",)), "pethidine"),
    (man(age_years=5), "doxycycline"),
    (PREGNANT, "mycophenolate mofetil"),
    (PREGNANT, "lenalidomide"),
    (man("HIV infection", taking=("omeprazole",)), "rilpivirine"),
    (
        man("tuberculosis", taking=("rifampicin",)),
        "bictegravir/emtricitabine/tenofovir alafenamide",
    ),
    (man("malaria prophylaxis", crcl_ml_min=25), "atovaquone/proguanil"),
    (man("breast cancer", labs={"neutrophils": {"value": 1.0, "unit": "10^9/L"}}), "docetaxel"),
    (man("malignant hyperthermia"), "sevoflurane"),
    (man("supraventricular tachycardia", "asthma"), "adenosine"),
    (man("spasticity", "liver cirrhosis"), "dantrolene"),
    (man(allergies=[{"substance": "amoxicillin", "severity": "severe"}]), "cefaclor"),
    (man(allergies=["cisplatin"]), "carboplatin"),
    (man(allergies=[{"substance": "NSAIDs", "severity": "severe"}]), "aspirin"),
    (man("rheumatoid arthritis", taking=("adalimumab",)), "etanercept"),
]


@pytest.mark.parametrize(("data", "drug", "verdicts"), USUAL)
def test_usual_care_is_not_stopped(
    packaged: Verifier, data: dict[str, Any], drug: str, verdicts: set[str]
) -> None:
    assert judge(packaged, data, drug).verdict in verdicts


@pytest.mark.parametrize(("data", "drug"), BARRED)
def test_a_label_bar_stops(packaged: Verifier, data: dict[str, Any], drug: str) -> None:
    assert judge(packaged, data, drug).verdict == "block"
