"""Drug–drug: what the graph says of a pair, class rules included, one finding per pair."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.rules import Component, DrugRules, Knowledge
from graphrx.kg.verifier.verdict import Finding, Level, Path, Question, effect_of, undecided_effect
from graphrx.kg.verifier.when import Test, evaluate

_SEVERITY = {"contraindicated": 0, "major": 1, "unknown": 2, "moderate": 3, "minor": 4}


@dataclass(frozen=True, slots=True)
class PairRule:
    """An interaction as it holds for one pair of drugs.

    :param washout: days after stopping the first or the second drug during which it still
        counts; None where the edge does not say.
    """

    severity: Level
    tests: tuple[Test, ...]
    unless: tuple[int, ...]
    unless_routes: frozenset[str]
    washout: tuple[int | None, int | None]
    trusted: bool
    notes: Mapping[str, str]
    evidence: tuple[Path, ...]
    distance: int


class Interactions:
    """Pair rules over one knowledge base; remembers every pair that it has looked up."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read nothing yet."""
        self.knowledge = knowledge
        self._partners: dict[int, Mapping[int, tuple[tuple[int, int], ...]]] = {}
        self._pairs: dict[tuple[int, int], tuple[PairRule, ...]] = {}

    def has_rules(self, drug: DrugRules) -> bool:
        """True when any interaction is known of the drug or of its classes."""
        return any(self._partners_of(component) for component in drug.components)

    def _partners_of(self, component: Component) -> Mapping[int, tuple[tuple[int, int], ...]]:
        """Partner node → (own lineage node, edge) of every interaction edge of the lineage."""
        if component.node not in self._partners:
            snapshot: Snapshot = self.knowledge.snapshot
            found: dict[int, list[tuple[int, int]]] = {}
            for place in component.lineage:
                for index in snapshot.out(place, "pharmacologically_interacts_with"):
                    found.setdefault(snapshot.edge(index).object, []).append((place, index))
                for index in snapshot.into(place, "pharmacologically_interacts_with"):
                    edge = snapshot.edge(index)
                    if edge.subject != edge.object:
                        found.setdefault(edge.subject, []).append((place, index))
            self._partners[component.node] = {k: tuple(v) for k, v in found.items()}
        return self._partners[component.node]

    def pair(self, first: DrugRules, second: DrugRules) -> tuple[PairRule, ...]:
        """Every interaction of two different drugs, worst and most specific first."""
        key = (first.node, second.node)
        if key not in self._pairs:
            rules: list[PairRule] = []
            for mine in first.components:
                partners = self._partners_of(mine)
                for theirs in second.components:
                    if mine.node == theirs.node:
                        continue
                    for place in theirs.lineage.keys() & partners.keys():
                        for own, edge in partners[place]:
                            rule = self._rule(first, second, mine, theirs, own, place, edge)
                            if rule is not None:
                                rules.append(rule)
            rules.sort(key=_rank)
            self._pairs[key] = tuple(rules)
        return self._pairs[key]

    def _rule(
        self,
        first: DrugRules,
        second: DrugRules,
        mine: Component,
        theirs: Component,
        own: int,
        place: int,
        index: int,
    ) -> PairRule | None:
        knowledge = self.knowledge
        words = knowledge.snapshot.edge(index).qualifiers
        listed = words.get("except") or ()
        exempt, unless, routes = knowledge.exceptions(listed)
        if any(node in mine.lineage or node in theirs.lineage for node in exempt):
            return None
        for item in listed:
            if isinstance(item, list) and len(item) == 2:
                x, y = (knowledge.node_of(one) for one in item)
                if (x in mine.lineage and y in theirs.lineage) or (
                    y in mine.lineage and x in theirs.lineage
                ):
                    return None
        way = mine.lineage[own] if mine.node == first.node else (first.node, *mine.lineage[own])
        back = theirs.lineage[place][::-1]
        if theirs.node != second.node:
            back = (*back, second.node)
        up = ("has_ingredient",) * (mine.node != first.node) + ("member_of",) * (
            len(mine.lineage[own]) - 1
        )
        down = ("member_of",) * (len(theirs.lineage[place]) - 1) + ("has_ingredient",) * (
            theirs.node != second.node
        )
        days = {knowledge.node_of(k): int(v) for k, v in (words.get("washout_days") or {}).items()}
        return PairRule(
            severity=words["severity"],
            tests=knowledge.tests(words.get("when") or {}, (), index),
            unless=unless,
            unless_routes=routes,
            washout=(_days(days, mine), _days(days, theirs)),
            trusted=knowledge.trusted(index) and not words.get("derived"),
            notes=knowledge.notes(index),
            evidence=knowledge.paths(
                index, (*way, *back), (*up, "pharmacologically_interacts_with", *down)
            ),
            distance=len(way) + len(back),
        )

    def findings(
        self,
        first: DrugRules,
        second: DrugRules,
        facts: PatientFacts,
        routes: tuple[str | None, str | None] = (None, None),
        stopped_days: int | None = None,
    ) -> tuple[Finding, ...]:
        """The worst matched rule of the pair, others as modifiers; and a worse one still open.

        :param stopped_days: days since the second drug was stopped, or None.
        """
        matched: list[tuple[PairRule, tuple[str, ...]]] = []
        undecided: Finding | None = None
        strength = (0, False)
        for rule in self.pair(first, second):
            if stopped_days is not None and not _still_counts(rule, second, stopped_days):
                continue
            if any(node in facts.conditions for node in rule.unless):
                continue
            if rule.unless_routes and rule.unless_routes & set(routes):
                continue
            answer = evaluate(rule.tests, facts, routes[0])
            if answer.holds:
                matched.append((rule, answer.modifiers))
            elif answer.holds is None and undecided is None:
                undecided = _finding(first, second, rule, answer.modifiers, stopped_days, [])
                undecided = _open(undecided, rule, answer.question)
                strength = _strength(rule)
        if not matched:
            return () if undecided is None else (undecided,)
        rule, modifiers = matched[0]
        others = [other for other, _ in matched[1:]]
        found = _finding(first, second, rule, modifiers, stopped_days, others)
        if undecided is not None and strength < _strength(rule):
            return found, undecided
        return (found,)


