"""Records as triples; :mod:`graphrx.kg.rdf.recall` turns them back.

One scheme for Turtle and N-Quads. Every row of a store is one record with an IRI of its own
(``rec:…``, named by its hash) that carries all of it, so nothing is merged and nothing lost:

* ``grx:NodeRecord``: what one source says of one node;
* ``biolink:Association``: one saying of one edge (reified: subject, predicate, object, qualifiers,
  source, place, level, agent, wording, publications, model, run, document, span);
* ``grx:Coverage``: a document was read for a drug and a check;
* ``grx:SourceRelease``: a source, its version, date and licence.

Lists whose order counts and open-ended maps are ``rdf:JSON`` literals. Beside the records stand the
plain triples that a reader of RDF expects (type, label, synonyms, the edge itself); they are there
to be asked and are not read back. In N-Quads a record stands in the graph of its source.
"""

import re
from collections.abc import Iterator
from typing import Final

from graphrx.kg.model import (
    Coverage,
    NodeRecord,
    SourceInfo,
    Statement,
    canonical_json,
    digest,
)
from graphrx.kg.rdf.terms import (
    CATEGORIES,
    NAMESPACES,
    PREDICATES,
    RDF,
    RECORD,
    XSD,
    iri,
    literal,
    ref,
    source_iri,
)
from graphrx.kg.store.base import GraphStore

Block = tuple[str, list[tuple[str, str]]]
"""A subject and its predicates with objects, all as N-Triples terms."""

Described = tuple[str, list[Block]]
"""The graph that a record belongs to, and what is said: the record itself comes first."""


def _term(curie: str) -> str:
    prefix, _, local = curie.partition(":")
    return ref(NAMESPACES[prefix] + local)


TYPE: Final = ref(RDF + "type")
ASSOCIATION: Final = _term("biolink:Association")
NODE_RECORD: Final = _term("grx:NodeRecord")
COVERAGE: Final = _term("grx:Coverage")
SOURCE_RELEASE: Final = _term("grx:SourceRelease")
PRIMARY_SOURCE: Final = _term("biolink:primary_knowledge_source")
_JSON: Final = RDF + "JSON"
_LANG: Final = re.compile("[a-z]{2,8}")


def describe(store: GraphStore) -> Iterator[Described]:
    """Iterate over all that a store holds: sources, nodes, statements, reviewed rows."""
    yield from map(of_source, store.sources())
    yield from map(of_node, store.nodes())
    yield from map(of_statement, store.statements())
    yield from map(of_coverage, store.coverage())


def of_source(source: SourceInfo) -> Described:
    """Describe a source."""
    key = digest((source.id, source.title, source.version, source.date, source.licence,
                  source.url, source.level, source.trusted))  # fmt: skip
    graph = ref(source_iri(source.id))
    said = [
        (TYPE, SOURCE_RELEASE),
        (_term("grx:source"), graph),
        (_term("dcterms:title"), literal(source.title)),
        (_term("grx:version"), literal(source.version)),
        (_term("dcterms:issued"), literal(source.date)),
        (_term("dcterms:rights"), literal(source.licence)),
        (_term("grx:url"), literal(source.url)),
        (_term("grx:evidence_level"), literal(source.level)),
        (_term("grx:trusted"), literal(str(source.trusted).lower(), datatype=XSD + "boolean")),
    ]
    plain = [(TYPE, _term("biolink:InformationResource")),
             (_term("rdfs:label"), literal(source.title))]  # fmt: skip
    return graph, [(ref(f"{RECORD}r{key}"), said), (graph, plain)]


