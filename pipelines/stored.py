"""The snapshot of a named store, frozen into the cache when the store has changed."""

import hashlib

from graphrx.kg.cache import cache_dir
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.open import open_store


def stored_snapshot(url: str) -> Snapshot:
    """Freeze a store and return its snapshot; the same content gives the same snapshot.

    :param url: store URL; credentials come from ``NEO4J_USERNAME`` and ``NEO4J_PASSWORD``.
    """
    name = hashlib.sha256(url.encode()).hexdigest()[:16]
    with open_store(url) as store:
        return Snapshot.freeze(store, cache_dir() / f"store-{name}")
