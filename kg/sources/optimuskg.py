"""OptimusKG, for a user who has the unified tables ``nodes`` and ``edges`` (Parquet or CSV).

Taken are the edges among drugs (DRG), diseases (DIS) and phenotypes (PHE): INDICATION and
OFF_LABEL_USE (``treats``), CONTRAINDICATION, ADVERSE_DRUG_REACTION (``has_side_effect``),
PHENOTYPE_PRESENT and SYNERGISTIC_INTERACTION (severity unknown). All other edges are rejects,
PARENT too: which end is the parent is not documented.
"""

import json
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.errors import NotAvailableError, SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, reject
from graphrx.kg.sources.files import readable, table

SPEC: Final = SourceSpec(
    name="optimuskg",
    title="OptimusKG: multimodal biomedical knowledge graph",
    version="2026",
    date="2026-04-17",
    licence="MIT (code); each part has its source's",
    noncommercial=True,
    url="https://doi.org/10.7910/DVN/IYNGEV",
    sha256=None,
    level="curated_db",
    trusted=False,
    checks=(),
    files=(),
    pitfalls="Needs nodes and edges as .parquet (with pyarrow) or .csv. Names and other ids stand "
    "in a column of JSON. Interactions have no severity, so they warn.",
    agent="data_analysis_pipeline",
)

_CATEGORY: Final = {"DRG": schema.DRUG, "DIS": schema.DISEASE, "PHE": schema.PHENOTYPE}
_PREDICATE: Final = {
    "INDICATION": schema.TREATS,
    "OFF_LABEL_USE": schema.TREATS,
    "CONTRAINDICATION": schema.CONTRAINDICATED_IN,
    "ADVERSE_DRUG_REACTION": schema.HAS_SIDE_EFFECT,
    "PHENOTYPE_PRESENT": schema.HAS_PHENOTYPE,
    "SYNERGISTIC_INTERACTION": schema.INTERACTS_WITH,
}
_QUALIFIERS: Final[dict[str, dict[str, Any]]] = {
    "OFF_LABEL_USE": {"off_label": True},
    "CONTRAINDICATION": {"check": "drug_disease", "severity": "contraindicated"},
    "SYNERGISTIC_INTERACTION": {"severity": "unknown"},
}
_NODES: Final = ("id", "label", "properties")
_EDGES: Final = ("from", "to", "label", "relation", "properties")
_SPELT: Final = re.compile(r"([A-Za-z]+)[_:](\w+)")
_PREFIX: Final = {"DB": "DRUGBANK", "ORPHANET": "ORPHANET"}

Cells = dict[str, str]


def locate(data_dir: Path) -> Path:
    """Return ``DIR/optimuskg``.

    :raises NotAvailableError: the tables are not there.
    """
    _check(data_dir / SPEC.name)
    return data_dir / SPEC.name


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the edges in file order.

    :raises NotAvailableError: a table is not there, or Parquet can't be read without pyarrow.
    """
    nodes: dict[str, Ref] = {}
    for item in _table(folder, "nodes", _NODES):
        if isinstance(item, Reject):
            yield item
            continue
        cells = item[1]
        category = _CATEGORY.get(cells["label"])
        if category is not None:
            nodes[cells["id"]] = _ref(category, cells["id"], cells["properties"])
    for item in _table(folder, "edges", _EDGES):
        yield item if isinstance(item, Reject) else _edge(*item, nodes)


def _edge(number: int, cells: Cells, nodes: dict[str, Ref]) -> Item:
    relation, start, end = cells["relation"], cells["from"], cells["to"]
    said = [start, cells["label"], relation, end]
    predicate = _PREDICATE.get(relation)
    if predicate is None:
        return reject(said, f"relation {cells['label'][:20]} {relation[:40]} is not taken")
    subject, object_ = nodes.get(start), nodes.get(end)
    if subject is None or object_ is None:
        return reject(said, f"an end of {cells['label'][:20]} is no drug, disease or phenotype")
    if reason := schema.violation(predicate, subject.category, object_.category):
        return reject(said, reason)
    return Row(
        source_row=f"{subject.name or start} {relation} {object_.name or end}",
        subject=subject,
        predicate=predicate,
        object=object_,
        qualifiers=_QUALIFIERS.get(relation, {}),
        locator=f"row {number}",
    )


def _ref(category: str, node: str, properties: str) -> Ref:
    try:
        found = json.loads(properties or "{}")
    except ValueError:
        found = {}
    name = found.get("name") if isinstance(found, dict) else None
    return Ref(category, (curie(node),), str(name) if name else None)


def curie(node: str) -> str:
    """Return the CURIE of an id as the graph spells it.

    >>> curie("MONDO_0005148"), curie("CHEMBL25"), curie("DB00945")
    ('MONDO:0005148', 'CHEMBL:25', 'DRUGBANK:DB00945')
    """
    if re.fullmatch(r"CHEMBL\d+", node):
        return f"CHEMBL:{node[6:]}"
    if re.fullmatch(r"DB\d{5}", node):
        return f"DRUGBANK:{node}"
    if spelt := _SPELT.fullmatch(node):
        prefix = spelt[1].upper()
        return f"{_PREFIX.get(prefix, prefix)}:{spelt[2]}"
    return node


def _check(folder: Path) -> None:
    for name in ("nodes", "edges"):
        if not any((folder / f"{name}.{ending}").is_file() for ending in ("csv", "parquet")):
            raise NotAvailableError(
                f"source {SPEC.name} needs {folder / name}.parquet (or .csv); put it there from "
                f"{SPEC.url}, or leave it out with --only"
            )


def _table(
    folder: Path, name: str, columns: tuple[str, ...]
) -> Iterator[tuple[int, Cells] | Reject]:
    if (folder / f"{name}.csv").is_file():
        yield from table(folder / f"{name}.csv", columns, delimiter=",")
        return
    path = folder / f"{name}.parquet"
    _check(folder)
    yield from _parquet(path, columns)


def _parquet(path: Path, columns: tuple[str, ...]) -> Iterator[tuple[int, Cells]]:
    try:
        parquet: Any = import_module("pyarrow.parquet")
        arrow: Any = import_module("pyarrow")
    except ImportError as error:
        raise NotAvailableError(
            f"{path} can't be read without pyarrow; pip install pyarrow, or save it as .csv"
        ) from error
    with readable(path):
        try:
            file = parquet.ParquetFile(path)
        except arrow.ArrowInvalid as error:
            raise SourceError(f"{path} is cut short or no Parquet; download it again") from error
        missing = [column for column in columns if column not in file.schema_arrow.names]
        if missing:
            raise SourceError(f"{path} has no column {', '.join(map(repr, missing))}")
        number = 0
        for batch in file.iter_batches(batch_size=8192, columns=list(columns)):
            for row in batch.to_pylist():
                number += 1
                yield number, {key: str(value or "") for key, value in row.items()}
