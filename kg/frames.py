"""A snapshot's columns as numpy arrays, and as a networkx graph for notebooks.

The arrays are views of the mapped files: read-only, no copy. numpy and networkx are imported on
use, so importing this module costs nothing.
"""

from typing import TYPE_CHECKING, Any

from graphrx.kg.snapshot import TYPES, Snapshot

if TYPE_CHECKING:
    import networkx
    import numpy as np
    from numpy.typing import NDArray

_DTYPES = {"i": "<i4", "q": "<i8", "d": "<f8"}


def column(snapshot: Snapshot, name: str) -> "NDArray[Any]":
    """Return a column as an array.

    :param name: one of :data:`graphrx.kg.snapshot.TYPES`.
    :return: shape (n,), dtype int32, int64 or float64; read-only.
    """
    import numpy as np

    return np.frombuffer(snapshot.column(name), dtype=_DTYPES[TYPES[name]])


def edge_index(snapshot: Snapshot, predicate: str | None = None) -> "NDArray[np.int32]":
    """Return subjects and objects of all edges, or of one predicate's.

    :return: shape (2, n_edges), dtype int32: node numbers of subject and object, in edge order.
    """
    import numpy as np

    ends = np.stack([column(snapshot, "edge.subject"), column(snapshot, "edge.object")])
    if predicate is None:
        return ends
    refs, numbers = np.unique(column(snapshot, "edge.predicate"), return_inverse=True)
    wanted = np.array([snapshot.string(int(ref)) == predicate for ref in refs], dtype=bool)
    return ends[:, wanted[numbers]] if len(refs) else ends


def edge_types(snapshot: Snapshot) -> tuple["NDArray[np.int64]", tuple[str, ...]]:
    """Return each edge's predicate as a number, and the predicates in that order (sorted).

    :return: shape (n_edges,), and the names.
    """
    import numpy as np

    refs, numbers = np.unique(column(snapshot, "edge.predicate"), return_inverse=True)
    return numbers, tuple(snapshot.string(int(ref)) for ref in refs)


def node_types(snapshot: Snapshot) -> tuple["NDArray[np.int64]", tuple[str, ...]]:
    """Return each node's category as a number, and the categories in that order (sorted).

    :return: shape (n_nodes,), and the names.
    """
    import numpy as np

    refs, numbers = np.unique(column(snapshot, "node.category"), return_inverse=True)
    return numbers, tuple(snapshot.string(int(ref)) for ref in refs)


def to_networkx(snapshot: Snapshot) -> "networkx.MultiDiGraph":
    """Return the graph with node ids as nodes; for notebooks, not for speed.

    Nodes carry ``name``, ``name_zh``, ``category`` and the attributes; edges carry ``predicate``,
    ``qualifiers`` and ``sources``.
    """
    import networkx as nx

    graph = nx.MultiDiGraph(sha256=snapshot.sha256)
    for i in range(snapshot.n_nodes):
        node = snapshot.node(i)
        known = {"name": node.name, "name_zh": node.name_zh, "category": node.category}
        graph.add_node(node.id, **{**node.attributes, **known})
    for e in range(snapshot.n_edges):
        edge = snapshot.edge(e)
        graph.add_edge(
            snapshot.node(edge.subject).id,
            snapshot.node(edge.object).id,
            predicate=edge.predicate,
            qualifiers=dict(edge.qualifiers),
            sources=sorted({row.source for row in snapshot.evidence(e)}),
        )
    return graph
