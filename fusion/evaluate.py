"""Score all drugs for conditions whose indications are hidden, and choose the mixture on dev."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

import torch
from torch import Tensor

from graphrx.fusion.context import PatientContext
from graphrx.fusion.graph import GraphTensors
from graphrx.fusion.metrics import filtered_mrr
from graphrx.fusion.model import (
    FusionModel,
    GraphView,
    choose_nodes,
    encoder_scores,
    list_prompt,
    soft_tokens,
)
from graphrx.fusion.rank import name_log_probs
from graphrx.fusion.settings import TokenMode

WEIGHTS = tuple(i / 10 for i in range(11))


@torch.inference_mode()
def language_scores(
    model: FusionModel,
    seen: GraphView,
    conditions: Sequence[int],
    mode: TokenMode = "graph",
    seed: int = 0,
) -> Tensor:
    """Return the language model's log probability of every drug for each condition, (C, D).

    Args:
        model: a trained model.
        seen: the graph with the indications of `conditions` hidden.
        conditions: what to treat.
        mode: which tokens the model gets.
        seed: of the shuffled control.
    """
    rows = []
    names = [seen.graph.names[i] for i in seen.graph.drugs.tolist()]
    for condition in conditions:
        nodes = choose_nodes(model, seen, condition, PatientContext(), mode)
        tokens = soft_tokens(model, seen, nodes, mode, seed)
        prompt = list_prompt(model, seen, condition, PatientContext(), tokens)
        rows.append(
            name_log_probs(
                model.language,
                model.embedding,
                prompt,
                seen.trie,
                names=names,
                closing=(model.separator, model.end),
            )
        )
    return torch.stack(rows)


def graph_scores(model: FusionModel, seen: GraphView, conditions: Sequence[int]) -> Tensor:
    """Return the encoder's log probability of every drug for each condition, (C, D)."""
    return torch.stack([encoder_scores(model, seen, condition) for condition in conditions])


def mean_mrr(scores: Tensor, graph: GraphTensors, conditions: Sequence[int]) -> float:
    """Return the filtered MRR of a (C, D) table, averaged over conditions."""
    ranked = scores.argsort(dim=1, descending=True, stable=True)
    return fmean(
        filtered_mrr(graph.drugs[row].tolist(), set(graph.treats[condition]))
        for row, condition in zip(ranked, conditions, strict=True)
    )


def choose_weight(
    language: Tensor, encoder: Tensor, graph: GraphTensors, dev: Sequence[int]
) -> tuple[float, dict[float, float]]:
    """Return the encoder's share with the best MRR on dev conditions, and the MRR of each share.

    Ties go to the share nearest one half.
    """
    table = {
        weight: mean_mrr((1 - weight) * language + weight * encoder, graph, dev)
        for weight in WEIGHTS
    }
    best = max(table, key=lambda weight: (table[weight], -abs(weight - 0.5)))
    return best, table
