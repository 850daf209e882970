"""A made-up graph of any size, the same for the same arguments; holds no fact of medicine."""

from collections.abc import Iterator
from random import Random

from graphrx.kg import schema
from graphrx.kg.model import (
    Coverage,
    Evidence,
    Name,
    NodeRecord,
    Records,
    SourceInfo,
    Statement,
    Triple,
    canonical_json,
)

SOURCES = ("first", "second", "third")
_KINDS = (("drug", schema.DRUG), ("disease", schema.DISEASE), ("effect", schema.SIDE_EFFECT))


def generated(edges: int, *, seed: int = 0, batch: int = 20_000) -> Iterator[Records]:
    """Yield batches with about one node for ten edges and three pieces of evidence for two edges.

    :param edges: how many statements of a first source; others repeat half of them.
    """
    random = Random(seed)
    size = max(edges // 30, 3)
    nodes = [_node(kind, category, i) for kind, category in _KINDS for i in range(size)]
    infos = tuple(
        SourceInfo(name, name.title(), "1", f"2026-01-0{i}", "CC0", "", "curated_db", trusted=True)
        for i, name in enumerate(SOURCES, start=1)
    )
    covered = tuple(Coverage(f"GRX:drug.{i}", "renal", "first", "8.6", "2026-01-01")
                    for i in range(min(size, 100)))  # fmt: skip
    yield Records(tuple(nodes), (), covered, infos)
    statements: list[Statement] = []
    for i in range(edges):
        triple = schema.canonical(_triple(random, size))
        statements.append(Statement(triple, _evidence("first", i, random)))
        if random.random() < 0.5:
            statements.append(Statement(triple, _evidence(random.choice(SOURCES[1:]), i, random)))
        if len(statements) >= batch:
            yield Records(statements=tuple(statements))
            statements = []
    yield Records(statements=tuple(statements))


def _node(kind: str, category: str, i: int) -> NodeRecord:
    name, name_zh = f"{kind} {i}", f"第{i}号{kind}"
    names = (Name(name, "en", "preferred"), Name(name_zh, "zh", "preferred"))
    return NodeRecord(
        f"GRX:{kind}.{i}", category, name, name_zh, names, (f"UMLS:C{i:07}",), "{}", "first"
    )


def _triple(random: Random, size: int) -> Triple:
    drug, other = (f"GRX:drug.{random.randrange(size)}" for _ in range(2))
    disease, effect = (
        f"GRX:disease.{random.randrange(size)}",
        f"GRX:effect.{random.randrange(size)}",
    )
    severity = random.choice(schema.SEVERITIES)
    return random.choice(
        (
            Triple(drug, schema.INTERACTS_WITH, other, canonical_json({"severity": severity})),
            Triple(drug, schema.TREATS, disease, canonical_json({"purpose": "treatment"})),
            Triple(drug, schema.CONTRAINDICATED_IN, disease,
                   canonical_json({"check": "drug_disease", "severity": severity})),
            Triple(drug, schema.HAS_SIDE_EFFECT, effect, canonical_json({"frequency": "common"})),
        )
    )  # fmt: skip


def _evidence(source: str, i: int, random: Random) -> Evidence:
    notes = canonical_json({"reason": f"made up, number {i}", "reason_zh": f"虚构 {i}"})
    return Evidence(source, f"row {i}", "curated_db", "manual_agent",
                    round(random.random(), 3), notes, (f"PMID:{i}",))  # fmt: skip
