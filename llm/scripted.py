"""The fake language model: says what it was told to, for tests and dry runs."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

from graphrx.llm.backend import ModelInfo
from graphrx.llm.candidates import ListGrammar


class ScriptedBackend:
    """Answers by script; what the script doesn't know is answered from a hash, so always alike.

    Args:
        script: part of a prompt → answer; the first key (in order) that the prompt contains wins.
        default: answer when no key fits.

    Attributes:
        calls: every prompt it was given, in order.
    """

    def __init__(self, script: Mapping[str, str] | None = None, *, default: str = "") -> None:
        self._script = dict(script or {})
        self._default = default
        self.calls: list[str] = []

    @property
    def info(self) -> ModelInfo:
        """Which model this is."""
        return ModelInfo("scripted", _digest(repr(sorted(self._script.items()))))

    def complete(
        self, prompt: str, *, max_new_tokens: int = 64, grammar: ListGrammar | None = None
    ) -> str:
        """Return the scripted answer; with a grammar, only those of its names that it allows."""
        self.calls.append(prompt)
        answer = next((text for key, text in self._script.items() if key in prompt), self._default)
        if grammar is None:
            return answer
        names = [piece.strip() for piece in answer.split(",")]
        kept = list(dict.fromkeys(name for name in names if name in grammar.trie.leaf))
        return ", ".join(kept[: grammar.max_items])

    def score(self, prompt: str, options: Sequence[str]) -> tuple[float, ...]:
        """Return 0 for options inside the scripted answer, else a fixed negative number."""
        answer = self.complete(prompt)
        return tuple(
            0.0 if answer and option.strip() in answer else -1 - _fraction(prompt + "\0" + option)
            for option in options
        )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _fraction(text: str) -> float:
    return int(_digest(text)[:8], 16) / 2**32
