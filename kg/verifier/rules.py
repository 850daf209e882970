"""What the graph says of a drug, compiled once: lineage, rules about the patient, partners.

Rules come down one way: a rule on a class hits its members (``member_of+``), and a combination
takes the rules of its ingredients (``has_ingredient``). Exceptions are part of the rule.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from graphrx.kg.errors import IntegrityError
from graphrx.kg.model import EvidenceRow
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.limit import Limit, parse_limit
from graphrx.kg.verifier.verdict import Level, Path
from graphrx.kg.verifier.when import Test, compile_when

SEVERITY = {"contraindicated": 0, "major": 1, "unknown": 2, "moderate": 3, "minor": 4}
"""Severity → rank, worst first."""
Lineage = Mapping[int, tuple[int, ...]]
"""Drug or class node → the nodes on the way from the drug to it, both ends included."""


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule about the patient, as it holds for one drug.

    :param tail: the condition node that the rule points at.
    :param tests: the compiled ``when``; all must hold.
    :param unless: condition nodes that are listed exceptions.
    :param active: only an active problem counts, not the history.
    :param evidence: one path per source, from the drug to the condition.
    :param limit: of a rule of the dose check, the dose above which it holds.
    """

    check: str
    severity: Level
    tail: int
    tests: tuple[Test, ...]
    unless: tuple[int, ...]
    unless_routes: frozenset[str]
    active: bool
    trusted: bool
    notes: Mapping[str, str]
    evidence: tuple[Path, ...]
    limit: Limit | None = None

    @property
    def strength(self) -> tuple[int, bool]:
        """Worst first; of equal severity what may block, or weak evidence would hide it."""
        return SEVERITY[self.severity], not self.trusted


@dataclass(frozen=True, slots=True)
class UsualDose:
    """A usual dose ("500-1000 mg/dose"): for whom, by which route, and where it stands."""

    dose: str
    routes: tuple[str, ...]
    when: Mapping[str, Any]
    tests: tuple[Test, ...]
    source: str
    at: str


@dataclass(frozen=True, slots=True)
class Component:
    """A drug, or one ingredient of a combination, with its classes."""

    node: int
    lineage: Lineage


@dataclass(frozen=True, slots=True)
class DrugRules:
    """Everything that the verifier needs of one drug.

    :param components: the drug itself and, for a combination, each ingredient.
    :param ingredients: ingredient nodes (the drug itself when there is one only).
    :param food: a food, drink or herb: taken, never recommended.
    :param disease: rules of the drug–disease check by condition node.
    :param others: check → its rules, of the checks beside disease and dose.
    :param doses: the limits of the drug itself; those of its ingredients are not its own.
    :param coverage: checks that a reviewed document covers.
    """

    node: int
    name: str
    name_zh: str | None
    routes: tuple[str, ...]
    persists_days: int
    withdrawn: Mapping[str, Any] | None
    food: bool
    components: tuple[Component, ...]
    lineage: Lineage
    ingredients: frozenset[int]
    disease: Mapping[int, tuple[Rule, ...]]
    others: Mapping[str, tuple[Rule, ...]]
    doses: tuple[Rule, ...]
    usual_doses: tuple[UsualDose, ...]
    coverage: frozenset[str]


