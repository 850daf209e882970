"""Facts beyond doubt, asked of the formulary that ships the way a pharmacist would."""

from typing import Any

import pytest
from tests.verifier.support import KNOWN, WOMAN, audit, patient

from graphrx.kg.verifier.derive import KIDNEY_STAGES
from graphrx.pipelines.check import check
from graphrx.pipelines.session import Session

MAN = KNOWN


def pregnant(weeks: float, **changes: Any) -> dict[str, Any]:
    return patient(WOMAN, pregnancy={"status": "pregnant", "gestation_weeks": weeks}, **changes)


def takes(*drugs: Any, base: dict[str, Any] = MAN, **changes: Any) -> dict[str, Any]:
    return patient(base, current_drugs=list(drugs), **changes)


CASES: list[tuple[dict[str, Any], str, str, str]] = [
    # pairs
    (takes("isosorbide mononitrate"), "sildenafil", "block", "drug_drug"),
    (takes("单硝酸异山梨酯"), "万艾可", "block", "drug_drug"),
    (takes("nitroglycerin"), "tadalafil", "block", "drug_drug"),
    (takes("simvastatin"), "clarithromycin", "block", "drug_drug"),
    (takes("克拉霉素"), "辛伐他汀", "block", "drug_drug"),
    (takes("simvastatin"), "itraconazole", "block", "drug_drug"),
    (takes("sertraline"), "phenelzine", "block", "drug_drug"),
    (takes({"name": "phenelzine", "stopped_days_ago": 7}), "fluoxetine", "block", "washout"),
    (takes({"name": "phenelzine", "stopped_days_ago": 60}), "sertraline", "pass", ""),
    (takes({"name": "phenelzine", "stopped_days_ago": 13}), "sertraline", "block", "washout"),
    (takes({"name": "phenelzine", "stopped_days_ago": 14}), "sertraline", "pass", ""),
    (takes({"name": "fluoxetine", "stopped_days_ago": 34}), "phenelzine", "block", "washout"),
    (takes({"name": "fluoxetine", "stopped_days_ago": 35}), "phenelzine", "pass", ""),
    (
        takes({"name": "lisinopril", "stopped_days_ago": 1}),
        "sacubitril/valsartan",
        "block",
        "washout",
    ),
    (takes({"name": "lisinopril", "stopped_days_ago": 2}), "sacubitril/valsartan", "pass", ""),
    (takes({"name": "amiodarone", "stopped_days_ago": 60}), "sofosbuvir", "warn", "washout"),
    (takes({"name": "leflunomide", "stopped_days_ago": 300}), "methotrexate", "warn", "washout"),
    (takes({"name": "safinamide", "stopped_days_ago": 10}), "pethidine", "block", "washout"),
    (takes("warfarin"), "ibuprofen", "warn", "drug_drug"),
    (takes("methotrexate"), "trimethoprim/sulfamethoxazole", "warn+", "drug_drug"),
    (takes("azathioprine"), "allopurinol", "warn+", "drug_drug"),
    (takes("isotretinoin"), "doxycycline", "block", "drug_drug"),
    (takes("spironolactone"), "potassium chloride", "warn+", "drug_drug"),
    (takes("lisinopril"), "sacubitril/valsartan", "block", "drug_drug"),
    (takes("clopidogrel"), "omeprazole", "warn+", "drug_drug"),
    (takes("digoxin"), "amiodarone", "warn+", "drug_drug"),
    (takes("lithium"), "ibuprofen", "warn+", "drug_drug"),
    # doses
    (MAN, "oral methotrexate 10 mg daily", "warn+", "dose"),
    (MAN, "oral methotrexate 15 mg once weekly", "pass", ""),
    (
        patient(MAN, diagnoses=["acute lymphoblastic leukaemia"]),
        "oral methotrexate 40 mg daily",
        "pass",
        "",
    ),
    (MAN, "paracetamol 1 g q4h", "warn+", "dose"),
    (MAN, "二甲双胍 0.5g 每日两次", "pass", ""),
    # duplicates
    (takes("lisinopril"), "enalapril", "block", "duplicate"),
    (takes("赖诺普利"), "依那普利", "block", "duplicate"),
    (takes("atorvastatin"), "rosuvastatin", "block", "duplicate"),
    (takes("warfarin"), "rivaroxaban", "block", "duplicate"),
    (takes("paracetamol"), "Tylenol", "block", "duplicate"),
    (takes("amoxicillin"), "Augmentin", "block", "duplicate"),
    (takes("metformin"), "amlodipine", "pass", ""),
    # allergies
    (patient(allergies=["penicillin"]), "amoxicillin", "block", "allergy"),
    (patient(allergies=["青霉素过敏"]), "阿莫西林", "block", "allergy"),
    (patient(allergies=["penicillin (anaphylaxis)"]), "Augmentin", "block", "allergy"),
    (patient(allergies=["aspirin"]), "aspirin", "block", "allergy"),
    (patient(allergies=["penicillin"]), "azithromycin", "pass", ""),
    (patient(history=["angioedema due to ACE inhibitor"]), "ramipril", "block", "allergy"),
    # kidney and liver
    (patient(egfr_ml_min_1_73m2=24), "metformin", "block", "renal"),
    (patient(egfr_ml_min_1_73m2=24), "格华止", "block", "renal"),
    (patient(egfr_ml_min_1_73m2=90), "metformin", "pass", ""),
    (patient(egfr_ml_min_1_73m2=None), "metformin", "unverified", "renal"),
    (patient(crcl_ml_min=12, egfr_ml_min_1_73m2=12), "nitrofurantoin", "block", "renal"),
    # pregnancy and lactation
    (pregnant(9), "warfarin", "block", "pregnancy"),
    (pregnant(9), "华法林", "block", "pregnancy"),
    (pregnant(9), "methotrexate", "block", "pregnancy"),
    (pregnant(9), "isotretinoin", "block", "pregnancy"),
    (pregnant(30), "lisinopril", "block", "pregnancy"),
    (pregnant(32), "ibuprofen", "warn+", "pregnancy"),
    (patient(WOMAN, breastfeeding=True), "methotrexate", "block", "lactation"),
    (patient(WOMAN, pregnancy=None), "isotretinoin", "unverified", "pregnancy"),
    # problems
    (patient(history=["myocardial infarction"]), "sumatriptan", "block", "drug_disease"),
    (patient(diagnoses=["陈旧性心肌梗死"]), "舒马曲坦", "block", "drug_disease"),
    (patient(diagnoses=["asthma"]), "propranolol", "block", "drug_disease"),
    (patient(diagnoses=["asthma"]), "metoprolol", "warn", "drug_disease"),
    (patient(diagnoses=["active peptic ulcer"]), "ibuprofen", "block", "drug_disease"),
    (patient(diagnoses=["epilepsy"]), "bupropion", "block", "drug_disease"),
    (patient(diagnoses=["mechanical heart valve"]), "dabigatran", "block", "drug_disease"),
    # age, genes
    (patient(age_years=8, weight_kg=26), "aspirin", "block", "age"),
    (patient(age_years=8, weight_kg=26), "codeine", "block", "age"),
    (patient(genetics=["HLA-B*57:01 positive"]), "abacavir", "block", "pharmacogenomic"),
    (patient(genetics=["HLA-B*58:01 positive"]), "allopurinol", "block", "pharmacogenomic"),
    (patient(genetics=["HLA-B*15:02 positive"]), "oxcarbazepine", "block", "pharmacogenomic"),
    (patient(genetics=["HLA-B*15:02 positive"]), "phenytoin", "block", "pharmacogenomic"),
    (patient(genetics=["HLA-A*31:01 positive"]), "carbamazepine", "warn", "pharmacogenomic"),
    (patient(genetics=["DPYD poor metabolizer"]), "capecitabine", "block", "pharmacogenomic"),
    (patient(genetics=["CYP2C19 poor metabolizer"]), "clopidogrel", "warn", "pharmacogenomic"),
    (patient(genetics=["CYP2D6 ultrarapid metabolizer"]), "codeine", "block", "pharmacogenomic"),
    (patient(genetics=["NUDT15 poor metabolizer"]), "mercaptopurine", "warn", "pharmacogenomic"),
    (patient(genetics=["SLCO1B1 decreased function"]), "simvastatin", "warn", "pharmacogenomic"),
    # food
    (takes("西柚汁"), "辛伐他汀", "warn", "food"),
    (takes("白酒"), "甲硝唑", "block", "food"),
    (takes("grapefruit"), "pravastatin", "pass", ""),
    # nothing wrong
    (MAN, "amlodipine", "pass", ""),
    (MAN, "paracetamol", "pass", ""),
    (MAN, "阿莫西林", "pass", ""),
    (WOMAN, "amoxicillin", "pass", ""),
]


