"""Cross-checks of the formulary: every name known, every rule placed, every check accounted for."""

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import Any, Final

from graphrx.kg.formulary import documents as doc
from graphrx.kg.formulary.doses import ABOVE_MAXIMUM
from graphrx.kg.formulary.names import KEYS, Names
from graphrx.kg.formulary.read import COVERAGE, Files, Located, Problem
from graphrx.kg.formulary.when import bounds
from graphrx.kg.schema import CHECKS, READ_CHECKS

DRUG = ("drug",)
CLASS = ("class",)
DRUG_OR_CLASS = ("drug", "class")
PROBLEM = ("condition", "symptom")
SYMPTOM = ("symptom", "condition")
SIDE_EFFECT = ("side_effect", "symptom", "condition")

DEFAULT_CONDITION: Final = {
    "renal": "renal impairment",
    "hepatic": "hepatic impairment",
    "pregnancy": "pregnancy",
    "lactation": "breastfeeding",
    "qt": "prolonged QT interval",
}
"""Check → condition that its path shows when the rule names none (age: see rule_condition)."""

_PARTS: Final = (
    "; a part that is only given in combinations stands in ingredients/*.yaml as "
    "{drug, zh, id?, synonyms?, classes?}"
)
_CHILDHOOD_ENDS, _OLD_AGE_BEGINS = 25, 50


def rule_condition(rule: doc.Rule) -> str | None:
    """Return the condition that a rule is about, its default included; None when it has none."""
    if rule.condition:
        return rule.condition
    if rule.check == "age" and rule.when and "age" in rule.when:
        low, high = bounds(rule.when["age"])
        if high is not None and high <= _CHILDHOOD_ENDS:
            return "childhood"
        return "old age" if low is not None and low >= _OLD_AGE_BEGINS else None
    return DEFAULT_CONDITION.get(rule.check)


def cross_check(files: Files, names: Names) -> list[Problem]:
    """Return every problem that takes more than one entry to see."""
    checker = _Checker(files, names)
    return list(
        chain(
            checker.references(),
            checker.missing_defaults(),
            checker.cycles(),
            checker.accounted_checks(),
            checker.repeated_interactions(),
            checker.coverage(),
        )
    )


class _Checker:
    def __init__(self, files: Files, names: Names) -> None:
        self.files = files
        self.names = names
        self.sources = {item.entry.id for item in files.of(doc.SourceDoc)}

    def references(self) -> Iterator[Problem]:
        for item in self.files.entries:
            for place, kinds, name in _references(item.entry):
                if complaint := self.names.complaint(kinds, name):
                    also = _PARTS if place == "ingredients" else ""
                    yield Problem(item.file, item.label, f"{place}: {complaint}{also}")
            for place, source in _sources(item.entry):
                if source not in self.sources and source not in self.names.assumed:
                    yield Problem(
                        item.file, item.label, f'{place}: "{source}" is no id of sources.yaml'
                    )
            for place, rule in _rules(item.entry):
                if rule_condition(rule) is None:
                    remedy = (
                        "condition: childhood or old age" if rule.check == "age" else "condition:"
                    )
                    yield Problem(
                        item.file, item.label,
                        f"{place}: a {rule.check} rule must name its {remedy}",
                    )  # fmt: skip

    def missing_defaults(self) -> Iterator[Problem]:
        used = {
            rule_condition(rule) for item in self.files.entries for _, rule in _rules(item.entry)
        }
        if any(row.max for item in self.files.of(doc.DrugDoc) for row in item.entry.doses):
            used.add(ABOVE_MAXIMUM)
        for name in (*DEFAULT_CONDITION.values(), "childhood", "old age", ABOVE_MAXIMUM):
            if name in used and self.names.complaint(PROBLEM, name):
                yield Problem("conditions/", name, "rules need this condition by default; add it")

    def cycles(self) -> Iterator[Problem]:
        for model, kind in ((doc.ClassDoc, "class"), (doc.ConditionDoc, "condition")):
            items: dict[str, Located[Any]] = {
                getattr(item.entry, KEYS[model][0]): item for item in self.files.of(model)
            }
            for name, item in items.items():
                if name in _ancestors(name, items):
                    yield Problem(
                        item.file, item.label, f"this {kind} is its own ancestor; correct parents"
                    )

    def accounted_checks(self) -> Iterator[Problem]:
        classes = {item.entry.class_: item for item in self.files.of(doc.ClassDoc)}
        drugs = {item.entry.drug: item.entry for item in self.files.of(doc.DrugDoc)}

        def of_classes(drug: doc.DrugDoc) -> tuple[set[str], bool]:
            """Return the checks with a rule on a class, and whether all classes are known."""
            reached = set(drug.classes)
            for name in drug.classes:
                reached |= _ancestors(name, classes)
            known = [classes[name].entry for name in reached if name in classes]
            return {rule.check for c in known for rule in c.rules}, len(known) == len(reached)

        def accounted(drug: doc.DrugDoc, seen: frozenset[str]) -> tuple[set[str], bool]:
            own: set[str] = {rule.check for rule in drug.rules}
            own |= set(drug.no_rule)
            inherited, complete = of_classes(drug)
            parts = [drugs[p] for p in drug.ingredients if p in drugs and p not in seen]
            if parts and len(parts) == len(drug.ingredients):
                of_parts = [accounted(part, seen | {drug.drug}) for part in parts]
                own |= set.intersection(*(checks for checks, _ in of_parts))
                complete = complete and all(whole for _, whole in of_parts)
            return {*own, *inherited}, complete

        for item in self.files.of(doc.DrugDoc):
            found, complete = accounted(item.entry, frozenset())
            missing = [check for check in READ_CHECKS if check not in found]
            if missing and complete:
                yield Problem(
                    item.file, item.label,
                    f"no rule and no no_rule for {', '.join(missing)}; write the rule, "
                    f"or add to no_rule: [{', '.join(missing)}]",
                )  # fmt: skip
            for check in item.entry.no_rule:
                if check in {rule.check for rule in item.entry.rules}:
                    yield Problem(
                        item.file, item.label, f'no_rule "{check}" though rules has one; drop one'
                    )

    def repeated_interactions(self) -> Iterator[Problem]:
        seen: dict[tuple[Any, ...], Located[Any]] = {}
        for item in self.files.of(doc.InteractionDoc):
            entry = item.entry
            key = (
                *sorted(entry.between), entry.level, str(entry.when), str(entry.except_),
                entry.source, entry.at,
            )  # fmt: skip
            if (other := seen.setdefault(key, item)) is not item:
                yield Problem(
                    item.file, item.label, f"is written twice (also in {other.file}); keep one",
                    other.file,
                )  # fmt: skip

    def coverage(self) -> Iterator[Problem]:
        for row in self.files.coverage:
            label = f"line {row.line}"
            if complaint := self.names.complaint(DRUG, row.drug):
                yield Problem(COVERAGE, label, complaint)
            if row.check not in CHECKS:
                yield Problem(
                    COVERAGE, label, f'check "{row.check}" is not one of {", ".join(CHECKS)}'
                )
            if row.source not in self.sources:
                yield Problem(COVERAGE, label, f'"{row.source}" is no id of sources.yaml')


