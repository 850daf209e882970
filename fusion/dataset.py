"""Training examples for list generation: a target and maybe a patient → the drugs, by line.

The order of an answer is drawn (Plackett–Luce, weights `LINE_WEIGHT`): first-line drugs tend to
stand first, and over many draws the model learns graded odds and not one arbitrary order. Drugs
that the graph forbids together with the drawn patient are left out of the answer.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from graphrx.fusion.context import PatientContext
from graphrx.fusion.graph import GraphTensors, qualifiers_of
from graphrx.fusion.settings import ListTraining
from graphrx.kg import schema

MAX_ANSWER = 8
_FORBIDDING = ("contraindicated", "major")


@dataclass(frozen=True, slots=True)
class Example:
    """One training example.

    Attributes:
        target: node to treat; of no use where nodes are named.
        context: the patient.
        answer: node indices, in the order to be written.
        hidden: the encoder may not see the target's indications.
        task: "list" or "name".
        text_only: no graph tokens.
    """

    target: int
    context: PatientContext
    answer: tuple[int, ...]
    hidden: bool = False
    task: str = "list"
    text_only: bool = False


@dataclass(frozen=True, slots=True)
class Conflicts:
    """Which drugs the graph forbids (contraindicated or major, unconditionally) with what."""

    by_condition: dict[int, frozenset[int]]
    by_drug: dict[int, frozenset[int]]

    def forbidden(self, context: PatientContext) -> frozenset[int]:
        """Return the drugs forbidden for this patient."""
        found: set[int] = set()
        for problem in context.problems:
            found |= self.by_condition.get(problem, frozenset())
        for drug in context.drugs:
            found |= self.by_drug.get(drug, frozenset())
        return frozenset(found)


def conflicts(snapshot: Any) -> Conflicts:
    """Read unconditional conflicts: class rules reach members, disease rules reach descendants.

    For training answers only; the verifier alone decides what a patient may be given.
    """
    by_condition: dict[int, set[int]] = {}
    by_drug: dict[int, set[int]] = {}
    for number in range(snapshot.n_edges):
        edge = snapshot.edge(number)
        if edge.predicate not in (schema.CONTRAINDICATED_IN, schema.INTERACTS_WITH):
            continue
        qualifiers = qualifiers_of(edge.qualifiers)
        unconditional = not qualifiers.get("when") and not qualifiers.get("except")
        if not unconditional or qualifiers.get("severity") not in _FORBIDDING:
            continue
        drugs = _members(snapshot, edge.subject)
        if edge.predicate == schema.CONTRAINDICATED_IN:
            for condition in _below(snapshot, edge.object, schema.SUBCLASS_OF):
                by_condition.setdefault(condition, set()).update(drugs)
        else:
            others = _members(snapshot, edge.object)
            for left, right in ((drugs, others), (others, drugs)):
                for drug in left:
                    by_drug.setdefault(drug, set()).update(right - {drug})
    return Conflicts(
        {k: frozenset(v) for k, v in by_condition.items()},
        {k: frozenset(v) for k, v in by_drug.items()},
    )


def split_conditions(
    graph: GraphTensors, *, seed: int, test_share: float = 0.2, dev_share: float = 0.1
) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Split whole conditions into train, dev and test; those with one drug always train.

    Returns:
        (train, dev, test), each in node order.
    """
    eligible = list(graph.conditions(at_least=2))
    random.Random(f"split-{seed}").shuffle(eligible)
    n_test, n_dev = round(test_share * len(eligible)), round(dev_share * len(eligible))
    test, dev = set(eligible[:n_test]), set(eligible[n_test : n_test + n_dev])
    train = [c for c in graph.conditions() if c not in test and c not in dev]
    return tuple(train), tuple(sorted(dev)), tuple(sorted(test))


def ordered_answer(weights: dict[int, float], draw: random.Random) -> tuple[int, ...]:
    """Draw an order of drugs: heavier ones tend to come first (Plackett–Luce)."""
    keys = {drug: draw.expovariate(1.0) / weight for drug, weight in sorted(weights.items())}
    return tuple(sorted(keys, key=lambda drug: (keys[drug], drug)))


