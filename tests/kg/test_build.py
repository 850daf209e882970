"""Building: idempotent, order-free, reversible; what is wrong is one error and the rest stands."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from tests.kg.sources.source_cases import write
from tests.kg.sources.test_indications import TestEveryCure as EveryCure
from tests.kg.sources.test_pharmacotherapydb import TestPharmacotherapyDb as PharmacotherapyDb
from tests.kg.sources.test_vocabularies import TestDiseaseOntology as DiseaseOntology
from tests.kg.sources.test_vocabularies import TestDrugBankOpen as DrugBankOpen
from tests.kg.sources.test_vocabularies import TestDrugCentral as DrugCentral

from graphrx.kg import build as building
from graphrx.kg import schema
from graphrx.kg.build import build
from graphrx.kg.compose import Composer
from graphrx.kg.errors import (
    BaselineError,
    InputError,
    NotAvailableError,
    SourceError,
    UsageError,
)
from graphrx.kg.freeze import freeze
from graphrx.kg.hierarchy import in_cycles
from graphrx.kg.licences import of_the_whole
from graphrx.kg.sources import pharmacotherapydb, registry
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row
from graphrx.kg.sources.registry import Source
from graphrx.kg.store.sqlite import SqliteStore

FORMULARY = Path(__file__).parents[1] / "fixtures" / "formulary"
CASES = (EveryCure, PharmacotherapyDb, DiseaseOntology, DrugBankOpen, DrugCentral)
NAMES = [case.name for case in CASES]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    for case in CASES:
        write(tmp_path / "data" / case.name, case.files)
    return tmp_path / "data"


@pytest.fixture(autouse=True)
def _no_baseline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Invented rows are not the ones that the baseline counted."""
    monkeypatch.setattr(building, "baselines", dict)


def hash_of(store: SqliteStore, tmp_path: Path) -> str:
    return freeze(store, tmp_path / "snapshot").sha256


def run(store: SqliteStore, data: Path | None, **options: object) -> building.BuildReport:
    return build(store, data, formulary=FORMULARY, **options)  # type: ignore[arg-type]


def test_reports_every_source(data: Path, tmp_path: Path) -> None:
    seen: dict[str, int] = {}

    def progress(name: str, rows: int) -> None:
        seen[name] = seen.get(name, 0) + rows

    with SqliteStore() as store:
        report = run(store, data, rejects_dir=tmp_path / "rejects", progress=progress)
    assert report.sources[0].name == "formulary"
    assert {source.name for source in report.sources} == {*NAMES, "formulary"} | {
        source.name for source in report.sources if source.name in ("hpo", "ansm")
    }
    for source in report.sources:
        assert source.read == source.mapped + source.rejected
        assert source.error is None
        assert seen[source.name] > 0
    assert "ddinter" in dict(report.skipped)
    rejects = (tmp_path / "rejects" / "pharmacotherapydb.jsonl").read_text("utf-8").splitlines()
    assert {json.loads(line)["reason"] for line in rejects} == {
        "marked as not indicated: a negative example", "row has not the 7 cells of the header",
    }  # fmt: skip
    assert "everycure" in report.licence


def test_the_second_build_changes_nothing(data: Path, tmp_path: Path) -> None:
    with SqliteStore() as store:
        assert run(store, data, only=NAMES).changed > 0
        first = hash_of(store, tmp_path)
        assert run(store, data, only=NAMES).changed == 0
        assert hash_of(store, tmp_path) == first


def test_a_dry_run_counts_and_writes_nothing(data: Path) -> None:
    with SqliteStore() as store:
        dry = run(store, data, only=NAMES, dry_run=True)
        assert set(store.counts().values()) == {0}
        wet = run(store, data, only=NAMES)
    assert [(s.name, s.evidence, s.rejected) for s in dry.sources] == [
        (s.name, s.evidence, s.rejected) for s in wet.sources
    ]


def test_the_order_of_sources_does_not_matter(data: Path, tmp_path: Path) -> None:
    hashes = set()
    for seed in range(4):
        names = list(NAMES)
        Random(seed).shuffle(names)
        with SqliteStore() as store:
            for name in names:
                run(store, data, only=[name])
            hashes.add(hash_of(store, tmp_path))
    assert len(hashes) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_retracted_source_was_never_there(data: Path, tmp_path: Path, name: str) -> None:
    with SqliteStore() as store:
        run(store, data, only=[other for other in NAMES if other != name])
        without = hash_of(store, tmp_path)
    with SqliteStore() as store:
        run(store, data, only=NAMES)
        store.retract(source=name)
        assert hash_of(store, tmp_path) == without


