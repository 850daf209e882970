"""What the neighbours of a condition say: simple votes for drugs, the bar for everything learned.

Every vote for (condition, drug) is read from the graph without the condition's own indications:

======================  ===========================================================================
``popularity``          how many other conditions the drug treats
``hierarchy``           votes of parents, children and siblings of the condition
``symptoms``            votes of conditions, weighted by shared symptoms (Jaccard)
``name``                votes of conditions, weighted by likeness of name
``class``               votes that the drug's class mates got from the three above
``class name``          likeness of the names of the drug's classes and of the condition
``signs``               the drug treats a symptom of the condition
``forbidden``           a rule forbids the drug (or its class) in the condition: 1
======================  ===========================================================================
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import torch
from torch import Tensor

from graphrx.fusion.graph import GraphTensors
from graphrx.kg import schema

VOTES = ("popularity", "hierarchy", "symptoms", "name", "class", "class name", "signs", "forbidden")
_SHARP = 8.0  # likeness of names counts as exp(8 · cosine): near names only


class Votes:
    """Votes on one graph; the indications of `held_out` conditions never count.

    Args:
        graph: the graph.
        x: name features, (N, features).
        held_out: conditions that nobody may learn from.
    """

    def __init__(self, graph: GraphTensors, x: Tensor, held_out: Collection[int] = ()) -> None:
        self._graph = graph
        out = set(held_out)
        self._voters = [c for c in graph.conditions() if c not in out]
        column = {drug: i for i, drug in enumerate(graph.drugs.tolist())}
        self._treats = torch.zeros(len(self._voters), len(column))
        for row, condition in enumerate(self._voters):
            for drug in graph.treats[condition]:
                self._treats[row, column[drug]] = 1.0
        self._row = {condition: row for row, condition in enumerate(self._voters)}
        self._unit = _unit_rows(x - x.mean(0))
        self._classes = self._memberships(column)

    def features(self, condition: int) -> Tensor:
        """Return the votes for every drug, (D, len(VOTES)), each scaled to at most 1."""
        treats = self._treats
        if condition in self._row:  # the condition's own drugs may not vote
            treats = treats.clone()
            treats[self._row[condition]] = 0
        kin = self._weights(condition, self._kin(condition)) @ treats
        signs = self._symptom_weights(condition) @ treats
        near = self._name_weights(condition) @ treats
        together = _scaled(kin) + _scaled(signs) + _scaled(near)
        sizes = self._classes.sum(0).clamp(min=1)
        mates = self._classes @ ((self._classes.T @ together) / sizes)
        likeness = self._classes_likeness(condition)
        shown, _ = self._graph.neighbours(schema.HAS_PHENOTYPE)
        treated = self._weights(condition, shown.get(condition, ())) @ treats
        forbidden = self._forbidden(condition)
        columns = [treats.sum(0), kin, signs, near, mates, likeness, treated, forbidden]
        return torch.stack([_scaled(c) for c in columns], dim=1)

    def table(self, conditions: Sequence[int]) -> Tensor:
        """Return the votes of several conditions, (C, D, len(VOTES))."""
        return torch.stack([self.features(c) for c in conditions])

    def _weights(self, condition: int, others: Collection[int]) -> Tensor:
        chosen = set(others) - {condition}
        return torch.tensor([float(c in chosen) for c in self._voters])

    def _kin(self, condition: int) -> set[int]:
        up, down = self._graph.neighbours(schema.SUBCLASS_OF)
        parents = up.get(condition, ())
        siblings = [child for parent in parents for child in down.get(parent, ())]
        return {*parents, *down.get(condition, ()), *siblings}

    def _symptom_weights(self, condition: int) -> Tensor:
        signs, _ = self._graph.neighbours(schema.HAS_PHENOTYPE)
        own = set(signs.get(condition, ()))
        weights = []
        for other in self._voters:
            theirs = set(signs.get(other, ()))
            either = own | theirs
            weights.append(
                len(own & theirs) / len(either) if either and other != condition else 0.0
            )
        return torch.tensor(weights)

    def _name_weights(self, condition: int) -> Tensor:
        rows = torch.tensor(self._voters, dtype=torch.long)
        cosine = self._unit[rows] @ self._unit[condition]
        weights = (_SHARP * cosine).exp()
        weights[rows == condition] = 0
        return weights

    def _classes_likeness(self, condition: int) -> Tensor:
        up, _ = self._graph.neighbours(schema.MEMBER_OF)
        values = []
        for drug in self._graph.drugs.tolist():
            rows = torch.tensor(up.get(drug, ()), dtype=torch.long)
            best = self._unit[rows] @ self._unit[condition] if len(rows) else torch.zeros(1)
            values.append(best.max().clamp(min=0))
        return torch.stack(values)

    def _forbidden(self, condition: int) -> Tensor:
        _, by_condition = self._graph.neighbours(schema.CONTRAINDICATED_IN)
        _, members = self._graph.neighbours(schema.MEMBER_OF)
        direct = by_condition.get(condition, ())
        barred = {*direct, *(drug for group in direct for drug in members.get(group, ()))}
        return torch.tensor([float(drug in barred) for drug in self._graph.drugs.tolist()])

    def _memberships(self, column: dict[int, int]) -> Tensor:
        up, _ = self._graph.neighbours(schema.MEMBER_OF)
        groups = sorted({group for drug in column for group in up.get(drug, ())})
        place = {group: i for i, group in enumerate(groups)}
        table = torch.zeros(len(column), max(1, len(groups)))
        for drug, row in column.items():
            for group in up.get(drug, ()):
                table[row, place[group]] = 1.0
        return table


def _unit_rows(x: Tensor) -> Tensor:
    return torch.nn.functional.normalize(x, dim=-1)


def _scaled(values: Tensor) -> Tensor:
    return values / values.max().clamp(min=1e-9)
