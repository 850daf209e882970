"""What is not known: names that no drug has, and inputs that a rule of the drug asks for."""

from collections.abc import Iterable, Iterator

from planted.facts import Rule
from planted.patient_oracle import GRADES
from planted.patients import Case, Maker
from planted.plant_rules import apply
from planted.said import Json, fresh

UNVERIFIED = frozenset({"unverified"})
_LISTS = ("diagnoses", "current_drugs", "allergies")
_CLEARED = {
    "renal": ("egfr_ml_min_1_73m2", "crcl_ml_min"),
    "age": ("age_years", "weight_kg"),
    "pregnancy": ("pregnancy",),
    "lactation": ("breastfeeding",),
}
"""Check → fields whose absence leaves its rules open."""


def plant_names(maker: Maker, names: Iterable[str], kind: str) -> Iterator[Case]:
    """An unknown name as the order, as a current drug and as an allergy."""
    for name in names:
        drug = maker.rng.choice(maker.facts.orderable)
        base = next(iter(maker.bases(drug)), None)
        if base is None:
            maker.missed(f"{kind}: no clean patient")
            continue
        busy = maker.busy(base, drug)
        twin = busy if maker.is_clean(busy, drug) else base
        yield Case(f"{kind}, order", name, twin, drug, twin, None, verdicts=UNVERIFIED)
        for field, entry in (("current_drugs", {"name": name}), ("allergies", {"substance": name})):
            patient = fresh(twin)
            patient[field].append(entry)
            place = "current drug" if field == "current_drugs" else "allergy"
            yield Case(f"{kind}, {place}", drug, patient, drug, twin, None, verdicts=UNVERIFIED)


def plant_unknown(maker: Maker) -> Iterator[Case]:
    """Every list that is asked for, and every field that a rule of the drug hangs on."""
    for drug in maker.facts.orderable:
        base = next(iter(maker.bases(drug)), None)
        if base is None:
            maker.missed("unknown input: no clean patient")
            continue
        for field in _LISTS:
            busy = maker.busy(base, drug)
            twin = busy if maker.is_clean(busy, drug) else base
            patient = {**twin, field: None}
            yield Case("unknown input, list", drug, patient, drug, twin, None, verdicts=UNVERIFIED)
        rules = list(maker.facts.rules_of(drug))
        for check, fields in _CLEARED.items():
            case = _cleared(maker, drug, [rule for rule in rules if rule.check == check], fields)
            if case:
                yield case
        yield from _ungraded(maker, drug, rules)


def _cleared(maker: Maker, drug: str, rules: list[Rule], fields: tuple[str, ...]) -> Case | None:
    """The field not known, where the drug has a rule that hangs on it."""
    # "renal impairment of any degree" hangs on the diagnoses, not on a measure
    measured = fields[0] in ("pregnancy", "breastfeeding")
    rules = [rule for rule in rules if rule.level != "minor" and (rule.when or measured)]
    if not rules or any("route" in rule.when for rule in rules):
        return None
    sexes = ("F",) if fields[0] in ("pregnancy", "breastfeeding") else ("F", "M")
    for sex in sexes:
        for base in maker.bases(drug, sex):
            if sex == "F" and fields[0] != "age_years" and not 12 <= base["age_years"] <= 55:
                continue
            busy = maker.busy(base, drug)
            twin = busy if maker.is_clean(busy, drug) else base
            patient: Json = {**twin, **dict.fromkeys(fields)}
            shown = [rule for rule in rules if _would_show(maker, base, drug, rule)]
            if shown:
                worst = min(
                    shown,
                    key=lambda rule: ("contraindicated", "major", "moderate").index(rule.level),
                )
                level = unknown_of_level(worst)
                verdicts = frozenset(
                    {"unverified"} if level == "unverified" else {"warn", "unverified"}
                )
                return Case(
                    "unknown input, field", drug, patient, drug, twin, None, verdicts=verdicts
                )
    return None


def unknown_of_level(rule: Rule) -> str:
    """Effect of a rule that can't be decided."""
    return "unverified" if rule.level in ("contraindicated", "major") else "warn"


def _would_show(maker: Maker, base: Json, drug: str, rule: Rule) -> bool:
    """True when the rule can hold of this patient for some value of the missing field."""
    patient = fresh(base)
    if rule.when.get("sex", base["sex"]) != base["sex"] or "condition" in rule.when:
        return False
    apply(maker, patient, rule, rule.condition)
    return any(
        (one.kind, one.object) == (rule.check, rule.condition)
        for one in maker.oracle.of_patient(patient, drug, None)
    )


def _ungraded(maker: Maker, drug: str, rules: list[Rule]) -> Iterator[Case]:
    """A problem without the stage or class that a rule of the drug names."""
    conditions = maker.facts.conditions
    for rule in rules:
        row = conditions[rule.condition]
        graded = GRADES & set(row.get("refines") or {}) - {"severity"}
        if (
            rule.check != "drug_disease"
            or not graded
            or rule.when
            or rule.level not in ("contraindicated", "major")
        ):
            continue
        if row.get("implies"):  # a measure that is known settles it
            continue
        for base in maker.bases(drug):
            patient = fresh(base)
            patient["diagnoses"].append(row["parents"][0])
            settled = {one.object for one in maker.oracle.of_patient(patient, drug, None)}
            if not settled:
                yield Case(
                    "unknown input, stage", drug, patient, drug, base, None, verdicts=UNVERIFIED
                )
                break
