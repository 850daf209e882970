"""Hazards of what the patient takes or does not tolerate, and of the order itself."""

from collections.abc import Iterator
from itertools import combinations

from planted.facts import Pair
from planted.patients import Case, Maker
from planted.plant_rules import fulfil
from planted.said import Expected, Json, fresh


def plant_pairs(maker: Maker) -> Iterator[Case]:
    """Every pair of drugs that an interaction holds for, directly or through their classes."""
    done: set[frozenset[str]] = set()
    for pair in maker.facts.pairs:
        x, y = (maker.facts.takers(name) for name in pair.between)
        foods = {name for name in (*x, *y) if maker.facts.drugs[name].food}
        pairs = [
            (a, b) for a in x for b in y
            if a != b and not {a, b} <= foods and _holds(maker, pair, a, b)
        ]  # fmt: skip
        if not pairs:
            maker.missed("drug_drug: no two drugs in use that it holds for")
        for a, b in pairs:
            key = frozenset((a, b))
            if pair.when or key not in done:
                if not pair.when:
                    done.add(key)
                first = b in foods or (a not in foods and maker.rng.random() < 0.5)
                drug, other = (a, b) if first else (b, a)
                kind = "food" if other in foods else "drug_drug"
                if pair.between not in ((a, b), (b, a)):
                    kind += ", by class"
                case = _taken(maker, drug, kind, {"name": other}, pair)
                if case:
                    yield case


def _holds(maker: Maker, pair: Pair, a: str, b: str) -> bool:
    return any(pair is one for one, _ in maker.oracle.pairs_of(a, b))


def _taken(
    maker: Maker, drug: str, kind: str, entry: Json, pair: Pair, twin_entry: Json | None = None
) -> Case | None:
    """The second drug among the current drugs, with what the interaction asks for."""
    name = entry["name"]
    wanted = "washout" if "stopped_days_ago" in entry else kind.partition(",")[0]
    why = "no clean patient"
    for base in maker.bases(drug):
        for twin in (maker.busy(base, drug), fresh(base)):
            for key, value in pair.when.items():
                fulfil(maker, twin, key, value)
            patient = fresh(twin)
            patient["current_drugs"].append(entry)
            if twin_entry:
                twin["current_drugs"].append(twin_entry)
            if not maker.is_clean(twin, drug):
                why = "no clean patient"
                continue
            called = frozenset(maker.oracle.expected(patient, drug))
            found = [one for one in called if (one.kind, one.object) == (wanted, name)]
            if found:
                shown = {one for one, _ in maker.oracle.pairs_of(drug, name)
                         if one.level == found[0].level}  # fmt: skip
                facts = tuple(id(one) for one in shown if not one.when or one is pair)
                return Case(kind, drug, patient, drug, twin, found[0], facts=facts, called=called)
            why = "does not show"
    maker.missed(f"{kind}: {why}")
    return None


def plant_washout(maker: Maker) -> Iterator[Case]:
    """A drug that was stopped a day too late, and in the twin just in time."""
    for pair in maker.facts.pairs:
        for group, days in pair.washout.items():
            other = pair.between[1] if pair.between[0] == group else pair.between[0]
            pairs = [
                (a, b) for a in maker.facts.members.get(other, ())
                for b in maker.facts.members.get(group, ())
                if a != b and _holds(maker, pair, a, b)
            ]  # fmt: skip
            for drug, stopped in maker.rng.sample(pairs, min(4, len(pairs))):
                case = _taken(
                    maker, drug, "washout", {"name": stopped, "stopped_days_ago": days - 1}, pair,
                    {"name": stopped, "stopped_days_ago": _long(maker, drug, stopped)},
                )  # fmt: skip
                if case:
                    yield case


def _long(maker: Maker, drug: str, stopped: str) -> int:
    """Days after which no interaction of the two counts any more."""
    told = [
        days for pair, _ in maker.oracle.pairs_of(drug, stopped) for days in pair.washout.values()
    ]
    own = [maker.facts.drugs[part].persists or 1 for part in maker.facts.parts(stopped)]
    return max(told + own)


def plant_persisting(maker: Maker) -> Iterator[Case]:
    """A drug that persists after stopping, where the interaction tells no days of its own."""
    for stopped in maker.facts.orderable:
        days = max(maker.facts.drugs[part].persists for part in maker.facts.parts(stopped))
        if not days:
            continue
        partners = [
            (name, rows[0][0]) for name in maker.facts.orderable
            if name != stopped and (rows := maker.oracle.pairs_of(name, stopped))
            and not any(pair.washout or pair.when for pair, _ in rows)
        ]  # fmt: skip
        for drug, pair in maker.rng.sample(partners, min(4, len(partners))):
            case = _taken(
                maker, drug, "washout", {"name": stopped, "stopped_days_ago": days - 1}, pair,
                {"name": stopped, "stopped_days_ago": days},
            )  # fmt: skip
            if case:
                yield case


