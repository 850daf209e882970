"""HeteroData has every node and edge of the snapshot, under the right type."""

from collections import Counter
from pathlib import Path

import pytest
import torch

from graphrx.fusion.hetero import hetero_data
from graphrx.kg.formulary.loader import load
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.sqlite import SqliteStore

FORMULARY = Path(__file__).parents[1] / "fixtures" / "formulary"


@pytest.fixture(scope="module", params=["formulary", "empty"])
def frozen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    with SqliteStore() as store:
        ingest(store, load(FORMULARY) if request.param == "formulary" else Records())
        return freeze(store, tmp_path_factory.mktemp("hetero") / "graph")


def test_nodes_are_counted_by_category(frozen: Snapshot) -> None:
    data = hetero_data(frozen)
    assert data.sha256 == frozen.sha256
    expected = Counter(frozen.category(i) for i in range(frozen.n_nodes))
    assert {name: data[name].num_nodes for name in data.node_types} == expected
    for name in data.node_types:
        assert data[name].node_index.tolist() == list(frozen.nodes_of(name))


def test_every_edge_is_there_once_with_its_ends(frozen: Snapshot) -> None:
    data = hetero_data(frozen)
    seen = []
    for key in data.edge_types:
        source, predicate, target = key
        ends = torch.stack(
            [
                data[source].node_index[data[key].edge_index[0]],
                data[target].node_index[data[key].edge_index[1]],
            ]
        )
        for e, (subject, object_) in zip(data[key].edge.tolist(), ends.T.tolist(), strict=True):
            edge = frozen.edge(e)
            assert (edge.subject, edge.predicate, edge.object) == (subject, predicate, object_)
            seen.append(e)
    assert sorted(seen) == list(range(frozen.n_edges))


def test_torch_geometric_finds_nothing_wrong(frozen: Snapshot) -> None:
    data = hetero_data(frozen)
    if data.edge_types:
        assert data.validate()
        assert data.num_edges == frozen.n_edges
