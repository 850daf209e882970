"""A snapshot as torch-geometric's ``HeteroData``, made of whole columns, not row by row.

One node store per category, one edge store per (category, predicate, category). For libraries that
expect this form; our own encoder reads :mod:`graphrx.fusion.graph`.
"""

from typing import Any

import numpy as np
import torch
from torch_geometric.data import HeteroData

from graphrx.kg.frames import edge_index, edge_types, node_types
from graphrx.kg.snapshot import Snapshot


def hetero_data(snapshot: Snapshot) -> Any:
    """Return the graph as ``HeteroData``.

    Each node store has ``num_nodes`` and ``node_index``, LongTensor (n,): the numbers that its
    nodes have in the snapshot. Each edge store has ``edge_index``, LongTensor (2, e), in numbers of
    the two node stores, and ``edge``, LongTensor (e,): the numbers of its edges in the snapshot.
    The data has ``sha256`` of the snapshot.
    """
    data = HeteroData()
    data.sha256 = snapshot.sha256
    categories, category_names = node_types(snapshot)
    predicates, predicate_names = edge_types(snapshot)
    subjects, objects = edge_index(snapshot)
    place = np.zeros(snapshot.n_nodes, dtype=np.int64)
    for number, name in enumerate(category_names):
        nodes = np.flatnonzero(categories == number)
        place[nodes] = np.arange(len(nodes))
        data[name].num_nodes = len(nodes)
        data[name].node_index = torch.from_numpy(nodes)
    # One number for the whole type of an edge; a stable sort keeps the edges of a type in order.
    width = max(len(category_names), 1)
    types = (categories[subjects] * len(predicate_names) + predicates) * width
    types += categories[objects]
    order = np.argsort(types, kind="stable")
    found, starts = np.unique(types[order], return_index=True)
    ends = np.stack([place[subjects], place[objects]])
    for number, edges in zip(found.tolist(), np.split(order, starts)[1:], strict=True):
        rest, target = divmod(number, width)
        source, predicate = divmod(rest, len(predicate_names))
        key = category_names[source], predicate_names[predicate], category_names[target]
        data[key].edge_index = torch.from_numpy(ends[:, edges].copy())
        data[key].edge = torch.from_numpy(edges)
    return data
