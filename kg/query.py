"""The named questions, asked of a store or a snapshot alike; no query language above the stores."""

from dataclasses import dataclass
from typing import Final

from graphrx.kg import schema
from graphrx.kg.errors import InputError, UsageError
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    Statement,
    Triple,
    canonical_json,
)
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.base import GraphReader, Side


@dataclass(frozen=True, slots=True)
class Question:
    """A question about one node: which edges answer it, and at which end the node stands."""

    name: str
    help: str
    predicates: tuple[str, ...]
    side: Side


_ALL: Final = (
    Question("treatments", "what treats or relieves a condition",
             (schema.TREATS, schema.PALLIATES), "object"),
    Question("indications", "what a drug or regimen treats",
             (schema.TREATS, schema.PALLIATES), "subject"),
    Question("contraindications", "in which conditions a drug or class must be avoided",
             (schema.CONTRAINDICATED_IN,), "subject"),
    Question("contraindicated", "which drugs and classes must be avoided in a condition",
             (schema.CONTRAINDICATED_IN,), "object"),
    Question("interactions", "what a drug or class interacts with",
             (schema.INTERACTS_WITH,), "both"),
    Question("side-effects", "the side effects of a drug",
             (schema.HAS_SIDE_EFFECT,), "subject"),
    Question("causes", "which drugs have a side effect",
             (schema.HAS_SIDE_EFFECT,), "object"),
    Question("symptoms", "the symptoms of a disease", (schema.HAS_PHENOTYPE,), "subject"),
    Question("classes", "the classes or broader conditions right above",
             (schema.MEMBER_OF, schema.SUBCLASS_OF), "subject"),
    Question("members", "the members or narrower conditions right below",
             (schema.MEMBER_OF, schema.SUBCLASS_OF), "object"),
    Question("parts", "the ingredients of a combination, the components of a regimen",
             (schema.HAS_INGREDIENT, schema.HAS_PART), "subject"),
    Question("similar", "what is chemically similar (allergy)", (schema.SIMILAR_TO,), "both"),
)  # fmt: skip

QUESTIONS: Final[dict[str, Question]] = {question.name: question for question in _ALL}
"""Name → question; :func:`ask` answers them."""


def find(reader: GraphReader, text: str) -> tuple[NodeRecord, ...]:
    """Return the records of the nodes so called, by name in any spelling or by id."""
    if by_id := reader.node_records(text.strip()):
        return by_id
    ids = dict.fromkeys(node_id for node_id, _ in reader.named(text))
    return tuple(record for node_id in ids for record in reader.node_records(node_id))


def find_one(reader: GraphReader, text: str, categories: tuple[str, ...] = ()) -> str:
    """Return the id of the one node so called.

    :param categories: only nodes of these; empty for all.
    :raises InputError: there is none, or more than one; the line lists them.
    """
    records = find(reader, text)
    ids = {r.id: r.name for r in records if not categories or r.category in categories}
    if len(ids) == 1:
        return next(iter(ids))
    if ids:
        listed = ", ".join(f"{node_id} ({name})" for node_id, name in sorted(ids.items()))
        raise InputError(f"{text!r} names several nodes: {listed}; give the id")
    raise InputError(f"{text!r} names no node of the graph; check the spelling or give the id")


def ask(reader: GraphReader, question: str, node_id: str) -> tuple[Statement, ...]:
    """Return the statements that answer a question about a node, sorted.

    :raises UsageError: there is no such question; the line lists them.
    """
    if question not in QUESTIONS:
        raise UsageError(f"question {question!r} is not known; ask one of {', '.join(QUESTIONS)}")
    asked = QUESTIONS[question]
    found = [
        statement
        for predicate in asked.predicates
        for statement in reader.statements_about(node_id, predicate, asked.side)
    ]
    return tuple(sorted(found, key=lambda s: (s.triple, s.evidence.key)))


def between(reader: GraphReader, first: str, second: str) -> tuple[Statement, ...]:
    """Return all statements with these two nodes as their ends, in either direction."""
    ends = {first, second}
    return tuple(
        statement
        for statement in reader.statements_about(first)
        if {statement.triple.subject, statement.triple.object} == ends
    )


class SnapshotReader:
    """A snapshot, read like a store."""

    def __init__(self, snapshot: Snapshot) -> None:
        """Wrap the snapshot."""
        self.snapshot = snapshot

    def node_records(self, node_id: str) -> tuple[NodeRecord, ...]:
        """Return the merged node as one record; empty when unknown."""
        i = self.snapshot.index(node_id)
        if i is None:
            return ()
        node = self.snapshot.node(i)
        return (
            NodeRecord(
                node.id, node.category, node.name, node.name_zh, node.names, node.xrefs,
                canonical_json(dict(node.attributes)), "snapshot",
            ),
        )  # fmt: skip

    def named(self, text: str) -> tuple[tuple[str, Name], ...]:
        """Return (node id, name) for every node with that name, in any spelling."""
        found = self.snapshot.lookup(normalise(text))
        return tuple((self.snapshot.node(i).id, name) for i, name in found)

    def statements_about(
        self, node_id: str, predicate: str | None = None, side: Side = "both"
    ) -> tuple[Statement, ...]:
        """Return the statements with the node at that side, sorted."""
        i = self.snapshot.index(node_id)
        if i is None:
            return ()
        edges: set[int] = set()
        if side != "object":
            edges.update(self.snapshot.out(i, predicate))
        if side != "subject":
            edges.update(self.snapshot.into(i, predicate))
        found = [statement for e in edges for statement in self.of_edge(e)]
        return tuple(sorted(found, key=lambda s: (s.triple, s.evidence.key)))

    def coverage_of(self, drug: str) -> tuple[Coverage, ...]:
        """Return the newest reviewed row of a drug for each check, sorted."""
        i = self.snapshot.index(drug)
        return () if i is None else tuple(sorted(self.snapshot.coverage(i).values()))

    def counts(self) -> dict[str, int]:
        """Return the number of nodes, triples, evidence, coverage and sources."""
        counts = self.snapshot.counts
        counts["triples"] = counts["edges"]
        return {key: counts[key] for key in ("nodes", "triples", "evidence", "coverage", "sources")}

    def of_edge(self, e: int) -> list[Statement]:
        """Return what is said of an edge."""
        edge = self.snapshot.edge(e)
        subject, object_ = (self.snapshot.node(i).id for i in (edge.subject, edge.object))
        qualifiers = canonical_json(dict(edge.qualifiers))
        triple = Triple(subject, edge.predicate, object_, qualifiers)
        return [
            Statement(
                triple,
                Evidence(
                    row.source, row.locator, row.level, row.agent, row.confidence,
                    canonical_json(dict(row.notes)), row.publications, row.model, row.run,
                    row.document, row.span,
                ),
            )
            for row in self.snapshot.evidence(e)
        ]  # fmt: skip