def plant_duplicates(maker: Maker, most: int = 40) -> Iterator[Case]:
    """The drug itself by another name, a shared ingredient, and pairs of each duplicate class."""
    facts, oracle = maker.facts, maker.oracle
    pairs = {(name, name): "duplicate, same drug" for name in facts.orderable}
    for a, b in combinations(facts.orderable, 2):
        ours = [set(facts.drugs[name].parts) or {name} for name in (a, b)]
        if ours[0] & ours[1]:
            pairs[a, b] = "duplicate, shared ingredient"
    for name, row in facts.classes.items():
        if row.get("duplicate"):
            of_class = [
                both for both in combinations(facts.members.get(name, ()), 2)
                if both not in pairs and oracle.duplicate(*both)
            ]  # fmt: skip
            for both in maker.rng.sample(of_class, min(most, len(of_class))):
                pairs[both] = "duplicate, class"
    for (a, b), kind in pairs.items():
        drug, other = (a, b) if maker.rng.random() < 0.5 else (b, a)
        case = _added(maker, drug, kind, "current_drugs", {"name": other}, ("duplicate", other))
        if case:
            yield case


def _added(
    maker: Maker, drug: str, kind: str, field: str, entry: Json, wanted: tuple[str, str]
) -> Case | None:
    """One more entry in a list of a clean patient."""
    for base in maker.bases(drug):
        for twin in (maker.busy(base, drug), fresh(base)):
            patient = fresh(twin)
            patient[field].append(entry)
            called = frozenset(maker.oracle.expected(patient, drug))
            found = [one for one in called if (one.kind, one.object) == wanted]
            if found and maker.is_clean(twin, drug):
                return Case(kind, drug, patient, drug, twin, found[0], called=called)
    maker.missed(f"{kind}: no clean patient")
    return None


def plant_allergies(maker: Maker) -> Iterator[Case]:
    """The drug, its classes, relatives in an allergen class, and every cross-reactivity."""
    known = {**_crossing(maker), **_same(maker)}
    for (drug, substance), kind in known.items():
        both = ("severe", "mild")
        for severity in both if "cross" in kind else (maker.rng.choice(both),):
            entry = {"substance": substance, "severity": severity}
            case = _added(maker, drug, kind, "allergies", entry, ("allergy", substance))
            if case:
                yield case


def _same(maker: Maker) -> dict[tuple[str, str], str]:
    """Drug and substance that is the drug, a class of allergens, or another of that class."""
    facts, found = maker.facts, dict[tuple[str, str], str]()
    for drug in facts.orderable:
        found[drug, drug] = "allergy, same drug"
        for place in sorted(facts.reach(drug) & facts.classes.keys()):
            if facts.classes[place].get("allergen") == "true":
                found[drug, place] = "allergy, class"
                kin = [name for name in facts.members[place] if (drug, name) not in found]
                for name in maker.rng.sample(kin, min(2, len(kin))):
                    found[drug, name] = "allergy, class"
    return found


def _crossing(maker: Maker) -> dict[tuple[str, str], str]:
    """Drug and substance that cross-react, by classes too; both ways of every entry."""
    facts, found = maker.facts, dict[tuple[str, str], str]()
    for x, y, _ in facts.similar:
        for a, b in ((x, y), (y, x)):
            for drug in facts.members.get(a, ()):
                kin = facts.members.get(b, ())
                for name in (b, *maker.rng.sample(kin, min(3, len(kin)))):
                    if maker.oracle.allergy(drug, name, severe=False) in ("major", "moderate"):
                        found[drug, name] = "allergy, cross-reactivity"
    return found


def plant_withdrawn(maker: Maker, each: int = 5) -> Iterator[Case]:
    """A withdrawn drug instead of one in use."""
    wanted = Expected("withdrawn", "withdrawn drugs", "contraindicated", "block")
    for name, drug in sorted(maker.facts.drugs.items()):
        for _ in range(each if drug.withdrawn else 0):
            other = maker.rng.choice(maker.facts.orderable)
            for base in maker.bases(other):
                twin = maker.busy(base, other)
                if maker.is_clean(twin, other):
                    yield Case("withdrawn", name, twin, other, twin, wanted)
                    break
