"""The formulary files as plain facts, read without the package's own reader."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import yaml

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)  # every scalar stays text
_DEFAULT = {
    "renal": "renal impairment",
    "hepatic": "hepatic impairment",
    "pregnancy": "pregnancy",
    "lactation": "breastfeeding",
    "qt": "prolonged QT interval",
}


@dataclass(frozen=True, eq=False)
class Rule:
    """A rule about the patient, where it is written.

    :param owner: the drug or class that it is written on.
    :param when: field → comparison as written; all must hold.
    :param unless: drug or class names, condition names and routes that are exceptions.
    """

    owner: str
    check: str
    condition: str
    level: str
    active: bool
    when: Mapping[str, Any]
    unless: tuple[Any, ...]
    trusted: bool


@dataclass(frozen=True, eq=False)
class Pair:
    """An interaction, where it is written."""

    between: tuple[str, str]
    level: str
    when: Mapping[str, Any]
    unless: tuple[Any, ...]
    washout: Mapping[str, int]
    trusted: bool


@dataclass(frozen=True)
class Drug:
    """A drug, or a food; ``parts`` are its ingredients, ``groups`` its own classes.

    :param alone: ordered by itself, not only as a part of a combination.
    """

    name: str
    zh: str
    names: tuple[str, ...]
    routes: tuple[str, ...]
    groups: tuple[str, ...]
    parts: tuple[str, ...]
    doses: tuple[Mapping[str, Any], ...]
    persists: int
    withdrawn: bool
    alone: bool
    food: bool


def _load(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506


def _condition(rule: Mapping[str, Any]) -> str:
    """The condition that a rule is about, the usual one of its check where it names none."""
    named = rule.get("condition") or _DEFAULT.get(rule["check"])
    return named or _age_condition(rule["when"])


def _age_condition(when: Mapping[str, Any]) -> str:
    text = str(when.get("age", ""))
    numbers = [float(n) for n in text.strip("<>= ").replace("to", "-").split("-") if n.strip()]
    return "childhood" if "<" in text or max(numbers, default=99) <= 25 else "old age"


class Facts:
    """All facts of one formulary folder, by preferred name."""

    def __init__(self, folder: Path) -> None:
        """Read every file."""
        self.sources = {
            row["id"]: row["trusted"] == "true" for row in _load(folder / "sources.yaml")
        }
        self.drugs: dict[str, Drug] = {}
        self.rules: dict[str, list[Rule]] = {}
        for path in sorted(folder.glob("drugs/*.yaml")):
            self._drug(_load(path))
        for row in self._all(folder, "ingredients/*.yaml"):
            self._drug(row, alone=False)
        for row in _load(folder / "withdrawn.yaml"):
            self._drug(row, withdrawn=True)
        for row in _load(folder / "foods.yaml"):
            self._drug({**row, "drug": row["food"]}, food=True)
        self.classes = {row["class"]: row for row in self._all(folder, "classes/*.yaml")}
        for name, row in self.classes.items():
            self._rules(name, row)
        self.conditions = {row["condition"]: row for row in self._all(folder, "conditions/*.yaml")}
        self.conditions |= {row["symptom"]: row for row in _load(folder / "symptoms.yaml")}
        self.allergens = {row["allergen"]: row for row in _load(folder / "allergens.yaml")}
        self.pairs = tuple(self._pair(row) for row in self._all(folder, "interactions/*.yaml"))
        self.similar = [
            (*row["between"], row["similarity"]) for row in _load(folder / "cross_reactivity.yaml")
        ] + [
            (name, other, "similar_side_chain")
            for name, row in self.allergens.items()
            for other in row.get("related") or ()
        ]  # fmt: skip
        self.covered: dict[str, set[str]] = {}
        for line in (folder / "coverage.tsv").read_text(encoding="utf-8").splitlines()[1:]:
            drug, check = line.split("\t")[:2]
            self.covered.setdefault(drug, set()).add(check)

    @staticmethod
    def _all(folder: Path, pattern: str) -> Iterator[dict[str, Any]]:
        for path in sorted(folder.glob(pattern)):
            yield from _load(path) or ()

    def _drug(
        self, row: Mapping[str, Any], *, alone: bool = True, withdrawn: bool = False,
        food: bool = False,
    ) -> None:  # fmt: skip
        name = row["drug"]
        self.drugs[name] = Drug(
            name, row["zh"], (*(row.get("synonyms") or ()), *(row.get("brands") or ())),
            tuple(row.get("routes") or ()), tuple(row.get("classes") or ()),
            tuple(row.get("ingredients") or ()), tuple(row.get("doses") or ()),
            int(row.get("persists_days") or 0), withdrawn, alone, food,
        )  # fmt: skip
        self._rules(name, row)

    def _rules(self, owner: str, row: Mapping[str, Any]) -> None:
        self.rules[owner] = [
            Rule(
                owner, rule["check"],
                _condition(rule),
                rule["level"], rule.get("active") == "true", rule.get("when") or {},
                tuple(rule.get("except") or ()), self.sources[rule["source"]],
            )
            for rule in row.get("rules") or ()
        ]  # fmt: skip

    def _pair(self, row: Mapping[str, Any]) -> Pair:
        trusted = self.sources[row["source"]] and row.get("derived") != "true"
        washout = {name: int(days) for name, days in (row.get("washout_days") or {}).items()}
        return Pair(tuple(row["between"]), row["level"], row.get("when") or {},
                    tuple(row.get("except") or ()), washout, trusted)  # fmt: skip

    # -- who belongs to what --------------------------------------------------------------------

    @cache  # noqa: B019  (one set of facts lives as long as the run)
    def above(self, name: str) -> Mapping[str, int]:
        """The drug or class and every class above it, each with the steps to it."""
        groups = self.drugs[name].groups if name in self.drugs else None
        steps, waiting = {name: 0}, [name]
        for place in waiting:
            own = groups if place == name and groups is not None else None
            parents = own if own is not None else self.classes.get(place, {}).get("parents") or ()
            for parent in parents:
                if parent not in steps:
                    steps[parent] = steps[place] + 1
                    waiting.append(parent)
        return steps

    def parts(self, drug: str) -> tuple[str, ...]:
        """The drug, and its ingredients where it is a combination."""
        return (drug, *self.drugs[drug].parts)

    @cache  # noqa: B019
    def reach(self, drug: str) -> frozenset[str]:
        """All drug and class names whose rules hold for the drug."""
        return frozenset(place for part in self.parts(drug) for place in self.above(part))

    @cached_property
    def members(self) -> Mapping[str, tuple[str, ...]]:
        """Drug or class → the orderable drugs for which its rules hold."""
        found: dict[str, list[str]] = {}
        for name in self.orderable:
            for place in self.reach(name):
                found.setdefault(place, []).append(name)
        return {place: tuple(names) for place, names in found.items()}

    def takers(self, place: str) -> tuple[str, ...]:
        """The orderable drugs, and the foods, for which the rules of a drug or class hold."""
        foods = (
            name for name, drug in self.drugs.items() if drug.food and place in self.reach(name)
        )
        return (*self.members.get(place, ()), *foods)

    @cached_property
    def orderable(self) -> tuple[str, ...]:
        """Drugs in use that a document was read of for every required check."""
        needed = {
            "drug_drug",
            "drug_disease",
            "allergy",
            "duplicate",
            "age",
            "pregnancy",
            "lactation",
        }
        return tuple(
            name for name, drug in sorted(self.drugs.items())
            if drug.alone and not drug.withdrawn and not drug.food
            and needed <= self.covered.get(name, set())
        )  # fmt: skip

    @cache  # noqa: B019
    def wider(self, condition: str) -> frozenset[str]:
        """The condition and every condition above it."""
        found, waiting = {condition}, [condition]
        for place in waiting:
            fresh = set(self.conditions[place].get("parents") or ()) - found
            found |= fresh
            waiting.extend(sorted(fresh))
        return frozenset(found)

    @cached_property
    def narrower(self) -> Mapping[str, tuple[str, ...]]:
        """Condition → every condition below it."""
        found: dict[str, list[str]] = {}
        for name in sorted(self.conditions):
            for place in self.wider(name) - {name}:
                found.setdefault(place, []).append(name)
        return {place: tuple(names) for place, names in found.items()}

    @cache  # noqa: B019
    def rules_of(self, drug: str) -> tuple[Rule, ...]:
        """Every rule that holds for the drug: its own, its classes', its ingredients'."""
        return tuple(
            dict.fromkeys(
                rule
                for part in self.parts(drug)
                for place in self.above(part)
                for rule in self.rules.get(place, ())
                if not self.exempt(rule.unless, drug, part)
            )
        )

    def exempt(self, unless: Iterable[Any], drug: str, part: str) -> bool:
        """True when an exception names the drug, or the ingredient or one of its classes."""
        named = {one for one in unless if isinstance(one, str)}
        return drug in named or bool(named & self.above(part).keys())