def _days(days: Mapping[int | None, int], component: Component) -> int | None:
    found = [value for node, value in days.items() if node in component.lineage]
    return max(found) if found else None


def _strength(rule: PairRule) -> tuple[int, bool]:
    """Worst first; of equal severity what may block, or weak evidence would hide it."""
    return _SEVERITY[rule.severity], not rule.trusted


def _rank(rule: PairRule) -> tuple[tuple[int, bool], int, str, str]:
    path = rule.evidence[0] if rule.evidence else None
    return (_strength(rule), rule.distance, rule.notes.get("reason", ""), str(path))


def _still_counts(rule: PairRule, stopped: DrugRules, days: int) -> bool:
    washout = rule.washout[1]
    return days < washout if washout is not None else days < stopped.persists_days


def _finding(
    first: DrugRules,
    second: DrugRules,
    rule: PairRule,
    modifiers: tuple[str, ...],
    stopped_days: int | None,
    others: list[PairRule],
) -> Finding:
    evidence = dict.fromkeys(rule.evidence)
    also: list[str] = []
    for other in others:
        if other.severity == rule.severity:
            evidence.update(dict.fromkeys(other.evidence))
        reason = other.notes.get("reason")
        if reason and reason != rule.notes.get("reason"):
            also.append(f"also {other.severity}: {reason}")
    if stopped_days is not None:
        modifiers = (*modifiers, f"{second.name} was stopped {stopped_days} days ago")
    same_edge = [o for o in others if o.distance == rule.distance and o.severity != rule.severity]
    sources = {path.source for o in (rule, *same_edge) for path in o.evidence}
    return Finding(
        kind="washout" if stopped_days is not None else "drug_drug",
        level=rule.severity,
        effect=effect_of(rule.severity, trusted=rule.trusted),
        subject=first.name,
        object=second.name,
        notes=rule.notes,
        evidence=tuple(evidence),
        modifiers=(*modifiers, *dict.fromkeys(also)),
        source_conflict=bool(same_edge) and len(sources) > 1,
    )


def _open(finding: Finding, rule: PairRule, question: Question | None) -> Finding:
    return replace(finding, effect=undecided_effect(rule.severity), question=question)
