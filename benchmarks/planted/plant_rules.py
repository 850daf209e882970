"""Hazards of the patient: every rule of every drug, its class and its ingredients."""

from collections.abc import Iterator

from planted.facts import Rule
from planted.patients import Case, Maker
from planted.said import Json, fresh, limits, within

_MOST = {"age": 100, "weight": 150, "egfr": 200, "crcl": 200, "qtc": 640, "gestation": 41}
_WEEKS = {"1": 8, "2": 20, "3": 33}
_OTHER = {"egfr": "crcl_ml_min", "crcl": "egfr_ml_min_1_73m2"}
_FIELDS = {
    "age": "age_years", "weight": "weight_kg", "egfr": "egfr_ml_min_1_73m2", "crcl": "crcl_ml_min",
    "qtc": "qtc_ms",
}  # fmt: skip


def plant_rules(maker: Maker) -> Iterator[Case]:
    """Every rule of every drug: as written, by a narrower condition, by history, by proxy."""
    for drug in maker.facts.orderable:
        for rule in maker.facts.rules_of(drug):
            yield from _rule(maker, drug, rule)


def _rule(maker: Maker, drug: str, rule: Rule) -> Iterator[Case]:
    written = _case(maker, drug, rule, rule.check, rule.condition)
    if written is None:
        return
    yield written
    if rule.check == "drug_disease":
        below = [
            name for name in maker.facts.narrower.get(rule.condition, ())
            if not maker.facts.wider(name) & {"pregnancy", "breastfeeding"}
        ]  # fmt: skip
        if below:
            narrower = _case(maker, drug, rule, "drug_disease, narrower", maker.rng.choice(below))
            if narrower:
                yield narrower
        if not rule.active:
            past = _case(maker, drug, rule, "drug_disease, history", rule.condition, past=True)
            if past:
                yield past
    for own, other in _OTHER.items():
        if rule.check == "renal" and own in rule.when and limits(rule.when[own])[1] < 1000:
            proxy = _case(
                maker, drug, rule, "renal, other measure", rule.condition, proxy=(own, other)
            )
            if proxy:
                yield proxy


def _case(
    maker: Maker, drug: str, rule: Rule, kind: str, condition: str, *,
    past: bool = False, proxy: tuple[str, str] | None = None,
) -> Case | None:  # fmt: skip
    """The hazard in the first clean patient in whom the facts say that it shows."""
    route = rule.when["route"][0] if "route" in rule.when else None
    female = rule.check in ("pregnancy", "lactation") or "pregnancy" in maker.facts.wider(condition)
    sex = "F" if female else rule.when.get("sex")
    why = f"{rule.check}: no clean patient"
    for base in maker.bases(drug, sex, route):
        for twin in (maker.busy(base, drug), fresh(base)):
            if not maker.is_clean(twin, drug, route):
                continue
            patient = fresh(twin)
            apply(maker, patient, rule, condition, past=past)
            if proxy:
                _by_proxy(patient, rule, proxy)
            called = frozenset(maker.oracle.expected(patient, drug, route))
            found = [
                one for one in called if (one.kind, one.object) == (rule.check, rule.condition)
            ]
            if found:
                facts = (id(rule),) if found[0].level == rule.level else ()
                return Case(kind, drug, patient, drug, twin, found[0], route or "", route or "",
                            facts, called)  # fmt: skip
            why = f"{rule.check}: does not show"
    maker.missed(why)
    return None


def apply(maker: Maker, patient: Json, rule: Rule, condition: str, *, past: bool = False) -> None:
    """Give the patient everything that the rule asks for."""
    match rule.check:
        case "drug_disease":
            patient["history" if past else "diagnoses"].append(condition)
        case "pharmacogenomic":
            patient["genetics"].append(condition)
        case "pregnancy":
            patient["pregnancy"] = {"status": "pregnant", "gestation_weeks": 20}
        case "lactation":
            patient["breastfeeding"] = True
        case "renal" | "hepatic" | "qt" | "lab" if not rule.when:
            patient["diagnoses"].append(condition)
    for key, value in rule.when.items():
        fulfil(maker, patient, key, value)


def fulfil(maker: Maker, patient: Json, key: str, value: object) -> None:
    """Make one entry of a ``when`` true."""
    if key in _FIELDS:
        patient[_FIELDS[key]] = inside(maker, key, str(value))
    elif key == "condition":
        if value not in patient["diagnoses"]:
            patient["diagnoses"].append(value)
    elif key == "child_pugh":
        patient["child_pugh"] = maker.rng.choice(value if isinstance(value, list) else [value])
    elif key == "gestation":
        patient["pregnancy"]["gestation_weeks"] = inside(maker, key, str(value))
    elif key == "trimester":
        patient["pregnancy"]["gestation_weeks"] = _WEEKS[maker.rng.choice(list(value))]  # type: ignore[call-overload]
    elif key == "lab":
        for name, text in value.items():  # type: ignore[attr-defined]
            patient["labs"][name.casefold()]["value"] = inside(maker, name, text)


def inside(maker: Maker, key: str, text: str) -> float:
    """A value that satisfies a comparison: at its limit or well inside."""
    low, high, _, _ = limits(text)
    high = min(high, _MOST.get(key, 1e9))
    low = max(low, 1.0 if key == "weight" else 0.0)
    step = min(1.0, (high - low) / 4)
    deep = (low + high) / 2 if high < 1e9 else low * 1.2
    values = [low, low + step, deep, high - step, high]
    fitting = [value for value in (round(v, 3) for v in values) if within(value, text)]
    return maker.rng.choice(fitting)


def _by_proxy(patient: Json, rule: Rule, proxy: tuple[str, str]) -> None:
    own, other = proxy
    half = limits(rule.when[own])[1] / 2
    patient[_FIELDS[own]] = None
    patient[other] = round(half * 0.9, 1)
