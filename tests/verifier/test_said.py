"""What a finding says, word for word: reasons, paths, remarks, questions, states of the checks."""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.verifier.support import KNOWN, WOMAN, judge, judge_list, patient

from graphrx.kg.verifier.verdict import DrugVerdict, Finding
from graphrx.kg.verifier.verify import CHECKS, Verifier

ABBREVIATED = {"no_match": "-", "match": "+", "no_data": "?", "input_missing": "…",
               "not_applicable": "/"}  # fmt: skip

CASES: list[tuple[str, dict[str, Any]]] = [
    ("lisinopril", {"diagnoses": ["angioedema"], "allergies": ["enalapril"]}),
    ("lisinopril", {"history": ["血管性水肿"], "current_drugs": ["enalapril"]}),
    ("lisinopril", {"crcl_ml_min": None, "labs": {"potassium": {"value": 6, "unit": "mmol/L"}}}),
    ("ibuprofen", {"age_years": 12, "diagnoses": ["asthma", "peptic ulcer"]}),
    ("ibuprofen gel", {"current_drugs": ["ibuprofen", "warfarin", "celecoxib"]}),
    ("ibuprofen", {"current_drugs": ["warfarin", "celecoxib", "metformin"]}),
    ("cilostazol", {"diagnoses": ["heart failure NYHA class III"]}),
    ("cilostazol", {"diagnoses": ["heart failure"]}),
    ("cilostazol", {"diagnoses": ["migraine"], "current_drugs": ["aspirin"]}),
    ("cilostazol", {"history": ["migraine"], "current_drugs": ["ibuprofen"]}),
    ("finasteride", {"diagnoses": ["hypertension", "migraine"], "sex": None, "weight_kg": 39}),
    ("finasteride", {"diagnoses": ["hypertension", "migraine"], "weight_kg": None}),
    ("gadobutrol", {"diagnoses": ["CKD"], "egfr_ml_min_1_73m2": None}),
    ("gadobutrol", {"egfr_ml_min_1_73m2": 22}),
    ("metformin", {"egfr_ml_min_1_73m2": 22, "diagnoses": ["liver cirrhosis"]}),
    ("metformin", {"egfr_ml_min_1_73m2": None, "crcl_ml_min": 15, "child_pugh": "C"}),
    ("metformin", {"egfr_ml_min_1_73m2": None, "crcl_ml_min": None, "diagnoses": ["ESRD"]}),
    ("metformin", {"egfr_ml_min_1_73m2": None, "crcl_ml_min": None}),
    ("metformin", {"diagnoses": None, "current_drugs": None, "allergies": None}),
    ("metformin", {"current_drugs": ["enalapril", "ibuprofen", "spironolactone"]}),
    ("metformin", {"current_drugs": ["spironolactone"], "egfr_ml_min_1_73m2": 40}),
    ("metformin", {"current_drugs": ["spironolactone"], "egfr_ml_min_1_73m2": None}),
    ("metformin 1000 mg tid", {}),
    ("metformin 1000 mg", {"egfr_ml_min_1_73m2": 40}),
    ("metformin 2 tablets bd", {}),
    ("metformin 1000 mg bd", {"egfr_ml_min_1_73m2": None}),
    ("metformin/sildenafil", {"egfr_ml_min_1_73m2": 22, "current_drugs": ["舒降之"]}),
    ("simvastatin 100 mg od", {"current_drugs": ["clarithromycin", "warfarin", "pravastatin"]}),
    ("simvastatin 60 mg od", {"sex": "F", "age_years": 30}),
    ("simvastatin", {"sex": "F", "age_years": 30, "breastfeeding": True,
                     "pregnancy": {"status": "pregnant", "gestation_weeks": 10}}),
    ("ibuprofen", {**WOMAN, "pregnancy": {"status": "pregnant"}}),
    ("warfarin", {**WOMAN, "diagnoses": ["asthma in pregnancy"], "pregnancy": None}),
    ("aspirin", {"age_years": 15}),
    ("aspirin", {"age_years": None, "sex": "X", "pregnancy": None, "breastfeeding": None}),
    ("citalopram", {"allergies": ["clarithromycin"]}),
    ("clarithromycin", {"allergies": ["citalopram"]}),
    ("enalapril", {"diagnoses": ["angioedema", "asthma"], "current_drugs": ["lisinopril"]}),
    ("lisinopril", {"diagnoses": ["hyperkalaemia"],
                    "labs": {"potassium": {"value": 5.0, "unit": "mmol/L"}}}),
    ("lisinopril", {"diagnoses": ["hyperkalaemia"]}),
    ("dabigatran", {"crcl_ml_min": None, "egfr_ml_min_1_73m2": 15}),
    ("metformin", {"diagnoses": ["liver cirrhosis Child-Pugh C"]}),
    ("citalopram", {"qtc_ms": 520, "current_drugs": ["clarithromycin", "fluoxetine"]}),
    ("citalopram", {"age_years": 61, "diagnoses": ["prolonged QT interval"], "qtc_ms": None}),
    ("fluoxetine", {"current_drugs": [{"name": "phenelzine", "stopped_days_ago": 3}]}),
    ("苯乙肼", {"current_drugs": [{"name": "氟西汀", "stopped_days_ago": 34}]}),
    ("sildenafil", {"age_years": 70, "current_drugs": ["isosorbide mononitrate"]}),
    ("spironolactone", {"diagnoses": ["hyperkalaemia"],
                        "labs": {"potassium": {"value": 5.8, "unit": "mmol/L"}}}),
    ("sumatriptan", {"history": ["myocardial infarction"]}),
    ("abacavir", {"genetics": ["HLA-B*57:01 positive", "flibber"], "child_pugh": "C"}),
    ("abacavir", {"genetics": ["HLA-B*57:01 negative"], "diagnoses": ["cirrhosis"]}),
    ("amoxicillin", {"allergies": ["penicillin",
                                   {"substance": "Augmentin", "reaction": "nausea"}]}),
    ("Augmentin", {"allergies": ["amoxicillin"], "current_drugs": ["amoxicillin"]}),
    ("amoxicillin", {"current_drugs": ["Augmentin"], "allergies": ["clavulanic acid"]}),
    ("cefalexin", {"allergies": ["amoxicillin (anaphylaxis)"]}),
    ("cefalexin", {"allergies": [{"substance": "amoxicillin", "reaction": "rash"}]}),
    ("ceftriaxone", {"allergies": ["cefalexin", "penicillin (anaphylaxis)"], "age_years": 0.05}),
    ("IM ceftriaxone", {"crcl_ml_min": 20}),
    ("IV ceftriaxone", {"crcl_ml_min": 20}),
    ("ceftriaxone", {"crcl_ml_min": 20}),
    ("aztreonam", {"allergies": ["penicillin"]}),
    ("insulin aspart", {"allergies": ["egg", "latex", "flibber"]}),
    ("insulin glargine 120 units od", {"current_drugs": ["insulin degludec", "insulin aspart"]}),
    ("paracetamol", {"current_drugs": ["warfarin", "脑立清", "newdrug"]}),
    ("paracetamol", {"allergies": ["flibber"]}),
    ("citalopram", {"age_years": None, "sex": "M"}),
    ("paracetamol 1.2 g q4h", {"weight_kg": None}),
    ("paracetamol", {"diagnoses": ["flibberosis"], "allergies": ["paracetamol"]}),
    ("newdrug", {"sex": "F", "age_years": 30, "pregnancy": {"status": "not_pregnant"}}),
    ("newdrug", {"sex": "F", "age_years": 30, "pregnancy": {"status": "pregnant"},
                 "breastfeeding": True, "current_drugs": ["newdrug"]}),
    ("lisinopril", {"diagnoses": ["angioedema", "flibberosis"]}),
    ("finasteride", {"diagnoses": ["hypertension"], "sex": "F", "age_years": 70,
                     "weight_kg": None}),
    ("Augmentin", {"diagnoses": ["migraine"]}),
    ("newdrug", {"sex": "F", "age_years": 30, "pregnancy": None, "breastfeeding": None}),
    ("cisapride", {}),
    ("Aspirinn", {}),
    ("flibber", {}),
]  # fmt: skip

