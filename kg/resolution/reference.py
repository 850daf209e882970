"""The names and ids that are known before any source is read.

They come from the formulary, the DrugBank open vocabulary and the Disease Ontology, and from
nothing else: so what a row maps to depends on the row alone, never on which sources were built
before it.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graphrx.kg import schema
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import NodeRecord, Records
from graphrx.kg.sources.base import EntityRow, Item, Ref

DRUGS: Final = "drugs"
PROBLEMS: Final = "problems"
SIDE_EFFECTS: Final = "side effects"
CLASSES: Final = "classes"

KIND: Final = {
    schema.DRUG: DRUGS,
    schema.DRUG_CLASS: CLASSES,
    schema.DISEASE: PROBLEMS,
    schema.PHENOTYPE: PROBLEMS,
    schema.SIDE_EFFECT: SIDE_EFFECTS,
}
"""Category → the vocabulary that its names are looked up in."""

_OWN_PREFIX: Final = "GRX:"

Sets = dict[str, set[str]]


def _sets() -> Sets:
    return defaultdict(set)


@dataclass
class Vocabulary:
    """The nodes of one kind, by id and by normalised name.

    :param ids: own and replaced ids → node.
    :param xrefs: ids in other vocabularies → nodes; several when the id is broader than a node.
    :param core: names of the formulary → node; no two nodes share one.
    :param preferred: preferred names of the other vocabularies → nodes.
    :param synonyms: their exact synonyms → nodes.
    """

    ids: dict[str, str] = field(default_factory=dict)
    xrefs: Sets = field(default_factory=_sets)
    core: dict[str, str] = field(default_factory=dict)
    preferred: Sets = field(default_factory=_sets)
    synonyms: Sets = field(default_factory=_sets)


@dataclass
class Reference:
    """All that is known: vocabularies by kind, and name and category of each node."""

    vocabularies: dict[str, Vocabulary]
    names: dict[str, str]
    categories: dict[str, str]
    combinations: dict[frozenset[str], str]
    core: frozenset[str]


def reference(
    formulary: Records, drugbank: Iterable[Item] = (), diseases: Iterable[Item] = ()
) -> Reference:
    """Build the reference.

    :param formulary: its names go first: a name of it always means its node.
    :param drugbank: what the source ``drugbank_open`` says.
    :param diseases: what the source ``disease_ontology`` says.
    """
    made = _Builder()
    for record in sorted(formulary.nodes, key=lambda node: node.id):
        made.add_core(record)
    parts: dict[str, set[str]] = defaultdict(set)
    for statement in formulary.statements:
        if statement.triple.predicate == schema.HAS_INGREDIENT:
            parts[statement.triple.subject].add(statement.triple.object)
    for kind, items in ((DRUGS, drugbank), (PROBLEMS, diseases)):
        entities = [item.ref for item in items if isinstance(item, EntityRow)]
        made.add_vocabulary(kind, entities)
    return Reference(
        vocabularies=made.vocabularies,
        names=made.names,
        categories=made.categories,
        combinations={frozenset(ids): drug for drug, ids in sorted(parts.items())},
        core=frozenset(record.id for record in formulary.nodes),
    )


class _Builder:
    def __init__(self) -> None:
        self.vocabularies = {kind: Vocabulary() for kind in set(KIND.values())}
        self.names: dict[str, str] = {}
        self.categories: dict[str, str] = {}

    def add_core(self, record: NodeRecord) -> None:
        kind = KIND.get(record.category)
        if kind is None or '"kind":"allergen"' in record.attributes:
            return
        known = self.vocabularies[kind]
        known.ids[record.id] = record.id
        self.names[record.id] = record.name
        self.categories[record.id] = record.category
        for xref in record.xrefs:
            known.xrefs[xref].add(record.id)
        for code in json.loads(record.attributes).get("icd10cm") or ():
            known.xrefs[f"ICD10CM:{code}"].add(record.id)
        for name in record.names:
            known.core.setdefault(normalise(name.text), record.id)

    def add_vocabulary(self, kind: str, refs: list[Ref]) -> None:
        known = self.vocabularies[kind]
        by_synonym = self._by_synonym(known, refs)
        for ref in refs:
            node = self._node(known, ref, by_synonym)
            known.ids[ref.ids[0]] = node
            self.names.setdefault(node, ref.name or node)
            self.categories.setdefault(node, ref.category)
            prefix = ref.ids[0].partition(":")[0] + ":"
            for other in ref.ids[1:]:
                if other.startswith(prefix):
                    known.ids.setdefault(other, node)
                else:
                    known.xrefs[other].add(node)
            known.preferred[normalise(ref.name or "")].add(node)
            for synonym in ref.synonyms:
                known.synonyms[normalise(synonym)].add(node)

    def _node(self, known: Vocabulary, ref: Ref, by_synonym: dict[str, str]) -> str:
        """Return the formulary's node for an entity where there is one, else its own id."""
        own = ref.ids[0]
        return (
            known.ids.get(own)
            or known.core.get(normalise(ref.name or ""))
            or by_synonym.get(own)
            or own
        )

    def _by_synonym(self, known: Vocabulary, refs: list[Ref]) -> dict[str, str]:
        """Return entity → formulary node of our own id that exactly one entity's synonym names."""
        taken = {known.core[key] for key in map(_key, refs) if key in known.core}
        taken |= {ref.ids[0] for ref in refs if ref.ids[0] in known.ids}
        free = {
            normalise(name): node
            for node, name in self.names.items()
            if node.startswith(_OWN_PREFIX) and node not in taken and node in known.ids
        }
        found: dict[str, set[str]] = defaultdict(set)
        for ref in refs:
            for key in map(normalise, ref.synonyms):
                if key in free:
                    found[free[key]].add(ref.ids[0])
        return dict(_unique(found))


def _unique(found: dict[str, set[str]]) -> Iterator[tuple[str, str]]:
    for node, entities in found.items():
        if len(entities) == 1:
            yield next(iter(entities)), node


def _key(ref: Ref) -> str:
    return normalise(ref.name or "")
