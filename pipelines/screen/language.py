"""The words of a screen in the languages asked for."""

from collections.abc import Sequence
from typing import Any

from rich.text import Text

from graphrx.pipelines.words import FIELDS_ZH, LABELS, LINES_ZH, WORDS


class Language:
    """Says things in the languages asked for, first language first."""

    def __init__(self, langs: Sequence[str]) -> None:
        """:param langs: ``en``, ``zh``, or both."""
        self.langs = tuple(langs)

    def both(self, english: str | None, chinese: str | None) -> str:
        """A text in the languages asked for; the other one where one is missing."""
        words = {"en": english or chinese or "", "zh": chinese or english or ""}
        return " · ".join(dict.fromkeys(words[lang] for lang in self.langs if words[lang]))

    def one(self, english: str | None, chinese: str | None) -> str:
        """A short word in the first language asked for."""
        return (chinese if self.langs[0] == "zh" else None) or english or ""

    def label(self, key: str) -> str:
        """A fixed label."""
        return self.both(*LABELS[key])

    def line(self, word: str | None) -> str:
        """A line of treatment."""
        return self.one(word, LINES_ZH.get(word or ""))

    def field(self, name: str) -> str:
        """A field of the patient; its path stays as it is (``labs.potassium``)."""
        head, dot, tail = name.partition(".")
        return self.one(name, f"{FIELDS_ZH.get(head, head)}{dot}{tail}")

    def verdict(self, word: str) -> Text:
        """A verdict as a word, coloured where colours are wanted."""
        english, chinese, colour = WORDS[word]
        return Text(f" {self.both(english, chinese)} ", style=f"bold reverse {colour}")

    def drug(self, drug: dict[str, Any]) -> str:
        """``中文 INN``, or the text as typed where it was not resolved."""
        if not drug.get("inn"):
            return str(drug["input"])
        chinese = "zh" in self.langs and drug.get("name_zh")
        shown = f"{drug['name_zh']} {drug['inn']}" if chinese else str(drug["inn"])
        typed = drug["input"]
        return shown if typed in (drug["inn"], drug.get("name_zh")) else f"{shown} ({typed})"
