"""Open a store by its address; drivers of servers are imported only when asked for."""

from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

from graphrx.kg.errors import NotAvailableError, UsageError
from graphrx.kg.store.base import GraphStore
from graphrx.kg.store.sqlite import SqliteStore

_NEO4J_SCHEMES = frozenset({"neo4j", "neo4j+s", "neo4j+ssc", "bolt", "bolt+s", "bolt+ssc"})


def open_store(url: str, *, read_only: bool = False) -> GraphStore:
    """Open the store at an address.

    :param url: ``sqlite:///graph.db`` (relative), ``sqlite:////data/graph.db`` (absolute),
        ``sqlite://`` (in memory), or ``neo4j://host:7687[/database]``.
    :param read_only: refuse to write and to create.
    :raises UsageError: the address is none of these.
    :raises NotAvailableError: the driver of a server is not installed.
    :raises StoreError: the store can't be opened.
    """
    scheme = urlsplit(url).scheme
    if scheme == "sqlite":
        path = url.removeprefix("sqlite:").removeprefix("//").removeprefix("/")
        return SqliteStore(Path(path) if path else None, read_only=read_only)
    if scheme in _NEO4J_SCHEMES:
        try:
            server = import_module("graphrx.kg.store.neo4j")
        except ImportError:
            raise NotAvailableError(
                f"{scheme}:// needs the Neo4j driver; pip install 'graphrx[neo4j]'"
            ) from None
        store: GraphStore = server.Neo4jStore.open(url, read_only=read_only)
        return store
    raise UsageError(
        f"store address {url!r} is not known; write sqlite:///graph.db or neo4j://host:7687"
    )
