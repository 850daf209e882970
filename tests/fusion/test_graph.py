"""What the encoder may see, what is retrieved, and the shuffled control."""

from __future__ import annotations

import random

import pytest
import torch

from graphrx.fusion.context import PatientContext
from graphrx.fusion.dataset import Examples, conflicts, ordered_answer, split_conditions
from graphrx.fusion.features import name_features
from graphrx.fusion.graph import RELATIONS
from graphrx.fusion.metrics import filtered_mrr, first_hit, recall_at, summary
from graphrx.fusion.retrieve import retrieve, shuffled_nodes
from graphrx.fusion.settings import ListTraining, RetrievalSettings


def test_hidden_condition_has_no_edge_that_tells_its_drugs(graph):
    target = graph.names.index("acute asthma")  # the one with a regimen
    regimen = graph.names.index("asthma regimen")
    edges, relation = graph.visible([target])
    kinds = [RELATIONS[r % len(RELATIONS)] for r in relation.tolist()]
    around = [
        kind
        for kind, ends in zip(kinds, edges.T.tolist(), strict=True)
        if target in ends or regimen in ends
    ]
    assert set(around) == {"subclass_of", "has_phenotype"}
    whole, _ = graph.visible()
    assert whole.shape[1] - edges.shape[1] == 2 * (4 + 2)  # 4 drugs, regimen and its part, twice


def test_split_holds_out_whole_conditions(graph):
    train, dev, test = split_conditions(graph, seed=3)
    assert not set(train) & set(test)
    assert not set(dev) & set(test)
    assert not set(train) & set(dev)
    assert sorted((*train, *dev, *test)) == list(graph.conditions())
    assert split_conditions(graph, seed=3) == (train, dev, test)
    assert split_conditions(graph, seed=4) != (train, dev, test)


def test_shuffled_control_moves_every_node_inside_its_category(graph):
    moved = shuffled_nodes(graph, seed=0)
    assert sorted(moved.tolist()) == list(range(graph.n_nodes))
    assert torch.equal(graph.category[moved], graph.category)
    assert not (moved == torch.arange(graph.n_nodes)).any()
    assert not torch.equal(moved, shuffled_nodes(graph, seed=1))


def test_retrieval_keeps_the_patient_first_and_the_cap(graph):
    target, other = graph.names.index("mild asthma"), graph.names.index("severe diabetes")
    drug = int(graph.drugs[0])
    context = PatientContext(problems=(other, target), drugs=(drug,))
    scores = torch.linspace(0, -1, len(graph.drugs))
    found = retrieve(graph, target, context, scores, RetrievalSettings(cap=9, candidates=4))
    assert len(found) == 9 == len({node.index for node in found})
    assert [node.role for node in found[:3]] == ["target", "problem", "current drug"]
    assert [node.index for node in found if node.role == "candidate"] == graph.drugs[1:5].tolist()
    assert "related condition" in {node.role for node in found}


def test_nothing_forbidden_is_taught(graph, snapshot):
    """Whoever has asthma is never taught a pril: the class rule reaches members and kinds."""
    known = conflicts(snapshot)
    prils = {i for i, name in enumerate(graph.names) if name in {"alpril", "bepril"}}
    asthma = graph.names.index("severe asthma")
    assert prils <= known.forbidden(PatientContext(problems=(asthma,)))
    stream = Examples(
        graph,
        known,
        graph.conditions(),
        ListTraining(context_share=1, name_share=0, name_start=0),
        seed=0,
    )
    met = 0
    for step in range(40):
        for example in stream.batch(step):
            forbidden = known.forbidden(example.context)
            met += bool(forbidden)
            assert not forbidden & set(example.answer)
            assert set(example.answer) <= set(graph.treats[example.target])
    assert met


def test_batches_repeat_exactly(graph, snapshot):
    def stream(seed):
        return Examples(
            graph, conflicts(snapshot), graph.conditions(), ListTraining(), seed=seed
        ).batch(7)

    assert stream(1) == stream(1) != stream(2)


def test_first_line_drugs_tend_to_come_first():
    draw = random.Random(0)
    firsts = [ordered_answer({1: 4.0, 2: 1.0}, draw)[0] for _ in range(2000)]
    assert firsts.count(1) / 2000 == pytest.approx(0.8, abs=0.03)


def test_name_feature_is_the_mean_of_its_token_embeddings(tokenizer):
    embedding = torch.randn(len(tokenizer), 5)
    ids = tokenizer(" alpril", add_special_tokens=False).input_ids
    rows = name_features(["alpril", ""], tokenizer, embedding)
    assert torch.allclose(rows[0], embedding[ids].mean(0))
    assert not rows[1].any()


def test_patient_is_described_by_graph_names_only(graph):
    context = PatientContext(age_years=61.5, sex="F", problems=(1,), drugs=(3,), allergies=(0,))
    text = context.describe(graph.names)
    assert text == "61-year-old woman, with hypertension, taking alpril, allergic to prils"
    assert PatientContext().describe(graph.names) == "person"


def test_metrics():
    assert recall_at([1, 2, 3], {2, 9}, 2) == 0.5
    assert recall_at([2, 1], {2}, 5) == 1.0
    assert filtered_mrr([5, 2, 9], {2, 9}) == pytest.approx((1 / 2 + 1 / 2) / 2)
    assert filtered_mrr([5], {2}) == 0
    assert first_hit([5, 2], {2}) == 0.5
    assert summary([1.0, 1.0])["half_width"] == 0
