"""Write a store as Turtle or N-Quads, row by row; a graph of any size needs no memory."""

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from graphrx.kg.errors import InputError, StoreFullError
from graphrx.kg.rdf.describe import Block, Described, describe
from graphrx.kg.rdf.terms import NAMESPACES, RECORD, shortened
from graphrx.kg.store.base import GraphStore

_RECORD: Final = f"<{RECORD}"

Progress = Callable[[int], None]
"""Told how many more records were written or read."""


def write_turtle(store: GraphStore, path: Path, progress: Progress | None = None) -> int:
    """Write all that a store holds as Turtle; return the number of records."""
    with replaced(path) as file:
        file.writelines(f"@prefix {name}: <{iri}> .\n" for name, iri in NAMESPACES.items())
        return _written(file, describe(store), _turtle, progress)


def write_quads(store: GraphStore, path: Path, progress: Progress | None = None) -> int:
    """Write all that a store holds as N-Quads, a graph for each source; return the records."""
    with replaced(path) as file:
        return _written(file, describe(store), _quads, progress)


@contextmanager
def replaced(path: Path) -> Iterator[IO[str]]:
    """Open a file for writing that takes its place when it is whole, and not before.

    :raises InputError: the path can't be written.
    :raises StoreFullError: the disk is full.
    """
    made: str | None = None
    try:
        handle, made = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        Path(made).chmod(0o644)
        Path(made).replace(path)
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise StoreFullError(f"{path}: the disk is full; nothing was written") from error
        raise InputError(f"{path} can't be written ({error.strerror}); check the path") from error
    finally:
        if made is not None:
            Path(made).unlink(missing_ok=True)


def _written(
    file: IO[str],
    all_described: Iterable[Described],
    form: Callable[[str, Block], str],
    progress: Progress | None,
) -> int:
    count = 0
    for count, (graph, blocks) in enumerate(all_described, start=1):  # noqa: B007  (returned)
        file.writelines(form(graph, block) for block in blocks)
        if progress is not None:
            progress(1)
    return count


def _turtle(graph: str, block: Block) -> str:
    subject, said = block
    lines = " ;\n    ".join(f"{shortened(predicate)} {_word(value)}" for predicate, value in said)
    return f"\n{_word(subject)}\n    {lines} .\n"


def _word(term: str) -> str:
    if term.startswith('"'):
        return term
    if term.startswith(_RECORD):  # used once: it would only push others out of the cache
        return f"rec:{term[len(_RECORD) : -1]}"
    return shortened(term)


def _quads(graph: str, block: Block) -> str:
    subject, said = block
    return "".join(f"{subject} {predicate} {value} {graph} .\n" for predicate, value in said)
