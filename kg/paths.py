"""The shortest chain of evidence between two nodes, followed along edges in either direction."""

from collections.abc import Iterator

from graphrx.kg.snapshot import Snapshot


def shortest_path(
    snapshot: Snapshot, first: int, second: int, longest: int = 6
) -> tuple[int, ...] | None:
    """Return the edges of a shortest path between two nodes; the same graph gives the same path.

    Both ends are widened in turn, the smaller one first, so that a hub costs little.

    :param longest: number of edges after which to give up.
    :return: edge numbers from ``first`` to ``second``; empty when they are one node; None when
        there is no path.
    """
    if first == second:
        return ()
    came: tuple[dict[int, tuple[int, int]], ...] = ({first: (-1, -1)}, {second: (-1, -1)})
    edges: list[list[int]] = [[first], [second]]
    for _ in range(longest):
        side = 0 if len(edges[0]) <= len(edges[1]) else 1
        met = _widen(snapshot, edges, came, side)
        if met is not None:
            back = _trace(came[0], met)
            return (*reversed(back), *_trace(came[1], met))
        if not edges[side]:
            return None
    return None


def _widen(
    snapshot: Snapshot,
    edges: list[list[int]],
    came: tuple[dict[int, tuple[int, int]], ...],
    side: int,
) -> int | None:
    """Take one step from every node of one side; return where it meets the other, if it does."""
    reached: list[int] = []
    met: list[int] = []
    for place in edges[side]:
        for edge, there in _around(snapshot, place):
            if there in came[side]:
                continue
            came[side][there] = (place, edge)
            reached.append(there)
            if there in came[1 - side]:
                met.append(there)
    edges[side] = reached
    return min(met, default=None)


def _around(snapshot: Snapshot, node: int) -> Iterator[tuple[int, int]]:
    """Iterate over (edge, node at its other end), read without keeping them."""
    column = snapshot.column
    for edge in range(*column("out")[node : node + 2]):
        yield edge, column("edge.object")[edge]
    for edge in column("into.edge")[slice(*column("into.offset")[node : node + 2])]:
        yield edge, column("edge.subject")[edge]


def _trace(came: dict[int, tuple[int, int]], node: int) -> list[int]:
    found = []
    while (step := came[node])[1] >= 0:
        found.append(step[1])
        node = step[0]
    return found