def of_node(record: NodeRecord) -> Described:
    """Describe a node record, and the node as it describes it."""
    node, category = ref(iri(record.id)), ref(_category(record.category))
    source = ref(source_iri(record.source))
    names = [(name.text, name.lang, name.kind) for name in record.names]
    said = [
        (TYPE, NODE_RECORD),
        (_term("grx:about"), node),
        (_term("biolink:category"), category),
        (_term("grx:name"), literal(record.name)),
        (_term("grx:names"), literal(canonical_json(names), datatype=_JSON)),
        (_term("grx:xrefs"), literal(canonical_json(record.xrefs), datatype=_JSON)),
        (_term("grx:attributes"), literal(record.attributes, datatype=_JSON)),
        (PRIMARY_SOURCE, source),
    ]
    plain = [(TYPE, category), (_term("rdfs:label"), literal(record.name, lang="en"))]
    if record.name_zh is not None:
        said.append((_term("grx:name_zh"), literal(record.name_zh)))
        plain.append((_term("rdfs:label"), literal(record.name_zh, lang="zh")))
    plain += [
        (_term("skos:altLabel"), literal(name.text, lang=name.lang))
        for name in record.names
        if name.text not in (record.name, record.name_zh) and _LANG.fullmatch(name.lang)
    ]
    plain += [(_term("biolink:xref"), ref(iri(xref))) for xref in record.xrefs]
    return source, [(ref(f"{RECORD}n{record.key}"), said), (node, plain)]


def of_statement(statement: Statement) -> Described:
    """Describe one saying of an edge, and the edge."""
    triple, evidence = statement.triple, statement.evidence
    subject, object_ = ref(iri(triple.subject)), ref(iri(triple.object))
    predicate, source = ref(_predicate(triple.predicate)), ref(source_iri(evidence.source))
    said = [
        (TYPE, ASSOCIATION),
        (_term("biolink:subject"), subject),
        (_term("biolink:predicate"), predicate),
        (_term("biolink:object"), object_),
        (_term("grx:qualifiers"), literal(triple.qualifiers, datatype=_JSON)),
        (PRIMARY_SOURCE, source),
        (_term("grx:locator"), literal(evidence.locator)),
        (_term("grx:evidence_level"), literal(evidence.level)),
        (_term("biolink:agent_type"), literal(evidence.agent)),
    ]
    if evidence.confidence is not None:
        confidence = literal(repr(evidence.confidence), datatype=XSD + "double")
        said.append((_term("grx:confidence"), confidence))
    if evidence.notes != "{}":
        said.append((_term("grx:notes"), literal(evidence.notes, datatype=_JSON)))
    if evidence.publications:
        listed = literal(canonical_json(evidence.publications), datatype=_JSON)
        said.append((_term("grx:publications"), listed))
        said += [
            (_term("biolink:publications"), ref(iri(publication)))
            for publication in dict.fromkeys(evidence.publications)
        ]
    for name in ("model", "run", "document"):
        if (value := getattr(evidence, name)) is not None:
            said.append((_term(f"grx:{name}"), literal(value)))
    if evidence.span is not None:
        for name, value in zip(("span_start", "span_end"), evidence.span, strict=True):
            said.append((_term(f"grx:{name}"), literal(str(value), datatype=XSD + "integer")))
    key = digest((triple.id, evidence.key))
    return source, [(ref(f"{RECORD}s{key}"), said), (subject, [(predicate, object_)])]


def of_coverage(row: Coverage) -> Described:
    """Describe a reviewed row."""
    source = ref(source_iri(row.source))
    said = [
        (TYPE, COVERAGE),
        (_term("grx:drug"), ref(iri(row.drug))),
        (_term("grx:check"), literal(row.check)),
        (PRIMARY_SOURCE, source),
        (_term("grx:section"), literal(row.section)),
        (_term("dcterms:date"), literal(row.date)),
    ]
    key = digest((row.drug, row.check, row.source, row.section, row.date))
    return source, [(ref(f"{RECORD}c{key}"), said)]


def _category(category: str) -> str:
    return CATEGORIES.get(category) or iri(category)


def _predicate(predicate: str) -> str:
    return PREDICATES.get(predicate) or iri(predicate)
