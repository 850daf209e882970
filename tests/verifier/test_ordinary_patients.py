"""The packaged formulary on ordinary patients: usual care goes through, label bars stop."""

from typing import Any

import pytest
from tests.verifier.support import KNOWN, WOMAN, judge, only, patient

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
    (man("community-acquired pneumonia"), "ertapenem", {"pass"}),
    (man("HIV infection"), "bictegravir/emtricitabine/tenofovir alafenamide", {"pass"}),
    (man("HIV infection"), "dolutegravir/lamivudine/tenofovir disoproxil", {"pass"}),
    (man("colorectal cancer", taking=("fluorouracil", "ondansetron")), "oxaliplatin", {"warn"}),
    (man("testicular cancer", taking=("etoposide", "cisplatin")), "bleomycin", {"warn"}),
    (man("leprosy", taking=("rifampicin", "dapsone")), "clofazimine", {"pass"}),
    (man("rheumatoid arthritis", "heart failure NYHA class III"), "etanercept", {"warn"}),
    (man("reversal of neuromuscular blockade", taking=("rocuronium",)), "sugammadex", {"pass"}),
    (man("reversal of neuromuscular blockade", taking=("rocuronium", "atropine")), "neostigmine",
     {"warn"}),
    (man("general anaesthesia", taking=("remifentanil", "rocuronium")), "sevoflurane", {"warn"}),
    (man("malignant hyperthermia"), "dantrolene", {"pass"}),
    (man("hyperkalaemia", taking=("insulin human", "salbutamol")), "calcium gluconate", {"pass"}),
    (man("shock", taking=("noradrenaline",)), "vasopressin", {"warn"}),
    (man("heparin overdose", taking=("heparin",)), "protamine", {"pass"}),
    (man("supraventricular tachycardia"), "adenosine", {"pass"}),
    (man("chronic hepatitis C"), "sofosbuvir/velpatasvir", {"pass"}),
    (man(allergies=["sulfa drugs"]), "dapsone", {"warn"}),
    (man("rickettsial infection", age_years=5), "doxycycline", {"warn"}),
    (patient(PREGNANT, diagnoses=["kidney transplant"]), "mycophenolate mofetil", {"warn"}),
    (man("type 2 diabetes mellitus", taking=("metformin",)), "vildagliptin", {"pass"}),
    (man("type 2 diabetes mellitus", taking=("metformin",)), "tirzepatide", {"pass"}),
    (man("benign prostatic hyperplasia", taking=("amlodipine",)), "silodosin", {"pass", "warn"}),
    (man("myocardial infarction", taking=("atorvastatin",)), "evolocumab", {"pass"}),
    (man("hypertension"), "lercanidipine", {"pass"}),
    (man("allergic rhinitis", crcl_ml_min=60), "levocetirizine", {"pass"}),
    (man("chronic obstructive pulmonary disease", "asthma"), "umeclidinium/vilanterol",
     {"pass", "warn"}),
    (man("Parkinson's disease", taking=("carbidopa/levodopa",)), "safinamide", {"pass", "warn"}),
    (man("depression", taking=("sertraline",)), "brexpiprazole", {"pass", "warn"}),
    (man("open-angle glaucoma", taking=("timolol",)), "dorzolamide", {"pass", "warn"}),
    (man("chronic kidney disease stage 5", egfr_ml_min_1_73m2=10, crcl_ml_min=10),
     "calcitriol", {"pass", "warn"}),
    (man("subarachnoid haemorrhage"), "nimodipine", {"pass", "warn"}),
    (man(genetics=["HLA-A*31:01 positive"]), "carbamazepine", {"warn"}),
    (man(labs={"platelets": {"value": 60, "unit": "10^9/L"}}), "enoxaparin", {"warn"}),
    (man(labs={"platelets": {"value": 200, "unit": "10^9/L"}}), "enoxaparin", {"pass"}),
    (man(labs={"neutrophils": {"value": 1.2, "unit": "10^9/L"}}), "methimazole", {"warn"}),
    (man(labs={"neutrophils": {"value": 3.0, "unit": "10^9/L"}}), "methimazole", {"pass"}),
    (man(labs={"INR": {"value": 6.1, "unit": ""}}), "warfarin", {"warn"}),
    (man(labs={"INR": {"value": 2.4, "unit": ""}}), "warfarin", {"pass"}),
    (man("migraine", egfr_ml_min_1_73m2=None), "ergotamine", {"unverified"}),
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
    (PREGNANT, "griseofulvin"),
    (man("methaemoglobinaemia", "G6PD deficiency"), "methylthioninium chloride"),
    (man("chronic hepatitis C", taking=("carbamazepine",)), "sofosbuvir/velpatasvir"),
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
    (man("Parkinson's disease"), "trimetazidine"),
    (man(crcl_ml_min=20), "silodosin"),
    (man(taking=("clarithromycin",)), "lurasidone"),
    (man(taking=("clarithromycin",)), "lercanidipine"),
    (man(taking=("rifampicin",)), "nimodipine"),
    (man(taking=("sildenafil",)), "nicorandil"),
    (man(taking=("fluvoxamine",)), "agomelatine"),
    (man(taking=("phenelzine",)), "vortioxetine"),
    (man(taking=("safinamide",)), "pethidine"),
    (man(taking=("ciclosporin",)), "pitavastatin"),
    (man(labs={"calcium": {"value": 1.9, "unit": "mmol/L"}}), "cinacalcet"),
    (man("medullary thyroid carcinoma"), "tirzepatide"),
    (man("second or third degree AV block"), "lacosamide"),
    (man("heart failure"), "moxonidine"),
    (man("bone metastases"), "teriparatide"),
    (man("liver cirrhosis", child_pugh="B"), "roflumilast"),
    (man("chronic kidney disease", egfr_ml_min_1_73m2=12, crcl_ml_min=9), "levocetirizine"),
    (man("migraine", egfr_ml_min_1_73m2=20), "ergotamine"),
]