class Knowledge:
    """The graph as the verifier reads it; compiles each drug at its first use."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Read nothing yet."""
        self.snapshot = snapshot
        self._drugs: dict[int, DrugRules] = {}

    def drug(self, node: int) -> DrugRules:
        """The compiled rules of a drug node.

        :raises IntegrityError: when the graph holds a rule that can't be evaluated; a rule that
            is not understood must never pass in silence.
        """
        if node not in self._drugs:
            self._drugs[node] = self._compile(node)
        return self._drugs[node]

    def lineage(self, node: int) -> dict[int, tuple[int, ...]]:
        """The node and the classes above it, each with the shortest way there."""
        ways: dict[int, tuple[int, ...]] = {node: (node,)}
        queue = [node]
        for place in queue:
            for edge in self.snapshot.out(place, "member_of"):
                parent = self.snapshot.edge(edge).object
                if parent not in ways:
                    ways[parent] = (*ways[place], parent)
                    queue.append(parent)
        return ways

    def names(self, nodes: Iterable[int]) -> tuple[str, ...]:
        """Preferred names of nodes."""
        return tuple(self.snapshot.name(node) for node in nodes)

    def node_of(self, reference: Any) -> int | None:
        """Node index of an id (or a unique name) that a qualifier mentions."""
        if isinstance(reference, int):
            return reference
        index = self.snapshot.index(str(reference))
        if index is not None:
            return index
        from graphrx.kg.linking.normalise import normalise

        found = self.snapshot.lookup(normalise(str(reference)))
        return found[0][0] if found else None

    def itself(self, node: int) -> tuple[int, ...]:
        """A drug held against itself: there and back by a class, else by what it is joined to."""
        for predicate in ("member_of", "treats", None):
            for edge in self.snapshot.out(node, predicate):
                return (node, self.snapshot.edge(edge).object, node)
        for edge in self.snapshot.into(node):  # a part that is only given in combinations
            return (node, self.snapshot.edge(edge).subject, node)
        return (node, node)

    def grouping(self, nodes: tuple[int, ...]) -> tuple[str, ...]:
        """Predicates along a way of memberships and ingredients, or along :meth:`itself`."""
        return tuple(self._predicate(here, there) for here, there in pairwise(nodes))

    def _predicate(self, here: int, there: int) -> str:
        ends = {self.snapshot.category(here), self.snapshot.category(there)}
        if "DrugClass" in ends and ends <= {"Drug", "DrugClass"}:
            return "member_of"
        found = [*self.snapshot.out(here), *self.snapshot.into(here)]
        edges = [self.snapshot.edge(index) for index in found]
        words = [edge.predicate for edge in edges if there in (edge.subject, edge.object)]
        return words[0] if words and "has_ingredient" not in words else "has_ingredient"

    def paths(self, edge: int, nodes: tuple[int, ...], edges: tuple[str, ...]) -> tuple[Path, ...]:
        """One path per source of an edge, in a stable order."""
        rows = sorted(self.snapshot.evidence(edge), key=lambda row: (row.source, row.locator))
        names = self.names(nodes)
        return tuple(Path(names, edges, row.source, row.locator, row.level) for row in rows)

    def notes(self, edge: int) -> dict[str, str]:
        """How the sources word the edge; the first source in stable order wins per key."""
        words: dict[str, str] = {}
        for row in sorted(self.snapshot.evidence(edge), key=lambda row: (row.source, row.locator)):
            for key, value in row.notes.items():
                words.setdefault(key, str(value))
        return words

    def trusted(self, edge: int) -> bool:
        """True when some source of the edge may block: trusted, and not read by a machine."""
        return any(_trusted(row) for row in self.snapshot.evidence(edge))

    # -- compiling -------------------------------------------------------------------------

    def _compile(self, node: int) -> DrugRules:
        snapshot, record = self.snapshot, self.snapshot.node(node)
        parts = sorted(snapshot.edge(e).object for e in snapshot.out(node, "has_ingredient"))
        components = tuple(
            Component(place, self.lineage(place)) for place in dict.fromkeys((node, *parts))
        )
        lineage: dict[int, tuple[int, ...]] = {}
        for component in components:
            for place, way in component.lineage.items():
                lineage.setdefault(place, way if component.node == node else (node, *way))
        routes = tuple(record.attributes.get("routes") or ())
        disease: dict[int, list[Rule]] = {}
        others: dict[str, list[Rule]] = {}
        doses: list[Rule] = []
        for component in components:
            for rule in self._rules(node, component, routes):
                if rule.limit is not None:
                    doses.append(rule)
                elif rule.check == "drug_disease":
                    disease.setdefault(rule.tail, []).append(rule)
                else:
                    others.setdefault(rule.check, []).append(rule)
        persists = [
            int(snapshot.node(c.node).attributes.get("persists_days") or 1) for c in components
        ]
        return DrugRules(
            node=node,
            name=record.name,
            name_zh=record.name_zh,
            routes=routes,
            persists_days=max(persists),
            withdrawn=record.attributes.get("withdrawn"),
            food=bool(record.attributes.get("food")),
            components=components,
            lineage=lineage,
            ingredients=frozenset(parts or (node,)),
            disease={tail: tuple(rules) for tail, rules in disease.items()},
            others={check: tuple(rules) for check, rules in others.items()},
            doses=tuple(doses),
            usual_doses=tuple(
                self._usual_doses(record.attributes.get("usual_doses") or (), routes)
            ),
            coverage=frozenset(snapshot.coverage(node)),
        )

    def _rules(self, drug: int, component: Component, routes: tuple[str, ...]) -> Iterable[Rule]:
        prefix = () if component.node == drug else (drug,)
        for place, way in component.lineage.items():
            for index in self.snapshot.out(place, "contraindicated_in"):
                edge = self.snapshot.edge(index)
                words = edge.qualifiers
                when = dict(words.get("when") or {})
                limit = None
                if words["check"] == "dose":
                    if place != drug:
                        continue
                    limit = self._limit(when.pop("dose", ""), index)
                exempt, unless, unless_routes = self.exceptions(words.get("except") or ())
                if drug in exempt or any(one in component.lineage for one in exempt):
                    continue
                nodes = (*prefix, *way, edge.object)
                edges = ("has_ingredient",) * len(prefix) + ("member_of",) * (len(way) - 1)
                yield Rule(
                    check=str(words["check"]),
                    severity=words["severity"],
                    tail=edge.object,
                    tests=self.tests(when, routes, index),
                    unless=unless,
                    unless_routes=unless_routes,
                    active=bool(words.get("active")),
                    trusted=self.trusted(index),
                    notes=self.notes(index),
                    evidence=self.paths(index, nodes, (*edges, "contraindicated_in")),
                    limit=limit,
                )

    def tests(
        self, when: Mapping[str, Any], routes: tuple[str, ...], edge: int
    ) -> tuple[Test, ...]:
        """Compile an edge's ``when``, turning the conditions that it names into nodes."""
        try:
            return self._compiled(when, routes)
        except ValueError as error:
            raise self._unreadable(edge, error) from None

    def _compiled(self, when: Mapping[str, Any], routes: tuple[str, ...]) -> tuple[Test, ...]:
        compiled = dict(when)
        for key in ("condition", "genotype"):
            if key in compiled:
                name = str(compiled.pop(key))
                node = self.node_of(name)
                if node is None:
                    node = self.node_of(f"{name} carrier")
                if node is None:
                    raise ValueError(f"the condition '{name}' is not in the graph")
                compiled["condition"] = node
        return compile_when(compiled, routes)

    def _limit(self, text: object, edge: int) -> Limit:
        try:
            return parse_limit(str(text))
        except ValueError as error:
            raise self._unreadable(edge, error) from None

    def _unreadable(self, edge: int, error: ValueError) -> IntegrityError:
        shown = self.snapshot.edge(edge)
        names = self.names((shown.subject, shown.object))
        return IntegrityError(
            f"the rule {names[0]} {shown.predicate} {names[1]} can't be evaluated: {error}; "
            "correct it in its source and build the graph anew"
        )

    def _usual_doses(
        self, rows: Iterable[Mapping[str, Any]], routes: tuple[str, ...]
    ) -> Iterable[UsualDose]:
        for row in rows:
            by = {"route": row["route"]} if row.get("route") else {}
            when = row.get("when") or {}
            yield UsualDose(
                row["dose"], tuple(row.get("route") or ()), when,
                self._compiled({**when, **by}, routes), row["source"], row["at"],
            )  # fmt: skip

    def exceptions(
        self, listed: Iterable[Any]
    ) -> tuple[list[int], tuple[int, ...], frozenset[str]]:
        """Split a rule's exceptions into drug or class nodes, condition nodes, and routes."""
        exempt: list[int] = []
        conditions: list[int] = []
        routes: set[str] = set()
        for item in listed:
            if isinstance(item, Mapping):
                if "condition" in item:
                    node = self.node_of(item["condition"])
                    if node is not None:
                        conditions.append(node)
                given = item.get("route")
                routes.update([given] if isinstance(given, str) else given or ())
            elif not isinstance(item, list):
                node = self.node_of(item)
                if node is not None:
                    exempt.append(node)
        return exempt, tuple(conditions), frozenset(routes)


def _trusted(row: EvidenceRow) -> bool:
    machine = row.level == "text_mined" or row.agent in ("text_mining_agent", "computational_model")
    return row.source_info.trusted and not machine
