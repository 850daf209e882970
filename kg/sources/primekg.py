"""PrimeKG, for a user who has ``kg.csv``: uses, interactions, side effects and phenotypes of drugs.

Taken are ``indication`` and ``off-label use`` (``treats``), ``contraindication``
(``contraindicated_in``), ``drug_drug`` (severity unknown), ``drug_effect`` (``has_side_effect``)
and ``disease_phenotype_positive`` (``has_phenotype``). Relations of genes, pathways and anatomy,
and hierarchies that have lost their direction, are rejects.
"""

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="primekg",
    title="PrimeKG: precision medicine knowledge graph",
    version="2022-05",
    date="2022-05-03",
    licence="MIT (code); each part has its source's (DrugBank, SIDER: non-commercial)",
    noncommercial=True,
    url="https://dataverse.harvard.edu/api/access/datafile/6180620",
    sha256=None,
    level="curated_db",
    trusted=False,
    checks=(),
    files=("kg.csv",),
    pitfalls="Every edge stands in both directions: the one from the drug, or from the smaller "
    "index, is taken. Diseases merged by name (MONDO_grouped) are no one disease. Ids have lost "
    "their prefix and zeros. Interactions have no severity, so they warn.",
    agent="data_analysis_pipeline",
)

_COLUMNS: Final = (
    "relation", "x_index", "x_id", "x_type", "x_name", "x_source", "y_index", "y_id", "y_type",
    "y_name", "y_source",
)  # fmt: skip
_CATEGORY: Final = {
    "drug": schema.DRUG, "disease": schema.DISEASE, "effect/phenotype": schema.PHENOTYPE,
}  # fmt: skip
_PREDICATE: Final = {
    "indication": schema.TREATS,
    "off-label use": schema.TREATS,
    "contraindication": schema.CONTRAINDICATED_IN,
    "drug_drug": schema.INTERACTS_WITH,
    "drug_effect": schema.HAS_SIDE_EFFECT,
    "disease_phenotype_positive": schema.HAS_PHENOTYPE,
}
_QUALIFIERS: Final[dict[str, dict[str, Any]]] = {
    "off-label use": {"off_label": True},
    "contraindication": {"check": "drug_disease", "severity": "contraindicated"},
    "drug_drug": {"severity": "unknown"},
}
_SUBJECT: Final = {schema.HAS_PHENOTYPE: "disease"}


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the edges in file order."""
    for item in table(file_in(folder, SPEC.files[0], SPEC), _COLUMNS, delimiter=","):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        relation = cells["relation"]
        predicate = _PREDICATE.get(relation)
        if predicate is None:
            yield reject([relation, cells["x_name"], cells["y_name"]], _not_taken(relation))
        elif not _mirrored(predicate, cells):
            yield _row(line, relation, predicate, cells)


def _mirrored(predicate: str, cells: dict[str, str]) -> bool:
    """Tell whether the row is the other direction of an edge."""
    if predicate == schema.INTERACTS_WITH:
        first, second = cells["x_index"], cells["y_index"]
        return (len(first), first) > (len(second), second)
    subject = _SUBJECT.get(predicate, "drug")
    return cells["x_type"] != subject and cells["y_type"] == subject


def _row(line: int, relation: str, predicate: str, cells: dict[str, str]) -> Item:
    ends = []
    for side in "xy":
        kind, name = cells[f"{side}_type"], cells[f"{side}_name"]
        category = _CATEGORY.get(kind)
        if category is None:
            return reject([relation, kind, name], f"node type {kind!r} is not taken")
        found = _curie(cells[f"{side}_source"], cells[f"{side}_id"])
        if found is None:
            source = cells[f"{side}_source"]
            return reject([relation, source, name], f"id of {source} is no one thing")
        ends.append(Ref(category, (found,), name))
    if reason := schema.violation(predicate, ends[0].category, ends[1].category):
        return reject([relation, cells["x_name"], cells["y_name"]], reason)
    return Row(
        source_row=f"{cells['x_name']} {relation} {cells['y_name']}",
        subject=ends[0],
        predicate=predicate,
        object=ends[1],
        qualifiers=_QUALIFIERS.get(relation, {}),
        locator=f"line {line}",
    )


def _curie(source: str, local: str) -> str | None:
    """Return the CURIE of an id without prefix and zeros, or None for a group of diseases.

    >>> _curie("MONDO", "5148"), _curie("HPO", "1945"), _curie("MONDO_grouped", "1_2")
    ('MONDO:0005148', 'HP:0001945', None)
    """
    if source in ("MONDO", "HPO") and local.isdecimal():
        return f"{'HP' if source == 'HPO' else source}:{int(local):07d}"
    return f"DRUGBANK:{local}" if source == "DrugBank" and local else None


@lru_cache(maxsize=256)
def _not_taken(relation: str) -> str:
    return f"relation {relation[:40]!r} is not taken"
