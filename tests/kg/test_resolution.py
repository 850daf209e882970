"""Entity resolution: the order of reasons, and that nothing ambiguous is guessed."""

import pytest

from graphrx.kg import schema
from graphrx.kg.model import Records
from graphrx.kg.resolution.reference import reference
from graphrx.kg.resolution.resolver import Ambiguous, Resolved, Resolver
from graphrx.kg.sources.base import EntityRow, Ref

METFORMIN = "DRUGBANK:DB00331"


def entity(category: str, name: str, *ids: str, also: tuple[str, ...] = ()) -> EntityRow:
    return EntityRow(Ref(category, ids, name, None, also))


DRUGBANK = [
    entity(schema.DRUG, "Metformin", METFORMIN, "UNII:9100L32L2N", "CAS:657-24-9"),
    entity(schema.DRUG, "Exampline", "DRUGBANK:DB90001", "UNII:AAA", also=("Ex", "Both")),
    entity(schema.DRUG, "Other", "DRUGBANK:DB90002", also=("Both",)),
    entity(schema.DRUG, "Rubidium", "DRUGBANK:DB90003"),
]
DISEASES = [
    entity(schema.DISEASE, "invented rash", "DOID:90001", "DOID:90009", "MESH:D1", "UMLS:C1",
           also=("made-up rash",)),
    entity(schema.DISEASE, "broad disease", "DOID:90002", "MESH:D2", "OMIM:1", "OMIM:2"),
    entity(schema.DISEASE, "narrow disease", "DOID:90003", "MESH:D2"),
]  # fmt: skip


@pytest.fixture(scope="module")
def resolver(small_records: Records) -> Resolver:
    return Resolver(reference(small_records, DRUGBANK, DISEASES))


def drug(*ids: str, name: str | None = None, zh: str | None = None) -> Ref:
    return Ref(schema.DRUG, ids, name, zh)


def disease(*ids: str, name: str | None = None, zh: str | None = None) -> Ref:
    return Ref(schema.DISEASE, ids, name, zh)


@pytest.mark.parametrize(
    ("ref", "node", "reason"),
    [
        (drug(METFORMIN, name="anything"), METFORMIN, "same id"),
        (drug("UNII:9100L32L2N"), METFORMIN, "cross-reference"),
        (drug("CHEBI:1", name="METFORMIN"), METFORMIN, "exact name"),
        (drug(zh="二甲双胍"), METFORMIN, "exact name"),
        (drug("CHEBI:2", name="ex"), "DRUGBANK:DB90001", "unique synonym"),
        (drug("CHEBI:3", name="Exampline hydrochloride"), "DRUGBANK:DB90001", "without salt"),
        (drug(name="Exampline 5 mg tablets"), "DRUGBANK:DB90001", "without form"),
        (disease("DOID:90009"), "DOID:90001", "same id"),
        (disease("MESH:D1", name="nobody says so"), "DOID:90001", "cross-reference"),
        (disease("MONDO:1", name="invented rash"), "DOID:90001", "exact name"),
        (disease("MESH:D9", name="Rash, invented"), "DOID:90001", "other spelling"),
        (disease("MONDO:2", name="broad disorder"), "DOID:90002", "other spelling"),
        (disease("MONDO:3", name="made-up rash"), "DOID:90001", "unique synonym"),
        (disease("MESH:D2", name="narrow disease"), "DOID:90003", "cross-reference"),
    ],
)
def test_finds_the_node_and_says_why(resolver: Resolver, ref: Ref, node: str, reason: str) -> None:
    assert resolver.resolve(ref) == Resolved(node, reason)


def test_a_combination_is_found_by_its_parts(resolver: Resolver) -> None:
    found = resolver.resolve(drug("RXCUI:1", name="clavulanic acid / amoxicillin"))
    assert isinstance(found, Resolved)
    assert found.reason == "same parts"
    assert resolver.known.names[found.node_id] == "amoxicillin/clavulanic acid"


@pytest.mark.parametrize(
    ("ref", "candidates"),
    [
        (drug(name="Both"), ("DRUGBANK:DB90001", "DRUGBANK:DB90002")),
        (disease("MESH:D2", name="neither of them"), ("DOID:90002", "DOID:90003")),
    ],
)
def test_never_guesses(resolver: Resolver, ref: Ref, candidates: tuple[str, ...]) -> None:
    found = resolver.resolve(ref)
    assert isinstance(found, Ambiguous)
    assert found.candidates == candidates


@pytest.mark.parametrize(
    "ref",
    [
        drug("CHEBI:4", name="unheard of"),
        drug("CHEBI:5", name="Rubidium chloride"),  # an ion is no drug without its salt
        disease("OMIM:1", name="one of its kinds"),  # one of several ids of a broader term
        Ref(schema.DRUG_CLASS, ("ATC:C09AA",), "ACE inhibitors"),  # a class keeps its own members
    ],
)
def test_leaves_alone_what_it_does_not_know(resolver: Resolver, ref: Ref) -> None:
    assert resolver.resolve(ref) is None
