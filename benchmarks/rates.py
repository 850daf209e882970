"""Rates with their intervals: shares, 2×2 tables, ratios over patients, halves by hash."""

import hashlib
import math
from collections.abc import Sequence
from random import Random
from typing import Any

Z95 = 1.959963984540054


def wilson(hits: int, n: int, z: float = Z95) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) when there is nothing to count."""
    if n == 0:
        return 0.0, 1.0
    share, square = hits / n, z * z / n
    middle = (share + square / 2) / (1 + square)
    reach = z / (1 + square) * math.sqrt(share * (1 - share) / n + square / (4 * n))
    # at the ends the bound is exact; rounding must not put the share outside
    return (0.0 if hits == 0 else middle - reach), (1.0 if hits == n else middle + reach)


def share(hits: int, n: int) -> dict[str, float | int | None]:
    """Return hits, n, the share and its interval, rounded to four places; null of nothing."""
    low, high = wilson(hits, n)
    return {
        "hits": hits,
        "n": n,
        "share": round(hits / n, 4) if n else None,
        "low": round(low, 4),
        "high": round(high, 4),
    }


def in_words(one: dict[str, Any]) -> str:
    """Return a share as hits of n, and as percent with its interval."""
    if not one["n"]:
        return "none"
    value, low, high = (f"{100 * one[key]:.1f}" for key in ("share", "low", "high"))
    return f"{one['hits']}/{one['n']} = {value} % ({low}–{high})"


def half(names: Sequence[str]) -> str:
    """``dev`` or ``held-out``, by the hash of a pair's names in alphabetical order."""
    digest = hashlib.sha256("|".join(sorted(names)).encode()).digest()
    return "held-out" if digest[0] % 2 else "dev"


def per_patient(
    counts: Sequence[float], resamples: int = 2000, seed: int = 0
) -> dict[str, float | int]:
    """Mean of a count over patients, with the 95 % interval of resampled patients."""
    return _interval(counts, [1.0] * len(counts), resamples, seed)


def ratio(
    above: Sequence[float], below: Sequence[float], resamples: int = 2000, seed: int = 0
) -> dict[str, float | int]:
    """Sum of one count over the sum of another, over the same patients, with its interval.

    :raises ValueError: the two are not of the same patients, or there is none.
    """
    return _interval(above, below, resamples, seed)


def _interval(
    above: Sequence[float], below: Sequence[float], resamples: int, seed: int
) -> dict[str, float | int]:
    if not above or len(above) != len(below):
        raise ValueError(f"{len(above)} and {len(below)} counts; give one of each per patient")
    random, n = Random(seed), len(above)
    drawn = []
    for _ in range(resamples):
        places = random.choices(range(n), k=n)
        total = sum(below[i] for i in places)
        if total:
            drawn.append(sum(above[i] for i in places) / total)
    drawn.sort()
    total = sum(below)
    if not total or not drawn:
        return {"value": math.nan, "low": math.nan, "high": math.nan, "patients": n}
    low, high = (drawn[int(q * (len(drawn) - 1))] for q in (0.025, 0.975))
    return {
        "value": round(sum(above) / total, 4),
        "low": round(low, 4),
        "high": round(high, 4),
        "patients": n,
    }
