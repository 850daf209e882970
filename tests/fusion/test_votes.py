"""Votes never read the answer, and they find what neighbours take."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from graphrx.fusion.features import name_features
from graphrx.fusion.votes import VOTES, Votes


@pytest.fixture
def x(graph, tokenizer, loaded):
    return name_features(graph.names, tokenizer, loaded.model.get_input_embeddings().weight)


def test_own_indications_change_no_vote(graph, x):
    target = graph.names.index("mild asthma")
    emptied = replace(graph, treats={**graph.treats, target: {}})
    assert torch.equal(Votes(graph, x).features(target), Votes(emptied, x).features(target))


def test_held_out_conditions_have_no_vote(graph, x):
    target, sibling = graph.names.index("mild asthma"), graph.names.index("severe asthma")
    without = {c: d for c, d in graph.treats.items() if c != sibling}
    expected = Votes(replace(graph, treats=without), x).features(target)
    assert torch.equal(Votes(graph, x, held_out=[sibling]).features(target), expected)
    assert not torch.equal(Votes(graph, x).features(target), expected)


def test_kin_and_symptoms_vote_for_the_right_class(graph, x):
    votes = Votes(graph, x).features(graph.names.index("mild asthma"))
    assert votes.shape == (len(graph.drugs), len(VOTES))
    right = torch.tensor(["terol" in graph.names[i] for i in graph.drugs.tolist()])
    for name in ("hierarchy", "symptoms", "class"):
        column = votes[:, VOTES.index(name)]
        assert column[right].min() > column[~right].max()


def test_forbidden_drugs_are_marked_through_their_class(graph, x):
    votes = Votes(graph, x).features(graph.names.index("asthma"))
    marked = votes[:, VOTES.index("forbidden")].bool().tolist()
    names = [graph.names[i] for i in graph.drugs.tolist()]
    assert {n for n, m in zip(names, marked, strict=True) if m} == {
        n for n in names if n.endswith("pril")
    }


def test_stated_indications_count_only_when_asked_for(graph, loaded, settings):
    """In use stated indications lead; where models are trained or judged they are silent."""
    from graphrx.fusion.model import encoder_scores, new_model, view

    model = new_model(loaded, settings, seed=0)
    target = graph.names.index("mild asthma")
    silent = encoder_scores(model, view(model, graph), target)
    leading = encoder_scores(model, view(model, graph, told=True), target)
    stated = [graph.drugs.tolist().index(drug) for drug in graph.treats[target]]
    assert set(leading.topk(4).indices.tolist()) == set(stated)
    assert leading[stated].min() > leading[[i for i in range(20) if i not in stated]].max()
    assert not torch.allclose(silent, leading)
