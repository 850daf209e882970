"""What the rest of graphrx asks of a language model, whichever it is.

Implementations: `local.LocalBackend` (transformers), `scripted.ScriptedBackend` (the fake).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from graphrx.llm.candidates import ListGrammar


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """Which model answered: goes into results and into the evidence it made.

    Attributes:
        name: hub name, or the name of the script.
        sha256: of its weights; empty where there are none.
        adapter: hash of the adapter on top, or None.
    """

    name: str
    sha256: str
    adapter: str | None = None


@runtime_checkable
class Backend(Protocol):
    """A language model behind text. Same input, same output."""

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        ...

    def complete(
        self, prompt: str, *, max_new_tokens: int = 64, grammar: ListGrammar | None = None
    ) -> str:
        """Continue `prompt`, greedily; with a grammar, inside it.

        Raises:
            NotAvailableError: the model can't be reached.
        """
        ...

    def score(self, prompt: str, options: Sequence[str]) -> tuple[float, ...]:
        """Return for each option its mean log probability a token, as continuation of `prompt`."""
        ...
