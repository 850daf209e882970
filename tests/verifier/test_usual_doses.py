"""The packaged formulary: an order by the label raises no finding about its dose."""

import pytest
from tests.verifier.support import KNOWN, judge, patient

from graphrx.kg.linking.dosage import take_dosage
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.verify import Verifier


def test_usual_doses_are_within_the_limits(packaged: Verifier) -> None:
    snapshot, facts = packaged.snapshot, packaged.close(parse_patient(KNOWN))
    usual = 0
    for node in snapshot.nodes_of("Drug"):
        drug = packaged.knowledge.drug(node)
        for row in drug.usual_doses:
            amount, _, per = row.dose.rpartition("/")
            order = take_dosage(amount if per == "dose" else f"{amount}/{per}")[1]
            for route in row.routes or drug.routes:
                match = DrugMatch(drug.name, (node,), "exact", route, order=order)
                found = [f for f in packaged.verdict(facts, match).findings if f.kind == "dose"]
                assert all(f.effect == "info" for f in found), (row, route, found)
                usual += match.dosage is not None and match.dosage.unit is not None
    assert usual > 100


ORDINARY = (
    "amoxicillin 500 mg tid", "azithromycin 500 mg od", "ceftriaxone 2 g iv q24h",
    "vancomycin oral 125 mg qid", "prednisolone 60 mg daily", "amlodipine 10 mg od",
    "atorvastatin 80 mg nocte", "clopidogrel 600 mg stat", "apixaban 10 mg bd",
    "enoxaparin 1 mg/kg bd", "ondansetron 8 mg tds", "paracetamol 1 g qds",
    "methotrexate 15 mg weekly", "alendronic acid 70 mg weekly", "insulin glargine 40 units nocte",
    "levothyroxine 100 mcg od", "二甲双胍缓释片 0.5g bid", "阿司匹林肠溶片 100mg qd",
    "阿托伐他汀 20mg qn", "奥美拉唑肠溶胶囊 20mg 每日两次",
)  # fmt: skip
TOO_MUCH = (
    "metformin 1 g tid", "paracetamol 1.5 g q6h", "apixaban 15 mg bd", "digoxin 2.5 mg od",
    "对乙酰氨基酚 1g 每4小时一次", "simvastatin 80 mg bd",
)  # fmt: skip


@pytest.mark.parametrize("order", ORDINARY)
def test_an_ordinary_order_is_not_alarmed_at(packaged: Verifier, order: str) -> None:
    found = [f for f in judge(packaged, KNOWN, order).findings if f.kind == "dose"]
    assert all(finding.effect == "info" for finding in found), found


@pytest.mark.parametrize("order", TOO_MUCH)
def test_too_much_is_seen(packaged: Verifier, order: str) -> None:
    verdict = judge(packaged, KNOWN, order)
    assert verdict.checks["dose"] == "match", verdict.findings
    assert verdict.verdict != "pass"


def test_a_weekly_drug_given_daily_is_seen(packaged: Verifier) -> None:
    arthritis = patient(diagnoses=["rheumatoid arthritis"])
    weekly = judge(packaged, arthritis, "oral methotrexate 15 mg weekly")
    assert weekly.checks["dose"] == "no_match"
    daily = judge(packaged, arthritis, "oral methotrexate 15 mg daily")
    assert daily.checks["dose"] == "match"
    by_no_route = judge(packaged, arthritis, "methotrexate 15 mg daily")
    assert any(f.effect == "unverified" for f in by_no_route.findings if f.kind == "dose")
