"""Drug–drug: what the graph says of a pair, class rules included, one finding per pair."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.rules import SEVERITY, Component, DrugRules, Knowledge
from graphrx.kg.verifier.verdict import (
    Finding,
    Level,
    Path,
    Question,
    Words,
    also_said,
    effect_of,
    undecided_effect,
)
from graphrx.kg.verifier.when import Test, evaluate


@dataclass(frozen=True, slots=True)
class EdgeRule:
    """An interaction edge, compiled once for every pair that it holds for.

    :param exempt: drugs and classes that it does not hold for.
    :param exempt_pairs: pairs that it does not hold for, in either order.
    :param washout: drug or class → days after stopping it during which the rule still counts.
    """

    severity: Level
    tests: tuple[Test, ...]
    exempt: tuple[int, ...]
    exempt_pairs: tuple[tuple[int | None, int | None], ...]
    unless: tuple[int, ...]
    unless_routes: frozenset[str]
    washout: Mapping[int | None, int]
    trusted: bool
    notes: Mapping[str, str]

    def holds_for(self, mine: Component, theirs: Component) -> bool:
        """True unless the two are listed exceptions."""
        if any(node in mine.lineage or node in theirs.lineage for node in self.exempt):
            return False
        return not any(
            (x in mine.lineage and y in theirs.lineage)
            or (y in mine.lineage and x in theirs.lineage)
            for x, y in self.exempt_pairs
        )

    def days(self, component: Component) -> int | None:
        """Days that the rule counts after this drug was stopped; None where it does not say."""
        found = [value for node, value in self.washout.items() if node in component.lineage]
        return max(found) if found else None


@dataclass(frozen=True)
class PairRule:
    """An interaction as it holds for one pair of drugs.

    :param washout: days after stopping the second drug during which it still counts, or None.
    :param index: the edge in the snapshot.
    :param nodes: the way from the first drug to the second, over the edge.
    """

    edge: EdgeRule
    washout: int | None
    index: int
    nodes: tuple[int, ...]
    predicates: tuple[str, ...]
    knowledge: Knowledge

    @cached_property
    def evidence(self) -> tuple[Path, ...]:
        """One path per source; most pairs are asked of patients whom they do not concern."""
        return self.knowledge.paths(self.index, self.nodes, self.predicates)

    @property
    def severity(self) -> Level:
        """Severity that the edge states."""
        return self.edge.severity


class Interactions:
    """Pair rules over one knowledge base; remembers every pair that it has looked up."""

    def __init__(self, knowledge: Knowledge) -> None:
        """Read nothing yet."""
        self.knowledge = knowledge
        self._partners: dict[int, Mapping[int, tuple[tuple[int, int], ...]]] = {}
        self._members: dict[int, frozenset[int]] = {}
        self._edges: dict[int, EdgeRule] = {}
        self._pairs: dict[tuple[int, int], tuple[PairRule, ...]] = {}
        self._findings: dict[tuple[int, ...], Finding] = {}

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

    def partners(self, drug: DrugRules) -> frozenset[int]:
        """Every drug of which some interaction edge may speak beside this one."""
        places = {place for one in drug.components for place in self._partners_of(one)}
        return frozenset().union(*map(self._drugs_of, places))

    def _drugs_of(self, place: int) -> frozenset[int]:
        """A drug or the members of a class, and the combinations that hold one of them."""
        if place not in self._members:
            snapshot = self.knowledge.snapshot
            members = {place, *snapshot.closure(place, "member_of", reverse=True)}
            holding = {
                snapshot.edge(index).subject
                for member in members
                for index in snapshot.into(member, "has_ingredient")
            }
            self._members[place] = frozenset(members | holding)
        return self._members[place]

    def _edge(self, index: int) -> EdgeRule:
        if index not in self._edges:
            knowledge = self.knowledge
            words = knowledge.snapshot.edge(index).qualifiers
            listed = words.get("except") or ()
            exempt, unless, routes = knowledge.exceptions(listed)
            washout = words.get("washout_days") or {}
            self._edges[index] = EdgeRule(
                severity=words["severity"],
                tests=knowledge.tests(words.get("when") or {}, (), index),
                exempt=tuple(exempt),
                exempt_pairs=tuple(
                    (knowledge.node_of(item[0]), knowledge.node_of(item[1]))
                    for item in listed
                    if isinstance(item, list) and len(item) == 2
                ),
                unless=unless,
                unless_routes=routes,
                washout={knowledge.node_of(k): int(v) for k, v in washout.items()},
                trusted=knowledge.trusted(index) and not words.get("derived"),
                notes=knowledge.notes(index),
            )
        return self._edges[index]

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
                        for own, index in partners[place]:
                            edge = self._edge(index)
                            if edge.holds_for(mine, theirs):
                                rules.append(
                                    self._rule(first, second, mine, theirs, own, place, index)
                                )
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
    ) -> PairRule:
        edge = self._edge(index)
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
        return PairRule(
            edge=edge,
            washout=edge.days(theirs),
            index=index,
            nodes=(*way, *back),
            predicates=(*up, "pharmacologically_interacts_with", *down),
            knowledge=self.knowledge,
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
        rules = self.pair(first, second)
        if not rules:
            return ()
        matched: list[int] = []
        said: list[tuple[Words, ...]] = []
        undecided: Finding | None = None
        strength = (0, False)
        for place, rule in enumerate(rules):
            edge = rule.edge
            if stopped_days is not None and not _still_counts(rule, second, stopped_days):
                continue
            if any(node in facts.conditions for node in edge.unless):
                continue
            if edge.unless_routes and edge.unless_routes & set(routes):
                continue
            answer = evaluate(edge.tests, facts, routes[0])
            if answer.holds:
                matched.append(place)
                said.append(answer.modifiers)
            elif answer.holds is None and undecided is None:
                undecided = _finding(first, second, rule, answer.modifiers, stopped_days, [])
                undecided = _open(undecided, rule, answer.question)
                strength = _strength(rule)
        if not matched:
            return () if undecided is None else (undecided,)
        rule = rules[matched[0]]
        others = [rules[place] for place in matched[1:]]
        if said[0] or stopped_days is not None:
            found = _finding(first, second, rule, said[0], stopped_days, others)
        else:  # the same for every patient for whom these rules hold
            key = (first.node, second.node, *matched)
            if key not in self._findings:
                self._findings[key] = _finding(first, second, rule, (), None, others)
            found = self._findings[key]
        if undecided is not None and strength < _strength(rule):
            return found, undecided
        return (found,)


def _strength(rule: PairRule) -> tuple[int, bool]:
    """Worst first; of equal severity what may block, or weak evidence would hide it."""
    return SEVERITY[rule.severity], not rule.edge.trusted


def _rank(rule: PairRule) -> tuple[tuple[int, bool], int, str, tuple[int, ...], int]:
    reason = rule.edge.notes.get("reason", "")
    return (_strength(rule), len(rule.nodes), reason, rule.nodes, rule.index)


def _still_counts(rule: PairRule, stopped: DrugRules, days: int) -> bool:
    return days < (stopped.persists_days if rule.washout is None else rule.washout)


def _finding(
    first: DrugRules,
    second: DrugRules,
    rule: PairRule,
    modifiers: tuple[Words, ...],
    stopped_days: int | None,
    others: list[PairRule],
) -> Finding:
    evidence = dict.fromkeys(rule.evidence)
    notes = rule.edge.notes
    also: list[Words] = []
    for other in others:
        if other.severity == rule.severity:
            evidence.update(dict.fromkeys(other.evidence))
        if other.severity != rule.severity or other.edge.notes.get("reason") != notes.get("reason"):
            also.append(also_said(other.severity, other.edge.notes, other.evidence))
    if stopped_days is not None:
        said = f"{second.name} was stopped {stopped_days} days ago"
        said_zh = f"{second.name_zh or second.name}已停用{stopped_days}天"
        modifiers = (*modifiers, Words(said, said_zh))
    same_edge = [
        o for o in others if len(o.nodes) == len(rule.nodes) and o.severity != rule.severity
    ]
    sources = {path.source for o in (rule, *same_edge) for path in o.evidence}
    kind = "food" if first.food or second.food else "drug_drug"
    return Finding(
        kind="washout" if stopped_days is not None else kind,
        level=rule.severity,
        effect=effect_of(rule.severity, trusted=rule.edge.trusted),
        subject=first.name,
        object=second.name,
        notes=notes,
        evidence=tuple(evidence),
        modifiers=(*modifiers, *dict.fromkeys(also)),
        source_conflict=bool(same_edge) and len(sources) > 1,
    )


def _open(finding: Finding, rule: PairRule, question: Question | None) -> Finding:
    return replace(finding, effect=undecided_effect(rule.severity), question=question)
