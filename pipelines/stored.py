"""The snapshot of a named store, frozen into the cache and frozen anew when the store has changed.

A store is known to be unchanged by its token, and a snapshot to be current by the code that froze
it. What was read while somebody wrote may be half of two graphs, so it is read again.
"""

import hashlib
import json
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from graphrx.kg import freeze as freezing
from graphrx.kg import model, schema, snapshot
from graphrx.kg.cache import cache_dir
from graphrx.kg.errors import IntegrityError, NotAvailableError, StoreUnavailableError
from graphrx.kg.linking import normalise
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.open import open_store

_ATTEMPTS: Final = 3
_FROZEN_BY: Final = (freezing, model, schema, snapshot, normalise)


def stored_snapshot(url: str) -> Snapshot:
    """Return the snapshot of a store; the same content gives the same snapshot.

    :param url: store URL; credentials come from ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``.
    :raises StoreError: the store is not there, does not answer, or is being written all the time.
    """
    path = sqlite_file(url)
    name = hashlib.sha256(str(path.absolute() if path else url).encode()).hexdigest()[:16]
    folder, note = cache_dir() / f"store-{name}", cache_dir() / f"store-{name}.json"
    with open_store(url, read_only=True) as store:
        for _ in range(_ATTEMPTS):
            token = store.token()
            if token is not None and (found := _kept(folder, note, token)) is not None:
                return found
            frozen = Snapshot.freeze(store, folder)
            if token is None:
                return frozen
            if store.token() == token:
                _write(note, {"token": token, "code": _code(), "sha256": frozen.sha256})
                return frozen
    raise StoreUnavailableError(f"{url} is being written; wait until that is done, and try again")


def sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite store; None for a server or a graph in memory."""
    if urlsplit(url).scheme != "sqlite":
        return None
    path = url.removeprefix("sqlite:").removeprefix("//").removeprefix("/")
    return Path(path) if path else None


@cache
def _code() -> str:
    """Return the sha256 of the code that decides what a snapshot holds."""
    key = hashlib.sha256()
    for module in _FROZEN_BY:
        key.update(Path(str(module.__file__)).read_bytes())
    return key.hexdigest()


def _kept(folder: Path, note: Path, token: str) -> Snapshot | None:
    try:
        known = json.loads(note.read_bytes())
        if (known["token"], known["code"]) != (token, _code()):
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
