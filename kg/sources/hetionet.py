"""Hetionet: of its 24 kinds of edges those that the graph has a place for.

CtD, CpD (PharmacotherapyDB's indications), DpS (symptoms, by co-occurrence in MEDLINE) and PCiC
(classes). CcSE is SIDER's and non-commercial: it is left to the source ``sider4``.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="hetionet",
    title="Hetionet",
    version="1.0",
    date="2017-09-22",
    licence="CC0-1.0 (what is read here; other edges have licences of their own)",
    noncommercial=False,
    url="https://github.com/hetio/hetionet/raw/main/hetnet/tsv/hetionet-v1.0-edges.sif.gz",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("nodes.tsv.gz", "edges-5k.sif.gz"),
    pitfalls="Each kind is capped at 5,000 edges here; CtD and CpD repeat PharmacotherapyDB. CrC "
    "is resemblance of structure, no cross-allergy. DpS is co-occurrence, not curation.",
)

_EDGES: Final = {
    "CtD": (schema.TREATS, False),
    "CpD": (schema.PALLIATES, False),
    "DpS": (schema.HAS_PHENOTYPE, False),
    "PCiC": (schema.MEMBER_OF, True),
}
"""Kind → predicate, and whether it runs the other way."""

_KINDS: Final = {
    "Compound": (schema.DRUG, "DRUGBANK:"),
    "Disease": (schema.DISEASE, ""),
    "Symptom": (schema.PHENOTYPE, "MESH:"),
    "Pharmacologic Class": (schema.DRUG_CLASS, "NDFRT:"),
}
_LEFT_OUT: Final = {
    "CcSE": "CcSE is SIDER's, non-commercial: read it from the source sider4",
    "CrC": "CrC is resemblance of structure, which the schema has no predicate for",
}


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the edges."""
    names: dict[str, str] = {}
    for item in table(file_in(folder, SPEC.files[0], SPEC), ("id", "name", "kind"), quoted=False):
        if isinstance(item, Reject):
            yield item
        elif item[1]["kind"] in _KINDS:
            names[item[1]["id"]] = item[1]["name"]
    columns = ("source", "metaedge", "target")
    for item in table(file_in(folder, SPEC.files[1], SPEC), columns, quoted=False):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        kind, ends = cells["metaedge"], (cells["source"], cells["target"])
        if kind not in _EDGES:
            why = _LEFT_OUT.get(kind, f"{kind} has no place in the schema")
            yield reject([ends[0], kind, ends[1]], why)
            continue
        predicate, backwards = _EDGES[kind]
        subject, object_ = (_ref(end, names) for end in (ends[::-1] if backwards else ends))
        if subject is None or object_ is None:
            yield reject([ends[0], kind, ends[1]], f"{kind} can't join these kinds of nodes")
            continue
        counted = kind == "DpS"
        yield Row(
            source_row=f"{ends[0]} {kind} {ends[1]}",
            subject=subject,
            predicate=predicate,
            object=object_,
            locator=f"edges line {line} ({kind})",
            level="text_mined" if counted else None,
            agent="data_analysis_pipeline" if counted else None,
        )


def _ref(text: str, names: dict[str, str]) -> Ref | None:
    kind, _, local = text.partition("::")
    if kind not in _KINDS or not local:
        return None
    category, prefix = _KINDS[kind]
    return Ref(category, (prefix + local,), names.get(text))
