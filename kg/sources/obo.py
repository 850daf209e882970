"""Read OBO ontologies term by term: the few tags that the graph needs, nothing else."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from graphrx.kg.errors import SourceError
from graphrx.kg.sources.files import LONGEST_LINE, lines

_QUOTED: Final = re.compile(r'"((?:[^"\\]|\\.)*)"\s*(\w*)')


@dataclass
class Term:
    """One stanza."""

    line: int
    id: str = ""
    name: str = ""
    definition: str = ""
    obsolete: bool = False
    exact: list[str] = field(default_factory=list)
    other_names: list[str] = field(default_factory=list)
    alt_ids: list[str] = field(default_factory=list)
    xrefs: list[str] = field(default_factory=list)
    parents: list[str] = field(default_factory=list)


def terms(path: Path) -> Iterator[Term]:
    """Iterate over the terms of a file, obsolete ones too.

    :raises SourceError: the file can't be read, has no term at all, or gives two terms one id.
    """
    seen: dict[str, int] = {}
    for term in _terms(path):
        if term.id and (before := seen.setdefault(term.id, term.line)) != term.line:
            raise SourceError(
                f"{path} gives {term.id} to two terms, at lines {before} and {term.line}; "
                "download it again"
            )
        yield term


def _terms(path: Path) -> Iterator[Term]:
    term: Term | None = None
    found = False
    for number, line in enumerate(lines(path), start=1):
        if line.startswith("["):
            if term is not None:
                yield term
            term = Term(number) if line.startswith("[Term]") else None
            found = found or term is not None
        elif term is not None and len(line) <= LONGEST_LINE:
            _read(term, line)
    if term is not None:
        yield term
    if not found:
        raise SourceError(f"{path} has no [Term]; it is no OBO file, download it again")


def _read(term: Term, line: str) -> None:
    tag, _, value = line.partition(": ")
    match tag:
        case "id":
            term.id = value.strip()
        case "name":
            term.name = value.strip()
        case "def":
            term.definition = _quoted(value)[0]
        case "is_obsolete":
            term.obsolete = value.strip() == "true"
        case "synonym":
            text, scope = _quoted(value)
            (term.exact if scope == "EXACT" else term.other_names).append(text)
        case "alt_id":
            term.alt_ids.append(_word(value))
        case "xref":
            term.xrefs.append(_word(value))
        case "is_a":
            term.parents.append(_word(value))


def _word(value: str) -> str:
    return value.split(" ", 1)[0].strip()


def _quoted(value: str) -> tuple[str, str]:
    found = _QUOTED.match(value)
    if found is None:
        return value.strip(), ""
    return found[1].replace('\\"', '"').replace("\\\\", "\\"), found[2]
