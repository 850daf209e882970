"""Trained weights on disk: three safetensors files (bf16) and a config.json that tells all.

The folder holds no part of the language model, only what was trained: encoder, projector and LoRA.
"""

from __future__ import annotations

import importlib.metadata
import json
import platform
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from graphrx.fusion.encoder import encoder_state, load_encoder
from graphrx.fusion.model import FusionModel, new_model
from graphrx.fusion.settings import FusionSettings
from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.llm.adapters import fold
from graphrx.llm.load import LoadedModel, file_sha256, load

PACKAGED = Path(__file__).parent / "weights"
FORMAT = 1
MAX_BYTES = 25 * 1024**2
_FILES = ("encoder.safetensors", "projector.safetensors", "lora.safetensors")


def save_model(
    model: FusionModel,
    lora: Mapping[str, Tensor],
    folder: Path,
    *,
    seed: int,
    graph: Mapping[str, Any],
    figures: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Write a checkpoint; config.json comes last, so an interrupted one is not taken for whole.

    Args:
        model: the trained model.
        lora: the adapter's tensors.
        folder: where to; made if missing.
        seed: of the training.
        graph: hash, version and sources of the graph it was trained on.
        figures: what was measured on held-out conditions.

    Returns:
        The content of config.json.

    Raises:
        IntegrityError: the weights are larger than `MAX_BYTES`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").unlink(missing_ok=True)
    parts = (encoder_state(model.encoder), dict(model.projector.state_dict()), dict(lora))
    for name, state in zip(_FILES, parts, strict=True):
        small = {k: v.detach().to(torch.bfloat16).contiguous() for k, v in state.items()}
        save_file(small, folder / name)
    total = sum((folder / name).stat().st_size for name in _FILES)
    if total > MAX_BYTES:
        raise IntegrityError(
            f"weights in {folder} take {total} bytes, more than {MAX_BYTES}: lower dim or r"
        )
    card = {
        "format": FORMAT,
        "settings": model.settings.model_dump(mode="json"),
        "seed": seed,
        "commit": commit(),
        "language_model": {
            "name": model.loaded.name,
            "sha256": model.loaded.sha256,
            "width": int(model.embedding.shape[1]),
        },
        "graph": dict(graph),
        "figures": dict(figures or {}),
        "versions": versions(),
        "files": {name: file_sha256(folder / name) for name in _FILES},
    }
    (folder / "config.json").write_text(
        json.dumps(card, indent=1, sort_keys=True, ensure_ascii=False) + "\n", "utf-8"
    )
    return card


def read_card(folder: Path | None = None) -> dict[str, Any]:
    """Return the config.json of a checkpoint.

    Raises:
        NotAvailableError: there is none.
        IntegrityError: it can't be read or is of another format.
    """
    path = (folder or PACKAGED) / "config.json"
    if not path.is_file():
        raise NotAvailableError(
            f"no trained weights in {path.parent}: train them with 'graphrx train'"
        )
    try:
        card: dict[str, Any] = json.loads(path.read_text("utf-8"))
    except ValueError as error:
        raise IntegrityError(f"{path} is not JSON ({error}): train the weights again") from error
    if card.get("format") != FORMAT:
        raise IntegrityError(
            f"{path} has format {card.get('format')!r}, this version reads {FORMAT}: train again"
        )
    return card


def load_model(folder: Path | None = None, *, loaded: LoadedModel | None = None) -> FusionModel:
    """Load a checkpoint onto its language model, the adapter folded into the weights.

    Args:
        folder: the checkpoint; None for the one in the package.
        loaded: the language model, when it is in memory already; its weights are changed.

    Raises:
        NotAvailableError: weights or language model are missing.
        IntegrityError: a file doesn't have the hash that config.json gives.
    """
    folder = folder or PACKAGED
    card = read_card(folder)
    states = [_read(folder / name, card["files"].get(name)) for name in _FILES]
    settings = FusionSettings.model_validate(card["settings"])
    loaded = loaded or load(settings.model)
    width = int(loaded.model.get_input_embeddings().weight.shape[1])
    if width != card["language_model"]["width"]:
        raise IntegrityError(
            f"weights in {folder} are for a language model of width "
            f"{card['language_model']['width']}, {loaded.name} has {width}: train them for it"
        )
    model = new_model(loaded, settings, seed=0)
    load_encoder(model.encoder, states[0])
    model.projector.load_state_dict({k: v.float() for k, v in states[1].items()})
    model.projector.eval()
    fold(loaded.model, states[2], settings.lora)
    model.card = card
    known = card["language_model"]["sha256"]
    if loaded.sha256 != known:
        model.warnings = (
            f"the language model is {loaded.sha256[:12]}, in training it was {known[:12]}",
        )
    return model


def commit() -> str:
    """Return the commit of the checkout this runs in, "" outside of one."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "HEAD"],
            cwd=Path(__file__).resolve().parent,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def versions() -> dict[str, str]:
    """Return the versions that a result depends on."""
    found = {"python": platform.python_version()}
    for name in ("torch", "transformers", "peft", "torch-geometric"):
        found[name] = importlib.metadata.version(name)
    return found


def _read(path: Path, expected: str | None) -> dict[str, Tensor]:
    if not path.is_file():
        raise IntegrityError(f"{path} is missing although config.json names it: train again")
    if file_sha256(path) != expected:
        raise IntegrityError(
            f"{path} does not have the hash that config.json gives: reinstall, or train again"
        )
    return load_file(path)
