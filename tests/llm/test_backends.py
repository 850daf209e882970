"""One contract for every backend: the fake and a real (tiny) model alike."""

from __future__ import annotations

from typing import Any

import pytest

from graphrx.llm.backend import Backend
from graphrx.llm.candidates import ListGrammar, TokenTrie
from graphrx.llm.prompts import fill, template
from graphrx.llm.scripted import ScriptedBackend


def local_backend() -> Any:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from graphrx.llm.load import LoadedModel
    from graphrx.llm.local import LocalBackend

    words = ["<e>", "<u>", "treat", "pain", "aspirin", "ibuprofen", ","]
    core = Tokenizer(models.WordLevel({w: i for i, w in enumerate(words)}, unk_token="<u>"))
    core.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<e>", pad_token="<e>")
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(words), hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2, bos_token_id=0,
        eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    model = LlamaForCausalLM(config).eval()
    return LocalBackend(LoadedModel(model, tokenizer, "tiny", "0" * 64, "directory"))


@pytest.fixture(params=["scripted", "local"])
def backend(request: pytest.FixtureRequest) -> Any:
    if request.param == "local":
        return local_backend()
    return ScriptedBackend({"pain": "aspirin, ibuprofen, unobtainium"})


def test_it_is_a_backend(backend):
    assert isinstance(backend, Backend)
    assert backend.info.name


def test_same_question_same_answer(backend):
    assert backend.complete("treat pain") == backend.complete("treat pain")
    assert backend.score("treat", ["pain", "aspirin"]) == backend.score(
        "treat", ["pain", "aspirin"]
    )


def test_scores_do_not_depend_on_the_other_options(backend):
    together = backend.score("treat", ["pain", "aspirin ibuprofen"])
    alone = [backend.score("treat", [option])[0] for option in ("pain", "aspirin ibuprofen")]
    assert together == pytest.approx(alone, abs=1e-5)
    assert all(value <= 0 for value in together)


def test_grammar_binds_it(backend):
    trie = TokenTrie({"aspirin": (4,), "ibuprofen": (5,)})
    grammar = ListGrammar(trie, separator=6, end=0, max_items=2, min_items=2)
    answer = backend.complete("treat pain", grammar=grammar)
    assert sorted(piece.strip() for piece in answer.split(",")) == ["aspirin", "ibuprofen"]


def test_script_keeps_what_it_was_asked():
    fake = ScriptedBackend(default="?")
    assert fake.complete("anything") == "?"
    assert fake.calls == ["anything"]


def test_values_cannot_move_the_mark():
    before, after = fill("recommend", patient="a <graph> man", target="pain")
    assert before.endswith("Graph:")
    assert "a <graph> man" in before
    assert "pain" in after
    assert "<graph>" not in after
    with pytest.raises(KeyError):
        fill("recommend", patient="x")
    assert "<graph>" in template("name_nodes").template