LISTS: list[tuple[list[str], dict[str, Any]]] = [
    (["sildenafil", "isosorbide mononitrate", "paracetamol", "flibber"], {}),
    (["ibuprofen", "warfarin", "celecoxib", "simvastatin", "clarithromycin"], {}),
    (["lisinopril", "lisinopril"], {"current_drugs": ["sildenafil", "isosorbide mononitrate"]}),
    (["metformin", "spironolactone"], {"egfr_ml_min_1_73m2": None}),
    (["simvastatin", "clarithromycin"], {"crcl_ml_min": 20}),
    (["metformin 1000 mg tid", "paracetamol 500 mg q6h", "warfarin"], {}),
    (["aspirin"], {"current_drugs": ["metformin", "spironolactone"], "egfr_ml_min_1_73m2": 40}),
    (["newdrug", "cisapride", "pravastatin"], {"sex": "F", "breastfeeding": None}),
    (["paracetamol"], {"current_drugs": [
        "citalopram", "fluoxetine", {"name": "phenelzine", "stopped_days_ago": 2}, "flibber"]}),
]  # fmt: skip


def said(finding: Finding) -> Iterator[str]:
    clash = ", sources disagree" if finding.source_conflict else ""
    yield (f"{finding.subject} | {finding.kind} | {finding.object}: "
           f"{finding.level} {finding.effect} {finding.tier}{clash}")  # fmt: skip
    yield from (f"  {key}: {words}" for key, words in sorted(finding.notes.items()))
    for path in finding.evidence:
        way = path.nodes[0]
        for edge, node in zip(path.edges, path.nodes[1:], strict=True):
            way += f" -{edge}- {node}"
        yield f"  {way} [{path.source}; {path.locator}; {path.level}]"
    yield from (f"  * {words.en} | {words.zh}" for words in finding.modifiers)
    if finding.question is not None:
        asked = finding.question
        yield f"  ? {asked.field} ({asked.about}; {asked.grade}) {asked.text} | {asked.text_zh}"


