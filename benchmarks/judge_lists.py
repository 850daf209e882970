"""What outside lists say of pairs of our drugs, and what the formulary says of the same pairs.

The lists are read by ``graphrx.kg.sources``, names are mapped as in ``coverage_audit.py``; a
combination is listed where one of its ingredients is. Nothing of the lists is written down.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from coverage_audit import NOT_A_DRUG, Names

from graphrx.kg import schema
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import EntityRow, Ref, Row
from graphrx.kg.verifier.rules import DrugRules
from graphrx.kg.verifier.verify import Verifier

Pair = frozenset[int]
LEVELS = ("contraindicated", "major", "unknown", "moderate", "minor")
"""From worst to mildest; a severity that nobody has graded stands before moderate."""
SERIOUS = frozenset({"contraindicated", "major"})


def worst(levels: set[str]) -> str:
    """Return the worst level of a set, ``none`` of an empty one."""
    return min(levels, key=LEVELS.index) if levels else "none"


def mildest(levels: set[str]) -> str:
    """Return the mildest level of a set, ``none`` of an empty one."""
    return max(levels, key=LEVELS.index) if levels else "none"


@dataclass
class PairList:
    """One judge.

    :param known: our drugs that it mentions at all.
    :param entries: pair → the levels of each of its entries; an entry of several levels has each
        under a condition of its own.
    :param words: pair → how the judge names the two sides of its entries.
    """

    name: str
    known: set[int] = field(default_factory=set)
    entries: dict[Pair, dict[str, set[str]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(set))
    )

    def worst(self, pair: Pair) -> str:
        """Worst level of a pair, whatever its condition; ``none`` where it is not listed."""
        found = self.entries.get(pair, {}).values()
        return worst({level for levels in found for level in levels})

    def sure(self, pair: Pair) -> str:
        """Level that a pair has whatever the condition: the worst of its entries' mildest."""
        return worst({mildest(levels) for levels in self.entries.get(pair, {}).values()})


def read_lists(data: Path, snapshot: Snapshot) -> dict[str, PairList]:
    """Read DDInter, ONC high priority (with and without QT) and the French thesaurus."""
    names = Names.read(snapshot, data)
    lists = {name: PairList(name) for name in ("ddinter", "onc", "onc_qt", "ansm")}
    for source in ("ddinter", "onc", "ansm"):
        members: dict[str, set[int]] = defaultdict(set)
        for item in registry.read(source, data):
            if isinstance(item, EntityRow):
                found = _drugs(item.ref, names, source)
                lists[source].known |= found
                for parent in item.parents:
                    members[parent.ids[0]] |= found
            elif isinstance(item, Row) and item.predicate == schema.INTERACTS_WITH:
                _add(lists, source, item, names, members)
    lists["onc_qt"].known = lists["onc"].known
    return lists


def _add(
    lists: dict[str, PairList], source: str, row: Row, names: Names, members: dict[str, set[int]]
) -> None:
    left, right = (
        members[ref.ids[0]] if ref.category == schema.DRUG_CLASS else _drugs(ref, names, source)
        for ref in (row.subject, row.object)
    )
    level = str(row.qualifiers["severity"])
    lists[source].known |= left | right
    # two drugs that prolong the QT interval are a list of their own: it asks for a warning
    target = lists["onc_qt" if source == "onc" and level == "major" else source]
    said = " + ".join(sorted(ref.name or ref.ids[0] for ref in (row.subject, row.object)))
    for a in left:
        for b in right:
            if a != b:
                target.entries[frozenset((a, b))][said].add(level)


def _drugs(ref: Ref, names: Names, source: str) -> set[int]:
    for one in ref.ids:
        if one in names.by_id:
            node = names.by_id[one]
            return names.users.get(node, {node})
    name = ref.name or ""
    if source != "ansm":
        return names.find(name)
    return names.find_french(name) or names.find_french(NOT_A_DRUG.sub("", name))


@dataclass(frozen=True, slots=True)
class Said:
    """What the formulary says of a pair.

    :param level: the worst level of an interaction or duplicate rule; ``none`` without a rule.
    :param conditional: that level holds for some patients, routes or doses only.
    """

    level: str
    conditional: bool = False

    @property
    def interruptive(self) -> bool:
        """True where the rule, when it holds, interrupts."""
        return self.level in SERIOUS


class Ours:
    """The formulary's say on pairs, asked of the verifier's own look-ups."""

    def __init__(self, verifier: Verifier) -> None:
        """Use the verifier's compiled rules."""
        self.verifier = verifier
        self._said: dict[Pair, Said] = {}

    def drugs(self) -> tuple[int, ...]:
        """Return our drugs that are given as such and not withdrawn: those are blocked alone."""
        snapshot = self.verifier.snapshot
        return tuple(
            node
            for node in snapshot.nodes_of("Drug")
            if not snapshot.node(node).attributes.get("only_in_combination")
            and not snapshot.node(node).attributes.get("withdrawn")
        )

    def __call__(self, pair: Pair) -> Said:
        """Return the worst thing said of a pair."""
        if pair not in self._said:
            first, second = (self.verifier.knowledge.drug(node) for node in sorted(pair))
            self._said[pair] = self._say(first, second)
        return self._said[pair]

    def _say(self, first: DrugRules, second: DrugRules) -> Said:
        rules = self.verifier.interactions.pair(first, second)
        found = [
            (rule.severity, bool(rule.edge.tests or rule.edge.unless or rule.edge.unless_routes))
            for rule in rules
        ]
        duplicate = self.verifier.duplicates.finding(first, second)
        if duplicate is not None:
            found.append((duplicate.level, False))
        if not found:
            return Said("none")
        level = worst({severity for severity, _ in found})
        return Said(level, all(limited for severity, limited in found if severity == level))


def serious_by_two(lists: dict[str, PairList], *, sure: bool) -> set[Pair]:
    """Return the pairs that at least two judges call contraindicated or major.

    DDInter: Major. ONC high priority: listed, other than as two QT-prolonging drugs. French
    thesaurus: contraindicated or not recommended; with ``sure`` whatever the condition, else by
    the worst level that some condition gives.
    """
    ansm = lists["ansm"]
    votes: dict[Pair, int] = defaultdict(int)
    for pair in lists["ddinter"].entries:
        votes[pair] += lists["ddinter"].worst(pair) == "major"
    for pair in lists["onc"].entries:
        votes[pair] += 1
    for pair in ansm.entries:
        votes[pair] += (ansm.sure(pair) if sure else ansm.worst(pair)) in SERIOUS
    return {pair for pair, n in votes.items() if n >= 2}


def pairs_among(nodes: Iterator[int] | tuple[int, ...]) -> Iterator[Pair]:
    """Yield every pair of different nodes once."""
    listed = sorted(nodes)
    for place, a in enumerate(listed):
        for b in listed[place + 1 :]:
            yield frozenset((a, b))
