"""The encoder's say while the model writes: shallow fusion along the trie of names.

At every branching of the trie the model's next-token probabilities, renormalised over what the
grammar allows, are mixed with the encoder's probability of the names below each branch:

    log p(token) = (1 − w) · log p_language(token | prefix) + w · log p_encoder(token | prefix)

with the same w as in the ranking score. Names that were written already have no mass left.
Shallow fusion: Gülçehre et al., arXiv:1503.03535.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor
from transformers import LogitsProcessor

from graphrx.llm.candidates import END_OF_NAME, ListGrammar


class EncoderGuide(LogitsProcessor):
    """Adds the encoder's log odds to the logits of a list that a grammar restricts.

    Args:
        grammar: of the list; the prompt is given as `inputs_embeds`, so all ids are the list's.
        log_probs: name → the encoder's log probability, for every name of the trie.
        weight: the encoder's share, 0 to 1.
    """

    def __init__(self, grammar: ListGrammar, log_probs: Mapping[str, float], weight: float) -> None:
        self._grammar = grammar
        self._weight = weight
        self._leaf = torch.tensor([log_probs[name] for name in grammar.trie.names])

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:
        """Return the mixed scores.

        Args:
            input_ids: (1, tokens written so far).
            scores: (1, V), −inf outside the grammar.
        """
        guided = torch.full_like(scores, -torch.inf)
        tokens = input_ids[0].tolist()
        allowed = self._grammar.allowed(tokens)
        language = scores[0, allowed].float().log_softmax(0)
        encoder = self._branches(tokens, allowed)
        mixed = (1 - self._weight) * language + self._weight * encoder
        guided[0, allowed] = mixed.to(scores.dtype)
        return guided

    def _branches(self, tokens: list[int], allowed: list[int]) -> Tensor:
        """Log probability of each allowed token under the encoder, (len(allowed),)."""
        used, tail, closed = self._grammar.split(tokens)
        node = None if closed else self._grammar.trie.walk(tail)
        if node is None:
            return torch.zeros(len(allowed))
        mass = self._leaf.clone()
        for name in (*used, *self._grammar.excluded):
            mass[self._grammar.trie.leaf[name]] = -torch.inf
        ending = (self._grammar.separator, self._grammar.end)
        closers = max(1, sum(token in ending for token in allowed))
        rows = []
        for token in allowed:
            # the end of a name is one branch, however many tokens may follow it
            child = node.children[END_OF_NAME if token in ending else token]
            shared = float(closers) if token in ending else 1.0
            rows.append(mass[child.first : child.last].logsumexp(0) - torch.tensor(shared).log())
        return torch.stack(rows).log_softmax(0)
