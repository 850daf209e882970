"""How a ranking of drugs is judged: per condition, then averaged.

Pooled figures (AUROC over all pairs) mislead here: an encoder with AUROC .895 had Recall@10 .12.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from statistics import fmean


def recall_at(ranked: Sequence[int], wanted: Collection[int], k: int) -> float:
    """Return the share of `wanted` among the first k, of at most k that could be there."""
    if not wanted:
        raise ValueError("recall needs at least one wanted item")
    return len(set(ranked[:k]) & set(wanted)) / min(k, len(set(wanted)))


def filtered_mrr(ranked: Sequence[int], wanted: Collection[int]) -> float:
    """Return the mean reciprocal rank of the wanted items, each ranked without the others.

    A wanted item that the ranking lacks counts 0 (Bordes et al. 2013: the filtered setting).
    """
    found = [place for place, item in enumerate(ranked) if item in wanted]
    return sum(1 / (place - before + 1) for before, place in enumerate(found)) / len(set(wanted))


def first_hit(ranked: Sequence[int], wanted: Collection[int]) -> float:
    """Return the reciprocal rank of the first wanted item, 0 if none is there."""
    return next((1 / (i + 1) for i, item in enumerate(ranked) if item in wanted), 0.0)


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return mean and half width of the 95 % interval (normal approximation) of `values`."""
    mean = fmean(values)
    if len(values) < 2:
        return {"mean": mean, "half_width": math.nan}
    variance = sum((v - mean) ** 2 for v in values) / (len(values) - 1)
    return {"mean": mean, "half_width": 1.96 * math.sqrt(variance / len(values))}
