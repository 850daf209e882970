"""The best conflict-free subset: exact, whatever the order, and refused where it can't be."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.plan import LIMIT, best_subset

Conflicts = dict[int, set[int]]


@st.composite
def problems(draw: st.DrawFn) -> tuple[list[int], Conflicts]:
    weights = draw(st.lists(st.sampled_from([0, 1, 2, 1000, 1002, 1003]), min_size=1, max_size=9))
    conflicts: Conflicts = {}
    for i, j in combinations(range(len(weights)), 2):
        if draw(st.booleans()):
            conflicts.setdefault(i, set()).add(j)
            conflicts.setdefault(j, set()).add(i)
    return weights, conflicts


def brute_force(weights: list[int], conflicts: Conflicts) -> tuple[int, list[tuple[int, ...]]]:
    """Weight of the best subset, and every subset of that weight."""
    items = [i for i, weight in enumerate(weights) if weight > 0]
    best, found = 0, [()]
    for size in range(1, len(items) + 1):
        for chosen in combinations(items, size):
            if any(j in conflicts.get(i, ()) for i, j in combinations(chosen, 2)):
                continue
            total = sum(weights[i] for i in chosen)
            if total > best:
                best, found = total, []
            if total == best:
                found.append(chosen)
    return best, found


@given(problem=problems())
def test_as_good_as_trying_all(problem: tuple[list[int], Conflicts]) -> None:
    weights, conflicts = problem
    best, found = brute_force(weights, conflicts)
    subset = best_subset(weights, conflicts)
    assert sum(weights[i] for i in subset.kept) == best
    assert subset.kept in found
    assert subset.ties == len(found)


@given(problem=problems())
def test_the_same_answer_twice(problem: tuple[list[int], Conflicts]) -> None:
    weights, conflicts = problem
    reordered = {i: sorted(conflicts[i], reverse=True) for i in sorted(conflicts, reverse=True)}
    assert best_subset(weights, conflicts) == best_subset(weights, reordered)


def test_sixty_drugs_in_one_tangle() -> None:
    ring = {i: {(i - 1) % LIMIT, (i + 1) % LIMIT} for i in range(LIMIT)}
    subset = best_subset([1] * LIMIT, ring)
    assert (len(subset.kept), subset.ties) == (LIMIT // 2, 2)


def test_more_than_sixty_is_refused() -> None:
    with pytest.raises(InputError, match=r"61 drugs.*at most 60"):
        best_subset([1] * (LIMIT + 1), {})
