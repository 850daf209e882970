"""Differences in words, counts, paths and audits."""

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphrx.kg.audit import audit
from graphrx.kg.diff import Change, diff
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Coverage, Evidence, Records, SourceInfo, Statement, Triple
from graphrx.kg.paths import shortest_path
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.stats import stats
from graphrx.kg.store.sqlite import SqliteStore


def snapshot_of(path: Path, *records: Records) -> Snapshot:
    with SqliteStore() as store:
        ingest(store, records)
        return freeze(store, path)


def part(records: Records, keep: set[int]) -> Records:
    """The same nodes, and only some of the statements."""
    chosen = tuple(s for i, s in enumerate(records.statements) if i in keep)
    return replace(records, statements=chosen)


def test_the_same_graph_has_no_difference(small_snapshot: Snapshot) -> None:
    found = diff(small_snapshot, small_snapshot)
    assert found.same
    assert found.changes == ()
    assert found.text.startswith("same graph")


def test_it_says_what_came_and_who_says_it(
    small_records: Records, small_snapshot: Snapshot, tmp_path: Path
) -> None:
    first = small_records.statements[0].triple
    said = [
        Statement(first, Evidence("ddinter", f"line {i}", "curated_db")) for i in range(2)
    ]  # a saying of a known edge
    said.append(Statement(replace(first, qualifiers='{"line":"x"}'), said[0].evidence))
    source = SourceInfo("ddinter", "DDInter", "2", "2026-01-01", "nc", "", "curated_db", False)
    renamed = replace(small_records.nodes[0], source="ddinter", attributes='{"a":1}')
    after = snapshot_of(
        tmp_path / "after",
        replace(small_records, coverage=small_records.coverage[1:]),
        Records(nodes=(renamed,), statements=tuple(said), sources=(source,)),
    )
    found = diff(small_snapshot, after)
    gone = small_records.coverage[0]
    assert (found.edges_added, found.edges_removed) == (1, 0)
    assert found.lines == (
        "+1 source from ddinter",
        f"~1 {renamed.category} nodes",
        f"+3 {first.predicate} from ddinter",
        f"−1 {gone.check} reviewed from {gone.source}",
    )
    back = diff(after, small_snapshot)
    assert {(c.kind, c.added, c.removed) for c in back.changes} == {
        (c.kind, c.removed, c.added) for c in found.changes
    }


def test_many_are_written_with_commas() -> None:
    change = Change("evidence", "contraindicated_in", "ddinter", 12_345, 2)
    assert change.text == "+12,345 −2 contraindicated_in from ddinter"


@given(one=st.sets(st.integers(0, 46)), other=st.sets(st.integers(0, 46)))
@settings(max_examples=25)
def test_it_agrees_with_plain_sets(
    one: set[int], other: set[int], small_records: Records,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # fmt: skip
    folder = tmp_path_factory.mktemp("diff")
    records = [part(small_records, keep) for keep in (one, other)]
    found = diff(*(snapshot_of(folder / str(i), r) for i, r in enumerate(records)))
    old, new = (set(r.statements) for r in records)

    def counted(statements: set[Statement]) -> Counter[tuple[str, str]]:
        return Counter((s.triple.predicate, s.evidence.source) for s in statements)

    evidence = [c for c in found.changes if c.kind == "evidence"]
    assert {(c.name, c.source): c.added for c in evidence if c.added} == counted(new - old)
    assert {(c.name, c.source): c.removed for c in evidence if c.removed} == counted(old - new)
    assert found.edges_added == len({s.triple for s in new} - {s.triple for s in old})


def test_stats_count_each_thing_once(small_records: Records, small_snapshot: Snapshot) -> None:
    found = stats(small_snapshot)
    assert found.snapshot == small_snapshot.sha256
    assert found.nodes == Counter(node.category for node in small_records.nodes)
    triples = {s.triple for s in small_records.statements}
    assert found.edges == Counter(triple.predicate for triple in triples)
    said = Counter((s.evidence.source, s.triple.predicate) for s in small_records.statements)
    flat = {(source, p): n for source, c in found.evidence.items() for p, n in c.items()}
    assert flat == said
    assert found.coverage == Counter(row.check for row in small_records.coverage)


def test_paths_are_as_short_as_networkx_finds(small_snapshot: Snapshot) -> None:
    import networkx

    graph = networkx.Graph()
    graph.add_nodes_from(range(small_snapshot.n_nodes))
    for e in range(small_snapshot.n_edges):
        edge = small_snapshot.edge(e)
        graph.add_edge(edge.subject, edge.object)
    lengths = dict(networkx.all_pairs_shortest_path_length(graph))
    for first in range(small_snapshot.n_nodes):
        for second in range(small_snapshot.n_nodes):
            found = shortest_path(small_snapshot, first, second, longest=50)
            expected = lengths[first].get(second)
            assert (None if found is None else len(found)) == expected
            place = first
            for e in found or ():
                edge = small_snapshot.edge(e)
                assert place in (edge.subject, edge.object)
                place = edge.object if place == edge.subject else edge.subject
            assert found is None or place == second


def test_a_path_may_be_too_long(small_snapshot: Snapshot) -> None:
    pairs = [(a, b) for a in range(small_snapshot.n_nodes) for b in range(small_snapshot.n_nodes)]
    far = next(
        (a, b) for a, b in pairs if len(shortest_path(small_snapshot, a, b, longest=9) or ()) == 3
    )
    assert shortest_path(small_snapshot, *far, longest=2) is None
    assert len(shortest_path(small_snapshot, *far, longest=3) or ()) == 3


def test_a_sound_store_has_no_problems(small_records: Records, small_snapshot: Snapshot) -> None:
    with SqliteStore() as store:
        ingest(store, small_records)
        found = audit(store)
    assert found.problems == ()
    assert found.snapshot == small_snapshot.sha256


def test_loose_ends_are_counted_apart(small_records: Records) -> None:
    triple = next(s.triple for s in small_records.statements if s.triple.predicate == "treats")
    said = Evidence("nobody", "", "unknown")
    with SqliteStore() as store:
        ingest(store, small_records)
        ingest(
            store,
            Records(
                statements=(
                    Statement(Triple(triple.subject, "treats", "DOID:0"), said),
                    Statement(Triple(triple.object, "treats", triple.subject), said),
                    Statement(triple, said),
                ),
                coverage=(Coverage("CHEBI:0", "qt", "nobody", "", "2026-01-01"),) ,
            ),
        )  # fmt: skip
        found = audit(store)
    assert (found.dangling, found.violations, found.uncovered) == (1, 1, 1)
    assert found.unnamed == ("nobody",)
    assert len(found.problems) == 4
