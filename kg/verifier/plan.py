"""The best conflict-free subset of a list: an exact maximum-weight independent set.

Each drug weighs one unit; among equally many drugs better verdicts win, then the order of
names. Branch and bound over at most 60 drugs: above that the question is refused, not
approximated.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from graphrx.kg.errors import InputError

LIMIT = 60


@dataclass(frozen=True, slots=True)
class Subset:
    """A best subset: indices kept, and how many subsets are as good."""

    kept: tuple[int, ...]
    ties: int


def best_subset(weights: Sequence[int], conflicts: Mapping[int, Collection[int]]) -> Subset:
    """Maximum-weight independent set of the conflict graph.

    :param weights: positive weight per item; an item of weight 0 is never kept.
    :param conflicts: item → items it can't be given with (symmetric).
    :raises InputError: above 60 items.
    """
    items = [i for i, weight in enumerate(weights) if weight > 0]
    if len(weights) > LIMIT:
        raise InputError(
            f"{len(weights)} drugs to choose from; at most {LIMIT} are supported, split the list"
        )
    neighbours = {i: frozenset(conflicts.get(i, ())) & frozenset(items) for i in items}
    kept: list[int] = [i for i in items if not neighbours[i]]
    ties = 1
    for part in _components([i for i in items if neighbours[i]], neighbours):
        subset, count = _solve(part, neighbours, weights)
        kept.extend(subset)
        ties *= count
    return Subset(tuple(sorted(kept)), ties)


def _components(items: list[int], neighbours: Mapping[int, frozenset[int]]) -> list[list[int]]:
    seen: set[int] = set()
    parts: list[list[int]] = []
    for start in items:
        if start in seen:
            continue
        part, queue = [], [start]
        seen.add(start)
        for place in queue:
            part.append(place)
            fresh = sorted(neighbours[place] - seen)
            seen.update(fresh)
            queue.extend(fresh)
        parts.append(sorted(part))
    return parts


def _solve(
    items: list[int], neighbours: Mapping[int, frozenset[int]], weights: Sequence[int]
) -> tuple[tuple[int, ...], int]:
    """Best subset of one connected part, and the number of equally good ones.

    Memoised on the set of items still open: exact, and fast because every branch removes an
    item and its whole neighbourhood.
    """
    memo: dict[frozenset[int], tuple[int, tuple[int, ...], int]] = {}

    def solve(rest: frozenset[int]) -> tuple[int, tuple[int, ...], int]:
        if not rest:
            return 0, (), 1
        if rest in memo:
            return memo[rest]
        # the most entangled item first: either it stays and its neighbours go, or it goes
        pivot = min(rest, key=lambda i: (-len(neighbours[i] & rest), i))
        if not neighbours[pivot] & rest:
            total = sum(weights[i] for i in rest)
            memo[rest] = (total, tuple(sorted(rest)), 1)
            return memo[rest]
        w_in, s_in, n_in = solve(rest - neighbours[pivot] - {pivot})
        w_in, s_in = w_in + weights[pivot], tuple(sorted((*s_in, pivot)))
        w_out, s_out, n_out = solve(rest - {pivot})
        if w_in == w_out:
            memo[rest] = (w_in, min(s_in, s_out), n_in + n_out)
        else:
            memo[rest] = max((w_in, s_in, n_in), (w_out, s_out, n_out), key=lambda best: best[0])
        return memo[rest]

    _, kept, count = solve(frozenset(items))
    return kept, count
