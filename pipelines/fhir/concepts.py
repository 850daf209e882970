"""From a CodeableConcept to a name that the graph knows: by its text, its displays or its codes.

All codings of a concept should mean the same, and often do not: some systems put a class of
drugs as several codings into one allergy. So every coding is looked up, and all that they name
is taken; of two names for one thing, the first.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from graphrx.kg.linking.resolve import Resolver
from graphrx.pipelines.fhir.elements import Element
from graphrx.pipelines.fhir.rxnorm import drug_names

Key = tuple[Any, ...] | None
Look = Callable[[str], Key]

SNOMED: Final = "http://snomed.info/sct"
LOINC: Final = "http://loinc.org"
_PREFIX: Final = (
    ("http://hl7.org/fhir/sid/icd-10", "ICD10CM:"),
    ("http://fhir.de/CodeSystem/bfarm/icd-10", "ICD10CM:"),
    ("urn:oid:2.16.840.1.113883.6.90", "ICD10CM:"),
    ("http://www.whocc.no/atc", "ATC:"),
    ("http://fhir.de/CodeSystem/bfarm/atc", "ATC:"),
    ("http://www.nlm.nih.gov/research/umls/rxnorm", "RXCUI:"),
    (SNOMED, "SNOMED:"),
    (LOINC, "LOINC:"),
)  # fmt: skip
_TAG: Final = re.compile(
    r"\s*\((?:disorder|finding|situation|substance|product|medicinal product|clinical drug|event|"
    r"organism|morphologic abnormality|person|context-dependent category|qualifier value|"
    r"physical object|procedure|observable entity)\)$"
)  # fmt: skip


def codings(concept: Element | None) -> list[Element]:
    """The codings of a concept."""
    return concept.parts("coding") if concept else []


def codes(concept: Element | None) -> set[str]:
    """Its codes, whatever their systems."""
    return {code for one in codings(concept) if (code := one.text("code"))}


def code_of(concept: Element | None, system: str) -> set[str]:
    """Its codes of one system."""
    return {code for one in codings(concept) if one.text("system") == system
            and (code := one.text("code"))}  # fmt: skip


def label(concept: Element | None) -> str | None:
    """What a reader would call it: text, else the first display, else the first code."""
    if concept is None:
        return None
    shown = [concept.text("text"), *(_display(one) for one in codings(concept)),
             *(_curie(one) for one in codings(concept))]  # fmt: skip
    return next((text for text in shown if text), None)


def without_tag(text: str) -> str:
    """A SNOMED CT name without its hierarchy: "Asthma (disorder)"."""
    return _TAG.sub("", text).strip()


def _display(coding: Element) -> str | None:
    text = coding.text("display")
    return without_tag(text) or None if text else None


def _curie(coding: Element) -> str | None:
    code, system = coding.text("code"), coding.text("system") or ""
    prefix = next((prefix for start, prefix in _PREFIX if system.startswith(start)), "")
    return f"{prefix}{code}" if code else None


def _groups(concept: Element) -> Iterator[list[str]]:
    """Names of the text and of each coding, best first."""
    text = concept.text("text")
    if text:
        yield [text]
    for coding in codings(concept):
        names = [_display(coding), _curie(coding)]
        found = [name for name in names if name]
        if found:
            yield found


def _known(groups: Iterable[list[str]], look: Look) -> dict[Any, str]:
    found: dict[Any, str] = {}
    for group in groups:
        for name in group:
            key = look(name)
            if key is not None:
                found.setdefault(key, name)
                break
    return found


def drugs(resolver: Resolver, concept: Element | None) -> list[str]:
    """Names of the drugs that a concept names; what nothing knows is given as it stands."""
    if concept is None:
        return []

    def look(name: str) -> Key:
        return resolver.drug(name).nodes or None

    groups = [[form for name in group for form in drug_names(name)] for group in _groups(concept)]
    return _chosen(_known(groups, look), concept)


def allergens(resolver: Resolver, concept: Element | None) -> list[str]:
    """Names of the substances that a concept names."""
    if concept is None:
        return []

    def look(name: str) -> Key:
        return resolver.allergen(name).nodes or None

    return _chosen(_known(_groups(concept), look), concept)


def conditions(resolver: Resolver, concept: Element | None) -> list[str]:
    """Names of the conditions that a concept names; those of the graph before others."""
    if concept is None:
        return []

    def look(name: str) -> Key:
        match = resolver.condition(name)
        substance = resolver.allergy_in(name)
        if substance is not None:
            return ("allergy", substance)
        return (match.nodes or (match.icd10, match.status)) if match.recognised else None

    found = _known(_groups(concept), look)
    in_graph = {key: name for key, name in found.items() if isinstance(key[0], int)}
    return _chosen(in_graph or found, concept)


def _chosen(known: dict[Any, str], concept: Element) -> list[str]:
    if known:
        return list(known.values())
    shown = label(concept)
    return [shown] if shown else []
