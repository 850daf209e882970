"""CSV that ``neo4j-admin database import full`` loads into the store that :mod:`neo4j` would write.

The import goes past transactions and is many times faster, but only into a database that is empty
and stopped. Constraints and indexes are made when the store is next opened for writing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

from graphrx.kg.errors import InputError
from graphrx.kg.model import NodeRecord
from graphrx.kg.store import neo4j_model as model
from graphrx.kg.store.base import GraphStore

# A character that stands in no name; the usual ";" stands in many.
SEPARATOR: Final = "\x1f"
ARGUMENTS: Final = "import.args"

_THING = (
    "id:ID", "name", "name_zh", "category", "synonyms:string[]", "xrefs:string[]", "attributes",
    ":LABEL",
)  # fmt: skip
_RECORD = (
    "key", "id", "category", "name", "name_zh", "names", "xrefs:string[]", "attributes", "source",
)  # fmt: skip
_NAME = ("key", "record", "id", "text", "lang", "kind")
_TRIPLE = (":START_ID", ":END_ID", ":TYPE", "key", "qualifiers", *model.PLAIN_QUALIFIERS)
_EVIDENCE = (
    "key", "triple", "predicate", "source", "locator", "level", "agent", "confidence:double",
    "notes", "publications:string[]", "model", "run", "document", "span_start:long",
    "span_end:long",
)  # fmt: skip
_COVERAGE = ("key", "drug", "check", "source", "section", "date")
_SOURCE = (
    "key", "id", "title", "version", "date", "licence", "url", "level", "trusted:boolean",
)  # fmt: skip
_STORE = ("key", "version:long", "stamp")


def write_csv(store: GraphStore, folder: Path) -> Path:
    """Write a store as CSV files, and the arguments that load them.

    :returns: the file of arguments; :func:`import_command` says how to run it.
    :raises InputError: an item of a list holds the character that separates items.
    """
    folder.mkdir(parents=True, exist_ok=True)
    records: dict[str, list[NodeRecord]] = defaultdict(list)
    for record in store.nodes():
        records[record.id].append(record)
    ends = _write_statements(store, folder)
    _write(folder / "thing.csv", _THING, _things(records, ends))
    several = [record for node_id in sorted(records) for record in records[node_id]]
    _write(folder / "record.csv", _RECORD, map(model.record_row, several))
    names = (row for record in several for row in model.name_rows(record, record.key))
    _write(folder / "name.csv", _NAME, names)
    _write(folder / "coverage.csv", _COVERAGE, map(model.plain_row, store.coverage()))
    _write(folder / "source.csv", _SOURCE, map(model.plain_row, store.sources()))
    layout = {"key": "graphrx", "version": model.LAYOUT_VERSION, "stamp": str(uuid4())}
    _write(folder / "store.csv", _STORE, [layout])
    labels = {
        "Record": "record", "Name": "name", "Evidence": "evidence", "Coverage": "coverage",
        "Source": "source", "GraphrxStore": "store",
    }  # fmt: skip
    arguments = [
        "--nodes=thing.csv",
        *(f"--nodes={label}={file}.csv" for label, file in labels.items()),
        "--relationships=triple.csv",
        "--array-delimiter=U+001F",
        "--multiline-fields=true",
        "--read-buffer-size=64m",
        "--overwrite-destination=true",
        # By default a wrong row is skipped; here none may be.
        "--bad-tolerance=0",
    ]
    (folder / ARGUMENTS).write_text("\n".join(arguments) + "\n", encoding="utf-8")
    return folder / ARGUMENTS


def import_command(folder: Path, database: str = "neo4j") -> list[str]:
    """Return the command that loads the files; run it in the folder, with the database stopped."""
    return ["neo4j-admin", "database", "import", "full", database, f"@{folder / ARGUMENTS}"]


def _write_statements(store: GraphStore, folder: Path) -> set[str]:
    """Write relationships and evidence in one pass; return the ids of all ends."""
    ends: set[str] = set()
    seen: set[bytes] = set()
    with (
        (folder / "triple.csv").open("w", encoding="utf-8", newline="") as triples,
        (folder / "evidence.csv").open("w", encoding="utf-8", newline="") as evidence,
    ):
        triples.write(_line(_TRIPLE))
        evidence.write(_line(_EVIDENCE))
        for statement in store.statements():
            triple = statement.triple
            row = model.triple_row(triple)
            if (short := bytes.fromhex(row["key"])) not in seen:
                seen.add(short)
                ends.update((triple.subject, triple.object))
                row |= {
                    ":START_ID": triple.subject, ":END_ID": triple.object,
                    ":TYPE": triple.predicate,
                }  # fmt: skip
                triples.write(_line(_values(row, _TRIPLE)))
            row = model.evidence_row(statement, row["key"])
            evidence.write(_line(_values(row, _EVIDENCE)))
    return ends


def _things(records: dict[str, list[NodeRecord]], ends: set[str]) -> Iterator[dict[str, Any]]:
    for node_id in sorted(ends | records.keys()):
        several = records.get(node_id)
        row = model.thing(several) if several else {"id": node_id}
        labels = [model.THING, row["category"]] if several else [model.THING]
        yield {**row, ":LABEL": labels}


def _write(path: Path, header: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(_line(header))
        file.writelines(_line(_values(row, header)) for row in rows)


def _values(row: dict[str, Any], header: tuple[str, ...]) -> Iterator[object]:
    return (row.get(name if name.startswith(":") else name.partition(":")[0]) for name in header)


def _line(values: Iterable[object]) -> str:
    return ",".join(map(_field, values)) + "\n"


def _field(value: object) -> str:
    """Return a field: a missing value is empty, an empty text is quoted."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list | tuple):
        if not value:
            return ""
        if any(SEPARATOR in item for item in value):
            raise InputError(f"{value!r} holds U+001F, which separates items; correct the source")
        value = SEPARATOR.join(value)
    return '"' + str(value).replace('"', '""') + '"'
