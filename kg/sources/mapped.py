"""A CSV, TSV or KGX table as a source, declared by a small mapping file (YAML).

The mapping says which columns name the subject and the object, what the predicate is, and which
columns are qualifiers and notes; ``docs/sources.md`` has an example. It can claim no coverage, and
a non-commercial one is never trusted.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, reject
from graphrx.kg.sources.files import table
from graphrx.kg.sources.mapping import DELIMITERS, End, Mapping, Value, load
from graphrx.kg.sources.registry import Source

_BIOLINK: Final = "biolink:"
_KGX_PREDICATE: Final = {
    "ameliorates_condition": schema.PALLIATES,
    "contraindicated_in": schema.CONTRAINDICATED_IN,
    "has_phenotype": schema.HAS_PHENOTYPE,
    "has_side_effect": schema.HAS_SIDE_EFFECT,
    "interacts_with": schema.INTERACTS_WITH,
    "treats": schema.TREATS,
    "treats_or_applied_or_studied_to_treat": schema.TREATS,
}
_KGX_CATEGORY: Final = {
    "ChemicalEntity": schema.DRUG, "MolecularMixture": schema.DRUG, "SmallMolecule": schema.DRUG,
    "ChemicalMixture": schema.DRUG, "DiseaseOrPhenotypicFeature": schema.DISEASE,
}  # fmt: skip
_KGX_EDGE: Final = ("subject", "predicate", "object")
_SPLIT: Final = "|"


class _BadCellError(ValueError):
    """A cell that the mapping does not foresee; its text is the reject's reason."""


def source(path: Path) -> Source:
    """Return the source that a mapping file declares; its files lie beside the mapping.

    :raises InputError: there is no such file.
    :raises SourceError: the mapping is wrong.
    """
    mapping = load(path)
    return Source(mapping.spec, path.parent, lambda folder: read(folder, mapping))


def read(folder: Path, mapping: Mapping) -> Iterator[Item]:
    """Iterate over the rows of the table that a mapping declares."""
    if mapping.format == "kgx":
        yield from _kgx(folder, mapping)
        return
    subject, predicate, object_ = mapping.subject, mapping.predicate, mapping.object
    if subject is None or predicate is None or object_ is None:  # the mapping sees to that
        return
    for item in _rows(folder / mapping.file, mapping, _columns(mapping)):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        try:
            yield _row(
                line,
                cells,
                mapping,
                _ref(subject, cells),
                str(_value(predicate, cells)),
                _ref(object_, cells),
            )
        except _BadCellError as error:
            yield reject(cells, str(error))


def _row(
    line: int, cells: dict[str, str], mapping: Mapping, subject: Ref, predicate: str, object_: Ref
) -> Row:
    if reason := schema.violation(predicate, subject.category, object_.category):
        raise _BadCellError(reason)
    qualifiers: dict[str, Any] = {
        key: _value(value, cells) for key, value in mapping.qualifiers.items()
    }
    needed = predicate in (schema.INTERACTS_WITH, schema.CONTRAINDICATED_IN)
    severity = qualifiers.setdefault("severity", "unknown") if needed else None
    if needed and severity not in schema.SEVERITIES:
        raise _BadCellError(f"severity {severity!r} is not known")
    if predicate == schema.CONTRAINDICATED_IN:
        qualifiers.setdefault("check", "drug_disease")
    names = (ref.name or ref.name_zh or ref.ids[0] for ref in (subject, object_))
    return Row(
        source_row=f" {predicate} ".join(names),
        subject=subject,
        predicate=predicate,
        object=object_,
        qualifiers={key: value for key, value in qualifiers.items() if value != ""},
        locator=f"line {line}",
        confidence=_confidence(cells, mapping.confidence),
        notes={key: cells[column] for key, column in mapping.notes.items() if cells[column]},
        publications=_parts(cells, mapping.publications),
    )


def _value(value: str | Value, cells: dict[str, str]) -> object:
    if isinstance(value, str):
        return value
    if value.column is None:
        return value.value
    cell = cells[value.column].strip()
    if value.values is None:
        return cell
    if cell not in value.values:
        raise _BadCellError(f"{value.column} {cell[:40]!r} is not in the mapping")
    return value.values[cell]


