"""DrugBank open vocabulary: names, synonyms, UNII and CAS of drugs; no relations."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import EntityRow, Item, Ref, SourceSpec, file_in
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="drugbank_open",
    title="DrugBank open vocabulary",
    version="5.1",
    date="2023-01-04",
    licence="CC0-1.0",
    noncommercial=False,
    url="https://go.drugbank.com/releases/latest/downloads/all-drugbank-vocabulary",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("drugbank_vocab.csv.gz",),
    pitfalls="Synonyms are in several languages; some name two drugs. Salts and esters often are "
    "drugs of their own here.",
)

_COLUMNS: Final = ("DrugBank ID", "Common name", "CAS", "UNII", "Synonyms")


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the drugs."""
    for item in table(file_in(folder, SPEC.files[0], SPEC), _COLUMNS, delimiter=","):
        if isinstance(item, Reject):
            yield item
            continue
        _, cells = item
        number, name = cells["DrugBank ID"], cells["Common name"].strip()
        ids = [f"DRUGBANK:{number}"]
        ids += [f"UNII:{cells['UNII']}"] if cells["UNII"] else []
        ids += [f"CAS:{cells['CAS']}"] if cells["CAS"] else []
        synonyms = [s.strip() for s in cells["Synonyms"].split(" | ")]
        kept = tuple(dict.fromkeys(s for s in synonyms if s and s != name))
        yield EntityRow(
            ref=Ref(schema.DRUG, tuple(ids), name, None, kept),
            source_row=f"{number} {name}",
            locator=number,
        )
