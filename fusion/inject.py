"""The splice: node tokens into a prompt, for training and generation alike.

One pure function; everything that feeds the language model goes through it::

    prefix   (P, d)  text embeddings before the mark
    nodes    (K, d)  soft tokens, K ≥ 0
    suffix   (S, d)  text embeddings after the mark (question, and in training the answer)
    ─────────────────────────────────────────────
    embeds   (B, T, d)   T = longest P + K + S of the batch, padded with zeros
    mask     (B, T)      1 for real positions
    position (B, T)      0, 1, 2 … over real positions
    kind     (B, T)      PAD, PREFIX, NODE, SUFFIX

Padding stands on the right in training and on the left in generation, so that the last position of
every row is the one that is continued. The same splice takes any other encoder's tokens.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

PAD, PREFIX, NODE, SUFFIX = range(4)


@dataclass(frozen=True, slots=True)
class Spliced:
    """A batch for the language model; see the module's table for shapes.

    `model_inputs()` is what a transformers model takes.
    """

    embeds: Tensor
    mask: Tensor
    position: Tensor
    kind: Tensor

    def model_inputs(self) -> dict[str, Tensor]:
        """Return the keyword arguments of a transformers model's forward."""
        return {
            "inputs_embeds": self.embeds,
            "attention_mask": self.mask,
            "position_ids": self.position,
        }


def splice(
    prefix: Sequence[Tensor],
    nodes: Sequence[Tensor],
    suffix: Sequence[Tensor],
    *,
    pad: Literal["left", "right"] = "right",
) -> Spliced:
    """Put the node tokens of each example between its prefix and its suffix.

    Args:
        prefix: B tensors (P_b, d).
        nodes: B tensors (K_b, d); they are cast to the type of the prefix.
        suffix: B tensors (S_b, d).
        pad: the side on which shorter examples are filled up.

    Returns:
        The batch. Gradients flow into all three inputs.

    Raises:
        ValueError: the three lists differ in length, or a width differs.
    """
    if not len(prefix) == len(nodes) == len(suffix):
        raise ValueError(
            f"prefix, nodes and suffix must be of one length, not "
            f"{len(prefix)}, {len(nodes)}, {len(suffix)}"
        )
    rows, kinds = [], []
    for before, middle, after in zip(prefix, nodes, suffix, strict=True):
        if not before.shape[1] == middle.shape[1] == after.shape[1]:
            raise ValueError(
                f"widths differ: prefix {before.shape[1]}, nodes {middle.shape[1]}, "
                f"suffix {after.shape[1]}"
            )
        rows.append(torch.cat([before, middle.to(before.dtype), after]))
        lengths = torch.tensor([len(before), len(middle), len(after)])
        kinds.append(torch.repeat_interleave(torch.tensor([PREFIX, NODE, SUFFIX]), lengths))
    embeds = _pad(rows, pad)
    kind = _pad(kinds, pad)
    mask = (kind != PAD).long()
    position = (mask.cumsum(1) - 1).clamp(min=0)
    return Spliced(embeds, mask, position, kind)


def _pad(rows: Sequence[Tensor], side: Literal["left", "right"]) -> Tensor:
    return torch.nn.utils.rnn.pad_sequence(list(rows), batch_first=True, padding_side=side)
