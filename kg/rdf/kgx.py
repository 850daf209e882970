r"""KGX tables: ``NAME_nodes.tsv`` and ``NAME_edges.tsv`` as other KGX tools read them.

``NAME.tsv`` lists the tables and their rows; beside the KGX pair stand ``NAME_sources.tsv`` and
``NAME_coverage.tsv``, which KGX has no place for. The pair carries KGX's own columns (several
values joined by ``|``) and then ours, which lose nothing: JSON for lists and maps, text with
backslash escapes (``\t``, ``\n``, ``\r``, ``\\``; ``\0`` is the empty text, an empty cell is
none at all). Only such tables are imported; KGX tables of others are a source for ``kg build``.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import InputError
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    Records,
    SourceInfo,
    Statement,
    Triple,
    canonical_json,
    digest,
)
from graphrx.kg.rdf.terms import BIOLINK, CATEGORIES, PREDICATES
from graphrx.kg.rdf.write import Progress, replaced
from graphrx.kg.store.base import GraphStore

Row = dict[str, str]

_BATCH: Final = 5_000
_NODES: Final = (
    "id", "category", "name", "provided_by", "xref", "synonym",
    "grx_category", "grx_name", "name_zh", "names", "xrefs", "attributes", "source",
)  # fmt: skip
_EDGES: Final = (
    "id", "subject", "predicate", "object", "category", "primary_knowledge_source", "agent_type",
    "publications", "grx_predicate", "qualifiers", "source", "locator", "evidence_level", "agent",
    "confidence", "notes", "publication_list", "model", "run", "document", "span",
)  # fmt: skip
_SOURCES: Final = ("id", "title", "version", "date", "licence", "url", "level", "trusted")
_COVERAGE: Final = ("drug", "check", "source", "section", "date")

_ESCAPE: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})
_UNESCAPE: Final = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "0": ""}
_ESCAPED: Final = re.compile(r"\\(.)")


def write_kgx(store: GraphStore, path: Path, progress: Progress | None = None) -> int:
    """Write all that a store holds as tables beside ``path``; return the number of rows."""
    tables: dict[str, tuple[tuple[str, ...], Iterator[Row]]] = {
        "nodes": (_NODES, map(_of_node, store.nodes())),
        "edges": (_EDGES, map(_of_statement, store.statements())),
        "sources": (_SOURCES, map(_of_source, store.sources())),
        "coverage": (_COVERAGE, map(_of_coverage, store.coverage())),
    }
    counts: dict[str, int] = {}
    for name, (columns, rows) in tables.items():
        with replaced(_table(path, name)) as file:
            file.write("\t".join(columns) + "\n")
            counts[name] = 0
            for row in rows:
                file.write("\t".join(row[column] for column in columns) + "\n")
                counts[name] += 1
                if progress is not None:
                    progress(1)
    with replaced(path) as file:
        file.write("table\tfile\trows\n")
        file.writelines(f"{n}\t{_table(path, n).name}\t{rows}\n" for n, rows in counts.items())
    return sum(counts.values())


def read_kgx(path: Path) -> Iterator[Records]:
    """Iterate over batches of what :func:`write_kgx` wrote.

    :param path: the list, ``NAME.tsv``.
    :raises InputError: a table is missing, cut short, or not one of ours.
    """
    listed = {row["table"]: int(row["rows"]) for row in _rows(path, ("table", "file", "rows"))}
    readers: dict[str, tuple[tuple[str, ...], Callable[[Row], Any], str]] = {
        "sources": (_SOURCES, _source, "sources"),
        "nodes": (_NODES, _node, "nodes"),
        "edges": (_EDGES, _statement, "statements"),
        "coverage": (_COVERAGE, _coverage, "coverage"),
    }
    for name, (columns, read, part) in readers.items():
        table, batch, count = _table(path, name), [], 0
        for count, row in enumerate(_rows(table, columns), start=1):
            try:
                batch.append(read(row))
            except (ValueError, TypeError) as error:
                raise InputError(f"{table} line {count + 1} can't be read: {error}") from None
            if len(batch) == _BATCH:
                yield Records(**{part: tuple(batch)})
                batch = []
        yield Records(**{part: tuple(batch)})
        if count != listed.get(name):
            raise InputError(
                f"{table} has {count} rows, {path} lists {listed.get(name)}; export it again"
            )


def _table(path: Path, name: str) -> Path:
    return path.with_name(f"{path.stem}_{name}.tsv")


def _rows(path: Path, columns: tuple[str, ...]) -> Iterator[Row]:
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            header = file.readline().rstrip("\n").split("\t")
            if missing := [column for column in columns if column not in header]:
                raise InputError(
                    f"{path} has no column {', '.join(missing)}, so it is not what graphrx kg "
                    "export wrote; other KGX tables are built in with kg build and a mapping file"
                )
            for number, line in enumerate(file, start=2):
                cells = line.removesuffix("\n").split("\t")
                if len(cells) != len(header):
                    raise InputError(f"{path} line {number} has {len(cells)} cells of the "
                                     f"{len(header)} of the header; export it again")  # fmt: skip
                yield dict(zip(header, cells, strict=True))
    except FileNotFoundError:
        raise InputError(f"there is no file {path}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is not UTF-8 ({error.reason}); export it again") from None
    except OSError as error:
        raise InputError(f"{path} can't be read: {error.strerror or error}") from None


def _text(value: str | None) -> str:
    if value is None:
        return ""
    return value.translate(_ESCAPE) if value else "\\0"


def _plain(cell: str) -> str | None:
    return _ESCAPED.sub(lambda m: _UNESCAPE[m[1]], cell) if cell else None


def _needed(cell: str) -> str:
    value = _plain(cell)
    if value is None:
        raise ValueError("a cell that must not be empty is empty")
    return value


def _several(values: Iterator[str] | tuple[str, ...]) -> str:
    return "|".join(_shown(value).replace("|", "/") for value in values)


def _shown(text: str) -> str:
    return " ".join(text.split())


def _biolink(iri: str) -> str:
    return iri.replace(BIOLINK, "biolink:") if iri.startswith(BIOLINK) else "biolink:NamedThing"


def _of_node(record: NodeRecord) -> Row:
    others = (name.text for name in record.names if name.text != record.name)
    return {
        "id": _text(record.id),
        "category": _biolink(CATEGORIES.get(record.category, "")),
        "name": _shown(record.name),
        "provided_by": f"infores:{_shown(record.source)}",
        "xref": _several(record.xrefs),
        "synonym": _several(others),
        "grx_category": _text(record.category),
        "grx_name": _text(record.name),
        "name_zh": _text(record.name_zh),
        "names": canonical_json([(n.text, n.lang, n.kind) for n in record.names]),
        "xrefs": canonical_json(record.xrefs),
        "attributes": record.attributes,
        "source": _text(record.source),
    }


def _node(row: Row) -> NodeRecord:
    return NodeRecord(
        id=_needed(row["id"]),
        category=_needed(row["grx_category"]),
        name=_needed(row["grx_name"]),
        name_zh=_plain(row["name_zh"]),
        names=tuple(Name(*item) for item in json.loads(row["names"])),
        xrefs=tuple(json.loads(row["xrefs"])),
        attributes=row["attributes"],
        source=_needed(row["source"]),
    )


def _of_statement(statement: Statement) -> Row:
    triple, evidence = statement.triple, statement.evidence
    return {
        "id": digest((triple.id, evidence.key)),
        "subject": _text(triple.subject),
        "predicate": _biolink(PREDICATES.get(triple.predicate, BIOLINK + "related_to")),
        "object": _text(triple.object),
        "category": "biolink:Association",
        "primary_knowledge_source": f"infores:{_shown(evidence.source)}",
        "agent_type": _shown(evidence.agent),
        "publications": _several(evidence.publications),
        "grx_predicate": _text(triple.predicate),
        "qualifiers": triple.qualifiers,
        "source": _text(evidence.source),
        "locator": _text(evidence.locator),
        "evidence_level": _text(evidence.level),
        "agent": _text(evidence.agent),
        "confidence": "" if evidence.confidence is None else repr(evidence.confidence),
        "notes": evidence.notes,
        "publication_list": canonical_json(evidence.publications),
        "model": _text(evidence.model),
        "run": _text(evidence.run),
        "document": _text(evidence.document),
        "span": "" if evidence.span is None else f"{evidence.span[0]}-{evidence.span[1]}",
    }


def _statement(row: Row) -> Statement:
    start, _, end = row["span"].partition("-")
    return Statement(
        Triple(
            _needed(row["subject"]),
            _needed(row["grx_predicate"]),
            _needed(row["object"]),
            row["qualifiers"],
        ),
        Evidence(
            source=_needed(row["source"]),
            locator=_needed(row["locator"]),
            level=_needed(row["evidence_level"]),
            agent=_needed(row["agent"]),
            confidence=float(row["confidence"]) if row["confidence"] else None,
            notes=row["notes"],
            publications=tuple(json.loads(row["publication_list"])),
            model=_plain(row["model"]),
            run=_plain(row["run"]),
            document=_plain(row["document"]),
            span=(int(start), int(end)) if row["span"] else None,
        ),
    )


def _of_source(source: SourceInfo) -> Row:
    return {**{k: _text(str(v)) for k, v in asdict(source).items()},
            "trusted": str(source.trusted).lower()}  # fmt: skip


def _source(row: Row) -> SourceInfo:
    texts = {name: _needed(row[name]) for name in _SOURCES if name != "trusted"}
    return SourceInfo(**texts, trusted=row["trusted"] == "true")


def _of_coverage(row: Coverage) -> Row:
    return {key: _text(value) for key, value in asdict(row).items()}


def _coverage(row: Row) -> Coverage:
    return Coverage(*(_needed(row[column]) for column in _COVERAGE))
