"""Every Cure's drug–disease lists: indications, and contraindications read out of FDA labels.

Both lists were made by machine (a language model read the labels, a name resolver gave the ids),
so they are text-mined evidence: they may warn, and never block.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="everycure",
    title="Every Cure MATRIX indication and contraindication lists",
    version="2024",
    date="2024-12-01",
    licence="unconfirmed (a sister project is CC0-1.0)",
    noncommercial=False,
    url="https://github.com/everycure-org/matrix-indication-list",
    sha256=None,
    level="text_mined",
    trusted=False,
    checks=(),
    files=("indications.tsv", "contraindications.tsv"),
    pitfalls="Silver from labels. A pair may stand in both lists: conditional, no error. Allergen "
    "extracts and diagnostic agents are marked in the notes.",
    agent="text_mining_agent",
)

_DRUG: Final = ("final normalized drug id", "final normalized drug label")
_DISEASE: Final = ("final normalized disease id", "final normalized disease label")
_CHECK: Final = {"pregnancy": "pregnancy", "breast feeding": "lactation", "lactation": "lactation"}
_PRODUCT: Final = {"is_allergen": "allergen", "is_diagnostic_agent": "diagnostic agent"}
_REASON_LENGTH: Final = 400


def read(folder: Path) -> Iterator[Item]:
    """Iterate over both lists."""
    for item in table(file_in(folder, "indications.tsv", SPEC), (*_DRUG, *_DISEASE)):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        yield _row(cells, schema.TREATS, {}, {}, f"indications.tsv line {line}")
    columns = (*_DRUG, *_DISEASE, "active ingredient", "contraindications", *_PRODUCT)
    for item in table(file_in(folder, "contraindications.tsv", SPEC), columns):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        label = cells[_DISEASE[1]].casefold()
        qualifiers = {
            "check": _CHECK.get(label, "drug_disease"), "severity": "contraindicated",
        }  # fmt: skip
        marks = [m for column, m in _PRODUCT.items() if cells[column].strip().upper() == "TRUE"]
        notes: dict[str, Any] = {"product": marks[0]} if marks else {}
        if said := " ".join(cells["contraindications"].split()):
            notes["reason"] = said[:_REASON_LENGTH] + ("…" if len(said) > _REASON_LENGTH else "")
        where = f"contraindications.tsv line {line}"
        yield _row(cells, schema.CONTRAINDICATED_IN, qualifiers, notes, where)


def _row(
    cells: dict[str, str], predicate: str, qualifiers: dict[str, Any], notes: dict[str, Any],
    locator: str,
) -> Item:  # fmt: skip
    drug, disease = cells[_DRUG[1]].strip(), cells[_DISEASE[1]].strip()
    if not cells[_DRUG[0]] or not cells[_DISEASE[0]]:
        return reject({"drug": drug, "disease": disease}, "drug or disease has no id")
    ingredient = cells.get("active ingredient", "").strip()
    phenotype = cells[_DISEASE[0]].startswith("HP:")
    return Row(
        source_row=f"{cells[_DRUG[0]]} {drug} {predicate} {cells[_DISEASE[0]]} {disease}"[:300],
        subject=Ref(schema.DRUG, (curie_of(cells[_DRUG[0]]),), drug or ingredient or None),
        predicate=predicate,
        object=Ref(
            schema.PHENOTYPE if phenotype else schema.DISEASE,
            (curie_of(cells[_DISEASE[0]]),),
            disease or None,
        ),
        qualifiers=qualifiers,
        locator=locator,
        notes=notes,
    )


def curie_of(text: str) -> str:
    """Return an id under the prefix that the graph uses for it."""
    for theirs, ours in (("CHEMBL.COMPOUND:CHEMBL", "CHEMBL:"), ("DrugCentral:", "DRUGCENTRAL:")):
        if text.startswith(theirs):
            return ours + text.removeprefix(theirs)
    return text.strip()
