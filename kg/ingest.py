"""Bring records into a store: canonical, checked, counted; nothing is dropped in silence."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from graphrx.kg import schema
from graphrx.kg.curie import is_curie
from graphrx.kg.errors import BaselineError
from graphrx.kg.model import (
    Coverage,
    Evidence,
    NodeRecord,
    Records,
    Statement,
    canonical_json,
)
from graphrx.kg.store.base import Changes, GraphStore


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that could not be taken in: what it was (JSON text), and why not."""

    row: str
    reason: str


@dataclass(frozen=True)
class IngestReport:
    """What an ingest did. ``changes.total`` is 0 when all of it was known."""

    changes: Changes
    rejects: tuple[Reject, ...] = ()
    reasons: dict[str, int] = field(default_factory=dict)


def ingest(
    store: GraphStore,
    batches: Records | Iterable[Records],
    *,
    rejected: Iterable[Reject] = (),
    rejects_file: Path | None = None,
    baseline: int | None = None,
) -> IngestReport:
    """Add records to a store; each batch is one transaction.

    Batches may come in any order, statements before their nodes too; what has no node in the end
    is counted when the store is frozen.

    :param rejected: rows that the source itself could not map; read after the batches.
    :param rejects_file: where to write the rejects, a JSON object a line; replaced if there.
    :param baseline: the number of rejects that is known and accepted.
    :raises BaselineError: there are more rejects than the baseline; the rows that passed are in.
    """
    changes, refused = Changes(), list[Reject]()
    for batch in (batches,) if isinstance(batches, Records) else batches:
        accepted, bad = _sift(batch)
        changes += store.upsert(accepted)
        refused += bad
    refused += rejected
    if rejects_file is not None:
        lines = [canonical_json(asdict(reject)) + "\n" for reject in refused]
        rejects_file.parent.mkdir(parents=True, exist_ok=True)
        rejects_file.write_text("".join(sorted(lines)), encoding="utf-8")
    if baseline is not None and len(refused) > baseline:
        where = f"; read {rejects_file}" if rejects_file else ""
        raise BaselineError(
            f"{len(refused)} rows rejected, the baseline allows {baseline}; "
            f"first: {refused[0].reason}{where}"
        )
    reasons = Counter(reject.reason for reject in refused)
    return IngestReport(changes, tuple(refused), dict(sorted(reasons.items())))


def retract(
    store: GraphStore,
    *,
    source: str | None = None,
    licence: str | None = None,
    run: str | None = None,
) -> Changes:
    """Remove all that a source, the sources of a licence, or a run has said."""
    return store.retract(source=source, licence=licence, run=run)


def _sift(batch: Records) -> tuple[Records, list[Reject]]:
    """Return the batch in canonical form without its bad rows, and those."""
    bad: list[Reject] = []
    nodes: list[NodeRecord] = []
    statements: list[Statement] = []
    coverage: list[Coverage] = []
    for node in batch.nodes:
        if reason := _node_problem(node):
            bad.append(Reject(canonical_json(asdict(node)), reason))
        else:
            attributes = canonical_json(json.loads(node.attributes))
            nodes.append(replace(node, attributes=attributes, xrefs=tuple(sorted(set(node.xrefs)))))
    for statement in batch.statements:
        if reason := _statement_problem(statement):
            bad.append(Reject(canonical_json(asdict(statement)), reason))
        else:
            evidence = _canonical_evidence(statement.evidence)
            statements.append(Statement(schema.canonical(statement.triple), evidence))
    for row in batch.coverage:
        if row.check not in schema.CHECKS:
            bad.append(Reject(canonical_json(asdict(row)), f"check {row.check!r} is not known"))
        else:
            coverage.append(row)
    return Records(tuple(nodes), tuple(statements), tuple(coverage), batch.sources), bad


def _node_problem(node: NodeRecord) -> str | None:
    if not is_curie(node.id):
        return f"id {node.id!r} is not a CURIE of a known prefix"
    if node.category not in schema.CATEGORIES:
        return f"category {node.category!r} is not known"
    if not node.name.strip():
        return f"node {node.id} has no name"
    return _json_problem("attributes", node.attributes)


def _statement_problem(statement: Statement) -> str | None:
    triple, evidence = statement.triple, statement.evidence
    for node in (triple.subject, triple.object):
        if not is_curie(node):
            return f"id {node!r} is not a CURIE of a known prefix"
    confidence = evidence.confidence
    if confidence is not None and not (math.isfinite(confidence) and 0 <= confidence <= 1):
        return f"confidence {confidence!r} is not within 0 and 1"
    return (
        schema.statement_violation(statement)
        or _json_problem("qualifiers", triple.qualifiers)
        or _json_problem("notes", evidence.notes)
    )


def _canonical_evidence(evidence: Evidence) -> Evidence:
    confidence = None if evidence.confidence is None else float(evidence.confidence)
    notes = _canonical_text(evidence.notes)
    if notes == evidence.notes and confidence is evidence.confidence:
        return evidence
    return replace(evidence, notes=notes, confidence=confidence)


@lru_cache(maxsize=1024)
def _canonical_text(text: str) -> str:
    return canonical_json(json.loads(text))


@lru_cache(maxsize=1024)
def _json_problem(what: str, text: str) -> str | None:
    try:
        value = json.loads(text)
    except ValueError:
        return f"{what} {text!r} is not JSON"
    return None if isinstance(value, dict) else f"{what} {text!r} is not a JSON object"