def _ref(end: End, cells: dict[str, str]) -> Ref:
    local = cells[end.id].strip() if end.id else ""
    name = cells[end.name].strip() if end.name else ""
    name_zh = cells[end.name_zh].strip() if end.name_zh else ""
    if not (local or name or name_zh):
        raise _BadCellError("row names only one thing")
    category = str(_value(end.category, cells))
    if category not in schema.CATEGORIES:
        raise _BadCellError(f"category {category[:40]!r} is not known")
    curie = f"{end.prefix}:{local}" if end.prefix and local else local
    return Ref(
        category, (curie,) if curie else (), name or None, name_zh or None,
        _parts(cells, end.synonyms),
    )  # fmt: skip


def _parts(cells: dict[str, str], column: str | None) -> tuple[str, ...]:
    if column is None:
        return ()
    return tuple(part.strip() for part in cells[column].split(_SPLIT) if part.strip())


def _confidence(cells: dict[str, str], column: str | None) -> float | None:
    if column is None or not cells[column].strip():
        return None
    try:
        return float(cells[column])
    except ValueError:
        raise _BadCellError(f"{column} {cells[column][:40]!r} is no number") from None


def _columns(mapping: Mapping) -> list[str]:
    """Return the columns that a mapping speaks of, each once."""
    found: list[str | None] = [mapping.publications, mapping.confidence, *mapping.notes.values()]
    for end in (mapping.subject, mapping.object):
        if end is not None:
            found += [end.id, end.name, end.name_zh, end.synonyms]
            found.append(end.category.column if isinstance(end.category, Value) else None)
    values = [*mapping.qualifiers.values(), mapping.predicate]
    found += [value.column for value in values if isinstance(value, Value)]
    return list(dict.fromkeys(column for column in found if column))


def _rows(
    path: Path, mapping: Mapping, columns: list[str] | tuple[str, ...]
) -> Iterator[tuple[int, dict[str, str]] | Reject]:
    delimiter = mapping.delimiter or DELIMITERS[mapping.format]
    return table(path, columns, delimiter=delimiter, quoted=mapping.quoted)


def _kgx(folder: Path, mapping: Mapping) -> Iterator[Item]:
    """KGX: nodes with id, category, name; edges with subject, predicate, object."""
    nodes: dict[str, Ref] = {}
    for item in _rows(folder / (mapping.nodes or ""), mapping, ("id", "category", "name")):
        if isinstance(item, Reject):
            yield item
            continue
        cells = item[1]
        category = _kgx_category(cells["category"])
        if category is None:
            yield reject(cells, f"category {cells['category'][:60]!r} is not taken")
        else:
            nodes[cells["id"]] = Ref(category, (cells["id"],), cells["name"] or None)
    needed = [*_KGX_EDGE, *(c for c in _columns(mapping) if c not in _KGX_EDGE)]
    for item in _rows(folder / mapping.file, mapping, needed):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        word = cells["predicate"].removeprefix(_BIOLINK)
        predicate = word if word in schema.ALLOWED else _KGX_PREDICATE.get(word)
        ends = [nodes.get(cells[side]) for side in ("subject", "object")]
        if predicate is None:
            yield reject(cells, f"predicate {word[:60]!r} is not taken")
        elif ends[0] is None or ends[1] is None:
            missing = cells["subject"] if ends[0] is None else cells["object"]
            yield reject(cells, f"{missing[:60]!r} is no node that is taken")
        else:
            try:
                yield _row(line, cells, mapping, ends[0], predicate, ends[1])
            except _BadCellError as error:
                yield reject(cells, str(error))


def _kgx_category(listed: str) -> str | None:
    """Return our category of the first of the listed Biolink categories that is one of ours."""
    for word in listed.split(_SPLIT):
        category = word.strip().removeprefix(_BIOLINK)
        if category in schema.CATEGORIES:
            return category
        if category in _KGX_CATEGORY:
            return _KGX_CATEGORY[category]
    return None
