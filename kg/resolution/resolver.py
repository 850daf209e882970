"""From a source's reference to a node, with the reason; what is ambiguous is never guessed."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from graphrx.kg import schema
from graphrx.kg.errors import NotAvailableError
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.linking.qualifiers import read_drug, without_salt
from graphrx.kg.linking.resolve import _spellings as spellings
from graphrx.kg.model import Records
from graphrx.kg.resolution.reference import (
    CLASSES,
    DRUGS,
    KIND,
    PROBLEMS,
    SIDE_EFFECTS,
    Reference,
    Vocabulary,
    reference,
)
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import Item, Ref

Reason = Literal[
    "same id", "cross-reference", "exact name", "unique synonym", "other spelling",
    "without salt", "without form", "same parts",
]  # fmt: skip
"""From surest to least sure; the order in which they are tried."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """The node, and why."""

    node_id: str
    reason: Reason


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Several nodes fit equally well; their ids, sorted, and what fits them."""

    candidates: tuple[str, ...]
    reason: Reason


Resolution = Resolved | Ambiguous | None

# What is left of a salt when the salt is taken away must be a drug, not its counter-ion.
_IONS: Final = frozenset(
    ("sodium", "potassium", "calcium", "magnesium", "ammonium", "zinc", "iron", "ferrous",
     "ferric", "aluminium", "aluminum", "silver", "barium", "strontium", "bismuth", "copper",
     "cupric", "manganese", "chromium", "selenium", "choline", "betaine", "methyl", "ethyl",
     "amyl", "butyl", "benzyl", "hydrogen", "gold", "cobalt", "tin", "stannous", "lanthanum",
     "lithium", "rubidium", "thallium", "thallous", "cerium", "gallium", "indium", "lead"),
)  # fmt: skip
_BRACKETS: Final = re.compile(r"\s*\([^()]*\)$")
_PARTS: Final = re.compile(r"\s*(?:\s/\s|/|\+|;)\s*|\s+and\s+")