def test_a_broken_source_leaves_the_rest_and_itself_out(data: Path, tmp_path: Path) -> None:
    path = data / "disease_ontology" / "HumanDO.obo.gz"
    whole = path.read_bytes()
    names = [name for name in NAMES if name != "everycure"]
    with SqliteStore() as store:
        run(store, data, only=names)
        complete = hash_of(store, tmp_path)
    path.write_bytes(whole[:-9])
    with SqliteStore() as store:
        # The resolver reads it too, and can't do without what it can't read.
        with pytest.raises(SourceError, match="cut short"):
            run(store, data, only=names)
        path.write_bytes(whole)
        table = data / "pharmacotherapydb" / "indications.tsv"
        good = table.read_bytes()
        table.write_bytes(good + b"\xff\xfe")
        report = run(store, data, only=names, strict=False)
        assert {s.name for s in report.sources if s.error} == {"pharmacotherapydb"}
        assert not any(s.evidence.source == "pharmacotherapydb" for s in store.statements())
        with pytest.raises(SourceError, match="not UTF-8"):
            report.raise_first()
        table.write_bytes(good)
        run(store, data, only=names)
        assert hash_of(store, tmp_path) == complete


def test_more_rejects_than_the_baseline_is_an_error(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(building, "baselines", lambda: {"pharmacotherapydb": 1})
    with SqliteStore() as store, pytest.raises(BaselineError, match="baseline allows 1"):
        run(store, data, only=["pharmacotherapydb"])


def test_every_source_has_a_baseline() -> None:
    counted = json.loads(building.BASELINE.read_text("utf-8"))
    assert set(counted) == set(registry.SOURCES) - registry.USERS_OWN


def test_says_what_it_does_not_know(data: Path, tmp_path: Path) -> None:
    with SqliteStore() as store:
        with pytest.raises(UsageError, match="'drugbonk' is not known"):
            run(store, data, only=["drugbonk"])
        with pytest.raises(NotAvailableError, match="ddinter"):
            run(store, data, only=["ddinter"])
        with pytest.raises(InputError, match="data directory"):
            run(store, tmp_path / "nowhere")
        assert [s.name for s in run(store, None).sources] == ["formulary"]


class Invented:
    """A source that says what it is told."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = list(items)

    def __call__(self, folder: Path) -> Iterator[Item]:
        return iter(self.items)


def invented(name: str, *items: Item, **spec: object) -> Source:
    known = replace(pharmacotherapydb.SPEC, name=name, files=(), **spec)  # type: ignore[arg-type]
    return Source(known, Path(), Invented(items))


DRUG = Ref(schema.DRUG, ("DRUGBANK:DB00331",), "metformin")
DISEASE = Ref(schema.DISEASE, ("MONDO:1",), "invented disease")


def test_an_unknown_id_is_a_node_of_its_own_and_an_unknown_name_a_reject() -> None:
    source = invented(
        "one",
        Row("a", DRUG, schema.TREATS, DISEASE),
        Row("b", DRUG, schema.TREATS, Ref(schema.DISEASE, (), "unheard of")),
        Row("c", DRUG, schema.TREATS, Ref(schema.DISEASE, ("FOO:1",), "unheard of")),
        Row("d", DRUG, schema.MEMBER_OF, Ref(schema.DRUG_CLASS, (), "antithrombotic drugs")),
        Row("e", DISEASE, schema.TREATS, DISEASE),
    )
    with SqliteStore() as store:
        report = run(store, None, extra=[source])
        (record,) = [r for r in store.node_records("MONDO:1") if r.source == "one"]
    assert record.name == "invented disease"
    one = report.sources[-1]
    assert (one.mapped, one.rejected, one.evidence) == (1, 4, 1)
    assert dict(one.rejects) == {
        "no id and name not known": 1, "id of unknown prefix": 1, "both ends are one node": 1,
        "who belongs to a class of the formulary is the formulary's to say": 1,
    }  # fmt: skip


def test_the_reason_of_a_mapping_is_kept() -> None:
    glucophage = Ref(schema.DRUG, ("CHEBI:6801",), "Metformin")
    source = invented("one", Row("a", glucophage, schema.TREATS, DISEASE))
    with SqliteStore() as store:
        run(store, None, extra=[source])
        records = {r.source: r for r in store.node_records("DRUGBANK:DB00331")}
    assert json.loads(records["one"].attributes) == {"mapped_one": {"CHEBI:6801": "exact name"}}
    assert "CHEBI:6801" in records["one"].xrefs


def test_a_name_of_the_formulary_keeps_its_one_meaning() -> None:
    other = EntityRow(Ref(schema.DRUG, ("CHEBI:9",), "other drug", None, ("metformin", "odd name")))
    with SqliteStore() as store:
        run(store, None, extra=[invented("one", other)])
        assert [node for node, _ in store.named("metformin")] == ["DRUGBANK:DB00331"]
        assert [node for node, _ in store.named("odd name")] == ["CHEBI:9"]


def test_circles_are_left_out(tmp_path: Path) -> None:
    a, b, c = (Ref(schema.DISEASE, (f"MONDO:{n}",), f"disease {n}") for n in "abc")
    nowhere = Ref(schema.DISEASE, ("MONDO:z",))
    rows = EntityRow(a, (b,)), EntityRow(b, (a, c)), EntityRow(c, (nowhere,))
    source = invented("one", *rows)
    with SqliteStore() as store:
        report = run(store, None, extra=[source])
        edges = {
            (s.triple.subject, s.triple.object)
            for s in store.statements()
            if s.evidence.source == "one"
        }
        assert freeze(store, tmp_path / "s").counts["dangling"] == 0
    assert edges == {("MONDO:b", "MONDO:c")}
    assert dict(report.sources[-1].rejects) == {
        "subclass_of runs in a circle": 2, "the parent is described nowhere": 1,
    }  # fmt: skip
    assert in_cycles([("a", "b"), ("b", "c"), ("c", "a"), ("d", "a"), ("e", "e")]) == {
        ("a", "b"), ("b", "c"), ("c", "a"), ("e", "e"),
    }  # fmt: skip


def test_an_end_that_nobody_names_is_called_by_its_id(tmp_path: Path) -> None:
    source = invented("one", Row("a", DRUG, schema.TREATS, Ref(schema.DISEASE, ("MONDO:7",))))
    with SqliteStore() as store:
        run(store, None, extra=[source])
        assert [record.name for record in store.node_records("MONDO:7")] == ["MONDO:7"]
        assert freeze(store, tmp_path / "s").counts["dangling"] == 0


def test_conflicts_are_shown() -> None:
    rule = {"check": "drug_disease", "severity": "contraindicated"}
    drug = Ref(schema.DRUG, ("CHEBI:1",), "a drug")
    one = invented(
        "one",
        Row("a", DRUG, schema.TREATS, DISEASE),
        Row("b", DRUG, schema.INTERACTS_WITH, drug, {"severity": "major"}),
    )
    two = invented(
        "two",
        Row("a", DRUG, schema.CONTRAINDICATED_IN, DISEASE, rule),
        Row("b", drug, schema.INTERACTS_WITH, DRUG, {"severity": "minor"}),
        licence="CC-BY-NC-SA-4.0",
        noncommercial=True,
    )
    three = invented("three", Row("b", drug, schema.INTERACTS_WITH, DRUG, {"severity": "unknown"}))
    with SqliteStore() as store:
        report = run(store, None, extra=[one, two, three])
    found = [c for c in report.conflicts.all if "CHEBI:1" in (c.subject, c.object)
             or c.object == "MONDO:1"]  # fmt: skip
    assert [(c.kind, c.sayings) for c in found] == [
        ("severity differs", (("one", "major"), ("three", "unknown"), ("two", "minor"))),
        ("treats and contraindicated", (("one", "treats"), ("two", "contraindicated_in"))),
    ]
    assert report.licence.startswith("no commercial use (two); share under the same licence (two)")


def test_licence_of_permissive_sources() -> None:
    assert of_the_whole({"a": "CC0-1.0"}, frozenset()) == "free to use: CC0-1.0"


def test_a_source_has_its_own_row_once_it_was_read_to_its_end(small_records) -> None:  # type: ignore[no-untyped-def]
    from graphrx.kg.resolution.reference import reference
    from graphrx.kg.resolution.resolver import Resolver

    composer = Composer(pharmacotherapydb.SPEC, Resolver(reference(small_records)))
    *first, last = composer.batches([Row("a", DRUG, schema.TREATS, DISEASE)])
    assert all(not batch.sources for batch in first)
    assert [source.id for source in last.sources] == ["pharmacotherapydb"]
