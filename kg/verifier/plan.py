"""The best conflict-free subset of a list: an exact maximum-weight independent set.

Each drug weighs one unit; among equally many drugs better verdicts win, then the order of
names. Branching over at most 60 drugs: above that the question is refused, not
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
    if len(weights) > LIMIT:
        raise InputError(
            f"{len(weights)} drugs to choose from; at most {LIMIT} are supported, split the list"
        )
    items = frozenset(i for i, weight in enumerate(weights) if weight > 0)
    neighbours = {i: frozenset(conflicts.get(i, ())) & items for i in items}
    _, kept, ties = _Solver(neighbours, weights).solve(items)
    return Subset(kept, ties)


class _Solver:
    """Branch on the most entangled item; parts that have come apart are solved by themselves."""

    def __init__(self, neighbours: Mapping[int, frozenset[int]], weights: Sequence[int]) -> None:
        self.neighbours = neighbours
        self.weights = weights
        self.memo: dict[frozenset[int], _Best] = {}

    def solve(self, rest: frozenset[int]) -> "_Best":
        """Weight, members and number of the best subsets of the items still open."""
        total, ties = 0, 1
        kept: tuple[int, ...] = ()
        for part in self._parts(rest):
            weight, members, count = self._part(part)
            total, kept, ties = total + weight, (*kept, *members), ties * count
        return total, tuple(sorted(kept)), ties

    def _part(self, part: frozenset[int]) -> "_Best":
        if len(part) == 1:
            (only,) = part
            return self.weights[only], (only,), 1
        if part not in self.memo:
            pivot = min(part, key=lambda i: (-len(self.neighbours[i] & part), i))
            w_in, s_in, n_in = self.solve(part - self.neighbours[pivot] - {pivot})
            stays = (w_in + self.weights[pivot], tuple(sorted((*s_in, pivot))), n_in)
            goes = self.solve(part - {pivot})
            if stays[0] == goes[0]:
                best = (stays[0], min(stays[1], goes[1]), stays[2] + goes[2])
            else:
                best = max(stays, goes, key=lambda one: one[0])
            self.memo[part] = best
        return self.memo[part]

    def _parts(self, rest: frozenset[int]) -> list[frozenset[int]]:
        """The connected parts of the conflict graph over the open items."""
        parts: list[frozenset[int]] = []
        left = set(rest)
        while left:
            queue = [min(left)]
            left.discard(queue[0])
            for place in queue:
                fresh = self.neighbours[place] & left
                left -= fresh
                queue.extend(fresh)
            parts.append(frozenset(queue))
        return parts


_Best = tuple[int, tuple[int, ...], int]
