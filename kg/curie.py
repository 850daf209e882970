"""The prefixes of the graph's ids, and the check that an id is a CURIE of one of them."""

import re
import unicodedata
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final

from graphrx.kg.errors import InputError

if TYPE_CHECKING:
    import curies

PREFIXES: Final[dict[str, str]] = {
    "ATC": "https://atcddd.fhi.no/atc_ddd_index/?code=",
    "CAS": "https://identifiers.org/cas:",
    "CHEBI": "http://purl.obolibrary.org/obo/CHEBI_",
    "CHEMBL": "https://www.ebi.ac.uk/chembl/compound_report_card/CHEMBL",
    "DECIPHER": "https://identifiers.org/decipher:",
    "DOID": "http://purl.obolibrary.org/obo/DOID_",
    "DRUGBANK": "https://go.drugbank.com/drugs/",
    "DRUGCENTRAL": "https://drugcentral.org/drugcard/",
    "EFO": "http://www.ebi.ac.uk/efo/EFO_",
    "GRX": "https://w3id.org/graphrx/",
    "HGNC": "https://identifiers.org/hgnc:",
    "HP": "http://purl.obolibrary.org/obo/HP_",
    "ICD10CM": "https://icd10cmtool.cdc.gov/?fy=2026&query=",
    "LOINC": "https://loinc.org/",
    "MEDDRA": "https://identifiers.org/meddra:",
    "MESH": "https://id.nlm.nih.gov/mesh/",
    "MONDO": "http://purl.obolibrary.org/obo/MONDO_",
    "NCBIGENE": "https://identifiers.org/ncbigene:",
    "NCIT": "http://purl.obolibrary.org/obo/NCIT_",
    "NDFRT": "https://identifiers.org/ndfrt:",
    "OMIM": "https://omim.org/entry/",
    "ORPHANET": "http://www.orpha.net/ORDO/Orphanet_",
    "PMID": "https://pubmed.ncbi.nlm.nih.gov/",
    "PUBCHEM.COMPOUND": "https://pubchem.ncbi.nlm.nih.gov/compound/",
    "RXCUI": "https://mor.nlm.nih.gov/RxNav/search?searchBy=RXCUI&searchTerm=",
    "SNOMEDCT": "http://snomed.info/id/",
    "UMLS": "https://identifiers.org/umls:",
    "UNII": "https://precision.fda.gov/uniisearch/srs/unii/",
    "WIKIDATA": "http://www.wikidata.org/entity/",
}
"""Prefix → start of the IRI."""

_LOCAL = re.compile(r"[^\s:<>\"{}|\\^`]+(:[^\s<>\"{}|\\^`]+)?")
_NOT_SLUG = re.compile(r"[\W_]+")


@lru_cache(maxsize=65_536)  # an end stands in many rows
def is_curie(text: str) -> bool:
    """Tell whether the text is an id under one of our prefixes."""
    prefix, colon, local = text.partition(":")
    return bool(colon) and prefix in PREFIXES and _LOCAL.fullmatch(local) is not None


def check_curie(text: str) -> str:
    """Return the text, or raise :class:`InputError` when it is no CURIE of ours."""
    if not is_curie(text):
        raise InputError(
            f"{text!r} is not an id; write PREFIX:local with one of {', '.join(PREFIXES)}"
        )
    return text


def mint(kind: str, name: str) -> str:
    """Return our own id for a thing that no public vocabulary names.

    >>> mint("drug", "amlodipine/valsartan")
    'GRX:drug.amlodipine-valsartan'
    """
    slug = _NOT_SLUG.sub("-", unicodedata.normalize("NFKC", name).casefold()).strip("-")
    return f"GRX:{kind}.{slug}"


@cache
def converter() -> "curies.Converter":
    """Return the curies converter over our prefixes (imported late: it is slow to import)."""
    import curies

    return curies.Converter.from_prefix_map(PREFIXES)


def expand(curie: str) -> str:
    """Return the IRI of a CURIE; raise :class:`InputError` for an unknown prefix."""
    prefix, _, local = check_curie(curie).partition(":")
    return PREFIXES[prefix] + local


def compress(iri: str) -> str | None:
    """Return the CURIE of an IRI, or None when none of our prefixes fits."""
    return converter().compress(iri)
