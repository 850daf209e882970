"""Both stages learn, resume exactly, and come back from disk as they were."""

from __future__ import annotations

import json

import pytest
import torch

from graphrx.fusion.checkpoint import load_model, read_card, save_model
from graphrx.fusion.dataset import Examples, conflicts, split_conditions
from graphrx.fusion.encoder import N_RELATIONS
from graphrx.fusion.features import name_features
from graphrx.fusion.generate import Recommender
from graphrx.fusion.loss import listwise, row_weights
from graphrx.fusion.model import new_model
from graphrx.fusion.settings import EncoderSettings, EncoderTraining
from graphrx.fusion.train import train
from graphrx.fusion.train_encoder import hidden_scores, link_figures, train_encoder
from graphrx.fusion.train_list import ListTrainer
from graphrx.kg.errors import InputError, IntegrityError, NotAvailableError
from graphrx.llm.adapters import LoraSettings, adapter_state, attach, fold


def x_of(graph, tokenizer, loaded):
    return name_features(graph.names, tokenizer, loaded.model.get_input_embeddings().weight)


@pytest.mark.parametrize("kind", ["rgcn", "compgcn", "rgat"])
def test_every_encoder_finds_drugs_of_unseen_conditions(graph, tokenizer, loaded, kind):
    _, _, test = split_conditions(graph, seed=0)
    train_conditions = [c for c in graph.conditions() if c not in test]
    x = x_of(graph, tokenizer, loaded)
    encoder = train_encoder(
        graph,
        x,
        EncoderSettings(kind=kind, dim=16, bases=4, dropout=0.0),
        EncoderTraining(steps=120, learning_rate=0.01, negatives=4),
        conditions=train_conditions,
        held_out=test,
    )
    figures = link_figures(hidden_scores(encoder, graph, x, test), graph, test)
    assert figures.conditions == len(test)
    assert figures.recall_at_5 > 0.6  # chance is 5 of 20


def test_encoder_is_inductive_and_repeatable(graph, tokenizer, loaded):
    x = x_of(graph, tokenizer, loaded)
    settings = EncoderSettings(dim=8, bases=2)
    runs = [
        train_encoder(
            graph, x, settings, EncoderTraining(steps=3), conditions=graph.conditions(), seed=5
        )
        for _ in range(2)
    ]
    edges, relation = graph.visible()
    first, second = (run(x, graph.category, edges, relation) for run in runs)
    assert torch.equal(first, second)
    assert int(relation.max()) < N_RELATIONS
    more = torch.cat([x, x[:1]])  # a node that was never there, without edges
    longer = runs[0](more, torch.cat([graph.category, graph.category[:1]]), edges, relation)
    assert torch.allclose(longer[:-1], first, atol=1e-5)


def test_listwise_wants_what_is_wanted(graph):
    condition = torch.tensor(graph.conditions()[:1])
    weights = row_weights(graph.treats, condition, graph.drugs, graph.n_nodes)
    assert weights.sum() == 2 * 4 + 2 * 2
    good = (weights + 0.01).log()
    flat = torch.zeros_like(weights)
    assert listwise(good, weights) < listwise(flat, weights) < listwise(-good, weights)
    assert listwise(weights, torch.zeros_like(weights)) == 0


def test_projector_starts_as_the_name(loaded, settings):
    model = new_model(loaded, settings, seed=0)
    name = torch.randn(2, 32)
    out = model.projector(torch.randn(2, 16), name, torch.tensor([0, 1]), torch.zeros(2))
    assert torch.allclose(
        out / out.norm(dim=1, keepdim=True), name / name.norm(dim=1, keepdim=True), atol=1e-5
    )
    assert out.norm(dim=1).tolist() == pytest.approx([float(model.projector.scale)] * 2, rel=1e-4)


def test_training_lowers_the_loss_and_resumes_exactly(
    graph, snapshot, loaded, tokenizer, settings, tmp_path
):
    import copy

    stream = Examples(graph, conflicts(snapshot), graph.conditions(), settings.stage_two, seed=0)

    def trainer():
        return ListTrainer(new_model(copy.deepcopy(loaded), settings, seed=0), graph, stream)

    whole = trainer()
    fixed = stream.batch(0)
    with torch.no_grad():
        before = float(whole.loss(fixed))
    losses = whole.run()
    with torch.no_grad():
        assert float(whole.loss(fixed)) < before - 0.1
    trainer().run(until=8, checkpoint=tmp_path / "state.pt")
    resumed = trainer()
    rest = resumed.run(checkpoint=tmp_path / "state.pt")
    assert rest == losses[8:]
    assert all(torch.equal(resumed.lora()[k], v) for k, v in whole.lora().items())


def test_state_of_another_run_is_not_taken(graph, snapshot, loaded, settings, tmp_path):
    stream = Examples(graph, conflicts(snapshot), graph.conditions(), settings.stage_two, seed=0)
    one = ListTrainer(new_model(loaded, settings, seed=0), graph, stream, seed=0)
    one.step = 5
    one.save(tmp_path / "state.pt")
    other = ListTrainer.__new__(ListTrainer)
    other.__dict__.update(one.__dict__)
    other._seed, other.step = 1, 0
    other.restore(tmp_path / "state.pt")
    assert other.step == 0


