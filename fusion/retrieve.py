"""Which nodes become soft tokens, in which order.

The target first, then the patient's own nodes, conditions related to the target, the commonest
classes of the proposed drugs, and last the drugs that the encoder proposes, best first. Nothing
here reads an indication edge, so a hidden condition stays hidden.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

from graphrx.fusion.context import PatientContext
from graphrx.fusion.graph import GraphTensors
from graphrx.fusion.projector import ROLES
from graphrx.fusion.settings import RetrievalSettings
from graphrx.kg import schema

_MAX_CLASSES = 4


@dataclass(frozen=True, slots=True)
class RetrievedNode:
    """A node in the prompt: why it is there, and the encoder's log probability for a candidate."""

    index: int
    role: str
    score: float = 0.0


def retrieve(
    graph: GraphTensors,
    target: int,
    context: PatientContext,
    scores: Tensor,
    settings: RetrievalSettings,
) -> tuple[RetrievedNode, ...]:
    """Choose at most `settings.cap` nodes, each once.

    Args:
        graph: the graph.
        target: condition, symptom or goal to treat.
        context: the patient.
        scores: the encoder's log probability of each drug for the target, (D,).
        settings: caps.
    """
    own = [RetrievedNode(target, "target")]
    for role, nodes in (
        ("problem", context.problems),
        ("symptom", context.symptoms),
        ("current drug", context.drugs),
        ("allergy", context.allergies),
    ):
        own.extend(RetrievedNode(i, role) for i in nodes)
    own = _once(own)[: settings.cap]
    wanted = min(settings.candidates, settings.cap - len(own))
    taken = {node.index for node in own}
    candidates: list[RetrievedNode] = []
    for column in scores.argsort(descending=True, stable=True).tolist():
        if len(candidates) == wanted:
            break
        drug = int(graph.drugs[column])
        if drug not in taken:
            candidates.append(RetrievedNode(drug, "candidate", float(scores[column])))
    room = settings.cap - len(own) - len(candidates)
    around = [RetrievedNode(i, "related condition") for i in _related(graph, target)]
    around += [
        RetrievedNode(i, "class") for i in _classes(graph, [node.index for node in candidates])
    ]
    seen = taken | {node.index for node in candidates}
    fill = [node for node in _once(around) if node.index not in seen][:room]
    return (*own, *fill, *candidates)


def shuffled_nodes(graph: GraphTensors, seed: int) -> Tensor:
    """Return the shuffled-graph control: a permutation of node indices inside each category.

    A node's token is taken from another node of its kind, so the prompt keeps its form and loses
    its facts. No node keeps its place in a category of two or more.
    """
    draw = torch.Generator().manual_seed(seed)
    moved = torch.arange(graph.n_nodes)
    for category in range(len(schema.CATEGORIES)):
        members = (graph.category == category).nonzero().squeeze(1)
        if len(members) > 1:  # along one random cycle, nobody stays
            cycle = members[torch.randperm(len(members), generator=draw)]
            moved[cycle] = cycle.roll(1)
    return moved


def roles(nodes: Iterable[RetrievedNode]) -> Tensor:
    """Return the index into `ROLES` of each node, LongTensor (K,)."""
    return torch.tensor([ROLES.index(node.role) for node in nodes], dtype=torch.long)


def _related(graph: GraphTensors, target: int) -> list[int]:
    """Parents, children, siblings, then conditions that share most symptoms with the target."""
    up, down = graph.neighbours(schema.SUBCLASS_OF)
    siblings = [child for parent in up.get(target, ()) for child in down.get(parent, ())]
    signs, shown_by = graph.neighbours(schema.HAS_PHENOTYPE)
    shared = Counter(other for sign in signs.get(target, ()) for other in shown_by.get(sign, ()))
    alike = sorted(shared, key=lambda i: (-shared[i], i))
    ordered = [*up.get(target, ()), *down.get(target, ()), *siblings, *alike[:4]]
    return [i for i in dict.fromkeys(ordered) if i != target][:8]


def _classes(graph: GraphTensors, drugs: list[int]) -> list[int]:
    up, _ = graph.neighbours(schema.MEMBER_OF)
    count = Counter(group for drug in drugs for group in up.get(drug, ()))
    return sorted(count, key=lambda i: (-count[i], i))[:_MAX_CLASSES]


def _once(nodes: Iterable[RetrievedNode]) -> list[RetrievedNode]:
    """Keep each node where it comes first."""
    kept: dict[int, RetrievedNode] = {}
    for node in nodes:
        kept.setdefault(node.index, node)
    return list(kept.values())
