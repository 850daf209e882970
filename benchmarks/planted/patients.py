"""Clean patients: everything is known, and by the facts nothing concerns the drug in question."""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from planted.facts import Facts
from planted.oracle import Oracle
from planted.said import Expected, Json, fresh

LABS = {
    "potassium": (4.3, "mmol/L"), "sodium": (140.0, "mmol/L"), "haemoglobin": (14.0, "g/dL"),
    "neutrophils": (4000.0, "/uL"), "platelets": (250000.0, "/uL"), "inr": (1.0, "ratio"),
    "alt": (20.0, "U/L"), "tsh": (2.0, "mIU/L"), "calcium": (2.3, "mmol/L"),
    "magnesium": (0.85, "mmol/L"), "glucose": (5.5, "mmol/L"), "lactate": (1.0, "mmol/L"),
}  # fmt: skip
"""Laboratory values of a healthy person, in the units that rules are written in."""
_PEOPLE = ((45, "M", 75), (45, "F", 62), (30, "F", 60), (22, "M", 70), (60, "M", 80), (60, "F", 65),
           (70, "M", 78), (16, "F", 55), (9, "M", 28), (4, "F", 17))  # fmt: skip
_TELLS_MORE = re.compile(
    r"induced|due to|associated|related|allerg|intoleran|reaction|after|exacerbated|poison|overdose"
)
"""Conditions whose name says more than a condition, such as the drug that caused it."""


@dataclass(frozen=True)
class Case:
    """A patient with one planted hazard, and the twin without it.

    :param kind: row of the table.
    :param rest: what stands after the drug's name in the order: route, dose, frequency.
    :param facts: what is planted: rules or pairs of the formulary, for the count of facts reached.
    :param expected: the finding that must be there; None where only a verdict is told.
    :param called: every finding that the facts call for; None where they were not worked out.
        Where ``expected`` is None, the findings must be just these.
    :param verdicts: verdicts that are right for the patient.
    """

    kind: str
    order: str
    patient: Json
    twin_order: str
    twin: Json
    expected: Expected | None
    rest: str = ""
    twin_rest: str = ""
    facts: tuple[int, ...] = ()
    called: frozenset[Expected] | None = None
    verdicts: frozenset[str] = frozenset({"warn", "unverified", "block"})


@dataclass(eq=False)
class Maker:
    """Makes clean patients for a drug, with unrelated problems, drugs and allergies around."""

    facts: Facts
    oracle: Oracle
    rng: random.Random
    unreached: dict[str, int] = field(default_factory=dict)

    def is_clean(self, patient: Json, drug: str, route: str | None = None) -> bool:
        """True when the facts call for nothing, and leave nothing open."""
        return not self.oracle.expected(patient, drug, route) and not self.oracle.is_open(
            patient, drug, route
        )

    def bases(self, drug: str, sex: str | None = None, route: str | None = None) -> Iterator[Json]:
        """Clean patients for the drug with nothing around, by preference."""
        for number in self._clean(drug, route):
            if sex in (None, _PEOPLE[number][1]):
                yield _person(*_PEOPLE[number])

    @cache  # noqa: B019
    def _clean(self, drug: str, route: str | None) -> tuple[int, ...]:
        return tuple(
            number for number, person in enumerate(_PEOPLE)
            if self.is_clean(_person(*person), drug, route)
        )  # fmt: skip

    def busy(self, base: Json, drug: str) -> Json:
        """A copy of the patient with up to three unrelated problems and drugs, and an allergy."""
        found, rng = fresh(base), self.rng
        problems, drugs, allergens = self._around(drug)
        found["diagnoses"] += rng.sample(problems, rng.randint(0, 3))
        found["history"] += rng.sample(problems, rng.randint(0, 1))
        found["current_drugs"] += [
            {"name": name} for name in rng.sample(drugs, min(len(drugs), rng.randint(0, 3)))
        ]
        found["allergies"] += [
            {"substance": name, "severity": "severe"}
            for name in rng.sample(allergens, rng.randint(0, 1))
        ]
        return found

    @cache  # noqa: B019
    def _around(self, drug: str) -> tuple[list[str], list[str], list[str]]:
        facts, oracle = self.facts, self.oracle
        rules = list(facts.rules_of(drug))
        asked = {rule.condition for rule in rules} | self._named
        problems = [
            name for name in facts.conditions
            if self._is_plain(name)
            and not facts.wider(name) & asked
            and not any(facts.conditions[n].get("refines") and n in asked
                        for n in facts.narrower.get(name, ()))
        ]  # fmt: skip
        drugs = [
            name for name in facts.orderable
            if name != drug and not oracle.pairs_of(drug, name)
            and oracle.duplicate(drug, name) is None
        ]  # fmt: skip
        allergens = [
            name for name in (*facts.orderable, *facts.classes)
            if oracle.allergy(drug, name, severe=True) is None
            and not set(facts.members.get(name, ())) & {drug}
        ]  # fmt: skip
        return problems, drugs, allergens

    @property
    def _named(self) -> set[str]:
        """Conditions that rules and interactions ask for besides their own."""
        return _asked_besides(self.facts)

    def _is_plain(self, name: str) -> bool:
        row = self.facts.conditions[name]
        wider = self.facts.wider(name)
        return (
            row.get("kind") != "goal"
            and not _TELLS_MORE.search(name)
            and not wider & {"pregnancy", "breastfeeding", "prolonged QT interval"}
            and not any(self.facts.conditions[place].get("implies") for place in wider)
        )

    def missed(self, why: str) -> None:
        """Count a fact that no case could be made of."""
        self.unreached[why] = self.unreached.get(why, 0) + 1


@cache
def _asked_besides(facts: Facts) -> set[str]:
    rows: list[Any] = [*facts.pairs, *(rule for rules in facts.rules.values() for rule in rules)]
    named = {row.when[key] for row in rows for key in ("condition", "genotype") if key in row.when}
    named |= {
        one["condition"] for row in rows for one in row.unless
        if isinstance(one, dict) and "condition" in one
    }  # fmt: skip
    return named


def _person(age: float, sex: str, weight: float) -> Json:
    found: Json = {
        "age_years": age, "sex": sex, "weight_kg": weight, "diagnoses": [], "history": [],
        "symptoms": [], "current_drugs": [], "allergies": [], "egfr_ml_min_1_73m2": 98,
        "crcl_ml_min": 105, "child_pugh": None, "qtc_ms": 405, "genetics": [],
        "labs": {name: {"value": value, "unit": unit} for name, (value, unit) in LABS.items()},
    }  # fmt: skip
    if sex == "F":
        found |= {"pregnancy": {"status": "not_pregnant"}, "breastfeeding": False}
    return found
