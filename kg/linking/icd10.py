"""ICD-10-CM: every condition name that the classification knows is recognised.

Names, inclusion terms and the hierarchy come from the package ``simple-icd-10-cm`` (the US
National Center for Health Statistics publishes ICD-10-CM in the public domain). Reading it
takes seconds, so the name index is made once and kept as a small SQLite file in the cache.
"""

import os
import sqlite3
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from graphrx.kg.cache import cache_dir
from graphrx.kg.linking.normalise import normalise

FORMAT = 1


def _build(path: Path) -> None:
    import simple_icd_10_cm as icd

    rows: dict[str, str] = {}
    for code in icd.get_all_codes(with_dots=True):
        if icd.is_chapter(code) or icd.is_block(code):
            continue
        for text in [icd.get_description(code), *icd.get_inclusion_term(code)]:
            key = normalise(text)
            # the shortest code that bears a name is its widest meaning
            if key and (key not in rows or (len(code), code) < (len(rows[key]), rows[key])):
                rows[key] = code
            if key.endswith(" nos"):
                rows.setdefault(key.removesuffix(" nos"), code)
            if key.endswith(" unspecified"):
                rows.setdefault(key.removesuffix(" unspecified"), code)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    os.close(handle)
    with sqlite3.connect(name) as db:
        db.execute("CREATE TABLE icd(name TEXT PRIMARY KEY, code TEXT NOT NULL) WITHOUT ROWID")
        db.executemany("INSERT INTO icd VALUES(?, ?)", sorted(rows.items()))
    db.close()
    Path(name).replace(path)


def index_path() -> Path | None:
    """Path of the name index, made now if absent; None where the package is not installed."""
    try:
        release = version("simple-icd-10-cm")
    except PackageNotFoundError:
        return None
    path = cache_dir() / f"icd10cm-{release}-{FORMAT}.sqlite"
    if not path.exists():
        _build(path)
    return path


class Icd10:
    """Look-up of ICD-10-CM names and codes; opens its index at the first question."""

    def __init__(self) -> None:
        """Nothing is read until :meth:`code` is asked."""
        self._db: sqlite3.Connection | None = None
        self._missing = False

    def code(self, text: str) -> str | None:
        """Code of a condition name or of a code itself ("E11.9"), or None."""
        if self._db is None and not self._missing:
            path = index_path()
            self._missing = path is None
            if path is not None:
                self._db = sqlite3.connect(
                    f"file:{path}?mode=ro", uri=True, check_same_thread=False
                )
        if self._db is None:
            return None
        key = normalise(text)
        row = self._db.execute("SELECT code FROM icd WHERE name = ?", (key,)).fetchone()
        if row is not None:
            return str(row[0])
        bare = text.strip().upper().removeprefix("ICD10CM:")
        row = self._db.execute("SELECT code FROM icd WHERE code = ? LIMIT 1", (bare,)).fetchone()
        return str(row[0]) if row else None


def ancestors(code: str) -> list[str]:
    """The code and the codes above it, narrowest first: E11.21 → E11.21, E11.2, E11."""
    bare = code.replace(".", "")
    return [_dotted(bare[:n]) for n in range(len(bare), 2, -1)]


def _dotted(bare: str) -> str:
    return bare if len(bare) <= 3 else f"{bare[:3]}.{bare[3:]}"
