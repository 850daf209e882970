"""DrugBank slim (rephetio): ATC codes of 1,552 drugs, and their PubChem compounds."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import EntityRow, Item, Ref, SourceSpec, file_in
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="drugbank_slim",
    title="DrugBank slim and its PubChem mapping (rephetio)",
    version="4.2",
    date="2015-08-20",
    licence="CC-BY-NC-4.0",
    noncommercial=True,
    url="https://raw.githubusercontent.com/dhimmel/drugbank/6b9ae386d6ba4a0eca2d66d4b0337a6e90fe81f4/data/drugbank-slim.tsv",
    sha256=None,
    level="curated_db",
    trusted=False,
    checks=(),
    files=("drugbank-slim.tsv", "pubchem-mapping.tsv"),
    pitfalls="Codes are of 2015; a drug has one for each use. Its texts are not read.",
)


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the drugs, each a member of its ATC groups of the fourth level."""
    compounds: dict[str, list[str]] = {}
    columns: tuple[str, ...] = ("drugbank_id", "pubchem_cid")
    for item in table(file_in(folder, "pubchem-mapping.tsv", SPEC), columns):
        if isinstance(item, Reject):
            yield item
        else:
            compounds.setdefault(item[1]["drugbank_id"], []).append(item[1]["pubchem_cid"])
    columns = ("drugbank_id", "name", "groups", "atc_codes", "inchikey")
    for item in table(file_in(folder, "drugbank-slim.tsv", SPEC), columns, quoted=True):
        if isinstance(item, Reject):
            yield item
            continue
        _, cells = item
        number = cells["drugbank_id"]
        codes = [code for code in cells["atc_codes"].split("|") if code]
        cids = compounds.get(number, ())
        groups = dict.fromkeys(code[:5] for code in codes if len(code) == 7)
        yield EntityRow(
            ref=Ref(
                schema.DRUG,
                (
                    f"DRUGBANK:{number}",
                    *(f"ATC:{code}" for code in codes),
                    *(f"PUBCHEM.COMPOUND:{cid}" for cid in cids),
                ),
                cells["name"],
            ),
            parents=tuple(
                Ref(schema.DRUG_CLASS, (f"ATC:{group}",), f"ATC group {group}") for group in groups
            ),
            attributes={"groups": sorted(g for g in cells["groups"].split("|") if g)},
            source_row=f"{number} {cells['name']}",
            locator=number,
        )