@pytest.mark.parametrize(("data", "drug", "verdicts"), USUAL)
def test_usual_care_is_not_stopped(
    packaged: Verifier, data: dict[str, Any], drug: str, verdicts: set[str]
) -> None:
    assert judge(packaged, data, drug).verdict in verdicts


@pytest.mark.parametrize(("data", "drug"), BARRED)
def test_a_label_bar_stops(packaged: Verifier, data: dict[str, Any], drug: str) -> None:
    assert judge(packaged, data, drug).verdict == "block"


FOODS = [
    (man(taking=("grapefruit juice",)), "simvastatin", "major"),
    (man(taking=("西柚汁",)), "lercanidipine", "contraindicated"),
    (man(taking=("饮酒",)), "metronidazole", "contraindicated"),
    (man(taking=("alcohol",)), "disulfiram", "contraindicated"),
    (man(taking=("aged cheese",)), "phenelzine", "major"),
    (man(taking=("spinach",)), "warfarin", "moderate"),
    (man(taking=("dairy products",)), "tetracycline", "moderate"),
    (man(taking=("甘草",)), "digoxin", "major"),
    (man(taking=("低钠盐",)), "spironolactone", "major"),
    (man(taking=("丹参",)), "warfarin", "major"),
]


@pytest.mark.parametrize(("data", "drug", "level"), FOODS)
def test_a_food_is_checked_as_a_food(
    packaged: Verifier, data: dict[str, Any], drug: str, level: str
) -> None:
    finding = only(judge(packaged, data, drug), "food")
    assert finding.level == level
    assert judge(packaged, data, drug).checks["drug_drug"] == "match"


def test_a_food_that_no_label_names_stops_nothing(packaged: Verifier) -> None:
    for food in ("grapefruit juice", "alcohol", "dairy products"):
        assert judge(packaged, man(taking=(food,)), "amoxicillin").verdict == "pass"


def test_a_stopped_food_leaves_a_washout(packaged: Verifier) -> None:
    stopped = man()
    stopped["current_drugs"] = [{"name": "metronidazole", "stopped_days_ago": 2}]
    assert only(judge(packaged, stopped, "alcohol"), "washout").effect == "block"


def test_a_food_treats_nothing_and_bars_no_patient(packaged: Verifier) -> None:
    snapshot = packaged.snapshot
    foods = [n for n in snapshot.nodes_of("Drug") if snapshot.node(n).attributes.get("food")]
    assert foods
    for node in foods:
        said = {snapshot.edge(edge).predicate for edge in snapshot.out(node)}
        assert said <= {"member_of", "pharmacologically_interacts_with"}
        assert judge(packaged, man(), snapshot.name(node)).verdict == "unverified"


def test_one_question_is_one_finding(packaged: Verifier) -> None:
    # diclofenac is barred in heart failure of class II, III and IV; which one is asked once
    found = judge(packaged, man("heart failure"), "diclofenac")
    asked = [f for f in found.findings if f.question is not None and "heart failure" in f.object]
    assert len(asked) == 1
    assert (asked[0].level, asked[0].effect) == ("contraindicated", "unverified")
    ends = {path.nodes[-1] for path in asked[0].evidence}
    assert ends == {f"heart failure NYHA class {grade}" for grade in ("II", "III", "IV")}
