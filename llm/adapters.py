"""LoRA adapters: attach (peft, for training), save as tensors, fold into the weights.

W' = W + (alpha / r) · B A   (Hu et al. 2021, arXiv 2106.09685, eq. 3)

Training goes through peft. Inference folds the adapter into the weights with the formula above:
importing peft takes 3 s, and a folded model runs as fast as the bare one.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Mapping
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field

_A, _B = ".lora_A.weight", ".lora_B.weight"


class LoraSettings(BaseModel):
    """How the adapter looks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    r: int = Field(8, ge=1, description="rank of the update")
    alpha: float = Field(16.0, gt=0, description="the update is scaled by alpha / r")
    dropout: float = Field(0.0, ge=0, lt=1)
    targets: tuple[str, ...] = Field(
        ("q_proj", "v_proj"), description="layers that get one; q and v halve the cost of all"
    )


def attach(model: Any, settings: LoraSettings) -> Any:
    """Return `model` wrapped by peft with a fresh adapter; only the adapter is trainable."""
    from peft import LoraConfig, get_peft_model

    config = LoraConfig(
        r=settings.r,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules=list(settings.targets),
        task_type="CAUSAL_LM",
    )
    with warnings.catch_warnings():  # peft asks transformers 5 for a name that it deprecates
        warnings.simplefilter("ignore", FutureWarning)
        return get_peft_model(model, config)


def adapter_state(wrapped: Any) -> dict[str, torch.Tensor]:
    """Return the adapter's tensors under the names of the layers they change.

    Keys are `<layer>.lora_A.weight` (shape (r, in)) and `<layer>.lora_B.weight` (shape (out, r)).
    """
    from peft import get_peft_model_state_dict

    state = get_peft_model_state_dict(wrapped)
    return {key.removeprefix("base_model.model."): t.detach().cpu() for key, t in state.items()}


def load_adapter(wrapped: Any, state: Mapping[str, torch.Tensor]) -> None:
    """Put saved tensors back into a model that `attach` made."""
    from peft import set_peft_model_state_dict

    named = {f"base_model.model.{key}": tensor for key, tensor in state.items()}
    set_peft_model_state_dict(wrapped, named)


@torch.no_grad()
def fold(model: Any, state: Mapping[str, torch.Tensor], settings: LoraSettings) -> None:
    """Add the adapter to the weights of a bare model, in place.

    Raises:
        KeyError: the adapter names a layer that the model doesn't have.
    """
    scale = settings.alpha / settings.r
    for key, a in state.items():
        if not key.endswith(_A):
            continue
        layer = model.get_submodule(key.removesuffix(_A))
        b = state[key.removesuffix(_A) + _B]
        weight = layer.weight
        update = scale * (b.float() @ a.float())
        weight.copy_((weight.float() + update).to(weight.dtype))


def state_sha256(state: Mapping[str, torch.Tensor]) -> str:
    """Return a hash over names, shapes and values of tensors, independent of their order."""
    digest = hashlib.sha256()
    for key in sorted(state):
        tensor = state[key].detach().cpu().float().contiguous()
        digest.update(f"{key}{tuple(tensor.shape)}".encode())
        digest.update(tensor.numpy().tobytes())
    return digest.hexdigest()
