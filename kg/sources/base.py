"""What every source is made of; ``tests/kg/sources/source_cases.py`` is its contract.

A source module exposes ``SPEC`` and ``read(folder)``. It knows its file format and its pitfalls
and nothing of the graph: a thing is named by a :class:`Ref` (ids and names as the source has
them), and :mod:`graphrx.kg.build` decides which node that is.

A module whose files don't lie in ``DIR/<name>/`` (nor, as one archive, in ``DIR``) also exposes
``locate(data_dir) -> Path``; for example one that reads an installed wheel's data.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Protocol

from graphrx.kg.errors import NotAvailableError
from graphrx.kg.ingest import Reject
from graphrx.kg.model import SourceInfo, canonical_json

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class SourceSpec:
    """What a source is.

    :param name: the folder name in a data directory, and the id of the source in the graph.
    :param date: of the release, ISO 8601.
    :param noncommercial: the licence must be accepted by name before a download.
    :param url: where it is downloaded from.
    :param sha256: of the file behind ``url``, when that is one unchanging file.
    :param level: knowledge level of its statements unless a row says otherwise.
    :param trusted: False: its contraindications warn, never block.
    :param checks: checks that it may claim coverage for; only the formulary has any.
    :param files: names of the files that ``read`` opens, relative to its folder.
    :param pitfalls: what a reader must know, in a sentence or two.
    :param agent: who made the statements (Biolink agent_type) unless a row says otherwise.
    """

    name: str
    title: str
    version: str
    date: str
    licence: str
    noncommercial: bool
    url: str
    sha256: str | None
    level: str
    trusted: bool
    checks: tuple[str, ...]
    files: tuple[str, ...]
    pitfalls: str
    agent: str = "manual_agent"

    @property
    def info(self) -> SourceInfo:
        """Return the source as the graph keeps it."""
        return SourceInfo(
            self.name, self.title, self.version, self.date, self.licence, self.url, self.level,
            self.trusted,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Ref:
    """A thing as a source names it.

    :param ids: ids that all mean it, the source's own first, as ``PREFIX:local``; a prefix that the
        graph does not know is left to the build, which rejects the row unless a name helps.
    """

    category: str
    ids: tuple[str, ...] = ()
    name: str | None = None
    name_zh: str | None = None
    synonyms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """One saying: subject, predicate, object.

    :param source_row: the row as the source has it, short; it is what a reject shows.
    :param qualifiers: as :mod:`graphrx.kg.schema` describes; part of the edge's identity.
    :param locator: where in the source it stands; "line 12", a record's id.
    :param notes: the wording, keys ``reason``, ``mechanism``, ``management`` (each also ``_zh``).
    :param publications: CURIEs (``PMID:…``).
    :param level: instead of the source's own; ``agent`` likewise.
    """

    source_row: str
    subject: Ref
    predicate: str
    object: Ref
    qualifiers: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    locator: str = ""
    confidence: float | None = None
    notes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    publications: tuple[str, ...] = ()
    level: str | None = None
    agent: str | None = None


@dataclass(frozen=True, slots=True)
class EntityRow:
    """A thing that a source describes: its names, its parents, its attributes.

    ``parents`` become ``subclass_of`` (``member_of`` for drugs and classes).
    """

    ref: Ref
    parents: tuple[Ref, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    source_row: str = ""
    locator: str = ""


Item = Row | EntityRow | Reject
Reader = Callable[[Path], Iterator[Item]]


class SourceModule(Protocol):
    """A module in this folder."""

    SPEC: SourceSpec

    @staticmethod
    def read(folder: Path) -> Iterator[Item]:
        """Iterate over what the files in a folder say, in file order, without loading them whole.

        :raises NotAvailableError: a file is not there.
        :raises SourceError: a file can't be read as told (cut short, wrong encoding, no column).
        """


def reject(row: object, reason: str) -> Reject:
    """Return a reject that shows the row (as JSON, cut at 500 characters)."""
    text = canonical_json(row)
    return Reject(text if len(text) <= 500 else text[:500] + "…", reason)


def file_in(folder: Path, name: str, spec: SourceSpec) -> Path:
    """Return the path of a file of a source.

    :raises NotAvailableError: it is not there; the line says where it comes from.
    """
    path = folder / name
    if not path.is_file():
        raise NotAvailableError(
            f"source {spec.name} needs {path}; put it there from {spec.url}, or leave it out "
            "with --only"
        )
    return path