@pytest.mark.parametrize(("data", "drug", "expected", "kind"), CASES)
def test_fact(packaged: Session, data: dict[str, Any], drug: str, expected: str, kind: str) -> None:
    result = check(packaged, data, [drug])
    audit(packaged.snapshot, result)
    (item,) = result["items"]
    found = [finding["kind"] for finding in item["findings"]]
    if expected == "warn+":
        assert item["verdict"] in ("warn", "block"), item["findings"]
    else:
        assert item["verdict"] == expected, item["findings"]
    assert not kind or kind in found, item["findings"]


def test_warfarin_in_pregnancy_with_a_mechanical_valve(packaged: Session) -> None:
    data = pregnant(20, diagnoses=["mechanical heart valve"])
    (item,) = check(packaged, data, ["warfarin"])["items"]
    assert item["verdict"] != "block"


def test_no_measured_stage_is_a_rule_about_diseases(packaged: Session) -> None:
    # eGFR unknown leaves a renal rule open; a rule on "severe renal impairment" would be silent.
    snapshot = packaged.snapshot
    stages = dict(KIDNEY_STAGES)
    wrong = [
        (snapshot.name(edge.subject), snapshot.name(edge.object))
        for edge in map(snapshot.edge, range(snapshot.n_edges))
        if edge.predicate == "contraindicated_in"
        and edge.qualifiers["check"] == "drug_disease"
        and edge.qualifiers["severity"] in ("contraindicated", "major")
        and snapshot.name(edge.object) in stages
    ]
    assert wrong == []


def test_every_drug_is_joined_to_the_graph(packaged: Session) -> None:
    # an allergy or a duplicate is shown by an edge of the drug, so it needs one
    snapshot = packaged.snapshot
    alone = [n for n in snapshot.nodes_of("Drug") if not snapshot.out(n) + snapshot.into(n)]
    assert [snapshot.name(node) for node in alone] == []
