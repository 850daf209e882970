"""How much of what a snapshot holds, read from its columns: fast also for millions of edges."""

from collections import Counter
from dataclasses import dataclass

from graphrx.kg.snapshot import Snapshot


@dataclass(frozen=True)
class GraphStats:
    """Counts of a snapshot.

    :param nodes: category → nodes.
    :param edges: predicate → edges (a triple counts once, however many sources say it).
    :param evidence: source → predicate → sayings.
    :param coverage: check → reviewed rows.
    """

    snapshot: str
    nodes: dict[str, int]
    edges: dict[str, int]
    evidence: dict[str, dict[str, int]]
    coverage: dict[str, int]


def stats(snapshot: Snapshot) -> GraphStats:
    """Count the nodes, edges, evidence and reviewed rows of a snapshot."""
    string = snapshot.string
    nodes = Counter(snapshot.column("node.category"))
    edges = Counter(snapshot.column("edge.predicate"))
    coverage = Counter(snapshot.column("coverage.check"))
    sources = snapshot.column("evidence.source")
    offsets, predicates = snapshot.column("edge.evidence"), snapshot.column("edge.predicate")
    said: Counter[tuple[int, int]] = Counter()
    for e, predicate in enumerate(predicates):
        said.update((sources[row], predicate) for row in range(offsets[e], offsets[e + 1]))
    evidence: dict[str, dict[str, int]] = {source.id: {} for source in snapshot.sources}
    for (source, predicate), count in said.items():
        evidence[snapshot.sources[source].id][string(predicate)] = count
    return GraphStats(
        snapshot=snapshot.sha256,
        nodes={string(ref): n for ref, n in sorted(nodes.items())},
        edges={string(ref): n for ref, n in sorted(edges.items())},
        evidence={name: dict(sorted(c.items())) for name, c in sorted(evidence.items()) if c},
        coverage={string(ref): n for ref, n in sorted(coverage.items())},
    )
