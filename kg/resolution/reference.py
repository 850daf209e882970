"""The names and ids that are known before any source is read.

They come from the formulary, the DrugBank open vocabulary and the Disease Ontology, and from
nothing else: so what a row maps to depends on the row alone, never on which sources were built
before it.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from graphrx.kg import schema
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.linking.resolve import _spellings as spellings
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
_SYNONYM, _TWO_NAMES, _NAMED = 1, 2, 3

Sets = dict[str, set[str]]


def _sets() -> Sets:
    return defaultdict(set)


@dataclass
class Vocabulary:
    """The nodes of one kind, by id and by normalised name.

    :param ids: own and replaced ids → node.
    :param xrefs: ids in other vocabularies → nodes; several when the id is broader than a node.
    :param groups: (node, prefix) of nodes with several ids in one other vocabulary: each of those
        ids is narrower than the node.
    :param core: names of the formulary → node; no two nodes share one.
    :param core_preferred: its preferred names only, in English and Chinese.
    :param preferred: preferred names of the other vocabularies → nodes.
    :param synonyms: their exact synonyms → nodes.
    """

    ids: dict[str, str] = field(default_factory=dict)
    xrefs: Sets = field(default_factory=_sets)
    groups: set[tuple[str, str]] = field(default_factory=set)
    core: dict[str, str] = field(default_factory=dict)
    core_preferred: dict[str, str] = field(default_factory=dict)
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


def _repeated(ids: Iterable[str]) -> set[str]:
    """Return the prefixes that more than one of the ids has."""
    counted = Counter(one.partition(":")[0] for one in ids)
    return {prefix for prefix, n in counted.items() if n > 1}


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
        codes = [f"ICD10CM:{code}" for code in json.loads(record.attributes).get("icd10cm") or ()]
        for code in codes:
            known.xrefs[code].add(record.id)
        known.groups |= {(record.id, prefix) for prefix in _repeated(codes)}
        for name in record.names:
            known.core.setdefault(normalise(name.text), record.id)
            if name.kind == "preferred":
                known.core_preferred.setdefault(normalise(name.text), record.id)

    def add_vocabulary(self, kind: str, refs: list[Ref]) -> None:
        known = self.vocabularies[kind]
        same = self._same(kind, refs)
        for ref in refs:
            node = known.ids.get(ref.ids[0]) or same.get(ref.ids[0]) or ref.ids[0]
            known.ids[ref.ids[0]] = node
            self.names.setdefault(node, ref.name or node)
            self.categories.setdefault(node, ref.category)
            prefix = ref.ids[0].partition(":")[0] + ":"
            for other in ref.ids[1:]:
                if other.startswith(prefix):
                    known.ids.setdefault(other, node)
                else:
                    known.xrefs[other].add(node)
            known.groups |= {(node, other) for other in _repeated(ref.ids[1:])}
            known.preferred[normalise(ref.name or "")].add(node)
            for synonym in ref.synonyms:
                known.synonyms[normalise(synonym)].add(node)

    def _same(self, kind: str, refs: list[Ref]) -> dict[str, str]:
        """Return entity → formulary node for those that are one thing under two ids.

        A drug's names in the formulary are all the drug's, salts too. A condition's may be
        narrower ("hepatitis A" leads a reader to viral hepatitis), so there an entity is the
        node only if it bears its preferred name or shares two names with it, and no other does.
        """
        known = self.vocabularies[kind]
        taken = {ref.ids[0] for ref in refs} & known.ids.keys()
        claims: dict[str, dict[str, int]] = defaultdict(dict)
        for ref in refs:
            if ref.ids[0] in known.ids:
                continue
            for node, strength in self._claims(known, kind, ref).items():
                if kind == DRUGS or node not in taken:
                    claims[node][ref.ids[0]] = strength
        same: dict[str, str] = {}
        for node, entities in claims.items():
            best = max(entities.values())
            first = [entity for entity, strength in entities.items() if strength == best]
            if kind == DRUGS:
                same |= {e: node for e, strength in entities.items() if strength >= _NAMED}
                if best < _NAMED and len(first) == 1 and node.startswith(_OWN_PREFIX):
                    same[first[0]] = node
            elif len(first) == 1 and best >= _TWO_NAMES:
                same[first[0]] = node
        return same

    def _claims(self, known: Vocabulary, kind: str, ref: Ref) -> dict[str, int]:
        name = normalise(ref.name or "")
        keys = {
            key for text in (ref.name or "", *ref.synonyms) for key in spellings(normalise(text))
        }
        claims: dict[str, int] = {}
        for node in {known.core[key] for key in keys if key in known.core}:
            own = {key for key in keys if known.core.get(key) == node}
            preferred = {key for key in own if known.core_preferred.get(key) == node}
            if kind == DRUGS:
                if known.core.get(name) == node:
                    claims[node] = _NAMED
                elif preferred:
                    claims[node] = _SYNONYM
            elif preferred & set(spellings(name)):
                claims[node] = _NAMED
            elif preferred or len(own) > 1:
                claims[node] = _TWO_NAMES
        return claims
