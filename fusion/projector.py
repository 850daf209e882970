"""From a node to a soft token: the node's name as the model reads it, moved by what the graph says.

    token = scale · unit(name) + scale · W₂ gelu(W₁ [h ; role ; score])

W₂ starts at zero, so before training a node's token is the mean of its name's embeddings at the
length of an ordinary token.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

ROLES: tuple[str, ...] = (
    "target",
    "problem",
    "symptom",
    "current drug",
    "allergy",
    "related condition",
    "class",
    "candidate",
)
"""Why a node is in the prompt."""

_UNSET_SCORE = 0.0


class Projector(nn.Module):
    """Map encoded nodes into the language model's input space.

    Args:
        dim: width of the encoder's vectors.
        features: width of the language model (and of the name features).
        scale: length of an ordinary token's embedding.
        hidden: width between the two layers.
    """

    def __init__(self, dim: int, features: int, scale: float, hidden: int = 256) -> None:
        super().__init__()
        self.role = nn.Embedding(len(ROLES), dim)
        self.first = nn.Linear(dim + 1, hidden)
        self.second = nn.Linear(hidden, features)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)
        self.register_buffer("scale", torch.tensor(float(scale)))

    def forward(self, h: Tensor, name: Tensor, role: Tensor, score: Tensor) -> Tensor:
        """Project K nodes.

        Args:
            h: encoder vectors, (K, dim).
            name: name features, (K, features).
            role: index into `ROLES`, (K,).
            score: the encoder's log probability that the drug treats the target, 0 for nodes that
                are no candidates, (K,).

        Returns:
            Soft tokens, (K, features).
        """
        base = nn.functional.normalize(name, dim=-1)
        given = torch.cat([h + self.role(role), score.unsqueeze(-1)], dim=-1)
        moved = self.second(nn.functional.gelu(self.first(given)))
        out: Tensor = self.scale * (base + moved)
        return out


def build_projector(dim: int, features: int, scale: float, seed: int) -> Projector:
    """Return a fresh projector whose start depends on the seed alone."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return Projector(dim, features, scale)