def test_folding_equals_the_wrapped_adapter(loaded):
    import copy

    settings = LoraSettings(r=2, dropout=0.0)
    wrapped = attach(copy.deepcopy(loaded.model), settings)
    torch.manual_seed(0)
    for name, parameter in wrapped.named_parameters():
        if "lora_B" in name:
            parameter.data.normal_(std=0.1)
    ids = torch.tensor([[5, 6, 7]])
    with torch.inference_mode():
        expected = wrapped.eval()(ids).logits
        plain = loaded.model(ids).logits
        fold(loaded.model, adapter_state(wrapped), settings)
        folded = loaded.model(ids).logits
    assert torch.allclose(folded, expected, atol=1e-4)
    assert not torch.allclose(folded, plain, atol=1e-3)


def known(graph):
    return {"sha256": graph.sha256, "taught": graph.taught}


@pytest.fixture
def trained(snapshot, loaded, settings, tmp_path):
    result = train(snapshot, loaded, settings, seed=0)
    save_model(result.model, result.lora, tmp_path, seed=0, graph=known(result.graph))
    return tmp_path


def fresh(tokenizer):
    from transformers import LlamaForCausalLM

    from graphrx.llm.load import LoadedModel

    def make(loaded):
        torch.manual_seed(0)
        model = LlamaForCausalLM(loaded.model.config).eval()
        return LoadedModel(model, tokenizer, "tiny", "0" * 64, "directory")

    return make


def test_checkpoint_round_trip_and_determinism(trained, snapshot, loaded, tokenizer):
    make = fresh(tokenizer)
    target = next(n.index for n in snapshot.nodes if n.name == "mild asthma")
    answers = []
    for _ in range(2):
        model = load_model(trained, loaded=make(loaded))
        question = Recommender(model, snapshot).ask(target)
        answers.append((question.generate(4, explain="gradient"), question.ranked))
    assert answers[0] == answers[1]
    card = read_card(trained)
    assert set(card["files"]) == {
        "encoder.safetensors",
        "projector.safetensors",
        "lora.safetensors",
    }
    assert card["seed"] == 0
    assert card["versions"]["torch"]
    listed, ranked = answers[0]
    assert len(listed.names) == 4 == len(set(listed.names))
    assert listed.graph_tokens == len(listed.prompt_nodes) > 0
    assert sum(2.718281828**row.language for row in ranked) == pytest.approx(1, abs=1e-2)
    assert not listed.model.warnings


def test_asking(trained, snapshot, graph, loaded, tokenizer):
    recommender = Recommender(load_model(trained, loaded=fresh(tokenizer)(loaded)), snapshot)
    target = graph.conditions()[0]
    drugs = graph.drugs.tolist()
    question = recommender.ask(target)
    two = question.rank(drugs[:2])
    assert {row.node for row in two} == set(drugs[:2])
    assert two[0].score >= two[1].score
    rest = question.generate(50, exclude=drugs[:18])
    assert set(rest.nodes) == set(drugs[18:])
    assert question.generate(3, exclude=drugs).names == ()
    text = recommender.ask(target, tokens="none")
    assert text.generate(2).graph_tokens == 0
    assert all(row.encoder is None and row.score == row.language for row in text.ranked)
    shuffled = recommender.ask(target, tokens="shuffled")
    assert {r.node: r.language for r in shuffled.ranked} != {
        r.node: r.language for r in question.ranked
    }
    left_out = question.explain(two[0].node, "leave_one_out")
    top = left_out[0]
    drop = question.score_without(two[0].node, ()) - question.score_without(
        two[0].node, [top.index]
    )
    assert drop == pytest.approx(top.weight, abs=1e-5)
    with pytest.raises(InputError, match="outside the graph"):
        recommender.ask(graph.n_nodes)
    withdrawn = graph.names.index("oldpril")
    ranked = question.rank([withdrawn, *drugs])
    assert ranked[-1].node == withdrawn
    assert ranked[-1].score < ranked[-2].score
    assert "oldpril" not in {row.name for row in question.ranked}


def test_another_graph_is_reported_and_a_changed_file_refused(trained, snapshot, loaded, tokenizer):
    from dataclasses import replace

    model = load_model(trained, loaded=fresh(tokenizer)(loaded))
    larger = replace(snapshot, sha256="e" * 64, nodes=list(snapshot.nodes))
    larger.add("Drug", "newpril")
    report = Recommender(model, larger).report
    assert (report.graph_sha256, report.trained_on_graph) == ("e" * 64, "f" * 64)
    assert not report.warnings
    for syllable in ("ga", "ge", "gi"):
        larger.add("Drug", f"{syllable}pril")
    report = Recommender(model, larger).report
    assert "4 of 44 drugs and conditions are new" in report.warnings[0]
    path = trained / "encoder.safetensors"
    path.write_bytes(path.read_bytes()[:-1] + b"?")
    with pytest.raises(IntegrityError, match=r"encoder\.safetensors"):
        load_model(trained, loaded=loaded)
    (trained / "config.json").write_text(json.dumps({"format": 0}))
    with pytest.raises(IntegrityError, match="format"):
        load_model(trained, loaded=loaded)
    with pytest.raises(NotAvailableError, match="graphrx train"):
        load_model(trained / "nowhere", loaded=loaded)
