"""Exports: what goes out comes back with the same hash, and others can read it."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graphrx.kg import schema
from graphrx.kg.curie import PREFIXES, is_curie
from graphrx.kg.errors import InputError, NotAvailableError, UsageError
from graphrx.kg.formulary.loader import load
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
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
from graphrx.kg.rdf.files import export_file, read_file
from graphrx.kg.rdf.shacl import SHAPES, check_shapes
from graphrx.kg.rdf.terms import CATEGORIES, PREDICATES, id_of, iri
from graphrx.kg.store.sqlite import SqliteStore

ENDINGS = (".ttl", ".nq", ".tsv")
JUDGE = Path(
    os.environ.get("RDF_JUDGE", Path(__file__).parents[4] / "shared/judges/rdf-validate")
)  # fmt: skip
judged = pytest.mark.skipif(
    not JUDGE.exists() or shutil.which("java") is None,
    reason="no Apache Jena here (RDF_JUDGE names its launcher)",
)

NASTY = [
    'a "quoted" \\ back\\u0041slash', "tab\tline\nreturn\r\n", "\x00\x01\x7f", "\x85\u2028\ufeff",
    "'''\"\"\" . <x> # ;", "", " ", "二甲双胍 😀", "a|b", "\\0", "\\", '"', "NaN", "@en",
]  # fmt: skip


@pytest.fixture
def store(small_records: Records) -> Iterator[SqliteStore]:
    with SqliteStore() as store:
        ingest(store, small_records)
        ingest(store, odd(NASTY))
        yield store


def odd(texts: list[str]) -> Records:
    """Every free text of the model, filled with these."""

    def text(i: int) -> str:
        return texts[i % len(texts)]

    ids = ["GRX:drug.a%b/c", "CHEBI:1", "DOID:x&y=é", "GRX:.", "GRX:…"]
    node_source = text(7) or "s"
    nodes = tuple(
        NodeRecord(
            node, category, f"n{text(i)}", text(i + 1) or None,
            (Name(f"n{text(i)}", "en", "preferred"), Name(text(i + 2), "zh", "synonym")),
            tuple(sorted({f"x:{text(i)}", "CHEBI:2"})),
            canonical_json({text(i): [text(i + 3), 1, 1.5, None]}), node_source,
        )
        for i, (node, category) in enumerate(
            zip(ids, ["Drug", "Drug", "Disease", "SideEffect", "Regimen"], strict=True)
        )
    )  # fmt: skip
    statements = tuple(
        Statement(
            Triple(ids[i % 2], schema.TREATS, ids[2], canonical_json({"purpose": text(i)})),
            Evidence(
                text(i) or "s", text(i + 1), "text_mined", "text_mining_agent",
                [None, 0.1, 1e-300, 1.0][i % 4], canonical_json({"reason": text(i + 2)}),
                (text(i), "PMID:2", "PMID:1")[: i % 4], text(i + 3), [None, text(i)][i % 2],
                text(i + 4), [None, (0, 2**30)][i % 2],
            ),
        )
        for i in range(max(4, len(texts)))
    )  # fmt: skip
    return Records(
        nodes, statements, (Coverage(ids[0], "qt", text(1), text(2), text(3)),),
        tuple(SourceInfo(t, *([t] * 5), "label", trusted=False) for t in texts),
    )  # fmt: skip


def content(store: SqliteStore) -> tuple[set[object], ...]:
    return (set(store.nodes()), set(store.statements()), set(store.coverage()),
            set(store.sources()))  # fmt: skip


@pytest.mark.parametrize("ending", ENDINGS)
def test_what_goes_out_comes_back(store: SqliteStore, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{ending}"
    written = export_file(store, path)
    with SqliteStore() as again:
        report = ingest(again, read_file(path))
        assert report.rejects == ()
        assert content(again) == content(store)
        assert written == sum(map(len, content(store)))
        assert freeze(again, tmp_path / "a").sha256 == freeze(store, tmp_path / "b").sha256


@pytest.fixture(scope="module")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SqliteStore, str]]:
    with SqliteStore() as store:
        ingest(store, load())
        yield store, freeze(store, tmp_path_factory.mktemp("packaged") / "graph").sha256


@pytest.mark.parametrize("ending", ENDINGS)
def test_the_packaged_formulary_comes_back(
    packaged: tuple[SqliteStore, str], ending: str, tmp_path: Path
) -> None:
    store, sha256 = packaged
    path = tmp_path / f"graph{ending}"
    seen: list[int] = []
    export_file(store, path, seen.append)
    with SqliteStore() as again:
        ingest(again, read_file(path))
        assert sum(seen) == sum(map(len, content(store)))
        assert freeze(again, tmp_path / "a").sha256 == sha256


@pytest.mark.parametrize("ending", ENDINGS)
@given(texts=st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=6))
@settings(max_examples=25)
def test_any_text_comes_back(
    ending: str, texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("odd") / f"graph{ending}"
    with SqliteStore() as store, SqliteStore() as again:
        ingest(store, odd(texts))
        export_file(store, path)
        ingest(again, read_file(path))
        assert content(again) == content(store)


local = st.text(
    st.characters(exclude_categories=["Cs", "Z"], exclude_characters='<>"{}|\\^`:'), min_size=1
)


@given(st.sampled_from(sorted(PREFIXES)), local)
@example("GRX", "..")
@example("GRX", "record/x#%41?/../")
def test_an_id_has_one_iri(prefix: str, rest: str) -> None:
    curie = f"{prefix}:{rest}"
    assert id_of(iri(curie)) == curie
    if is_curie(curie):
        assert iri(curie).startswith(PREFIXES[prefix])


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_has_an_iri(text: str) -> None:
    assert id_of(iri(text)) == text


def test_every_word_has_its_own_iri() -> None:
    assert len(set(PREDICATES.values())) == len(schema.ALLOWED)
    assert len(set(CATEGORIES.values())) == len(schema.CATEGORIES)


@pytest.mark.parametrize("ending", [".ttl", ".nq"])
def test_a_file_in_another_layout_is_read_too(
    store: SqliteStore, ending: str, tmp_path: Path
) -> None:
    from rdflib import Graph

    path, other = tmp_path / f"a{ending}", tmp_path / f"b{ending}"
    export_file(store, path)
    if ending == ".ttl":
        Graph().parse(path).serialize(other, format="turtle")
    else:
        lines = sorted(path.read_text("utf-8").rstrip("\n").split("\n"))
        spaced = [line.replace("> <", ">\t <", 1) for line in lines]
        other.write_text("# sorted\r\n" + "\r\n".join(spaced) + "\r\n", "utf-8", newline="")
    with SqliteStore() as again:
        ingest(again, read_file(other))
        assert content(again) == content(store)


@pytest.mark.parametrize("size", [3, 50, 1000])
def test_turtle_is_cut_between_statements(
    store: SqliteStore, size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from graphrx.kg.rdf import parse

    path = tmp_path / "a.ttl"
    export_file(store, path)
    whole = set(parse.facts(path))
    monkeypatch.setattr(parse, "_PIECE", size)
    assert set(parse.facts(path)) == whole


@pytest.mark.parametrize("ending", [".ttl", ".nq"])
def test_the_export_has_the_shapes(store: SqliteStore, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{ending}"
    with SqliteStore() as clean:
        ingest(clean, Records(*(tuple(rows) for rows in content(store))))
        export_file(clean, path)
    assert check_shapes(path).problems == ()


def test_the_shapes_refuse_what_the_schema_forbids(small_records: Records, tmp_path: Path) -> None:
    treats = next(s for s in small_records.statements if s.triple.predicate == schema.TREATS)
    said = treats.evidence
    backwards = Statement(Triple(treats.triple.object, schema.TREATS, treats.triple.subject), said)
    with SqliteStore() as store:
        ingest(store, small_records)
        store.upsert(Records(statements=(backwards,)))
        export_file(store, tmp_path / "a.ttl")
    report = check_shapes(tmp_path / "a.ttl")
    assert not report.conforms
    assert any("type" in problem for problem in report.problems)


def test_the_shapes_know_the_schema() -> None:
    from rdflib import RDF, Graph, Namespace
    from rdflib.collection import Collection

    sh = Namespace("http://www.w3.org/ns/shacl#")
    graph = Graph().parse(SHAPES)
    for side, target in enumerate((sh.targetSubjectsOf, sh.targetObjectsOf)):
        found = {}
        for shape, predicate in graph.subject_objects(target):
            (prop,) = graph.objects(shape, sh.property)
            assert graph.value(prop, sh.path) == RDF.type
            listed = graph.value(graph.value(prop, sh.qualifiedValueShape), sh["in"])
            found[str(predicate)] = {str(item) for item in Collection(graph, listed)}
        assert found == {
            PREDICATES[predicate]: {CATEGORIES[c] for c in ends[side]}
            for predicate, ends in schema.ALLOWED.items()
        }
    lists = [
        {str(item) for item in Collection(graph, listed)}
        for listed in graph.objects(None, sh["in"])
    ]
    for words in (schema.LEVELS, schema.AGENTS, schema.CHECKS, PREDICATES.values(),
                  CATEGORIES.values()):  # fmt: skip
        assert set(words) in lists


@judged
@pytest.mark.parametrize("ending", [".ttl", ".nq"])
def test_jena_reads_it_strictly(
    packaged: tuple[SqliteStore, str], store: SqliteStore, ending: str, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{name}{ending}" for name in ("packaged", "odd")]
    export_file(packaged[0], paths[0])
    export_file(store, paths[1])
    done = subprocess.run([JUDGE, "riot", *paths], capture_output=True, text=True, check=False)
    complaints = [line for line in done.stderr.splitlines() if "SLF4J" not in line]
    assert (done.returncode, complaints) == (0, [])


@judged
def test_jena_finds_the_shapes_too(packaged: tuple[SqliteStore, str], tmp_path: Path) -> None:
    path = tmp_path / "graph.ttl"
    export_file(packaged[0], path)
    done = subprocess.run(
        [JUDGE, "shacl", "validate", "--shapes", SHAPES, "--data", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "sh:conforms  true" in done.stdout


@pytest.mark.parametrize("ending", [".ttl", ".nq"])
def test_a_cut_file_is_one_clear_error(store: SqliteStore, ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"graph{ending}"
    export_file(store, path)
    path.write_bytes(path.read_bytes()[:-200])
    with SqliteStore() as again, pytest.raises(InputError, match=r"line \d+|no <|again"):
        ingest(again, read_file(path))


def test_a_cut_table_is_one_clear_error(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "graph.tsv"
    export_file(store, path)
    table = tmp_path / "graph_edges.tsv"
    table.write_text("".join(table.read_text("utf-8").splitlines(keepends=True)[:-1]), "utf-8")
    with SqliteStore() as again, pytest.raises(InputError, match=r"rows, .* lists"):
        ingest(again, read_file(path))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("a.ttl", "", "no record"),
        ("a.nq", "<a:b> <a:c> <a:d> .\n", "no record"),
        ("a.nq", "<a:b> <a:c> .\n", "line 1"),
        ("a.ttl", "<a:b> <a:c> .\n", "not Turtle"),
        ("a.ttl", "<a:b> x:c 1 .\n", "not Turtle"),
        ("a.tsv", "id\tname\n", "no column"),
        ("a.tsv", "table\tfile\trows\n", "no file"),
    ],
)
def test_what_is_no_export_is_refused(name: str, text: str, says: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    with SqliteStore() as store, pytest.raises(InputError, match=says):
        ingest(store, read_file(path))


def test_scattered_records_are_refused(store: SqliteStore, tmp_path: Path) -> None:
    path = tmp_path / "a.nq"
    export_file(store, path)
    lines = path.read_text("utf-8").split("\n")
    path.write_text("\n".join([*lines[:2], *lines[-60:-1], *lines[2:-60], ""]), "utf-8")
    with SqliteStore() as again, pytest.raises(InputError, match="sort"):
        ingest(again, read_file(path))


def test_missing_files_and_endings(store: SqliteStore, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"\.ttl, \.nq, \.tsv"):
        export_file(store, tmp_path / "a.rdf")
    with pytest.raises(UsageError, match=r"\.ttl, \.nq, \.tsv"):
        list(read_file(tmp_path / "a.rdf"))
    for ending in ENDINGS:
        with pytest.raises(InputError, match="no file"):
            list(read_file(tmp_path / f"a{ending}"))
        with pytest.raises(InputError, match="can't be written"):
            export_file(store, tmp_path / "no" / f"a{ending}")
    assert list(tmp_path.iterdir()) == []


def test_without_the_extra_the_line_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rdflib", None)
    monkeypatch.setitem(sys.modules, "pyshacl", None)
    with pytest.raises(NotAvailableError, match=r"graphrx\[rdf\]"):
        list(read_file(tmp_path / "a.ttl"))
    with pytest.raises(NotAvailableError, match=r"graphrx\[rdf\]"):
        check_shapes(tmp_path / "a.ttl")


def test_kgx_has_the_columns_that_others_read(store: SqliteStore, tmp_path: Path) -> None:
    export_file(store, tmp_path / "g.tsv")
    header, *rows = (tmp_path / "g_edges.tsv").read_text("utf-8").rstrip("\n").split("\n")
    columns = header.split("\t")
    assert columns[:4] == ["id", "subject", "predicate", "object"]
    for row in rows:
        cells = dict(zip(columns, row.split("\t"), strict=True))
        assert cells["predicate"].startswith("biolink:")
        assert isinstance(json.loads(cells["qualifiers"]), dict)
