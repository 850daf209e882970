"""Who is called what in the formulary: preferred names to node ids, and no name twice."""

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from graphrx.kg import curie
from graphrx.kg.formulary import documents as doc
from graphrx.kg.formulary.read import Files, Located, Problem
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import Name, NameKind

KEYS: Final[dict[type[doc.Entry], tuple[str, str]]] = {
    doc.DrugDoc: ("drug", "drug"),
    doc.IngredientDoc: ("drug", "drug"),
    doc.WithdrawnDoc: ("drug", "drug"),
    doc.FoodDoc: ("food", "drug"),
    doc.ClassDoc: ("class_", "class"),
    doc.ConditionDoc: ("condition", "condition"),
    doc.SymptomDoc: ("symptom", "symptom"),
    doc.SideEffectDoc: ("side_effect", "side_effect"),
    doc.AllergenDoc: ("allergen", "allergen"),
    doc.RegimenDoc: ("regimen", "regimen"),
}
"""Model → attribute with the preferred name, kind of node."""

WITHDRAWN_CLASS: Final = "withdrawn drugs"

_CHINESE = re.compile("[\u3400-\u9fff]")
_ABBREVIATION = re.compile(r"[A-Z][A-Z0-9-]{1,6}s?")


@dataclass
class Names:
    """The registry of names. ``assumed`` are names taken as known though not written yet."""

    assumed: frozenset[str] = frozenset()
    ids: dict[tuple[str, str], str] = field(default_factory=dict)
    owner: dict[tuple[bool, str], tuple[str, str, str]] = field(default_factory=dict)

    def resolve(self, kinds: tuple[str, ...], name: str) -> str | None:
        """Return the node id of a preferred name, looking through the kinds in order."""
        for kind in kinds:
            if found := self.ids.get((kind, name)):
                return found
        return None

    def complaint(self, kinds: tuple[str, ...], name: str) -> str | None:
        """Say what is wrong with a reference, with the name that was probably meant."""
        if self.resolve(kinds, name) or name in self.assumed:
            return None
        wanted = " or ".join(kind.replace("_", " ") for kind in kinds)
        for side_effect in (False, True):
            owner = self.owner.get((side_effect, normalise(name)))
            if owner and owner[1] in kinds:
                return f'"{name}" is another name of "{owner[2]}"; write "{owner[2]}"'
            if owner and not side_effect:
                return f'"{name}" is a {owner[1]} ({owner[0]}), not a {wanted}'
        known = [known for kind, known in self.ids if kind in kinds]
        close = difflib.get_close_matches(name, known, n=1, cutoff=0.75)
        hint = f'did you mean "{close[0]}"?' if close else "add it there or correct the name"
        return f'"{name}" is no known {wanted}; {hint}'


def names_of(entry: Any) -> tuple[Name, ...]:
    """Return all names of an entry, each spelling once, the preferred ones first."""
    preferred = getattr(entry, KEYS[type(entry)][0])
    found = [Name(preferred, "en", "preferred"), Name(entry.zh, "zh", "preferred")]
    found += [_name(text, "synonym") for text in entry.synonyms]
    found += [_name(text, "brand") for text in getattr(entry, "brands", ())]
    unique: dict[str, Name] = {}
    for name in found:
        unique.setdefault(normalise(name.text), name)
    return tuple(unique.values())


def id_of(entry: Any) -> str:
    """Return the node id: the one given, or one of our own."""
    attribute, kind = KEYS[type(entry)]
    return entry.id or curie.mint(kind, getattr(entry, attribute))


def named(files: Files) -> Iterator[Located[Any]]:
    """Iterate over the entries that become nodes."""
    return (item for item in files.entries if type(item.entry) in KEYS)


def register(files: Files, assumed: Iterable[str] = ()) -> tuple[Names, list[Problem]]:
    """Build the registry; report ids and names that two entries claim."""
    names, problems = Names(frozenset(assumed)), []
    id_owner: dict[str, Located[Any]] = {}
    for item in named(files):
        kind = KEYS[type(item.entry)][1]
        preferred = getattr(item.entry, KEYS[type(item.entry)][0])
        node_id = id_of(item.entry)
        if other := id_owner.get(node_id):
            problems.append(
                Problem(
                    item.file, item.label,
                    f"id {node_id} is also that of {other.label} ({other.file}); "
                    "give one entry the right id, or omit it",
                    other.file,
                )
            )  # fmt: skip
            continue
        id_owner[node_id] = item
        names.ids[kind, preferred] = node_id
        for name in names_of(item.entry):
            key = (kind == "side_effect", normalise(name.text))
            if not key[1]:
                problems.append(Problem(item.file, item.label, f'name "{name.text}" is empty'))
                continue
            owner = names.owner.setdefault(key, (item.file, kind, preferred))
            if owner[1:] != (kind, preferred):
                problems.append(
                    Problem(
                        item.file, item.label,
                        f'name "{name.text}" also names the {owner[1]} "{owner[2]}" ({owner[0]}); '
                        "keep it in one of them",
                        owner[0],
                    )
                )  # fmt: skip
    names.ids.setdefault(("class", WITHDRAWN_CLASS), curie.mint("class", WITHDRAWN_CLASS))
    return names, problems


def _name(text: str, kind: NameKind) -> Name:
    if kind == "synonym" and _ABBREVIATION.fullmatch(text):
        kind = "abbreviation"
    return Name(text, "zh" if _CHINESE.search(text) else "en", kind)
