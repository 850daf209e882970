"""Tables without a header row, read by the number of their cells."""

from collections.abc import Iterator
from pathlib import Path

from graphrx.kg.errors import SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import reject
from graphrx.kg.sources.files import LONGEST_LINE, lines


def cells_of(
    path: Path, width: int, *, delimiter: str = "\t"
) -> Iterator[tuple[int, list[str]] | Reject]:
    """Iterate over the rows of a table without a header: (line number, cells).

    :param width: number of cells that a row must have.
    :raises SourceError: the first row has fewer cells, so a column is missing; or the file can't
        be read.
    """
    for number, line in enumerate(lines(path), start=1):
        if not line:
            continue
        if len(line) > LONGEST_LINE:
            yield reject(line[:50], f"row is longer than {LONGEST_LINE:,} characters")
            continue
        cells = line.split(delimiter)
        if len(cells) == width:
            yield number, cells
        elif number == 1 and len(cells) < width:
            raise SourceError(
                f"{path} has a column too few: {len(cells)} cells by {delimiter!r} in its first "
                f"row, not {width}; download it again"
            )
        else:
            yield reject(cells, f"row has not the {width} cells of the format")
