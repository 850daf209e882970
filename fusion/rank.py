"""The language model's probability of every drug, in one forward pass.

The prompt is followed by the trie of names, laid flat: each trie node attends to the prompt and to
its own ancestors only, at the position it would have in a list. One pass of prompt + a few hundred
positions so gives what one pass a name would give, and gradients to the soft tokens as well.

    log p(name) = Σ over its trie nodes of log softmax over that node's children

A node with one child adds nothing, so only nodes above a branching are fed at all. Over all names
the probabilities add up to one: no length correction is needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from graphrx.fusion.inject import Spliced
from graphrx.llm.candidates import END_OF_NAME, TokenTrie, TrieNode


@dataclass(frozen=True, slots=True)
class _Flat:
    """The fed trie nodes: M of them, parents before children; row -1 is the end of the prompt."""

    tokens: list[int]
    depth: list[int]
    ancestors: list[list[int]]
    row: dict[int, int]


def name_log_probs(
    language: Any,
    embedding: Tensor,
    prompt: Spliced,
    trie: TokenTrie,
    *,
    names: Sequence[str] | None = None,
    closing: tuple[int, ...],
) -> Tensor:
    """Return the log probability that the list starts with each name.

    Args:
        language: a transformers causal model.
        embedding: its input embeddings, (V, d).
        prompt: a batch of one, without padding.
        trie: the names that share the probability.
        names: those wanted, in this order; None for `trie.names`.
        closing: tokens that may follow a complete name (comma, end).

    Returns:
        float32 (len(names),); differentiable with respect to `prompt.embeds`.

    Raises:
        KeyError: a name is not in the trie.
    """
    wanted = trie.names if names is None else tuple(names)
    flat = _flatten(trie, wanted)
    length, extra = prompt.embeds.shape[1], len(flat.tokens)
    fed = embedding.detach()[torch.tensor(flat.tokens, dtype=torch.long)].reshape(
        extra, embedding.shape[1]
    )
    embeds = torch.cat([prompt.embeds[0], fed.to(prompt.embeds.dtype)]).unsqueeze(0)
    position = torch.cat([prompt.position[0], length - 1 + torch.tensor(flat.depth).long()])
    hidden = language(
        inputs_embeds=embeds,
        attention_mask=_mask(flat, length, embeds.dtype),
        position_ids=position.unsqueeze(0),
        use_cache=False,
        logits_to_keep=torch.arange(length - 1, length + extra),
    )
    logits = hidden.logits[0].float()  # row 0 continues the prompt, row 1 + i the i-th trie node
    steps: dict[tuple[int, int], Tensor] = {}
    return torch.stack([_name(trie, name, flat, logits, closing, steps) for name in wanted])


def _name(
    trie: TokenTrie,
    name: str,
    flat: _Flat,
    logits: Tensor,
    closing: tuple[int, ...],
    steps: dict[tuple[int, int], Tensor],
) -> Tensor:
    total = logits.new_zeros(())
    node = trie.root
    for token in (*trie.sequences[name], END_OF_NAME):
        if len(node.children) > 1:
            key = (id(node), token)
            if key not in steps:
                _branch(node, logits[1 + flat.row[id(node)]], closing, steps)
            total = total + steps[key]
        node = node.children[token]
    return total


def _branch(
    node: TrieNode, logits: Tensor, closing: tuple[int, ...], steps: dict[tuple[int, int], Tensor]
) -> None:
    children = list(node.children)
    each = [
        logits[list(closing)].logsumexp(0) if child == END_OF_NAME else logits[child]
        for child in children
    ]
    for child, value in zip(children, torch.stack(each).log_softmax(0), strict=True):
        steps[id(node), child] = value


def _flatten(trie: TokenTrie, wanted: Sequence[str]) -> _Flat:
    flat = _Flat([], [], [], {id(trie.root): -1})
    for name in wanted:
        path: list[tuple[int, TrieNode]] = []
        node = trie.root
        for token in trie.sequences[name]:
            node = node.children[token]
            path.append((token, node))
        while path and len(path[-1][1].children) == 1:
            path.pop()  # nothing is decided there or below
        above: list[int] = []
        for token, node in path:
            if id(node) not in flat.row:
                flat.row[id(node)] = len(flat.tokens)
                flat.tokens.append(token)
                flat.depth.append(node.depth)
                flat.ancestors.append(list(above))
            above.append(flat.row[id(node)])
    return flat


def _mask(flat: _Flat, length: int, dtype: torch.dtype) -> Tensor:
    """Return the additive attention mask, (1, 1, T, T): causal prompt, then the tree."""
    total = length + len(flat.tokens)
    seen = torch.zeros(total, total, dtype=torch.bool)
    seen[:length, :length] = torch.ones(length, length).tril().bool()
    seen[length:, :length] = True
    for row, above in enumerate(flat.ancestors):
        for column in (*above, row):
            seen[length + row, length + column] = True
    mask = torch.zeros(total, total, dtype=dtype)
    return mask.masked_fill(~seen, torch.finfo(dtype).min)[None, None]
