"""Texts kept once: the embedded store writes ids, predicates and qualifiers as small numbers.

A row of numbers is a sixth of a row of texts, and so are its indexes; that is what lets a graph of
millions of edges grow at the rate of a small one.
"""

import sqlite3
from collections.abc import Iterable
from typing import Final

TABLE: Final = "CREATE TABLE terms (n INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE)"
_KEPT: Final = 1_000_000


class Terms:
    """The table ``terms`` with what was read of it lately. Rows of it are never changed."""

    def __init__(self, db: sqlite3.Connection) -> None:
        """Remember nothing yet."""
        self._db = db
        self._numbers: dict[str, int] = {}
        self._texts: dict[int, str] = {}

    def forget(self) -> None:
        """Drop what is remembered; to be called when a transaction was rolled back."""
        self._numbers.clear()
        self._texts.clear()

    def add(self, texts: Iterable[str]) -> dict[str, int]:
        """Return the number of every text, after writing those that are new."""
        wanted = set(texts)
        if len(self._numbers) > _KEPT:
            self.forget()
        new = sorted(wanted - self._numbers.keys())
        if new:
            self._db.executemany(
                "INSERT OR IGNORE INTO terms (text) VALUES (?)", ((text,) for text in new)
            )
            for text in new:
                self.find(text)
        return self._numbers

    def find(self, text: str) -> int | None:
        """Return the number of a text, or None when no row has it."""
        number = self._numbers.get(text)
        if number is None:
            row = self._db.execute("SELECT n FROM terms WHERE text = ?", (text,)).fetchone()
            if row is None:
                return None
            number = self._numbers[text] = row[0]
        return number

    def text(self, number: int) -> str:
        """Return the text of a number."""
        found = self._texts.get(number)
        if found is None:
            if len(self._texts) > _KEPT:
                self._texts.clear()
            row = self._db.execute("SELECT text FROM terms WHERE n = ?", (number,)).fetchone()
            found = self._texts[number] = row[0]
        return found
