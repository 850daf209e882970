"""Drug–drug, duplicates and allergies: classes, exceptions, conditions, washout, grading."""

from typing import Any

import pytest
from tests.verifier.support import assert_evidence_exists, judge, judge_list, only, patient

from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.verdict import Verdict
from graphrx.kg.verifier.verify import Verifier


def stopped(name: str, days: int) -> list[dict[str, Any]]:
    return [{"name": name, "stopped_days_ago": days}]


PAIRS: list[tuple[str, list[Any], Verdict, str]] = [
    ("sildenafil", ["isosorbide mononitrate"], "block", "class by class"),
    ("单硝酸异山梨酯", ["万艾可"], "block", "the same, seen from the other side"),
    ("simvastatin", ["clarithromycin"], "block", "class by class"),
    ("pravastatin", ["clarithromycin"], "pass", "the exempt member"),
    ("clarithromycin", ["citalopram"], "warn", "a class with itself"),
    ("citalopram", ["fluoxetine"], "block", "SSRIs twice, though their QT pair is exempt"),
    ("ibuprofen", ["warfarin"], "warn", "class by drug"),
    ("ibuprofen gel", ["warfarin"], "pass", "the exempt route"),
    ("ibuprofen", [{"name": "warfarin", "stopped_days_ago": 4}], "warn", "persists five days"),
    ("ibuprofen", [{"name": "warfarin", "stopped_days_ago": 5}], "pass", "gone after five"),
    ("fluoxetine", stopped("phenelzine", 13), "block", "washout of the MAOI"),
    ("fluoxetine", stopped("phenelzine", 14), "pass", "washed out"),
    ("phenelzine", stopped("fluoxetine", 34), "block", "a member's own longer washout"),
    ("phenelzine", stopped("fluoxetine", 35), "pass", "washed out"),
    ("phenelzine", stopped("citalopram", 6), "block", "washout of the class"),
    ("phenelzine", stopped("citalopram", 7), "pass", "washed out"),
    ("paracetamol", ["warfarin"], "warn", "contraindicated, but only a machine has read it"),
    ("metformin", ["ibuprofen"], "warn", "contraindicated by an untrusted source"),
    ("metformin", ["enalapril"], "warn", "inferred"),
    ("simvastatin", ["warfarin"], "pass", "minor informs"),
    ("lisinopril", ["enalapril"], "block", "two of a class that is not given twice"),
    ("lisinopril", stopped("enalapril", 0), "pass", "no duplicate of a drug that was stopped"),
    ("ibuprofen", ["celecoxib"], "warn", "two of a class that is better not given twice"),
    ("ibuprofen", ["芬必得"], "block", "the same drug twice"),
    ("ibuprofen gel", ["ibuprofen tablets"], "warn", "the same drug by another route"),
    ("amoxicillin", ["Augmentin"], "block", "a part of a combination"),
    ("insulin glargine", ["insulin degludec"], "block", "two basal insulins"),
    ("insulin glargine", ["insulin aspart"], "pass", "on the allow list"),
    ("paracetamol", ["脑立清"], "unverified", "a current drug that nothing knows"),
]


@pytest.mark.parametrize(("drug", "current", "expected", "why"), PAIRS, ids=range(len(PAIRS)))
def test_pair(
    snapshot: Snapshot, verifier: Verifier, drug: str, current: Any, expected: str, why: str
) -> None:
    verdict = judge(verifier, patient(current_drugs=current), drug)
    assert verdict.verdict == expected, (why, verdict.findings)
    assert_evidence_exists(snapshot, verdict.findings)


def test_pair_under_a_condition(verifier: Verifier) -> None:
    taken = patient(current_drugs=["spironolactone"])
    assert judge(verifier, {**taken, "egfr_ml_min_1_73m2": 50}, "metformin").verdict == "pass"
    matched = judge(verifier, {**taken, "egfr_ml_min_1_73m2": 40}, "metformin")
    assert only(matched, "drug_drug").effect == "warn"
    unknown = judge(verifier, {**taken, "egfr_ml_min_1_73m2": None}, "metformin")
    assert only(unknown, "drug_drug").effect == "unverified"
    assert unknown.checks["drug_drug"] == "input_missing"