def _ancestors(name: str, items: Mapping[str, Located[Any]]) -> set[str]:
    found: set[str] = set()
    waiting = [name]
    while waiting:
        item = items.get(waiting.pop())
        new = [parent for parent in (item.entry.parents if item else ()) if parent not in found]
        found.update(new)
        waiting += new
    return found


def _rules(entry: Any) -> Iterator[tuple[str, doc.Rule]]:
    for n, rule in enumerate(getattr(entry, "rules", ())):
        yield f"rules[{n}]", rule


def _sources(entry: Any) -> Iterator[tuple[str, str]]:
    if getattr(entry, "source", None):
        yield "source", entry.source
    if getattr(entry, "side_effects_from", None):
        yield "side_effects_from.source", entry.side_effects_from.source
    for key in ("rules", "treats", "doses"):
        for n, part in enumerate(getattr(entry, key, ())):
            yield f"{key}[{n}].source", part.source


_LISTED: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("classes", "classes", CLASS),
    ("ingredients", "ingredients", DRUG),
    ("symptoms", "symptoms", SYMPTOM),
    ("related", "related", DRUG_OR_CLASS),
    ("between", "between", DRUG_OR_CLASS),
    ("washout_days", "washout_days", DRUG_OR_CLASS),
)


def _references(entry: Any) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield (place, kinds it may be, name) for every name that an entry refers to."""
    for attribute, place, kinds in _LISTED:
        for name in getattr(entry, attribute, ()):
            yield place, kinds, name
    yield from _particular_references(entry)
    yield from _worded_references("", entry)
    for key in ("rules", "treats"):
        for n, part in enumerate(getattr(entry, key, ())):
            condition = rule_condition(part) if key == "rules" else part.condition
            if condition and part.condition:
                yield f"{key}[{n}].condition", PROBLEM, condition
            yield from _worded_references(f"{key}[{n}].", part)
    for n, row in enumerate(getattr(entry, "doses", ())):
        yield from _worded_references(f"doses[{n}].", row)


def _particular_references(entry: Any) -> Iterator[tuple[str, tuple[str, ...], str]]:
    match entry:
        case doc.ClassDoc():
            yield from (("parents", CLASS, name) for name in entry.parents)
            for pair in entry.allow:
                yield from (("allow", DRUG_OR_CLASS, name) for name in pair)
        case doc.ConditionDoc():
            yield from (("parents", PROBLEM, name) for name in entry.parents)
            if entry.of:
                yield "of", PROBLEM, entry.of
        case doc.DrugDoc():
            for frequency, effects in entry.side_effects.items():
                for name in effects:
                    yield f"side_effects.{frequency}", SIDE_EFFECT, name
        case doc.RegimenDoc():
            yield "for", PROBLEM, entry.for_
            for n, component in enumerate(entry.components):
                for name in component.options:
                    yield f"components[{n}].options", DRUG_OR_CLASS, name


def _worded_references(prefix: str, entry: Any) -> Iterator[tuple[str, tuple[str, ...], str]]:
    if getattr(entry, "when", None) and "condition" in entry.when:
        yield f"{prefix}when.condition", PROBLEM, entry.when["condition"]
    for n, item in enumerate(getattr(entry, "except_", ())):
        place = f"{prefix}except[{n}]"
        match item:
            case str():
                yield place, DRUG_OR_CLASS, item
            case tuple():
                yield from ((place, DRUG_OR_CLASS, name) for name in item)
            case doc.ConditionIs():
                yield f"{place}.condition", PROBLEM, item.condition