class Examples:
    """An endless, repeatable stream of batches: batch `step` depends on the seed and step alone.

    Args:
        graph: the graph.
        conflicts: what to leave out of an answer.
        conditions: the conditions to learn from.
        settings: shares of the kinds of example.
        seed: of all draws.
    """

    def __init__(
        self,
        graph: GraphTensors,
        conflicts: Conflicts,
        conditions: Sequence[int],
        settings: ListTraining,
        *,
        seed: int,
    ) -> None:
        self._graph = graph
        self._conflicts = conflicts
        self._conditions = sorted(conditions)
        self._settings = settings
        self._seed = seed
        self._drugs = graph.drugs.tolist()

    def batch(self, step: int) -> tuple[Example, ...]:
        """Return the examples of one step; every condition comes once per epoch."""
        size, n = self._settings.batch, len(self._conditions)
        examples = []
        for place in range(step * size, (step + 1) * size):
            epoch = list(self._conditions)
            random.Random(f"{self._seed}-epoch-{place // n}").shuffle(epoch)
            draw = random.Random(f"{self._seed}-example-{place}")
            examples.append(self._example(epoch[place % n], draw, self._name_share(step)))
        return tuple(examples)

    def _name_share(self, step: int) -> float:
        """Reading node tokens is learned first: without it lists are learned from text alone."""
        settings = self._settings
        left = 1 - step / max(1.0, settings.name_steps * settings.steps)
        return max(settings.name_share, settings.name_start * left)

    def _example(self, condition: int, draw: random.Random, name_share: float) -> Example:
        settings = self._settings
        if draw.random() < name_share:
            nodes = draw.sample(self._drugs, min(settings.named, len(self._drugs)))
            return Example(nodes[0], PatientContext(), tuple(nodes), task="name")
        context = PatientContext()
        if draw.random() < settings.context_share:
            context = self._patient(condition, draw)
        weights = dict(self._graph.treats[condition])
        forbidden = self._conflicts.forbidden(context)
        allowed = {d: w for d, w in weights.items() if d not in forbidden}
        if not allowed:  # nothing left to learn from this patient
            context, allowed = PatientContext(), weights
        return Example(
            condition,
            context,
            ordered_answer(allowed, draw)[:MAX_ANSWER],
            hidden=draw.random() < settings.hide_share,
            text_only=draw.random() < settings.text_only_share,
        )

    def _patient(self, condition: int, draw: random.Random) -> PatientContext:
        """Draw a patient: problems that make a difference for this condition half of the time."""
        wanted = set(self._graph.treats[condition])
        telling = sorted(c for c, drugs in self._conflicts.by_condition.items() if drugs & wanted)
        problems: list[int] = []
        for _ in range(draw.randint(0, 2)):
            pool: Iterable[int] = telling if telling and draw.random() < 0.5 else self._conditions
            problems.append(draw.choice(list(pool)))
        drugs: list[int] = []
        for problem in problems:
            usual = sorted(self._graph.treats.get(problem, {})) if problem in self._train else []
            if usual and draw.random() < 0.5:
                drugs.append(draw.choice(usual))
        return PatientContext(
            age_years=draw.randint(18, 90) if draw.random() < 0.8 else None,
            sex=draw.choice(("F", "M")) if draw.random() < 0.8 else None,
            problems=tuple(p for p in dict.fromkeys(problems) if p != condition),
            drugs=tuple(dict.fromkeys(drugs)),
        )

    @property
    def _train(self) -> frozenset[int]:
        return frozenset(self._conditions)


def _members(snapshot: Any, index: int) -> set[int]:
    below = _below(snapshot, index, schema.MEMBER_OF)
    return {i for i in below if snapshot.category(i) == schema.DRUG}


def _below(snapshot: Any, index: int, predicate: str) -> set[int]:
    return {index, *snapshot.closure(index, predicate, reverse=True)}
