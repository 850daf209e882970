"""A snapshot as tensors for the encoder, and which of its edges may be seen.

Hiding a condition removes every edge that tells its drugs: `treats` and `palliates` into it, and
all edges of the regimens for it (their names and parts tell the drugs as well). That is how both
training and every held-out figure keep the answer out of the question.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from graphrx.kg import schema

_TELLING = ("treats:first", schema.TREATS, schema.PALLIATES)
RELATIONS: tuple[str, ...] = (
    *_TELLING,
    schema.HAS_PHENOTYPE,
    schema.HAS_SIDE_EFFECT,
    schema.CONTRAINDICATED_IN,
    schema.INTERACTS_WITH,
    schema.MEMBER_OF,
    schema.SUBCLASS_OF,
    schema.HAS_INGREDIENT,
    schema.SIMILAR_TO,
    schema.HAS_PART,
)
"""Relations that the encoder tells apart; the inverse of relation r is r + len(RELATIONS)."""

_RELATION = {name: i for i, name in enumerate(RELATIONS)}
_CATEGORY = {name: i for i, name in enumerate(schema.CATEGORIES)}
_INDICATIONS = frozenset({schema.TREATS, schema.PALLIATES})
LINE_WEIGHT = {"first": 4.0, "second": 2.0, "third": 1.0, "alternative": 1.0, "adjunct": 1.0}
"""How much a line of treatment counts when the order of a training list is drawn."""


Adjacency = dict[int, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class GraphTensors:
    """A snapshot for the encoder. N nodes, E edges (each counted once), D drugs.

    Attributes:
        sha256: of the snapshot.
        ids: node ids, (N,).
        names: English names, (N,).
        category: index into `schema.CATEGORIES`, LongTensor (N,).
        edges: subject and object of each edge, LongTensor (2, E).
        relation: index into `RELATIONS`, LongTensor (E,).
        tells: the condition whose drugs the edge tells, or -1, LongTensor (E,).
        drugs: node index of each drug that can be given, LongTensor (D,): not those withdrawn
            everywhere or sold in combinations only.
        treats: condition → drug → weight of the strongest line (`LINE_WEIGHT`).
    """

    sha256: str
    ids: tuple[str, ...]
    names: tuple[str, ...]
    category: Tensor
    edges: Tensor
    relation: Tensor
    tells: Tensor
    drugs: Tensor
    treats: dict[int, dict[int, float]]

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.ids)

    def conditions(self, at_least: int = 1) -> tuple[int, ...]:
        """Return conditions with so many treating drugs, in node order."""
        return tuple(sorted(c for c, drugs in self.treats.items() if len(drugs) >= at_least))

    def visible(self, hidden: Iterable[int] = ()) -> tuple[Tensor, Tensor]:
        """Return the edges that may be seen when the drugs of `hidden` conditions may not.

        Returns:
            Both directions of every visible edge: LongTensor (2, 2E'), and the relation of each,
            LongTensor (2E',), inverses shifted by `len(RELATIONS)`.
        """
        hide = torch.tensor(sorted(set(hidden)), dtype=torch.long)
        keep = ~torch.isin(self.tells, hide) if len(hide) else torch.ones_like(self.tells).bool()
        edges, relation = self.edges[:, keep], self.relation[keep]
        both = torch.cat([edges, edges.flip(0)], dim=1)
        return both, torch.cat([relation, relation + len(RELATIONS)])

    def neighbours(self, predicate: str) -> tuple[Adjacency, Adjacency]:
        """Return subject → objects and object → subjects of one relation, sorted."""
        return self._adjacency[predicate]

    @property
    def taught(self) -> tuple[str, ...]:
        """Ids of what a model learns to ask and answer: treated nodes and drugs, sorted."""
        return tuple(sorted({self.ids[i] for i in (*self.treats, *self.drugs.tolist())}))

    @cached_property
    def _adjacency(self) -> dict[str, tuple[Adjacency, Adjacency]]:
        table: dict[str, tuple[dict[int, set[int]], dict[int, set[int]]]] = {
            name: ({}, {}) for name in RELATIONS
        }
        for (subject, object_), relation in zip(
            self.edges.T.tolist(), self.relation.tolist(), strict=True
        ):
            forward, backward = table[RELATIONS[relation]]
            forward.setdefault(subject, set()).add(object_)
            backward.setdefault(object_, set()).add(subject)
        return {
            name: (_sorted(forward), _sorted(backward))
            for name, (forward, backward) in table.items()
        }


def graph_tensors(snapshot: Any) -> GraphTensors:
    """Read a `graphrx.kg.snapshot.Snapshot` into tensors; of qualifiers only the line."""
    nodes = [snapshot.node(i) for i in range(snapshot.n_nodes)]
    rows: list[tuple[int, int, int]] = []
    treats: dict[int, dict[int, float]] = {}
    regimen_for: dict[int, int] = {}
    for number in range(snapshot.n_edges):
        edge = snapshot.edge(number)
        key, qualifiers = edge.predicate, qualifiers_of(edge.qualifiers)
        if key == schema.TREATS and qualifiers.get("line") == "first":
            key = "treats:first"
        if key not in _RELATION:
            continue
        rows.append((edge.subject, edge.object, _RELATION[key]))
        if edge.predicate not in _INDICATIONS:
            continue
        if nodes[edge.subject].category == schema.REGIMEN:
            regimen_for[edge.subject] = edge.object
        elif _can_be_given(nodes[edge.subject]):
            weight = LINE_WEIGHT.get(str(qualifiers.get("line")), 1.0)
            drugs = treats.setdefault(edge.object, {})
            drugs[edge.subject] = max(weight, drugs.get(edge.subject, 0.0))
    tells = [
        o if r < len(_TELLING) else regimen_for.get(s, regimen_for.get(o, -1)) for s, o, r in rows
    ]
    table = torch.tensor(rows, dtype=torch.long).reshape(-1, 3)
    return GraphTensors(
        sha256=str(snapshot.sha256),
        ids=tuple(node.id for node in nodes),
        names=tuple(node.name for node in nodes),
        category=torch.tensor([_CATEGORY.get(node.category, 0) for node in nodes]),
        edges=table[:, :2].T.contiguous(),
        relation=table[:, 2].contiguous(),
        tells=torch.tensor(tells, dtype=torch.long),
        drugs=torch.tensor([i for i, n in enumerate(nodes) if _can_be_given(n)], dtype=torch.long),
        treats=treats,
    )


def qualifiers_of(value: Any) -> dict[str, Any]:
    """Return an edge's qualifiers as a dictionary, whether given as one or as JSON text."""
    return json.loads(value) if isinstance(value, str) else dict(value)


def _can_be_given(node: Any) -> bool:
    told = node.attributes
    return node.category == schema.DRUG and not (
        told.get("withdrawn") or told.get("only_in_combination") or told.get("food")
    )


def _sorted(table: dict[int, set[int]]) -> Adjacency:
    return {node: tuple(sorted(others)) for node, others in table.items()}
