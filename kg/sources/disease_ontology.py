"""Disease Ontology: hierarchy, exact synonyms, cross-references; symptoms said in definitions.

Of the synonyms only EXACT ones are names: BROAD, NARROW and RELATED name something else. An
ICD-10-CM code is often broader than the term that carries it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.obo import Term, terms

SPEC: Final = SourceSpec(
    name="disease_ontology",
    title="Human Disease Ontology",
    version="2021-06-08",
    date="2021-06-08",
    licence="CC0-1.0",
    noncommercial=False,
    url="https://raw.githubusercontent.com/DiseaseOntology/HumanDiseaseOntology/v2021-06-08/src/ontology/HumanDO.obo",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("HumanDO.obo.gz",),
    pitfalls="Obsolete terms stand in the file; only EXACT synonyms are names; symptoms are prose.",
)

_PREFIX: Final = {
    "UMLS_CUI": "UMLS", "MESH": "MESH", "NCI": "NCIT", "OMIM": "OMIM", "ORDO": "ORPHANET",
    "EFO": "EFO", "MEDDRA": "MEDDRA", "ICD10CM": "ICD10CM",
}  # fmt: skip
_SYMPTOM: Final = re.compile(
    r"has[_ ]symptom ([a-z][a-z' -]{2,50}?)(?=,| and\b| or\b|\.|;| resulting| located| caused|$)"
)


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the terms, each with the symptoms that its definition lists."""
    for term in terms(file_in(folder, SPEC.files[0], SPEC)):
        if term.obsolete:
            yield reject({"id": term.id, "name": term.name}, "term is obsolete")
            continue
        if not term.id.startswith("DOID:") or not term.name:
            yield reject({"id": term.id, "line": term.line}, "term has no DOID id or no name")
            continue
        ref = ref_of(term)
        yield EntityRow(
            ref=ref,
            parents=tuple(Ref(schema.DISEASE, (parent,)) for parent in term.parents),
            source_row=f"{term.id} {term.name}",
            locator=term.id,
        )
        for symptom in dict.fromkeys(_SYMPTOM.findall(term.definition)):
            yield Row(
                source_row=f"{term.name} has symptom {symptom}",
                subject=Ref(schema.DISEASE, (term.id,), term.name),
                predicate=schema.HAS_PHENOTYPE,
                object=Ref(schema.PHENOTYPE, (), symptom),
                locator=f"{term.id} definition",
            )


def ref_of(term: Term) -> Ref:
    """Return a term's ids and names."""
    ids = [term.id, *term.alt_ids]
    for xref in term.xrefs:
        prefix, _, local = xref.partition(":")
        if prefix.startswith("SNOMEDCT_US"):
            ids.append(f"SNOMEDCT:{local}")
        elif prefix in _PREFIX:
            ids.append(f"{_PREFIX[prefix]}:{local}")
    return Ref(schema.DISEASE, tuple(dict.fromkeys(ids)), term.name, None, tuple(term.exact))
