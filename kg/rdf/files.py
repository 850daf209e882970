"""Write a store to a file and read it back; the ending of the name says which format."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

from graphrx.kg.errors import UsageError
from graphrx.kg.model import Records
from graphrx.kg.rdf.kgx import read_kgx, write_kgx
from graphrx.kg.rdf.parse import facts
from graphrx.kg.rdf.recall import records
from graphrx.kg.rdf.write import Progress, write_quads, write_turtle
from graphrx.kg.store.base import GraphStore

_WRITERS: Final[dict[str, Callable[[GraphStore, Path, Progress | None], int]]] = {
    ".ttl": write_turtle,
    ".nq": write_quads,
    ".tsv": write_kgx,
}


def export_file(store: GraphStore, path: Path, progress: Progress | None = None) -> int:
    """Write all that a store holds: ``.ttl`` Turtle, ``.nq`` N-Quads, ``.tsv`` KGX tables.

    Importing the file into an empty store gives a store with the same snapshot hash.

    :param progress: told of every record written.
    :return: number of records.
    :raises UsageError: the ending is none of these.
    :raises InputError: the path can't be written.
    """
    writer = _WRITERS.get(path.suffix)
    if writer is None:
        raise _unknown(path)
    return writer(store, path, progress)


def read_file(path: Path, progress: Progress | None = None) -> Iterator[Records]:
    """Iterate over the records of an exported file, in batches ready to ingest.

    :param progress: told of every record read.
    :raises UsageError: the ending is not known.
    :raises InputError: the file is not there, broken, or not an export.
    :raises NotAvailableError: rdflib is missing.
    """
    if path.suffix not in _WRITERS:
        raise _unknown(path)
    batches = read_kgx(path) if path.suffix == ".tsv" else records(facts(path), path)
    for batch in batches:
        if progress is not None:
            parts = batch.nodes, batch.statements, batch.coverage, batch.sources
            progress(sum(map(len, parts)))
        yield batch


def _unknown(path: Path) -> UsageError:
    return UsageError(f"{path} ends in none of {', '.join(_WRITERS)} (Turtle, N-Quads, KGX)")
