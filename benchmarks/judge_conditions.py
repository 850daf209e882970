"""What outside lists say of a drug and a condition, and what the formulary says of the same.

Ids are mapped by ``graphrx.kg.resolution``. A condition that the formulary does not hold is placed
under the nearest one above it in the Disease Ontology; such rows count apart.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from judge_lists import SERIOUS, worst
from rates import share

from graphrx.kg import schema
from graphrx.kg.formulary.loader import load
from graphrx.kg.indication import indications
from graphrx.kg.resolution.resolver import Resolved, load_resolver
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import EntityRow, Ref, Row
from graphrx.kg.verifier.rules import Knowledge

Fact = tuple[int, int]
"""Drug node and condition node."""
TREATS = frozenset({schema.TREATS, schema.PALLIATES})


@dataclass
class FactList:
    """One judge's drug–condition facts.

    :param same: facts about a condition that the formulary holds.
    :param below: facts about a narrower one, under the nearest condition above it.
    :param unmapped: facts about our drugs whose condition has no place in the formulary.
    """

    name: str
    same: set[Fact] = field(default_factory=set)
    below: set[Fact] = field(default_factory=set)
    unmapped: int = 0

    @property
    def drugs(self) -> set[int]:
        """Our drugs that the judge speaks of."""
        return {drug for drug, _ in self.same | self.below}

    @property
    def conditions(self) -> set[int]:
        """Conditions that the judge speaks of."""
        return {condition for _, condition in self.same | self.below}


class Conditions:
    """Places a source's drugs and conditions in the formulary."""

    def __init__(self, snapshot: Snapshot, data: Path) -> None:
        """Read the formulary, the DrugBank vocabulary and the Disease Ontology."""
        self.snapshot = snapshot
        self.resolver = load_resolver(load(), data)
        self._parents: dict[str, list[str]] = {}
        for item in registry.read("disease_ontology", data):
            if isinstance(item, EntityRow) and (own := self._id(item.ref)):
                above = [one for ref in item.parents if (one := self._id(ref))]
                self._parents.setdefault(own, []).extend(above)

    def _id(self, ref: Ref) -> str | None:
        found = self.resolver.resolve(ref)
        return found.node_id if isinstance(found, Resolved) else None

    def drug(self, ref: Ref) -> int | None:
        """Return the drug node, or None."""
        own = self._id(ref)
        node = self.snapshot.index(own) if own else None
        return node if node is not None and self.snapshot.category(node) == "Drug" else None

    def place(self, ref: Ref) -> tuple[bool, set[int]]:
        """Return whether the formulary holds the condition itself, and the nodes."""
        own = self._id(ref)
        if own is None:
            return False, set()
        node = self.snapshot.index(own)
        if node is not None:
            return True, {node}
        level, seen = [own], {own}
        while level:
            above = [one for id_ in level for one in self._parents.get(id_, ()) if one not in seen]
            held = {node for one in above if (node := self.snapshot.index(one)) is not None}
            if held:
                return False, held
            seen.update(above)
            level = above
        return False, set()

    def family(self, node: int) -> set[int]:
        """Return the condition with all that is above and below it, and what a goal is about."""
        around = set(self._lines(node))
        for goal_of in self._about(node):
            around |= set(self._lines(goal_of))
        return around

    def above(self, node: int) -> set[int]:
        """Return the condition and all above it."""
        return {node, *self.snapshot.closure(node, "subclass_of")}

    def below(self, node: int) -> set[int]:
        """Return the condition and all below it."""
        return {node, *self.snapshot.closure(node, "subclass_of", reverse=True)}

    def _lines(self, node: int) -> Iterable[int]:
        return self.above(node) | self.below(node)

    def _about(self, node: int) -> set[int]:
        """Return the conditions of a goal, or the goals of a condition."""
        if not hasattr(self, "_goals"):
            self._goals: dict[int, set[int]] = defaultdict(set)
            for category in ("Disease", "PhenotypicFeature"):
                for goal in self.snapshot.nodes_of(category):
                    of = self.snapshot.node(goal).attributes.get("of")
                    for one in [of] if isinstance(of, str) else of or ():
                        target = self.snapshot.index(str(one))
                        if target is not None:
                            self._goals[goal].add(target)
                            self._goals[target].add(goal)
        return self._goals[node]


def read_facts(
    source: str, data: Path, conditions: Conditions, predicates: Iterable[str]
) -> FactList:
    """Read the facts of one source with one of the predicates."""
    wanted, facts = frozenset(predicates), FactList(source)
    for item in registry.read(source, data):
        if not isinstance(item, Row) or item.predicate not in wanted or "product" in item.notes:
            continue
        drug = conditions.drug(item.subject)
        if drug is None:
            continue
        held, nodes = conditions.place(item.object)
        facts.unmapped += not nodes
        (facts.same if held else facts.below).update((drug, node) for node in nodes)
    return facts


