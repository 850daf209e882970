"""Regimens as graph facts: fill every component with the best drug that passes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import product

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.verdict import ORDER, DrugVerdict, Path
from graphrx.kg.verifier.verify import Verifier

COMBINATIONS = 20_000
"""Fillings tried per regimen; options beyond the best few of a component are cut first."""


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a regimen with its options, best first by the source's preference."""

    role: str
    role_zh: str
    options: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Regimen:
    """A regimen of the graph."""

    node: int
    line: str | None
    components: tuple[Component, ...]
    evidence: tuple[Path, ...]


@dataclass(frozen=True, slots=True)
class Filled:
    """A regimen with one drug chosen per component; None where no option passes."""

    regimen: Regimen
    chosen: tuple[int | None, ...]

    @property
    def complete(self) -> bool:
        """True when every component has a drug."""
        return None not in self.chosen


def regimens_for(snapshot: Snapshot, targets: Sequence[int]) -> list[Regimen]:
    """Regimens that treat a target or a parent of it, the target's own first."""
    found: dict[int, tuple[int, Regimen]] = {}
    for target in targets:
        places = [target, *snapshot.closure(target, "subclass_of")]
        for depth, place in enumerate(places):
            for index in snapshot.into(place, "treats"):
                edge = snapshot.edge(index)
                if snapshot.category(edge.subject) == "Regimen" and edge.subject not in found:
                    names = (snapshot.name(edge.subject), snapshot.name(place))
                    evidence = tuple(
                        Path(names, ("treats",), row.source, row.locator, row.level)
                        for row in snapshot.evidence(index)
                    )
                    found[edge.subject] = (
                        min(depth, 1),
                        Regimen(edge.subject, edge.qualifiers.get("line"),
                                _components(snapshot, edge.subject), evidence),
                    )  # fmt: skip
    return [regimen for _, regimen in sorted(found.values(), key=lambda one: (one[0], one[1].node))]


def _components(snapshot: Snapshot, node: int) -> tuple[Component, ...]:
    parts: dict[int, tuple[str, list[tuple[int, int]]]] = {}
    words = snapshot.node(node).attributes.get("components") or ()
    chinese = {str(part.get("role")): str(part.get("role_zh") or "") for part in words}
    for index in snapshot.out(node, "has_part"):
        edge = snapshot.edge(index)
        number = int(edge.qualifiers.get("component", 0))
        role = str(edge.qualifiers.get("role", ""))
        option = (int(edge.qualifiers.get("preference", 0)), edge.object)
        parts.setdefault(number, (role, []))[1].append(option)
    return tuple(
        Component(role, chinese.get(role) or role, tuple(drug for _, drug in sorted(options)))
        for _, (role, options) in sorted(parts.items())
    )


def fill(
    verifier: Verifier,
    facts: PatientFacts,
    regimen: Regimen,
    verdict_of: Callable[[int], DrugVerdict],
) -> Filled:
    """Choose the best drug of each component so that no two chosen ones are forbidden together.

    Best is: fewest components left empty, then the mildest worst verdict, then the mildest sum,
    then the source's preference. Exact over the options that are not blocked.
    """
    options: list[list[tuple[int, int, int | None]]] = []
    for component in regimen.components:
        usable = [
            (ORDER[verdict_of(drug).verdict], place, drug)
            for place, drug in enumerate(component.options)
            if verdict_of(drug).verdict != "block"
        ]
        ranked: list[tuple[int, int, int | None]] = sorted(usable)
        options.append([*ranked, (99, 99, None)])
    while _size(options) > COMBINATIONS:
        longest = max(options, key=len)
        del longest[-2]
    best: tuple[tuple[int, int, int, int], tuple[int | None, ...]] | None = None
    for filling in product(*options):
        drugs = [drug for _, _, drug in filling if drug is not None]
        if len(set(drugs)) < len(drugs):
            continue
        empty = sum(drug is None for _, _, drug in filling)
        grades = [grade for grade, _, drug in filling if drug is not None]
        key = (
            empty,
            max(grades, default=0),
            sum(grades),
            sum(p for _, p, d in filling if d is not None),
        )
        if best is not None and key >= best[0]:
            continue
        if not _forbidden(verifier, facts, drugs):
            best = (key, tuple(drug for _, _, drug in filling))
    return Filled(regimen, best[1] if best else tuple(None for _ in regimen.components))


def _size(options: Sequence[Sequence[object]]) -> int:
    total = 1
    for component in options:
        total *= len(component)
    return total


def _forbidden(verifier: Verifier, facts: PatientFacts, drugs: Sequence[int]) -> bool:
    from graphrx.kg.linking.match import DrugMatch

    names = [DrugMatch(verifier.snapshot.name(drug), (drug,), "exact") for drug in drugs]
    for i, first in enumerate(names):
        for second in names[i + 1 :]:
            if any(f.effect == "block" for f in verifier.pair_findings(facts, first, second)):
                return True
    return False
