"""Open and read source files as streams; what is broken becomes one clear error or a reject."""

import csv
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final, Literal

from graphrx.kg.errors import SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import reject

LONGEST_LINE: Final = 1_000_000
"""Characters; a longer line is rejected (no source here has one)."""

_LONGEST_CELL: Final = 64 * LONGEST_LINE  # beyond it a quote was left open: the file is broken


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Turn what can go wrong while a file is read into one :class:`SourceError`."""
    try:
        yield
    except UnicodeDecodeError as error:
        raise SourceError(
            f"{path}{_first_bad_line(path)} is not UTF-8 ({error.reason}); convert it, or download "
            "it again"
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise SourceError(f"{path} is cut short or damaged; download it again") from error
    except OSError as error:
        raise SourceError(f"{path} can't be read ({error.strerror or error})") from error


def _first_bad_line(path: Path) -> str:
    """Return which line can't be decoded; nothing for an archive, whose member is unknown here."""
    if ".tar" in path.suffixes:
        return ""
    with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
        for number, line in enumerate(file, start=1):
            try:
                line.decode("utf-8")
            except UnicodeDecodeError:
                return f" line {number}"
    return ""


def opened(path: Path, encoding: str = "utf-8-sig") -> IO[str]:
    """Open a text file, gzip or plain, its line ends left as they are."""
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding=encoding, newline="")
    return path.open(encoding=encoding, newline="")


def lines(path: Path, encoding: str = "utf-8-sig") -> Iterator[str]:
    """Iterate over the lines of a text file, gzip or plain, without their line ends."""
    with readable(path), opened(path, encoding) as text:
        for line in text:
            yield line.rstrip("\r\n")


def table(
    path: Path, columns: Iterable[str], *, delimiter: str = "\t", quoted: bool = True
) -> Iterator[tuple[int, dict[str, str]] | Reject]:
    """Iterate over the rows of a table with a header: (line number, column → cell).

    :param columns: the columns that must be there.
    :param quoted: cells may stand in double quotes, and then hold line ends.
    :raises SourceError: a column is missing; or the file can't be read.
    """
    with readable(path), opened(path) as text:
        csv.field_size_limit(_LONGEST_CELL)
        quoting: Literal[0, 3] = 0 if quoted else 3  # csv.QUOTE_MINIMAL, csv.QUOTE_NONE
        reader = csv.reader(text, delimiter=delimiter, quoting=quoting)
        try:
            yield from _rows(reader, path, list(columns))
        except csv.Error as error:
            raise SourceError(f"{path} line {reader.line_num}: {error}") from error


def _rows(
    reader: Any, path: Path, columns: list[str]
) -> Iterator[tuple[int, dict[str, str]] | Reject]:
    header: list[str] = next(reader, [])
    missing = [name for name in columns if name not in header]
    if missing:
        raise SourceError(
            f"{path} has no column {', '.join(map(repr, missing))}; "
            f"it has {', '.join(header)[:300]}"
        )
    for cells in reader:
        if not cells:
            continue
        if sum(map(len, cells)) > LONGEST_LINE:
            yield reject([cell[:50] for cell in cells], "row is longer than 1,000,000 characters")
        elif len(cells) != len(header):
            yield reject(cells, f"row has not the {len(header)} cells of the header")
        else:
            yield reader.line_num, dict(zip(header, cells, strict=True))


def json_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]] | Reject]:
    """Iterate over the objects of a JSON Lines file: (line number, object)."""
    for number, line in enumerate(lines(path), start=1):
        if not line.strip():
            continue
        if len(line) > LONGEST_LINE:
            yield reject(line[:50], "row is longer than 1,000,000 characters")
            continue
        try:
            value = json.loads(line)
        except ValueError:
            yield reject(line, "line is not JSON")
            continue
        if isinstance(value, dict):
            yield number, value
        else:
            yield reject(line, "line is not a JSON object")
