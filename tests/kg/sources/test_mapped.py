"""Tables that a mapping file declares."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.kg.sources.source_cases import check, counts

from graphrx.kg.errors import InputError, NotAvailableError, SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Row
from graphrx.kg.sources.mapped import source

_MAPPING: dict[str, Any] = {
    "name": "ward_list",
    "title": "Interactions that our ward watches",
    "version": "3",
    "date": "2026-01-15",
    "licence": "CC0-1.0",
    "level": "expert_list",
    "file": "pairs.csv",
    "format": "csv",
    "delimiter": ";",
    "subject": {"category": "Drug", "id": "drug", "prefix": "DRUGBANK", "name": "name"},
    "predicate": "pharmacologically_interacts_with",
    "object": {"category": "Drug", "name": "with", "name_zh": "zh", "synonyms": "also"},
    "qualifiers": {
        "severity": {"column": "grade", "values": {"A": "contraindicated", "B": "major"}},
    },
    "notes": {"reason": "why"},
    "publications": "pmid",
    "confidence": "score",
}
_TABLE = (
    "drug;name;with;zh;also;grade;why;pmid;score\n"
    "DB90001;Examplin;Otherol;另例;Otherolum|Otherin;A;it hurts;PMID:1|PMID:2;0.5\n"
    "DB90001;Examplin;Thirdin;;;B;;;\n"
    "DB90001;Examplin;Thirdin;;;C;;;\n"
    "DB90001;Examplin;;;;B;;;\n"
    "DB90001;Examplin;Otherol;;;B;;;often\n"
    "DB90001;Examplin\n"
)


def _write(folder: Path, mapping: object, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("_", ".")).write_text(text, encoding="utf-8")
    path = folder / "mapping.yaml"
    path.write_text(yaml.safe_dump(mapping, allow_unicode=True), encoding="utf-8")
    return path


def _read(path: Path) -> list[Item]:
    items = list(source(path).read())
    check(items)
    return items


def test_a_table_becomes_a_source(tmp_path: Path) -> None:
    path = _write(tmp_path, _MAPPING, pairs_csv=_TABLE)
    items = _read(path)
    assert counts(items) == {"pharmacologically_interacts_with": 2, "reject": 4}
    first = items[0]
    assert isinstance(first, Row)
    assert first.subject.ids == ("DRUGBANK:DB90001",)
    assert first.object.name_zh == "另例"
    assert first.object.synonyms == ("Otherolum", "Otherin")
    assert first.qualifiers == {"severity": "contraindicated"}
    assert first.notes == {"reason": "it hurts"}
    assert first.publications == ("PMID:1", "PMID:2")
    assert first.confidence == 0.5
    spec = source(path).spec
    assert (spec.name, spec.date, spec.checks, spec.trusted) == (
        "ward_list", "2026-01-15", (), False,
    )  # fmt: skip


def test_rejects_say_why(tmp_path: Path) -> None:
    items = _read(_write(tmp_path, _MAPPING, pairs_csv=_TABLE))
    assert [item.reason for item in items if isinstance(item, Reject)] == [
        "grade 'C' is not in the mapping",
        "row names only one thing",
        "score 'often' is no number",
        "row has not the 9 cells of the header",
    ]


def test_predicate_and_category_from_columns(tmp_path: Path) -> None:
    mapping = _MAPPING | {
        "file": "facts.tsv",
        "format": "tsv",
        "delimiter": None,
        "subject": {"category": "Drug", "id": "s"},
        "predicate": {"column": "p", "values": {"for": "treats", "not": "contraindicated_in"}},
        "object": {"category": {"column": "kind"}, "id": "o"},
        "qualifiers": {}, "notes": {}, "publications": None, "confidence": None,
    }  # fmt: skip
    table = (
        "s\tp\to\tkind\n"
        "DRUGBANK:DB90001\tfor\tDOID:1\tDisease\n"
        "DRUGBANK:DB90001\tnot\tHP:1\tPhenotypicFeature\n"
        "DRUGBANK:DB90001\tfor\tNCBIGENE:1\tGene\n"
        "DRUGBANK:DB90001\tfor\tNCBIGENE:1\tPlanet\n"
    )
    items = _read(_write(tmp_path, mapping, facts_tsv=table))
    assert counts(items) == {"treats": 1, "contraindicated_in": 1, "reject": 2}
    assert isinstance(items[1], Row)
    assert items[1].qualifiers == {"severity": "unknown", "check": "drug_disease"}


def test_kgx(tmp_path: Path) -> None:
    mapping = {
        key: _MAPPING[key] for key in ("name", "title", "version", "date", "licence")
    } | {"format": "kgx", "file": "edges.tsv", "nodes": "nodes.tsv"}  # fmt: skip
    nodes = (
        "id\tcategory\tname\n"
        "CHEBI:1\tbiolink:SmallMolecule|biolink:NamedThing\tExamplin\n"
        "MONDO:1\tbiolink:Disease\texample disease\n"
        "NCBIGENE:1\tbiolink:Protein\tEXMPL\n"
    )
    edges = (
        "subject\tpredicate\tobject\n"
        "CHEBI:1\tbiolink:treats\tMONDO:1\n"
        "CHEBI:1\tbiolink:affects\tMONDO:1\n"
        "CHEBI:1\tbiolink:treats\tNCBIGENE:1\n"
        "MONDO:1\tbiolink:treats\tCHEBI:1\n"
    )
    items = _read(_write(tmp_path, mapping, nodes_tsv=nodes, edges_tsv=edges))
    assert counts(items) == {"treats": 1, "reject": 4}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"predicate": "cures"}, "'cures' is not known"),
        ({"subject": {"category": "Planet", "name": "name"}}, "'Planet' is not known"),
        ({"subject": {"category": "Drug"}}, "id, name or name_zh"),
        ({"object": None}, "object not given"),
        ({"qualifiers": {"severity": {"column": "a", "value": "b"}}}, "either column or value"),
        ({"delimiter": "::"}, "delimiter: give one character"),
        ({"colour": "red"}, "colour"),
        ({"name": "Ward list"}, "name"),
        ({"date": "last year"}, "date"),
        ({"level": "gospel"}, "level"),
        ({"format": "kgx"}, "leave out subject"),
        ({"nodes": "nodes.tsv"}, "only KGX has nodes"),
    ],
)
def test_a_bad_mapping_is_one_clear_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    path = _write(tmp_path, _MAPPING | change)
    with pytest.raises(SourceError) as caught:
        source(path)
    assert said in caught.value.message
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


def test_what_is_no_mapping(tmp_path: Path) -> None:
    path = tmp_path / "mapping.yaml"
    with pytest.raises(InputError, match="no mapping file"):
        source(path)
    path.write_text("a: [1")
    with pytest.raises(SourceError, match="no YAML"):
        source(path)
    path.write_text("- 1")
    with pytest.raises(SourceError, match="no mapping file"):
        source(path)


def test_says_which_column_and_which_file_is_missing(tmp_path: Path) -> None:
    path = _write(tmp_path, _MAPPING, pairs_csv="drug;name\n")
    with pytest.raises(SourceError, match="no column"):
        list(source(path).read())
    (tmp_path / "pairs.csv").unlink()
    with pytest.raises(NotAvailableError, match=r"pairs\.csv"):
        list(source(path).read())


def test_a_noncommercial_table_is_never_trusted(tmp_path: Path) -> None:
    path = _write(tmp_path, _MAPPING | {"noncommercial": True, "trusted": True})
    assert not source(path).spec.trusted
