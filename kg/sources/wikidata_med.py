"""Wikidata of 2021: which medicine treats which condition, and symptoms of diseases.

The files name the other end by its label only; the label is looked up among the items that the
files themselves describe, so most ends get their Wikidata id back.
"""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import json_lines

SPEC: Final = SourceSpec(
    name="wikidata_med",
    title="Wikidata medicines and diseases",
    version="2021",
    date="2021-06-01",
    licence="CC0-1.0",
    noncommercial=False,
    url="https://query.wikidata.org/",
    sha256=None,
    level="curated_db",
    trusted=False,
    checks=(),
    files=("WikiMedicineData.jl.gz", "WikiDiseaseData.jl.gz"),
    pitfalls="Anyone may edit it; broad classes of disease stand beside diseases. The drugs that "
    "the disease file lists are the inverse property, imported later, and are not read.",
)

_ENTITY: Final = "http://www.wikidata.org/entity/"


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the treatments, then the symptoms."""
    medicines, diseases = (file_in(folder, name, SPEC) for name in SPEC.files)
    ids: dict[str, set[str]] = defaultdict(set)
    for item in json_lines(diseases):
        if not isinstance(item, Reject):
            uri, name = item[1].get("DiseaseURI"), item[1].get("Disease")
            if isinstance(uri, str) and isinstance(name, str):
                ids[name].add(_curie(uri))
    for item in json_lines(medicines):
        yield from _rows(
            item, ("MedicineURI", "Medicine", "ConditionsTreated"), schema.DRUG, schema.TREATS,
            schema.DISEASE, ids,
        )  # fmt: skip
    for item in json_lines(diseases):
        yield from _rows(
            item, ("DiseaseURI", "Disease", "Symptons"), schema.DISEASE, schema.HAS_PHENOTYPE,
            schema.PHENOTYPE, ids,
        )  # fmt: skip


def _rows(
    item: tuple[int, dict[str, object]] | Reject,
    keys: tuple[str, str, str],
    category: str,
    predicate: str,
    other: str,
    ids: dict[str, set[str]],
) -> Iterator[Item]:
    if isinstance(item, Reject):
        yield item
        return
    line, value = item
    uri, name, listed = (value.get(key) for key in keys)
    if not isinstance(uri, str) or not isinstance(name, str) or not isinstance(listed, list):
        yield reject(value, f"object has not the keys {', '.join(keys)}")
        return
    subject = Ref(category, (_curie(uri),), name)
    for number, text in enumerate(listed, start=1):
        said = str(text)
        known = ids.get(said, set())
        yield Row(
            source_row=f"{name} {predicate} {said}",
            subject=subject,
            predicate=predicate,
            object=Ref(other, tuple(known) if len(known) == 1 else (), said),
            locator=f"{_curie(uri)} {keys[2]} {number} (line {line})",
        )


def _curie(uri: str) -> str:
    return f"WIKIDATA:{uri.removeprefix(_ENTITY)}"
