"""Hazards of which a rule says that they are none: its exceptions must keep silent."""

from collections.abc import Iterator

from planted.facts import Rule
from planted.patients import Case, Maker
from planted.plant_rules import apply
from planted.said import fresh


def plant_exceptions(maker: Maker, each: int = 4) -> Iterator[Case]:
    """Every exception of every rule: a condition, a route, a drug; and of interactions a pair."""
    facts = maker.facts
    for drug in facts.orderable:
        for rule in facts.rules_of(drug):
            for one in rule.unless:
                if isinstance(one, dict) and "condition" in one:
                    yield from _case(maker, drug, rule, "exception, condition", one["condition"])
                elif isinstance(one, dict):
                    for route in sorted(set(one["route"]) & set(facts.drugs[drug].routes)):
                        yield from _case(maker, drug, rule, "exception, route", route=route)
    for owner, rules in facts.rules.items():
        for rule in rules:
            for drug in facts.members.get(owner, ()):
                parts = [p for p in facts.parts(drug) if owner in facts.above(p)]
                if all(facts.exempt(rule.unless, drug, part) for part in parts):
                    yield from _case(maker, drug, rule, "exception, drug")
    yield from _pairs(maker, each)


def _case(
    maker: Maker, drug: str, rule: Rule, kind: str, condition: str = "", route: str = ""
) -> Iterator[Case]:
    """The hazard with its exception, in a patient of whom nothing else is called for by it."""
    if "route" in rule.when:
        return
    female = rule.check in ("pregnancy", "lactation") or "pregnancy" in maker.facts.wider(
        rule.condition
    )
    for base in maker.bases(drug, "F" if female else rule.when.get("sex"), route or None):
        patient = fresh(base)
        apply(maker, patient, rule, rule.condition)
        if condition:
            patient["diagnoses"].append(condition)
        called = frozenset(maker.oracle.expected(patient, drug, route or None))
        if not any((one.kind, one.object) == (rule.check, rule.condition) for one in called):
            yield Case(kind, drug, patient, drug, base, None, route, route, called=called)
            return


def _pairs(maker: Maker, each: int) -> Iterator[Case]:
    for pair in maker.facts.pairs:
        if not any(isinstance(one, str | list) for one in pair.unless):
            continue
        x, y = (maker.facts.members.get(name, ()) for name in pair.between)
        exempt = [
            (a, b) for a in x for b in y
            if a != b and all(pair is not one for one, _ in maker.oracle.pairs_of(a, b))
        ]  # fmt: skip
        for drug, other in maker.rng.sample(exempt, min(each, len(exempt))):
            for base in maker.bases(drug):
                patient = fresh(base)
                patient["current_drugs"].append({"name": other})
                called = frozenset(maker.oracle.expected(patient, drug))
                yield Case("exception, pair", drug, patient, drug, base, None, called=called)
                break