class Resolver:
    """Maps references to nodes; remembers what it has mapped."""

    def __init__(self, known: Reference) -> None:
        """Use what is known; see :func:`load_resolver`."""
        self.known = known
        self._seen: dict[tuple[str, tuple[str, ...], str | None, str | None], Resolution] = {}

    def resolve(self, ref: Ref) -> Resolution:
        """Return the node that a reference means, the candidates, or None when nothing fits.

        Names of the formulary come before those of other vocabularies. Synonyms that the source
        gives are not looked at: another row of it may name the same thing without them.
        """
        key = (ref.category, ref.ids, ref.name, ref.name_zh)
        if key not in self._seen:
            self._seen[key] = self._resolve(ref)
        return self._seen[key]

    def owner(self, category: str, name: str) -> str | None:
        """Return the formulary's node of that name among nodes of the kind, or None."""
        kind = KIND.get(category)
        return self.known.vocabularies[kind].core.get(normalise(name)) if kind else None

    def _resolve(self, ref: Ref) -> Resolution:
        kind = KIND.get(ref.category)
        if kind is None:
            return None
        known = self.known.vocabularies[kind]
        for own in ref.ids:
            if own in known.ids:
                return Resolved(known.ids[own], "same id")
        names = [name for name in (ref.name, ref.name_zh) if name]
        if kind == CLASSES:
            # Rules rest on who belongs to a class, so another vocabulary's class stays its own.
            return None if ref.ids else _first(self._by_name(known, name) for name in names)
        if ref.ids and kind != SIDE_EFFECTS:
            found = self._by_xref(known, ref.ids[0], names)
            if found is not None:
                return found
        found = _first(self._by_name(known, name) for name in names)
        if kind == PROBLEMS and ref.ids and self._leads_astray(known, found, names):
            return None
        if found is None and kind == DRUGS:
            found = _first(self._as_drug(known, name) for name in names)
        if found is None and kind == SIDE_EFFECTS and not ref.ids:
            problem = Ref(schema.PHENOTYPE, (), ref.name, ref.name_zh)
            return self._resolve(problem)
        return found

    def _by_xref(self, known: Vocabulary, xref: str, names: list[str]) -> Resolution:
        nodes = known.xrefs.get(xref, set())
        if not nodes:
            return None
        if len(nodes) == 1:
            node = next(iter(nodes))
            named = _first(self._exact(known, normalise(name)) for name in names)
            # A cross-reference may be broader than the node; the node's own name is not.
            if isinstance(named, Resolved) and named.node_id != node:
                return named
            if (node, xref.partition(":")[0]) not in known.groups:
                return Resolved(node, "cross-reference")
        named = _first(self._by_name(known, name) for name in names)
        if isinstance(named, Resolved) and named.node_id in nodes:
            return Resolved(named.node_id, "cross-reference")
        return None if len(nodes) == 1 else Ambiguous(tuple(sorted(nodes)), "cross-reference")

    def _leads_astray(self, known: Vocabulary, found: Resolution, names: list[str]) -> bool:
        """Tell whether only a synonym of the formulary led here, and one unlike the node's name.

        Such a synonym leads a reader to the nearest condition ("cerebral oedema" to raised
        intracranial pressure). A thing with an id of its own is better left its own node.
        """
        if not isinstance(found, Resolved) or found.reason not in (
            "unique synonym",
            "other spelling",
        ):
            return False
        keys = {spelling for name in names for spelling in spellings(normalise(name))}
        if any(found.node_id in known.synonyms.get(key, ()) for key in keys):
            return False
        words = {w for w in " ".join(keys).split() if len(w) > 3}
        own = " ".join(spellings(normalise(self.known.names[found.node_id])))
        return words.isdisjoint(own.split())

    def _by_name(self, known: Vocabulary, name: str) -> Resolution:
        key = normalise(name)
        if not key:
            return None
        for spelling in _variants(key, name):
            found = self._exact(known, spelling) or _one(
                known.synonyms.get(spelling), "unique synonym"
            )
            if isinstance(found, Resolved) and spelling != key:
                return Resolved(found.node_id, "other spelling")
            if found is not None:
                return found
        return None

    def _exact(self, known: Vocabulary, key: str) -> Resolution:
        if key in known.core_preferred:
            return Resolved(known.core_preferred[key], "exact name")
        core = known.core.get(key)
        if core and known is self.known.vocabularies[DRUGS]:
            return Resolved(core, "exact name")
        # A condition's synonym in the formulary may be narrower than the condition.
        found = _one(known.preferred.get(key), "exact name")
        return found or (Resolved(core, "unique synonym") if core else None)

    def _as_drug(self, known: Vocabulary, name: str) -> Resolution:
        """Look for the name without its salt, without its form, then as a combination."""
        salt = without_salt(name)
        while salt and salt.casefold() not in _IONS:
            found = self._by_name(known, salt)
            if found is not None:
                return _because(found, "without salt")
            salt = without_salt(salt)
        bare = read_drug(name)
        if bare.stripped and bare.core:
            stripped = without_salt(bare.core) or ""
            for text in (bare.core, "" if stripped.casefold() in _IONS else stripped):
                found = self._by_name(known, text)
                if found is not None:
                    return _because(found, "without form")
        if (found := self._combination(known, name)) is not None:
            return found
        without = _BRACKETS.sub("", name)
        found = self._by_name(known, without) if without != name else None
        return _because(found, "without form")

    def _combination(self, known: Vocabulary, name: str) -> Resolution:
        pieces = [piece for piece in _PARTS.split(name) if piece]
        if len(pieces) < 2:
            return None
        parts = [self._by_name(known, p) or self._by_name(known, without_salt(p) or "")
                 for p in pieces]  # fmt: skip
        ids = frozenset(part.node_id for part in parts if isinstance(part, Resolved))
        combination = self.known.combinations.get(ids)
        if combination is None or len(ids) != len(pieces):
            return None
        return Resolved(combination, "same parts")


def load_resolver(formulary: Records, data_dir: Path | None) -> Resolver:
    """Return the resolver over the formulary and what lies in a data directory.

    Without the DrugBank vocabulary or the Disease Ontology there, fewer rows map to known nodes.
    """
    return Resolver(
        reference(
            formulary,
            drugbank=_items("drugbank_open", data_dir),
            diseases=_items("disease_ontology", data_dir),
        )
    )


def _items(name: str, data_dir: Path | None) -> Iterator[Item]:
    if data_dir is None:
        return
    try:
        yield from registry.read(name, data_dir)
    except NotAvailableError:
        return


def _variants(key: str, name: str) -> Iterator[str]:
    """Yield the key, then other spellings of it, most alike first.

    MeSH writes "Rhinitis, Allergic", Mondo calls every disease a disorder.
    """
    yield from spellings(key)
    head, comma, tail = name.partition(", ")
    if comma and "," not in tail:
        yield from spellings(normalise(f"{tail} {head}"))
    if key.endswith(" disorder"):
        yield key.removesuffix("disorder") + "disease"


def _one(nodes: set[str] | None, reason: Reason) -> Resolution:
    if not nodes:
        return None
    if len(nodes) > 1:
        return Ambiguous(tuple(sorted(nodes)), reason)
    return Resolved(next(iter(nodes)), reason)


def _first(found: Iterable[Resolution]) -> Resolution:
    return next((one for one in found if one is not None), None)


def _because(found: Resolution, reason: Reason) -> Resolution:
    if isinstance(found, Resolved):
        return Resolved(found.node_id, reason)
    return Ambiguous(found.candidates, reason) if found else None
