"""The weights in the package: whole, small, described; and, slowly, what they say."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from graphrx.fusion.checkpoint import MAX_BYTES, PACKAGED, read_card
from graphrx.fusion.settings import FusionSettings
from graphrx.llm.load import file_sha256
from graphrx.llm.whereabouts import is_available


def test_files_are_those_that_the_card_names():
    card = read_card()
    assert {n: file_sha256(PACKAGED / n) for n in card["files"]} == card["files"]
    assert sum(path.stat().st_size for path in PACKAGED.iterdir()) < MAX_BYTES
    FusionSettings.model_validate(card["settings"])
    assert card["graph"]["sha256"]
    assert card["graph"]["sources"]
    assert (PACKAGED / "README.md").read_text("utf-8").startswith("# ")


@pytest.fixture(scope="module")
def recommender():
    if not is_available():
        pytest.skip("the language model is not installed: make setup")
    from graphrx.fusion.generate import load_recommender
    from graphrx.kg.formulary.snapshot import packaged_snapshot

    return load_recommender(packaged_snapshot())


def some_conditions(recommender, count):
    return random.Random(0).sample(recommender.seen.graph.conditions(at_least=4), count)


@pytest.mark.slow
def test_same_question_same_answer(recommender):
    target = some_conditions(recommender, 1)[0]
    answers = [recommender.ask(target).generate(5, explain="gradient") for _ in range(2)]
    assert answers[0] == answers[1]
    assert len(set(answers[0].names)) == 5


@pytest.mark.slow
def test_own_list_holds_more_treating_drugs_than_chance(recommender):
    graph = recommender.seen.graph
    shares = []
    for target in some_conditions(recommender, 12):
        listed = recommender.ask(target).generate(5).nodes
        shares.append(sum(drug in graph.treats[target] for drug in listed) / 5)
    assert fmean(shares) > 0.3  # chance is about .02


@pytest.mark.slow
def test_top_cited_node_carries_more_than_a_random_one(recommender):
    """Leaving the node out that is cited first costs the drug more than leaving out another."""
    draw = random.Random(0)
    cited, other = [], []
    for target in some_conditions(recommender, 8):
        question = recommender.ask(target)
        drug = question.ranked[0].node
        nodes = [row.index for row in question.explain(drug)]
        whole = question.score_without(drug, ())
        cited.append(whole - question.score_without(drug, nodes[:1]))
        other.append(whole - question.score_without(drug, [draw.choice(nodes[1:])]))
    assert fmean(cited) > fmean(other)
