"""The snapshot of a named store, frozen into the cache and frozen anew when the store has changed.

An SQLite file is known to be unchanged by inode, size and time of the file and its log, and a
snapshot to be current by the code that froze it. A file written just now could change again within
the same tick of its clock, so it is let settle first. A server has no such mark: its graph is read
again each time.
"""

import hashlib
import json
import os
import shutil
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from graphrx.kg import freeze as freezing
from graphrx.kg import model, schema, snapshot
from graphrx.kg.cache import cache_dir
from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.kg.linking import normalise
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.open import open_store

_TICK_S: Final = 0.05
_COARSE_TICK_S: Final = 2.1  # of file systems that keep whole seconds, or every other

_FROZEN_BY: Final = (freezing, model, schema, snapshot, normalise)


def stored_snapshot(url: str) -> Snapshot:
    """Return the snapshot of a store; the same content gives the same snapshot.

    :param url: store URL; credentials come from ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``.
    :raises StoreError: the store is not there or does not answer.
    """
    path = sqlite_file(url)
    name = hashlib.sha256(str(path.absolute() if path else url).encode()).hexdigest()[:16]
    folder, note = cache_dir() / f"store-{name}", cache_dir() / f"store-{name}.json"
    stamp = None if path is None else _stamp(path)
    if stamp is not None and (found := _kept(folder, note, stamp)) is not None:
        return found
    with open_store(url, read_only=True) as store:
        frozen = Snapshot.freeze(store, folder)
    if stamp is not None:
        _write(note, {"stamp": stamp, "sha256": frozen.sha256})
    return frozen


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite store; None for a server or a graph in memory."""
    if urlsplit(url).scheme != "sqlite":
        return None
    path = url.removeprefix("sqlite:").removeprefix("//").removeprefix("/")
    return Path(path) if path else None


def _stamp(path: Path) -> str:
    """Return what tells an unchanged file, once its clock has moved on."""
    marks: list[object] = [str(path.absolute()), _code()]
    for file in (path, path.with_name(path.name + "-wal")):
        try:
            status = _settled(file)
        except OSError:
            marks.append(None)
            continue
        # An empty log comes and goes with every reader.
        known = (status.st_ino, status.st_size, status.st_mtime_ns)
        marks.append(known if status.st_size else None)
    return hashlib.sha256(json.dumps(marks).encode()).hexdigest()


def _settled(file: Path) -> os.stat_result:
    written = file.stat()
    tick = _TICK_S if written.st_mtime_ns % 1_000_000_000 else _COARSE_TICK_S
    time.sleep(min(tick, max(0.0, written.st_mtime + tick - time.time())))
    return file.stat()


@cache
def _code() -> str:
    """Return the sha256 of the code that decides what a snapshot holds."""
    key = hashlib.sha256()
    for module in _FROZEN_BY:
        key.update(Path(str(module.__file__)).read_bytes())
    return key.hexdigest()


def _kept(folder: Path, note: Path, stamp: str) -> Snapshot | None:
    try:
        known = json.loads(note.read_bytes())
        if known["stamp"] != stamp:
            return None
        found = Snapshot.load(folder)
    except IntegrityError:
        # Freezing would take the damaged one for its own work, by its manifest.
        shutil.rmtree(folder, ignore_errors=True)
        return None
    except (OSError, ValueError, KeyError, TypeError, NotAvailableError):
        return None
    return found if found.sha256 == known["sha256"] else None


def _write(note: Path, content: dict[str, str]) -> None:
    handle, made = tempfile.mkstemp(prefix=f".{note.name}-", dir=note.parent)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
    Path(made).replace(note)