def told(verdict: DrugVerdict) -> Iterator[str]:
    states = " ".join(f"{check}{ABBREVIATED[verdict.checks[check]]}" for check in CHECKS)
    yield f"{verdict.verdict}; {states}; presumed: {', '.join(verdict.presumed)}"
    for finding in verdict.findings:
        yield from said(finding)


def text(lines: Iterable[str]) -> str:
    return "\n".join(lines)


@pytest.mark.parametrize(("drug", "changes"), CASES, ids=range(len(CASES)))
def test_of_a_drug(
    verifier: Verifier, pinned: SnapshotAssertion, drug: str, changes: dict[str, Any]
) -> None:
    found = judge(verifier, patient(KNOWN, **changes), drug)
    assert text([f"{drug}: {changes}", *told(found)]) == pinned


@pytest.mark.parametrize(("drugs", "changes"), LISTS, ids=range(len(LISTS)))
def test_of_a_list(
    verifier: Verifier, pinned: SnapshotAssertion, drugs: list[str], changes: dict[str, Any]
) -> None:
    found = judge_list(verifier, patient(KNOWN, **changes), drugs)
    lines = [f"{found.status}; kept {found.plan.kept} of {found.plan.ties}; {found.coverage}"]
    for item in found.items:
        lines += [f"{item.match.text} -> {item.match.nodes and item.verdict.verdict}",
                  *told(item.verdict)]  # fmt: skip
    for place, reasons in found.plan.removed.items():
        lines += [f"removed {place} because of {[(one.kind, one.object) for one in reasons]}"]
    for finding in found.pairs:
        lines += ["between", *said(finding)]
    assert text(lines) == pinned


def test_the_same_twice_has_one_finding(verifier: Verifier) -> None:
    data = patient(allergies=["penicillin", "penicillin"])
    assert len(judge(verifier, data, "amoxicillin").findings) == 1
