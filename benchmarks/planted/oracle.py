"""What the facts mean for a patient of whom everything is known: a second, plain reading.

Written from the design alone: interactions, wash-out times, duplicates and allergies here, rules
about the patient in ``patient_oracle``.
"""

from collections.abc import Iterable, Mapping
from functools import cache, cached_property
from typing import Any

from planted.facts import Pair
from planted.patient_oracle import PatientOracle
from planted.said import LEVELS, Expected, Json, expected


class Oracle(PatientOracle):
    """Every finding of an order for a patient, by the facts."""

    def expected(self, patient: Json, drug: str, route: str | None = None) -> set[Expected]:
        """All findings of one drug for a fully known patient."""
        return {
            *self.of_patient(patient, drug, route),
            *self.of_current(patient, drug, route),
            *self.of_allergies(patient, drug),
            *self.withdrawn(drug),
        }

    def withdrawn(self, drug: str) -> Iterable[Expected]:
        """A withdrawn drug is blocked whoever the patient is."""
        if self.facts.drugs[drug].withdrawn:
            yield Expected("withdrawn", "withdrawn drugs", "contraindicated", "block")

    # -- current drugs --------------------------------------------------------------------------

    def of_current(self, patient: Json, drug: str, route: str | None) -> Iterable[Expected]:
        """Interactions, wash-out times and duplicates with each current drug."""
        has = self.conditions(patient)
        for entry in patient["current_drugs"]:
            name, stopped = entry["name"], entry.get("stopped_days_ago")
            if stopped is None:
                level = self.duplicate(drug, name)
                if level is not None:
                    yield expected("duplicate", name, level, True)
            if name == drug:
                continue
            rules = [
                (pair, back)
                for pair, back in self.pairs_of(drug, name)
                if (stopped is None or stopped < self._days(pair, name, back))
                and not self.excepted(pair.unless, has, (route,))
                and self.met(pair.when, patient, has, (), None)
            ]
            if rules:
                worst = min(
                    (pair for pair, _ in rules),
                    key=lambda pair: (LEVELS.index(pair.level), not pair.trusted),
                )
                both = (self.facts.drugs[one].food for one in (drug, name))
                kind = "washout" if stopped is not None else "food" if any(both) else "drug_drug"
                yield expected(kind, name, worst.level, worst.trusted)

    def _days(self, pair: Pair, name: str, part: str) -> int:
        told = [days for group, days in pair.washout.items() if group in self.facts.above(part)]
        own = [self.facts.drugs[one].persists or 1 for one in self.facts.parts(name)]
        return max(told) if told else max(own)

    @cache  # noqa: B019
    def pairs_of(self, first: str, second: str) -> tuple[tuple[Pair, str], ...]:
        """Interactions that hold for two drugs, each with the part of the second that it names."""
        found: list[tuple[Pair, str]] = []
        for mine in self.facts.parts(first):
            for theirs in self.facts.parts(second):
                if mine != theirs:
                    rows = self._between(self.facts.above(mine), self.facts.above(theirs))
                    found.extend((pair, theirs) for pair in rows)
        return tuple(found)

    def _between(self, mine: Mapping[str, int], theirs: Mapping[str, int]) -> Iterable[Pair]:
        for pair in self._written(frozenset(mine)):
            if _names_both(list(pair.between), mine, theirs) and not any(
                _names_both(one, mine, theirs) for one in pair.unless
            ):
                yield pair

    @cache  # noqa: B019
    def _written(self, places: frozenset[str]) -> tuple[Pair, ...]:
        return tuple(pair for pair in self.facts.pairs if places & set(pair.between))

    @cache  # noqa: B019
    def duplicate(self, first: str, second: str) -> str | None:
        """Level of giving both, None where that is nothing."""
        ours = [set(self.facts.drugs[n].parts) or {n} for n in (first, second)]
        if ours[0] & ours[1]:
            return "contraindicated"
        one, two = self.facts.reach(first), self.facts.reach(second)
        actions = set()
        for place in one & two:
            row = self.facts.classes.get(place, {})
            allowed = any(
                (x in one and y in two) or (y in one and x in two)
                for x, y in row.get("allow") or ()
            )
            if row.get("duplicate") and not allowed:
                actions.add(row["duplicate"])
        if "no_dual_use" in actions:
            return "contraindicated"
        return "moderate" if actions else None

    # -- allergies ------------------------------------------------------------------------------

    def of_allergies(self, patient: Json, drug: str) -> Iterable[Expected]:
        """The same ingredient or allergen class; else the nearest cross-reactivity."""
        for entry in patient["allergies"]:
            level = self.allergy(drug, entry["substance"], entry.get("severity") == "severe")
            if level is not None:
                yield expected("allergy", entry["substance"], level, True)

    def allergy(self, drug: str, substance: str, severe: bool) -> str | None:
        """Level of an allergy to a drug, a class or another allergen, None where it is nothing."""
        if self._same(drug, substance):
            return "contraindicated"
        similarity = self._nearest(drug, substance)
        if similarity == "similar_side_chain":
            return "contraindicated" if severe else "major"
        return "moderate" if similarity == "low" else None

    def _lines(self, substance: str) -> list[Mapping[str, int]]:
        if substance in self.facts.drugs:
            return [self.facts.above(part) for part in self.facts.parts(substance)]
        return [self.facts.above(substance)]

    def _same(self, drug: str, substance: str) -> bool:
        mine = self.facts.reach(drug)
        if substance in mine:
            return True
        ingredients = set(self.facts.drugs[drug].parts) or {drug}
        return any(
            place in ingredients or self.facts.classes.get(place, {}).get("allergen") == "true"
            for line in self._lines(substance)
            for place in line.keys() & mine
        )

    @cache  # noqa: B019
    def _nearest(self, drug: str, substance: str) -> str | None:
        order = ("similar_side_chain", "low", "none")
        mine: dict[str, int] = {}
        for part in self.facts.parts(drug):
            for place, steps in self.facts.above(part).items():
                far = steps + (part != drug)
                mine[place] = min(far, mine.get(place, far))
        ranks = [
            (steps + line[other], order.index(similarity))
            for place, steps in mine.items()
            for other, similarity in self._similar.get(place, ())
            for line in self._lines(substance)
            if other in line
        ]
        return order[min(ranks)[1]] if ranks else None

    @cached_property
    def _similar(self) -> Mapping[str, list[tuple[str, str]]]:
        """Name → what it cross-reacts with, and how similar the two are."""
        found: dict[str, list[tuple[str, str]]] = {}
        for x, y, similarity in self.facts.similar:
            found.setdefault(x, []).append((y, similarity))
            found.setdefault(y, []).append((x, similarity))
        return found


def _names_both(unless: Any, mine: Mapping[str, int], theirs: Mapping[str, int]) -> bool:
    """One name that is on either side, or two names, one on each."""
    if isinstance(unless, str):
        return unless in mine or unless in theirs
    if isinstance(unless, list):
        x, y = unless
        return (x in mine and y in theirs) or (y in mine and x in theirs)
    return False
