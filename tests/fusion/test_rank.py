"""One pass over the trie gives what one pass a name would give."""

from __future__ import annotations

import pytest
import torch

from graphrx.fusion.inject import splice
from graphrx.fusion.rank import name_log_probs
from graphrx.llm.candidates import ListGrammar, TokenTrie

NAMES = ["acillin", "amoxicillin", "betaprilat", "betapril", "betapril acillin", "zol"]


@pytest.fixture
def asked(loaded, tokenizer):
    ids = tokenizer("Drugs:", add_special_tokens=False).input_ids
    text = loaded.model.get_input_embeddings().weight.detach()[ids]
    draw = torch.Generator().manual_seed(0)
    return splice([text], [torch.randn(3, 32, generator=draw)], [text], pad="left")


def slow(loaded, prompt, grammar, name):
    """Token by token, each with its own full pass."""
    embedding = loaded.model.get_input_embeddings().weight.detach()
    total, written = 0.0, []
    for token in (*grammar.trie.sequences[name], None):
        options = grammar.allowed(written)
        embeds = torch.cat([prompt.embeds[0], embedding[written].reshape(-1, 32)])[None]
        with torch.inference_mode():
            logits = loaded.model(inputs_embeds=embeds).logits[0, -1]
        closing = [t for t in options if t in (grammar.separator, grammar.end)]
        chosen = logits[closing].logsumexp(0) if token is None else logits[token]
        total += float(chosen - logits[options].logsumexp(0))
        if token is not None:
            written.append(token)
    return total


def test_it_equals_a_pass_a_token(loaded, tokenizer, asked):
    trie = TokenTrie.from_names(NAMES, tokenizer)
    comma = tokenizer(",", add_special_tokens=False).input_ids[0]
    grammar = ListGrammar(trie, comma, tokenizer.eos_token_id, max_items=9)
    embedding = loaded.model.get_input_embeddings().weight
    closing = (comma, tokenizer.eos_token_id)
    with torch.inference_mode():
        fast = name_log_probs(loaded.model, embedding, asked, trie, closing=closing)
        some = name_log_probs(
            loaded.model, embedding, asked, trie, names=["zol", "betapril"], closing=closing
        )
    expected = [slow(loaded, asked, grammar, name) for name in trie.names]
    assert fast.tolist() == pytest.approx(expected, abs=1e-4)
    assert float(fast.exp().sum()) == pytest.approx(1, abs=1e-4)
    by_name = dict(zip(trie.names, fast.tolist(), strict=True))
    assert some.tolist() == pytest.approx([by_name["zol"], by_name["betapril"]], abs=1e-4)


def test_gradient_reaches_the_soft_tokens(loaded, tokenizer):
    trie = TokenTrie.from_names(NAMES, tokenizer)
    embedding = loaded.model.get_input_embeddings().weight
    text = embedding.detach()[tokenizer("Drugs:", add_special_tokens=False).input_ids]
    nodes = torch.randn(2, 32, requires_grad=True)
    prompt = splice([text], [nodes], [text], pad="left")
    name_log_probs(loaded.model, embedding, prompt, trie, names=["zol"], closing=(1,))[0].backward()
    assert nodes.grad is not None
    assert nodes.grad.abs().sum() > 0
