"""A transformers model on this machine as a `Backend`."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from graphrx.llm.backend import ModelInfo
from graphrx.llm.candidates import ListGrammar
from graphrx.llm.load import LoadedModel


class LocalBackend:
    """Completes and scores text with a loaded model; deterministic (greedy, no sampling)."""

    def __init__(self, loaded: LoadedModel, *, adapter: str | None = None) -> None:
        self._model = loaded.model
        self._tokenizer = loaded.tokenizer
        self._info = ModelInfo(loaded.name, loaded.sha256, adapter)

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return self._info

    @torch.inference_mode()
    def complete(
        self, prompt: str, *, max_new_tokens: int = 64, grammar: ListGrammar | None = None
    ) -> str:
        """Continue `prompt`, greedily; with a grammar, inside it."""
        ids = self._ids(prompt)
        hook = grammar.hook(prompt_tokens=ids.shape[1]) if grammar else None
        output = self._model.generate(
            input_ids=ids,
            attention_mask=torch.ones_like(ids),
            max_new_tokens=max_new_tokens,
            do_sample=False,
            prefix_allowed_tokens_fn=hook,
            pad_token_id=self._tokenizer.eos_token_id,
        )
        text: str = self._tokenizer.decode(output[0, ids.shape[1] :], skip_special_tokens=True)
        return text.strip()

    @torch.inference_mode()
    def score(self, prompt: str, options: Sequence[str]) -> tuple[float, ...]:
        """Return for each option its mean log probability a token, as continuation of `prompt`.

        All options share one forward pass: rows of one right-padded batch.
        """
        start = self._ids(prompt)[0]
        tails = [self._ids(option)[0] for option in options]
        longest = max(len(tail) for tail in tails)
        rows = torch.full((len(tails), len(start) + longest), self._tokenizer.eos_token_id)
        mask = torch.zeros_like(rows)
        for row, tail in enumerate(tails):
            length = len(start) + len(tail)
            rows[row, :length] = torch.cat([start, tail])
            mask[row, :length] = 1
        logits = self._model(input_ids=rows, attention_mask=mask, use_cache=False).logits
        logp = logits[:, len(start) - 1 : -1].float().log_softmax(-1)
        scores = []
        for row, tail in enumerate(tails):
            picked = logp[row, torch.arange(len(tail)), tail]
            scores.append(float(picked.mean()))
        return tuple(scores)

    def _ids(self, text: str) -> torch.Tensor:
        return torch.tensor([self._tokenizer(text, add_special_tokens=False).input_ids])
