"""DrugCentral's pharmacologic classes, mapped to DrugBank by rephetio: drug ``member_of`` class."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec, file_in
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="drugcentral_rephetio",
    title="DrugCentral pharmacologic classes (rephetio)",
    version="2016-03-19",
    date="2016-03-19",
    licence="CC-BY-4.0",
    noncommercial=False,
    url="https://raw.githubusercontent.com/dhimmel/drugcentral/e80a0c966a53ce48650d98069b126801c2793517/rephetio/drug-to-class.tsv",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("drug-to-class.tsv", "classes.tsv"),
    pitfalls="Classes are of several kinds (chemical, mechanism, effect, use). indications.tsv is "
    "not read: its labels are PharmacotherapyDB's.",
)


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the classes, then over who belongs to them."""
    columns: tuple[str, ...] = ("class_id", "class_name", "class_source", "class_type")
    for item in table(file_in(folder, "classes.tsv", SPEC), columns):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        yield EntityRow(
            ref=Ref(schema.DRUG_CLASS, (class_id(cells["class_id"]),), cells["class_name"]),
            attributes={"kind": cells["class_type"].casefold()},
            source_row=f"{cells['class_id']} {cells['class_name']}",
            locator=f"classes.tsv line {line}",
        )
    columns = ("drugbank_id", "drugbank_name", "class_id", "class_name")
    for item in table(file_in(folder, "drug-to-class.tsv", SPEC), columns):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        drug, group = cells["drugbank_name"], cells["class_name"]
        yield Row(
            source_row=f"{cells['drugbank_id']} {drug} in {cells['class_id']} {group}",
            subject=Ref(schema.DRUG, (f"DRUGBANK:{cells['drugbank_id']}",), drug),
            predicate=schema.MEMBER_OF,
            object=Ref(schema.DRUG_CLASS, (class_id(cells["class_id"]),), group),
            locator=f"drug-to-class.tsv line {line}",
        )


def class_id(text: str) -> str:
    """Return the CURIE of a class: NDF-RT, MeSH or ChEBI.

    >>> class_id("N0000175655"), class_id("D000970"), class_id("CHEBI:35480")
    ('NDFRT:N0000175655', 'MESH:D000970', 'CHEBI:35480')
    """
    if ":" in text:
        return text
    return f"NDFRT:{text}" if text.startswith("N0") else f"MESH:{text}"
