"""A node starts as the language model's own reading of its name.

The feature of a node is the mean of the input embeddings of its name's tokens, so a node that was
never trained on has one too, and before any training its soft token reads as its name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from graphrx.llm.candidates import name_tokens


@torch.no_grad()
def name_features(names: Sequence[str], tokenizer: Any, embedding: Tensor) -> Tensor:
    """Return the mean input embedding of each name.

    Args:
        names: N names; an empty one gets zeros.
        tokenizer: of the language model.
        embedding: its input embedding matrix, (vocabulary, d).

    Returns:
        float32 (N, d).
    """
    rows = [name_tokens(name, tokenizer) if name.strip() else () for name in names]
    lengths = torch.tensor([len(row) for row in rows])
    flat = torch.tensor([token for row in rows for token in row], dtype=torch.long)
    owner = torch.repeat_interleave(torch.arange(len(rows)), lengths)
    total = torch.zeros(len(rows), embedding.shape[1])
    total.index_add_(0, owner, embedding[flat].float())
    return total / lengths.clamp(min=1).unsqueeze(1)


def token_scale(embedding: Tensor) -> float:
    """Return the mean norm of a token's embedding: the length that the model expects."""
    return float(embedding.detach().float().norm(dim=1).mean())
