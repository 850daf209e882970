"""The words of the export: Biolink's where it has them, else ours; and terms as N-Triples text.

An id becomes the IRI of its prefix (:data:`graphrx.kg.curie.PREFIXES`), its local part
percent-encoded, so that every id has one IRI and gets it back.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import Final
from urllib.parse import quote, unquote

from graphrx.kg import schema
from graphrx.kg.curie import PREFIXES

BIOLINK: Final = "https://w3id.org/biolink/vocab/"
GRX: Final = "https://w3id.org/graphrx/vocab#"
RECORD: Final = "https://w3id.org/graphrx/record/"
SOURCE: Final = "https://w3id.org/graphrx/source/"
RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

NAMESPACES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "biolink": BIOLINK,
        "grx": GRX,
        "rec": RECORD,
        "src": SOURCE,
        "rdf": RDF,
        "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "dcterms": "http://purl.org/dc/terms/",
        "xsd": XSD,
    }
)

_BIOLINK_NAMES: Final = {
    schema.HAS_INGREDIENT: "has_active_ingredient",
    schema.PALLIATES: "ameliorates_condition",
}
_BIOLINK_CATEGORIES: Final = {
    schema.DRUG: "Drug",
    schema.DISEASE: "Disease",
    schema.PHENOTYPE: "PhenotypicFeature",
    schema.GENE: "Gene",
    schema.REGIMEN: "Treatment",
}

PREDICATES: Final[dict[str, str]] = {
    predicate: BIOLINK + _BIOLINK_NAMES.get(predicate, predicate) for predicate in schema.ALLOWED
}
"""Predicate → IRI."""

CATEGORIES: Final[dict[str, str]] = {
    category: BIOLINK + _BIOLINK_CATEGORIES[category]
    if category in _BIOLINK_CATEGORIES
    else GRX + category
    for category in schema.CATEGORIES
}
"""Category → IRI; Biolink has no class of drugs, side effects or laboratory tests as we mean."""

_UNKNOWN: Final = "urn:graphrx:id:"
_SAFE: Final = "-._~:!$&'()*+,;=@"
_BY_LENGTH: Final = sorted(PREFIXES.items(), key=lambda item: -len(item[1]))
_ESCAPES: Final = {
    **{i: f"\\u{i:04X}" for i in (*range(0x20), 0x7F)},
    ord("\\"): "\\\\", ord('"'): '\\"', ord("\n"): "\\n", ord("\r"): "\\r", ord("\t"): "\\t",
}  # fmt: skip
_PREFIXED: Final = re.compile(
    "<(" + "|".join(map(re.escape, NAMESPACES.values())) + ")([A-Za-z_][A-Za-z0-9_-]*)>"
)
_PREFIX_OF: Final = {iri: prefix for prefix, iri in NAMESPACES.items()}


@lru_cache(maxsize=65_536)
def iri(node_id: str) -> str:
    """Return the IRI of an id; any text has one."""
    prefix, _, local = node_id.partition(":")
    if prefix in PREFIXES and local:
        return PREFIXES[prefix] + _encoded(local)
    return _UNKNOWN + _encoded(node_id)


@lru_cache(maxsize=65_536)
def id_of(text: str) -> str | None:
    """Return the id that :func:`iri` made this IRI of, or None when it made it of none."""
    if text.startswith(_UNKNOWN):
        return unquote(text.removeprefix(_UNKNOWN))
    for prefix, start in _BY_LENGTH:
        if text.startswith(start):
            return f"{prefix}:{unquote(text[len(start) :])}"
    return None


@lru_cache(maxsize=1024)
def source_iri(source: str) -> str:
    """Return the IRI of a source; it also names the source's graph in N-Quads."""
    return SOURCE + _encoded(source)


def source_of(text: str) -> str | None:
    """Return the source that an IRI stands for."""
    return unquote(text.removeprefix(SOURCE)) if text.startswith(SOURCE) else None


def ref(text: str) -> str:
    """Return an IRI as a term."""
    return f"<{text}>"


def literal(text: str, *, lang: str | None = None, datatype: str | None = None) -> str:
    """Return a literal as a term: valid in N-Triples, N-Quads and Turtle."""
    quoted = f'"{text.translate(_ESCAPES)}"'
    if lang is not None:
        return f"{quoted}@{lang}"
    return quoted if datatype is None else f"{quoted}^^<{datatype}>"


@lru_cache(maxsize=4096)
def shortened(term: str) -> str:
    """Return a term as Turtle writes it: with a prefix where that is plainly allowed."""
    if term == f"<{RDF}type>":
        return "a"
    if found := _PREFIXED.fullmatch(term):
        return f"{_PREFIX_OF[found[1]]}:{found[2]}"
    return term


def _encoded(text: str) -> str:
    # A lone "." or ".." would be taken for a step in the path.
    return text.replace(".", "%2E") if text in {".", ".."} else quote(text, safe=_SAFE)
