"""Snapshots: everything comes back, the hash names the content, damage is noticed."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg import frames, schema
from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.kg.freeze import freeze, merge
from graphrx.kg.ingest import ingest
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import Evidence, Name, NodeRecord, Records, Statement, Triple
from graphrx.kg.query import SnapshotReader
from graphrx.kg.snapshot import MANIFEST, Snapshot
from graphrx.kg.store.sqlite import SqliteStore


def one(snapshot: Snapshot, text: str) -> int:
    ((node, _),) = snapshot.lookup(normalise(text))
    return node


def test_round_trip(small_records: Records, small_snapshot: Snapshot) -> None:
    reader = SnapshotReader(small_snapshot)
    statements = set()
    for record in small_records.nodes:
        (back,) = reader.node_records(record.id)
        assert (back.category, back.name, back.name_zh) == (
            record.category, record.name, record.name_zh,
        )  # fmt: skip
        assert (back.names, back.xrefs) == (record.names, record.xrefs)
        assert back.attributes == record.attributes
        statements.update(reader.statements_about(record.id))
    assert statements == set(small_records.statements)
    assert small_snapshot.n_nodes == len(small_records.nodes)


def test_identity(small_records: Records, small_snapshot: Snapshot, tmp_path: Path) -> None:
    with SqliteStore() as store:
        ingest(store, small_records)
        again = freeze(store, tmp_path / "again")
    assert again.sha256 == small_snapshot.sha256
    for file in small_snapshot.path.iterdir():
        assert file.read_bytes() == (again.path / file.name).read_bytes()
    again.verify()
    assert len(again.sha256) == 64
    assert (again.version, again.built) == ("0.1.0", "2026-01-03")
    assert {s.id for s in again.sources} == {"fda-label", "uk-smpc", "who", "graphrx-formulary"}


def test_lookup_by_every_name(small_records: Records, small_snapshot: Snapshot) -> None:
    keys = list(small_snapshot.name_keys())
    assert keys == sorted(set(keys))
    for record in small_records.nodes:
        number = small_snapshot.index(record.id)
        for name in record.names:
            assert number in [node for node, _ in small_snapshot.lookup(normalise(name.text))]
            assert normalise(name.text) in keys
    assert small_snapshot.lookup("no such name") == ()
    assert small_snapshot.lookup("") == ()
    assert small_snapshot.index("GRX:none") is None
    assert small_snapshot.index("ZZZ") is None


def test_incident_edges(small_snapshot: Snapshot) -> None:
    for e in range(small_snapshot.n_edges):
        edge = small_snapshot.edge(e)
        assert e in small_snapshot.out(edge.subject)
        assert e in small_snapshot.out(edge.subject, edge.predicate)
        assert e in small_snapshot.into(edge.object, edge.predicate)
        assert e not in small_snapshot.out(edge.subject, "nothing")
        assert small_snapshot.evidence(e)
    out = [e for i in range(small_snapshot.n_nodes) for e in small_snapshot.out(i)]
    into = [e for i in range(small_snapshot.n_nodes) for e in small_snapshot.into(i)]
    assert sorted(out) == sorted(into) == list(range(small_snapshot.n_edges))


def test_closure_gives_paths(small_snapshot: Snapshot) -> None:
    amoxicillin, beta_lactams = (
        one(small_snapshot, "amoxicillin"),
        one(small_snapshot, "beta-lactams"),
    )
    up = small_snapshot.closure(amoxicillin, schema.MEMBER_OF)
    assert [small_snapshot.name(i) for i in up] == ["penicillins", "beta-lactams"]
    first, second = (small_snapshot.edge(e) for e in up[beta_lactams])
    assert first.subject == amoxicillin
    assert first.object == second.subject
    assert second.object == beta_lactams
    down = small_snapshot.closure(beta_lactams, schema.MEMBER_OF, reverse=True)
    assert down[amoxicillin] == up[beta_lactams][::-1]
    assert small_snapshot.closure(amoxicillin, schema.SUBCLASS_OF) == {}


def test_closure_of_a_cycle_ends(tmp_path: Path) -> None:
    triples = [("a", "b"), ("b", "c"), ("c", "a"), ("a", "a")]
    said = [
        Statement(Triple(f"GRX:{s}", "member_of", f"GRX:{o}"), Evidence("x", "1", "label"))
        for s, o in triples
    ]
    nodes = [
        NodeRecord(f"GRX:{n}", "DrugClass", n, None, (Name(n, "en", "preferred"),), (), "{}", "x")
        for n in "abc"
    ]
    with SqliteStore() as store:
        ingest(store, Records(tuple(nodes), tuple(said)))
        frozen = freeze(store, tmp_path / "cycle")
    assert {i: len(path) for i, path in frozen.closure(0, "member_of").items()} == {1: 1, 2: 2}


def test_evidence_is_whole(small_snapshot: Snapshot) -> None:
    sildenafil = one(small_snapshot, "PDE5 inhibitors")
    (e,) = small_snapshot.into(sildenafil, schema.INTERACTS_WITH) + small_snapshot.out(
        sildenafil, schema.INTERACTS_WITH
    )
    (row,) = small_snapshot.evidence(e)
    assert (row.source, row.locator, row.level) == ("fda-label", "sildenafil 4", "label")
    assert row.notes["reason_zh"] == "严重低血压"
    assert row.source_info.trusted
    assert row.source_info.date == "2026-01-02"
    assert small_snapshot.edge(e).qualifiers["washout_days"] == {"DRUGBANK:DB00203": 1}


def test_coverage_gives_the_newest_row(small_snapshot: Snapshot) -> None:
    covered = small_snapshot.coverage(one(small_snapshot, "metformin"))
    assert set(covered) == {"drug_drug", "renal"}
    assert covered["renal"].source == "uk-smpc"
    assert small_snapshot.coverage(one(small_snapshot, "warfarin")) == {}


def test_nodes_of_a_category(small_snapshot: Snapshot) -> None:
    drugs = small_snapshot.nodes_of("Drug")
    assert len(drugs) == 10
    assert all(small_snapshot.category(i) == "Drug" for i in drugs)
    assert small_snapshot.nodes_of("Potion") == ()


def test_records_of_a_node_are_merged_the_same_in_any_order() -> None:
    core = NodeRecord("GRX:d", "Drug", "aspirin", None, (Name("aspirin", "en", "preferred"),),
                      ("ATC:B",), '{"routes":["oral"]}', schema.CORE_SOURCE)  # fmt: skip
    other = NodeRecord("GRX:d", "Drug", "ASA", "阿司匹林",
                       (Name("ASA", "en", "preferred"), Name("阿司匹林", "zh", "preferred")),
                       ("ATC:A",), '{"routes":["iv"],"cas":"1"}', "a-source")  # fmt: skip
    node = merge([other, core])
    assert node == merge([core, other])
    assert (node.name, node.name_zh, node.xrefs) == ("aspirin", "阿司匹林", ("ATC:A", "ATC:B"))
    assert json.loads(node.attributes) == {"cas": "1", "routes": ["oral"]}
    assert [name.kind for name in node.names] == ["preferred", "synonym", "preferred"]


def test_missing_snapshot(tmp_path: Path) -> None:
    with pytest.raises(NotAvailableError, match="graphrx kg build"):
        Snapshot.load(tmp_path / "none")


@pytest.mark.parametrize("harm", ["manifest", "format", "cut", "gone"])
def test_damage_is_noticed_on_load(small_snapshot: Snapshot, tmp_path: Path, harm: str) -> None:
    path = tmp_path / "copy"
    shutil.copytree(small_snapshot.path, path)
    manifest = path / MANIFEST
    if harm == "manifest":
        manifest.write_text("{")
    elif harm == "format":
        manifest.write_text('{"format": 99}')
    elif harm == "cut":
        (path / "edge.subject").write_bytes(b"1234")
    else:
        (path / "strings.txt").unlink()
    with pytest.raises(IntegrityError, match="copy"):
        Snapshot.load(path)


def test_a_flipped_byte_is_noticed_by_verify(small_snapshot: Snapshot, tmp_path: Path) -> None:
    path = tmp_path / "copy"
    shutil.copytree(small_snapshot.path, path)
    data = bytearray((path / "strings.txt").read_bytes())
    data[10] ^= 1
    (path / "strings.txt").write_bytes(data)
    with pytest.raises(IntegrityError, match=r"strings\.txt was changed"):
        Snapshot.load(path).verify()


def test_a_new_snapshot_replaces_the_old(small_records: Records, tmp_path: Path) -> None:
    with SqliteStore() as store:
        first = freeze(store, tmp_path / "graph")
        ingest(store, small_records)
        second = freeze(store, tmp_path / "graph")
    assert first.n_nodes == 0
    assert second.sha256 != first.sha256
    assert [p.name for p in tmp_path.iterdir()] == ["graph"]


def test_views(small_snapshot: Snapshot) -> None:
    ends = frames.edge_index(small_snapshot)
    assert ends.shape == (2, small_snapshot.n_edges)
    numbers, names = frames.edge_types(small_snapshot)
    for e in range(small_snapshot.n_edges):
        edge = small_snapshot.edge(e)
        assert (ends[0, e], ends[1, e]) == (edge.subject, edge.object)
        assert names[numbers[e]] == edge.predicate
    treats = frames.edge_index(small_snapshot, schema.TREATS)
    assert treats.shape[1] == (numbers == names.index(schema.TREATS)).sum()
    numbers, names = frames.node_types(small_snapshot)
    assert [names[n] for n in numbers] == [
        small_snapshot.category(i) for i in range(small_snapshot.n_nodes)
    ]
    with pytest.raises(ValueError, match="read-only"):
        frames.column(small_snapshot, "edge.subject")[0] = 1


def test_networkx(small_snapshot: Snapshot) -> None:
    graph = frames.to_networkx(small_snapshot)
    assert graph.number_of_nodes() == small_snapshot.n_nodes
    assert graph.number_of_edges() == small_snapshot.n_edges
    assert graph.nodes["DRUGBANK:DB00331"]["name_zh"] == "二甲双胍"


@given(st.text())
def test_normalise_is_idempotent(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ACE inhibitors", "ＡＣＥ－Inhibitors"),
        ("Crohn's disease", "crohn’s  disease"),
        ("Crohn's disease", "Crohn´s disease"),
        ("Ménière's disease", "MENIERE'S DISEASE"),
        ("CKD 4 期", "ckd 4期"),
        ("二甲双胍", " 二甲 双胍 "),
        ("amlodipine/valsartan", "amlodipine + valsartan"),
        ("HLA-B*57:01 carrier", "hla b 57 01 CARRIER"),
        ("阿莫西林（克拉维酸）", "阿莫西林(克拉维酸)"),
    ],
)
def test_spellings_of_one_name(one: str, other: str) -> None:
    assert normalise(one) == normalise(other) != ""


@pytest.mark.parametrize(("one", "other"), [("CKD 4", "CKD 5"), ("vitamin B1", "vitamin B12")])
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)
