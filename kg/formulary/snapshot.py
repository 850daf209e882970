"""The snapshot of the packaged formulary: compiled on first use, then only mapped.

The cache directory is named by the sha256 of the formulary files and of the code that compiles
them, so an edited file or a new version can't be answered from an old graph. With a warm cache
neither the YAML reader nor the store is imported.
"""

import hashlib
import os
import time
from pathlib import Path
from typing import Final

from graphrx.kg.cache import cache_dir
from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.kg.snapshot import FORMAT, Snapshot

_HERE: Final = Path(__file__).parent
DATA: Final = _HERE / "data"
_KEPT_DAYS: Final = 7
_COMPILED_BY: Final = (
    "formulary/check.py", "formulary/compile.py", "formulary/documents.py", "formulary/doses.py",
    "formulary/names.py", "formulary/read.py", "formulary/when.py", "formulary/yamlio.py",
    "curie.py", "freeze.py", "linking/normalise.py", "model.py", "schema.py",
)  # fmt: skip


def packaged_snapshot(data: Path = DATA) -> Snapshot:
    """Return the graph of the formulary that ships with the package.

    The first call on a machine compiles it (seconds); later ones map it (milliseconds).

    :param data: a formulary directory.
    :raises SourceError: the formulary has a problem; the line names it.
    """
    path = cache_dir() / f"formulary-{formulary_key(data)[:32]}"
    try:
        return Snapshot.load(path)
    except NotAvailableError:
        pass
    except IntegrityError:
        _remove(path)
    return _build(data, path)


def formulary_key(data: Path = DATA) -> str:
    """Return the sha256 over the formulary files and the code that compiles them."""
    key = hashlib.sha256(f"{FORMAT}\n".encode())
    for name in _COMPILED_BY:
        key.update((_HERE.parent / name).read_bytes())
    for name, path in _formulary_files(str(data), ""):
        with open(path, "rb") as file:  # noqa: PTH123  (hundreds of files on every start)
            content = file.read()
        key.update(f"{name}\n{len(content)}\n".encode())
        key.update(content)
    return key.hexdigest()


def _formulary_files(folder: str, prefix: str) -> list[tuple[str, str]]:
    """Return (name inside the formulary, path), sorted."""
    found = []
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith((".yaml", ".yml", ".tsv")):
                found.append((prefix + entry.name, entry.path))
            elif entry.is_dir():
                found += _formulary_files(entry.path, f"{prefix}{entry.name}/")
    return sorted(found)


def _build(data: Path, path: Path) -> Snapshot:
    # Imported late: only a cold cache needs them.
    from graphrx.kg.formulary.loader import load
    from graphrx.kg.freeze import freeze
    from graphrx.kg.ingest import ingest
    from graphrx.kg.store.sqlite import SqliteStore

    with SqliteStore() as store:
        ingest(store, load(data))
        snapshot = freeze(store, path)
    _drop_old(path)
    return snapshot


def _drop_old(current: Path) -> None:
    """Remove graphs of earlier versions that nobody has built for a week."""
    limit = time.time() - _KEPT_DAYS * 86_400
    for other in current.parent.glob("formulary-*"):
        if other != current and other.stat().st_mtime < limit:
            _remove(other)


def _remove(path: Path) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)
