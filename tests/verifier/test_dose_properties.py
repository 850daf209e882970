"""What always holds of orders with a dose, over random limits, patients and ways of writing."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.verifier.support import KNOWN, Names, judge, patient

from graphrx.kg.verifier.rules import DrugRules
from graphrx.kg.verifier.verdict import ORDER, DrugVerdict
from graphrx.kg.verifier.verify import Verifier

World = tuple[Verifier, list[DrugRules]]
RNG = st.randoms(use_true_random=False)
OFTEN = [("once daily", 1), ("bd", 2), ("每日两次", 2), ("tid", 3), ("q6h", 4)]
FULL_WIDTH = {ord("0") + digit: chr(0xFF10 + digit) for digit in range(10)}


@pytest.fixture(params=["small", "packaged"], scope="session")
def limited(request: pytest.FixtureRequest) -> World:
    """A verifier and its drugs that have a limit."""
    if request.param == "small":
        verifier = Verifier(request.getfixturevalue("snapshot"))
        names: Names = request.getfixturevalue("names")
    else:
        verifier = request.getfixturevalue("packaged")
        names = request.getfixturevalue("packaged_names")
    found = [verifier.knowledge.drug(verifier.resolver.drug(name).nodes[0]) for name in names.drugs]
    return verifier, [drug for drug in found if drug.doses]


def of_dose(verdict: DrugVerdict) -> int:
    return max((ORDER[f.effect] for f in verdict.findings if f.kind == "dose"), default=0)


def unit_of(drug: DrugRules) -> str:
    limit = drug.doses[0].limit
    assert limit is not None
    return limit.unit


def order(drug: DrugRules, amount: float, how: str) -> str:
    return f"{drug.name} {amount:f} {unit_of(drug)} {how}"


def amounts(drug: DrugRules, rng: random.Random) -> list[float]:
    """Two amounts about the limits of the drug, the smaller first."""
    limits = [rule.limit.value for rule in drug.doses if rule.limit is not None]
    return sorted(rng.choice(limits) * rng.choice([0.1, 0.3, 0.5, 1, 1.1, 3]) for _ in range(2))


def random_patient(rng: random.Random) -> dict[str, Any]:
    """A patient of whom everything is known and on whom the limits depend."""
    return patient(
        KNOWN, age_years=rng.choice([0.5, 6, 15, 40, 80]), weight_kg=rng.choice([8, 45, 90]),
        egfr_ml_min_1_73m2=rng.choice([10, 35, 90]), crcl_ml_min=rng.choice([10, 35, 90]),
    )  # fmt: skip


@given(rng=RNG)
def test_more_is_never_milder(limited: World, rng: random.Random) -> None:
    verifier, drugs = limited
    drug = rng.choice(drugs)
    less, more = amounts(drug, rng)
    rarely, often = sorted(rng.sample(range(len(OFTEN)), 2), key=lambda place: OFTEN[place][1])
    data = random_patient(rng)
    route = f"{rng.choice(drug.routes)} " if drug.routes else ""
    first = judge(verifier, data, route + order(drug, less, OFTEN[rarely][0]))
    second = judge(verifier, data, route + order(drug, more, OFTEN[often][0]))
    if not any(f.question for f in (*first.findings, *second.findings) if f.kind == "dose"):
        assert of_dose(first) <= of_dose(second), (first.findings, second.findings)


@pytest.mark.parametrize("field", ["age_years", "weight_kg", "egfr_ml_min_1_73m2", "crcl_ml_min"])
@given(rng=RNG)
def test_not_knowing_never_makes_a_dose_pass(
    limited: World, field: str, rng: random.Random
) -> None:
    verifier, drugs = limited
    drug, data = rng.choice(drugs), random_patient(rng)
    text = order(drug, amounts(drug, rng)[1], rng.choice(OFTEN)[0])
    if of_dose(judge(verifier, data, text)) > 0:
        after = judge(verifier, {**data, field: None}, text)
        assert of_dose(after) > 0, text
        assert after.verdict != "pass"


@given(rng=RNG)
def test_how_a_dose_is_written_changes_nothing(limited: World, rng: random.Random) -> None:
    verifier, drugs = limited
    drug = rng.choice([one for one in drugs if unit_of(one) == "mg"])
    milligrams = max(1, round(amounts(drug, rng)[0]))
    texts = [
        f"{drug.name} {milligrams} mg bd",
        f"{drug.name} {milligrams / 1000:.3f} g twice a day",
        f"{drug.name}　{milligrams}mg　每日两次".translate(FULL_WIDTH),
        f"{drug.name.upper()} {milligrams:,} MG BD",
    ]
    found = [judge(verifier, KNOWN, text) for text in texts]
    said = [sorted((f.kind, f.level, f.effect, f.object) for f in one.findings) for one in found]
    assert said == [said[0]] * len(said), texts
    assert len({one.checks["dose"] for one in found}) == 1, texts
