"""PharmacotherapyDB: which drug treats which disease, agreed upon by physicians.

Disease-modifying is ``treats``, symptomatic is ``palliates``. Rows marked NOT (not indicated) are
negatives for training, not contraindications; they are rejected with that reason.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="pharmacotherapydb",
    title="PharmacotherapyDB: the open catalog of drug therapies for disease",
    version="1.0",
    date="2016-03-15",
    licence="CC0-1.0",
    noncommercial=False,
    url="https://raw.githubusercontent.com/dhimmel/indications/11d535ba0884ee56c3cd5756fdfb4985f313bd80/catalog/indications.tsv",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("indications.tsv",),
    pitfalls="SYM is relief, not treatment; NOT is 'not indicated', which is no contraindication.",
)

_PREDICATE: Final = {"DM": schema.TREATS, "SYM": schema.PALLIATES}
_COLUMNS: Final = ("doid_id", "drugbank_id", "disease", "drug", "category")


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the indications."""
    for item in table(file_in(folder, SPEC.files[0], SPEC), _COLUMNS):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        category = cells["category"]
        if category not in _PREDICATE:
            negative = "marked as not indicated: a negative example"
            yield reject(cells, negative if category == "NOT" else f"category {category!r} unknown")
            continue
        yield Row(
            source_row=f"{cells['drug']} {category} {cells['disease']}",
            subject=Ref(schema.DRUG, (f"DRUGBANK:{cells['drugbank_id']}",), cells["drug"]),
            predicate=_PREDICATE[category],
            object=Ref(schema.DISEASE, (cells["doid_id"],), cells["disease"]),
            locator=f"line {line}",
        )
