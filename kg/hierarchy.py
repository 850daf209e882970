"""Cycles in a hierarchy: found once, reported, and left out, so that "above" keeps its meaning."""

from collections.abc import Iterable


def in_cycles(edges: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Return the (child, parent) edges that lie on a cycle, self-loops too.

    These are the edges inside a strongly connected component (Tarjan 1972, without recursion), so
    the answer doesn't depend on the order of the edges.
    """
    above: dict[str, list[str]] = {}
    kept = set(edges)
    for child, parent in kept:
        above.setdefault(child, []).append(parent)
    component = _components(above)
    return {
        (child, parent)
        for child, parent in kept
        if child == parent or component.get(child, child) == component.get(parent, parent)
    }


def _components(above: dict[str, list[str]]) -> dict[str, str]:
    """Return node → a node that stands for its strongly connected component."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    on_stack: set[str] = set()
    component: dict[str, str] = {}
    for start in above:
        if start in number:
            continue
        work = [(start, iter(above[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            node, parents = work[-1]
            for parent in parents:
                if parent not in number:
                    number[parent] = low[parent] = len(number)
                    stack.append(parent)
                    on_stack.add(parent)
                    work.append((parent, iter(above.get(parent, ()))))
                    break
                if parent in on_stack:
                    low[node] = min(low[node], number[parent])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    while True:
                        member = stack.pop()
                        on_stack.discard(member)
                        component[member] = node
                        if member == node:
                            break
    return component
