"""The losses of both stages."""

from __future__ import annotations

import torch
from torch import Tensor, nn

IGNORED = -100


def listwise(scores: Tensor, weights: Tensor) -> Tensor:
    """Cross entropy between a row's weights and its softmax over all drugs.

    Args:
        scores: unnormalised log probabilities, (C, D).
        weights: how much each drug is wanted, (C, D), ≥ 0; a row of zeros counts nothing.

    Returns:
        Scalar: mean over rows that want something.
    """
    total = weights.sum(1, keepdim=True)
    target = weights / total.clamp(min=1e-9)
    each = -(target * scores.log_softmax(1)).sum(1)
    wanted = (total.squeeze(1) > 0).float()
    return (each * wanted).sum() / wanted.sum().clamp(min=1)


def negative_sampling(positive: Tensor, negative: Tensor) -> Tensor:
    """Binary cross entropy of true edges against corrupted ones.

    Args:
        positive: scores of E edges, (E,).
        negative: scores of K corruptions of each, (E, K).
    """
    return nn.functional.softplus(-positive).mean() + nn.functional.softplus(negative).mean()


def next_token(logits: Tensor, labels: Tensor) -> Tensor:
    """Cross entropy of the next token.

    Args:
        logits: (B, T, V).
        labels: (B, T), the token at each position, `IGNORED` where nothing is asked.
    """
    return nn.functional.cross_entropy(
        logits[:, :-1].float().flatten(0, 1), labels[:, 1:].flatten(), ignore_index=IGNORED
    )


def row_weights(
    treats: dict[int, dict[int, float]], conditions: Tensor, drugs: Tensor, n_nodes: int
) -> Tensor:
    """Return the wanted weight of each drug for each condition, (C, D)."""
    column = torch.full((n_nodes,), -1, dtype=torch.long)
    column[drugs] = torch.arange(len(drugs))
    weights = torch.zeros(len(conditions), len(drugs))
    for row, condition in enumerate(conditions.tolist()):
        for drug, weight in treats.get(condition, {}).items():
            weights[row, column[drug]] = weight
    return weights