def treated(snapshot: Snapshot) -> set[Fact]:
    """Return what the formulary says is treated, palliated or prevented, class by class member."""
    facts = set()
    for category in ("Disease", "PhenotypicFeature"):
        for target in snapshot.nodes_of(category):
            for drug, found in indications(snapshot, [target]).items():
                if found.state == "supported":
                    facts.add((drug, target))
    return facts


def agreement(ours: set[Fact], theirs: FactList, conditions: Conditions) -> dict[str, Any]:
    """Compare indications both ways; *related* is a condition above, below, or the goal's."""
    exact, all_theirs = theirs.same, theirs.same | theirs.below
    by_drug: dict[int, set[int]] = defaultdict(set)
    for drug, condition in all_theirs:
        by_drug[drug].add(condition)
    held: dict[int, set[int]] = defaultdict(set)
    for drug, condition in ours:
        held[drug].add(condition)
    mine = [
        (drug, condition)
        for drug, condition in ours
        if drug in by_drug and theirs.conditions & conditions.family(condition)
    ]
    their = [(drug, condition) for drug, condition in exact if drug in held]
    return {
        "facts_about_our_drugs_and_conditions": len(exact),
        "facts_about_narrower_conditions": len(theirs.below),
        "facts_without_place": theirs.unmapped,
        "ours_supported_exactly": share(sum(fact in exact for fact in mine), len(mine)),
        "ours_supported": share(
            sum(bool(by_drug[d] & conditions.family(c)) for d, c in mine), len(mine)
        ),
        "theirs_held_exactly": share(sum(fact in ours for fact in their), len(their)),
        "theirs_held": share(
            sum(bool(held[d] & conditions.family(c)) for d, c in their), len(their)
        ),
    }


def missing(ours: set[Fact], theirs: FactList, conditions: Conditions) -> list[Fact]:
    """Return their facts that we hold in no form."""
    held: dict[int, set[int]] = defaultdict(set)
    for drug, condition in ours:
        held[drug].add(condition)
    return sorted(
        f for f in theirs.same if f[0] in held and not held[f[0]] & conditions.family(f[1])
    )


class Barred:
    """What the formulary says against a drug in a condition."""

    def __init__(self, snapshot: Snapshot, conditions: Conditions) -> None:
        """Read no rule yet."""
        self.knowledge, self.conditions = Knowledge(snapshot), conditions
        self._rules: dict[int, dict[int, set[str]]] = {}

    def rules(self, drug: int) -> dict[int, set[str]]:
        """Return condition node → levels of the rules on it, over every check."""
        if drug not in self._rules:
            found: dict[int, set[str]] = defaultdict(set)
            compiled = self.knowledge.drug(drug)
            for rules in (*compiled.disease.values(), *compiled.others.values()):
                for rule in rules:
                    found[rule.tail].add(rule.severity)
            self._rules[drug] = found
        return self._rules[drug]

    def level(self, drug: int, condition: int) -> str:
        """Worst level that hits the condition; ``narrower`` where only a narrower one is hit."""
        rules = self.rules(drug)
        hit = {level for tail in self.conditions.above(condition) for level in rules.get(tail, ())}
        if hit:
            return worst(hit)
        return "narrower" if self.conditions.below(condition) & rules.keys() else "none"


def barred_agreement(
    theirs: FactList, indicated: set[Fact], barred: Barred, snapshot: Snapshot
) -> dict[str, Any]:
    """Compare their contraindications with our rules, both ways."""
    levels: dict[str, int] = defaultdict(int)
    for drug, condition in theirs.same:
        levels[barred.level(drug, condition)] += 1
    n = len(theirs.same)
    said = sum(count for level, count in levels.items() if level != "none")
    loud = sum(levels[level] for level in SERIOUS)
    mine = {
        (drug, tail)
        for drug in theirs.drugs
        for tail, found in barred.rules(drug).items()
        if "contraindicated" in found and theirs.conditions & barred.conditions.family(tail)
    }
    every = theirs.same | theirs.below
    by_drug: dict[int, set[int]] = defaultdict(set)
    for drug, condition in every:
        by_drug[drug].add(condition)
    supported = sum(bool(by_drug[d] & barred.conditions.family(c)) for d, c in mine)
    return {
        "facts_about_our_drugs_and_conditions": n,
        "facts_about_narrower_conditions": len(theirs.below),
        "facts_without_place": theirs.unmapped,
        "also_in_the_indication_list": len(theirs.same & indicated),
        "our_level": dict(sorted(levels.items())),
        "theirs_interruptive_with_us": share(loud, n),
        "theirs_said_by_us": share(said, n),
        "our_contraindications_supported": share(supported, len(mine)),
    }
