"""One source's items turned into records: ids mapped, schema held, nothing dropped in silence."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from graphrx.kg import schema
from graphrx.kg.curie import is_curie
from graphrx.kg.hierarchy import in_cycles
from graphrx.kg.ingest import Reject
from graphrx.kg.model import (
    Evidence,
    Name,
    NodeRecord,
    Records,
    Statement,
    Triple,
    canonical_json,
)
from graphrx.kg.resolution.resolver import Ambiguous, Resolved, Resolver
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec

BATCH: Final = 10_000
_HIERARCHY: Final = frozenset({schema.SUBCLASS_OF, schema.MEMBER_OF})


@dataclass
class Counts:
    """What became of a source's items.

    :param read: items; ``mapped`` and ``rejected`` add up to it.
    :param evidence: statements made.
    :param reasons: why references were mapped: reason → number of different references.
    """

    read: int = 0
    mapped: int = 0
    rejected: int = 0
    evidence: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    edges: Counter[str] = field(default_factory=Counter)
    rejects: Counter[str] = field(default_factory=Counter)


@dataclass
class _Said:
    """What a source says of one node, gathered until the source has been read."""

    category: str
    name: str | None = None
    name_zh: str | None = None
    names: dict[tuple[str, str], Name] = field(default_factory=dict)
    xrefs: set[str] = field(default_factory=set)
    attributes: dict[str, object] = field(default_factory=dict)
    reasons: dict[str, str] = field(default_factory=dict)


class Composer:
    """Turns the items of one source into batches of records."""

    def __init__(self, spec: SourceSpec, resolver: Resolver) -> None:
        """Start with nothing read."""
        self.spec = spec
        self.resolver = resolver
        self.counts = Counts()
        self.rejected: list[Reject] = []
        self.run = f"build/{spec.name}/{spec.version}"
        self._said: dict[str, _Said] = {}
        self._placed: dict[Ref, str | Reject] = {}
        self._held: list[Statement] = []
        self._ends: set[str] = set()

    def batches(self, items: Iterable[Item], size: int = BATCH) -> Iterator[Records]:
        """Yield the records of the items: statements as they come, then nodes and hierarchy.

        The source's own row comes last, so a source that has it has been read to its end.
        """
        waiting: list[Statement] = []
        for item in items:
            waiting += self._take(item)
            if len(waiting) >= size:
                yield Records(statements=tuple(waiting))
                waiting = []
        waiting += self._hierarchy()
        for at in range(0, len(waiting), size):
            yield Records(statements=tuple(waiting[at : at + size]))
        nodes = [self._record(node, said) for node, said in sorted(self._said.items())]
        for at in range(0, len(nodes), size):
            yield Records(nodes=tuple(nodes[at : at + size]))
        yield Records(sources=(self.spec.info,))

    def _take(self, item: Item) -> list[Statement]:
        self.counts.read += 1
        match item:
            case Row():
                made = self._row(item)
            case EntityRow():
                made = self._entity(item)
            case Reject():
                made = item
        if isinstance(made, Reject):
            self.counts.rejected += 1
            self._reject(made)
            return []
        self.counts.mapped += 1
        return made

    def _reject(self, reject: Reject) -> None:
        self.rejected.append(reject)
        self.counts.rejects[_kind(reject.reason)] += 1

    def _row(self, row: Row) -> list[Statement] | Reject:
        subject, object_ = self._place(row.subject), self._place(row.object)
        for end in (subject, object_):
            if isinstance(end, Reject):
                return Reject(canonical_json(row.source_row), end.reason)
        return self._statement(row, str(subject), str(object_))

    def _statement(self, row: Row, subject: str, object_: str) -> list[Statement] | Reject:
        shown = canonical_json(row.source_row)
        # A disease and the sign that it is named after are one node, and the saying is kept.
        if subject == object_ and row.predicate != schema.HAS_PHENOTYPE:
            return Reject(shown, f"both ends are {subject}")
        ends = self._said[subject].category, self._said[object_].category
        if reason := schema.violation(row.predicate, *ends):
            return Reject(shown, reason)
        if row.predicate == schema.MEMBER_OF and object_ in self.resolver.known.core:
            return Reject(
                shown, "who belongs to a class of the formulary is the formulary's to say"
            )
        qualifiers = canonical_json(dict(row.qualifiers))
        statement = Statement(
            Triple(subject, row.predicate, object_, qualifiers),
            Evidence(
                source=self.spec.name,
                locator=row.locator,
                level=row.level or self.spec.level,
                agent=row.agent or self.spec.agent,
                confidence=row.confidence,
                notes=canonical_json(dict(row.notes)),
                publications=row.publications,
                run=self.run,
            ),
        )
        if row.predicate in _HIERARCHY:
            self._held.append(statement)
            return []
        self._ends.update((subject, object_))
        self.counts.evidence += 1
        self.counts.edges[row.predicate] += 1
        return [statement]

    def _entity(self, entity: EntityRow) -> list[Statement] | Reject:
        node = self._place(entity.ref)
        if isinstance(node, Reject):
            return Reject(canonical_json(entity.source_row), node.reason)
        said = self._said[node]
        self._describe(said, node, entity.ref)
        for key, value in entity.attributes.items():
            said.attributes.setdefault(key, value)
        drug = said.category in (schema.DRUG, schema.DRUG_CLASS)
        predicate = schema.MEMBER_OF if drug else schema.SUBCLASS_OF
        for parent in entity.parents:
            edge = f"{entity.source_row} {predicate} {parent.ids[0] if parent.ids else parent.name}"
            made = self._row(Row(edge, entity.ref, predicate, parent, locator=entity.locator))
            if isinstance(made, Reject):
                self._reject(made)
        return []

    def _hierarchy(self) -> list[Statement]:
        """Return the held edges without those of cycles and without parents nobody describes."""
        cyclic = in_cycles((s.triple.subject, s.triple.object) for s in self._held)
        kept = []
        for statement in self._held:
            triple = statement.triple
            shown = canonical_json([triple.subject, triple.predicate, triple.object])
            if (triple.subject, triple.object) in cyclic:
                self._reject(Reject(shown, f"{triple.predicate} runs in a circle"))
            elif not self._is_described(triple.object):
                self._reject(Reject(shown, "the parent is described nowhere"))
            else:
                kept.append(statement)
                self.counts.edges[triple.predicate] += 1
        self.counts.evidence += len(kept)
        self._held = []
        self._said = {n: said for n, said in self._said.items() if self._is_described(n)}
        return kept

    def _is_described(self, node: str) -> bool:
        named = self._said[node].name is not None or node in self.resolver.known.names
        return named or node in self._ends

    def _place(self, ref: Ref) -> str | Reject:
        """Return the node of a reference, and note what the reference says of it."""
        placed = self._placed.get(ref)
        if placed is None:
            placed = self._placed[ref] = self._find(ref)
            if isinstance(placed, Reject):
                self.counts.reasons["not mapped"] += 1
        return placed

    def _find(self, ref: Ref) -> str | Reject:
        found = self.resolver.resolve(ref)
        if isinstance(found, Resolved):
            node, reason = found.node_id, str(found.reason)
            category = self.resolver.known.categories[node]
        else:
            own = next((i for i in ref.ids if is_curie(i)), None)
            if own is None:
                return Reject("", _unknown(ref, found))
            node, category = own, ref.category
            reason = "own id, several fit" if isinstance(found, Ambiguous) else "own id"
            known = self._said.get(node)
            category = known.category if known else category
        self.counts.reasons[reason] += 1
        said = self._said.setdefault(node, _Said(category))
        shown = ref.ids[0] if ref.ids else ref.name or ref.name_zh or ""
        if shown != node:
            said.reasons.setdefault(shown, reason)
        said.xrefs.update(i for i in ref.ids if i != node and is_curie(i))
        self._describe(said, node, ref)
        return node

    def _describe(self, said: _Said, node: str, ref: Ref) -> None:
        name = ref.name or self.resolver.known.names.get(node)
        said.name = said.name or name or ref.name_zh
        said.name_zh = said.name_zh or ref.name_zh
        for text, lang in (
            (ref.name, "en"),
            (ref.name_zh, "zh"),
            *((s, "en") for s in ref.synonyms),
        ):
            if not text or (text, lang) in said.names:
                continue
            owner = self.resolver.owner(said.category, text)
            if owner is None or owner == node:  # a name of the formulary keeps its one meaning
                preferred = text in (said.name, said.name_zh)
                kind = "preferred" if preferred else "synonym"
                said.names[text, lang] = Name(text, lang, kind)  # type: ignore[arg-type]

    def _record(self, node: str, said: _Said) -> NodeRecord:
        attributes = dict(said.attributes)
        if said.reasons:
            attributes[f"mapped_{self.spec.name}"] = said.reasons
        name = said.name or self.resolver.known.names.get(node, node)
        return NodeRecord(
            node, said.category, name, said.name_zh,
            tuple(said.names.values()), tuple(sorted(said.xrefs)), canonical_json(attributes),
            self.spec.name,
        )  # fmt: skip


def _unknown(ref: Ref, found: Ambiguous | None) -> str:
    name = ref.name or ref.name_zh
    if found is not None:
        return f"name {name!r} is ambiguous: {', '.join(found.candidates)}"
    if ref.ids:
        return f"id {ref.ids[0]!r} is not a CURIE of a known prefix, and name {name!r} not known"
    return f"no id and name not known: {name!r}"


def _kind(reason: str) -> str:
    """Return a reason without its values, to count by."""
    if reason.startswith("both ends are"):
        return "both ends are one node"
    return "id of unknown prefix" if reason.startswith("id '") else reason.split(": ", 1)[0][:80]