def test_the_whole_path_is_shown(verifier: Verifier) -> None:
    data = patient(current_drugs=["isosorbide mononitrate"])
    finding = only(judge(verifier, data, "sildenafil"), "drug_drug")
    (path,) = finding.evidence
    assert path.nodes == (
        "sildenafil", "PDE5 inhibitors", "organic nitrates", "isosorbide mononitrate",
    )  # fmt: skip
    assert path.edges == ("member_of", "pharmacologically_interacts_with", "member_of")
    assert (path.source, path.locator, path.level) == ("label", "sildenafil 4", "label")
    assert finding.tier == "interruptive"


def test_washout_is_its_own_kind(verifier: Verifier) -> None:
    data = patient(current_drugs=stopped("phenelzine", 3))
    finding = only(judge(verifier, data, "fluoxetine"), "washout")
    assert finding.modifiers[0].en == "phenelzine was stopped 3 days ago"


def test_unknown_current_drugs(verifier: Verifier) -> None:
    verdict = judge(verifier, patient(current_drugs=None), "paracetamol")
    assert verdict.verdict == "unverified"
    assert verdict.checks["drug_drug"] == verdict.checks["duplicate"] == "input_missing"


ALLERGIES: list[tuple[Any, str, Verdict, str]] = [
    ("amoxicillin", "amoxicillin", "block", "the drug itself"),
    ({"substance": "penicillin", "severity": "mild"}, "amoxicillin", "block", "its class"),
    ("amoxicillin", "Augmentin", "block", "an ingredient"),
    ("Augmentin", "amoxicillin", "block", "a combination with it"),
    ("cefalexin", "ceftriaxone", "block", "a sister in an allergen class"),
    ("amoxicillin (anaphylaxis)", "cefalexin", "block", "similar side chain, severe"),
    ("amoxicillin (rash)", "cefalexin", "warn", "similar side chain, not severe"),
    ("penicillin (anaphylaxis)", "ceftriaxone", "warn", "low cross-reactivity stays a warning"),
    ("penicillin", "aztreonam", "pass", "no cross-reactivity"),
    ({"substance": "penicillin", "reaction": "nausea"}, "amoxicillin", "warn", "an intolerance"),
    ({"substance": "penicillin", "reaction": "nausea", "severity": "severe"}, "amoxicillin",
     "block", "never softened when said to be severe"),
    ("egg", "insulin aspart", "warn", "an allergen that is no drug"),
    ("latex", "paracetamol", "pass", "nothing related"),
    ("青霉素过敏", "阿莫西林", "block", "Chinese"),
    ("NKDA", "amoxicillin", "pass", "no known allergies"),
    ("simvastatin", "citalopram", "warn", "of two classes the worse similarity counts"),
    ("warfarin (rash)", "citalopram", "warn", "similar side chain and another class, not severe"),
    ("warfarin (anaphylaxis)", "citalopram", "block", "similar side chain in one of two classes"),
    ("sildenafil (anaphylaxis)", "citalopram", "block", "the same, the other way round"),
    ("clarithromycin (anaphylaxis)", "citalopram", "warn", "low in one class, none in the other"),
    ("flibber", "paracetamol", "unverified", "an allergen that nothing knows"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("allergy", "drug", "expected", "why"), ALLERGIES, ids=range(len(ALLERGIES))
)
def test_allergy(
    snapshot: Snapshot, verifier: Verifier, allergy: Any, drug: str, expected: str, why: str
) -> None:
    verdict = judge(verifier, patient(allergies=[allergy]), drug)
    assert verdict.verdict == expected, (why, verdict.findings)
    assert_evidence_exists(snapshot, verdict.findings)


def test_unknown_allergies(verifier: Verifier) -> None:
    verdict = judge(verifier, patient(allergies=None), "paracetamol")
    assert (verdict.verdict, verdict.checks["allergy"]) == ("unverified", "input_missing")


def test_an_allergy_among_the_diagnoses_counts(verifier: Verifier) -> None:
    for text in ("penicillin allergy", "对青霉素过敏"):
        assert judge(verifier, patient(diagnoses=[text]), "amoxicillin").verdict == "block"
    reaction = patient(history=["angioedema due to ACE inhibitor"])
    kinds = {f.kind for f in judge(verifier, reaction, "lisinopril").findings}
    assert kinds == {"allergy", "drug_disease"}


def test_of_a_forbidden_pair_one_goes(snapshot: Snapshot, verifier: Verifier) -> None:
    found = judge_list(verifier, patient(), ["sildenafil", "isosorbide mononitrate", "paracetamol"])
    assert found.status == "block"
    assert len(found.plan.kept) == 2
    assert found.plan.ties == 2
    (gone,) = found.plan.removed
    assert found.items[gone].verdict.verdict == "block"
    assert_evidence_exists(snapshot, found.pairs)


def test_conflicts_among_current_drugs_are_pre_existing(verifier: Verifier) -> None:
    data = patient(current_drugs=["sildenafil", "isosorbide mononitrate"])
    found = judge_list(verifier, data, ["paracetamol"])
    assert found.status == "pass"
    (pair,) = found.pairs
    assert (pair.effect, pair.level) == ("info", "contraindicated")
    assert [m.en for m in pair.modifiers] == ["pre-existing: both are current drugs"]


def test_a_name_of_several_drugs_is_a_question(verifier: Verifier) -> None:
    match = DrugMatch("Brand", (), "ambiguous", suggestions=("aspirin", "ibuprofen"))
    verdict = verifier.verdict(verifier.close(parse_patient({})), match)
    finding = only(verdict, "unknown_drug")
    assert verdict.verdict == "unverified"
    assert set(verdict.checks.values()) == {"no_data"}
    assert finding.notes == {
        "reason": "'Brand' is the name of several drugs", "reason_zh": "“Brand”可指多种药物",
    }  # fmt: skip
    assert finding.question is not None
    assert finding.question.text == "'Brand' is not known. Did you mean aspirin or ibuprofen?"


def test_unknown_drug_is_a_question(verifier: Verifier) -> None:
    for typed, meant in (("Aspirinn", "aspirin"), ("阿莫西宁", "阿莫西林")):
        verdict = judge(verifier, patient(), typed)
        finding = only(verdict, "unknown_drug")
        assert verdict.verdict == "unverified"
        assert finding.question is not None
        assert meant in finding.question.text
        assert finding.subject == typed


@pytest.mark.parametrize("drug", ["paracetamol", "clavulanic acid", "metformin", "newdrug"])
def test_a_drug_against_itself_shows_an_edge(
    snapshot: Snapshot, verifier: Verifier, drug: str
) -> None:
    allergic = judge(verifier, patient(allergies=[drug]), drug)
    twice = judge(verifier, patient(current_drugs=[drug]), drug)
    assert (allergic.verdict, twice.verdict) == ("block", "block")
    assert_evidence_exists(snapshot, (*allergic.findings, *twice.findings))


def test_the_mates_of_a_drug_count(verifier: Verifier) -> None:
    facts = verifier.close(parse_patient(patient()))
    drug, mate = map(verifier.resolver.drug, ("sildenafil", "isosorbide mononitrate"))
    assert verifier.verdict(facts, drug).verdict == "pass"
    assert verifier.verdict(facts, drug, [mate]).verdict == "block"


def test_a_condition_excepts_a_pair(verifier: Verifier) -> None:
    taken = patient(current_drugs=["metoprolol"])
    assert judge(verifier, taken, "sumatriptan").verdict == "warn"
    assert judge(verifier, {**taken, "diagnoses": ["asthma"]}, "sumatriptan").verdict == "warn"
    assert judge(verifier, {**taken, "diagnoses": ["migraine"]}, "sumatriptan").verdict == "pass"
