"""Broken files: one clear error, or a reject with its reason and the rest intact."""

from pathlib import Path

import pytest
from tests.kg.sources.source_cases import write
from tests.kg.sources.test_chinese import TestCmekg as Cmekg
from tests.kg.sources.test_chinese import TestCnMedicalJson as CnMedicalJson
from tests.kg.sources.test_interactions import TestAnsm as Ansm
from tests.kg.sources.test_interactions import TestDdinter as Ddinter
from tests.kg.sources.test_interactions import TestNdfrt as Ndfrt
from tests.kg.sources.test_interactions import TestOnc as Onc
from tests.kg.sources.test_sider4 import TestSider4 as Sider4
from tests.kg.sources.test_users_own import TestPrimeKg as PrimeKg

from graphrx.kg.compose import Composer
from graphrx.kg.errors import SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.model import Records
from graphrx.kg.resolution.reference import reference
from graphrx.kg.resolution.resolver import Resolver
from graphrx.kg.sources import mapped, registry
from graphrx.kg.sources.base import Item

CASES = [Ddinter, Onc, Ndfrt, Sider4, Cmekg, CnMedicalJson, PrimeKg]
TEXTS = [case for case in CASES if case is not CnMedicalJson]
HUGE = "x" * 10_000_000


def _main(case: type) -> str:
    """The file that most rows stand in."""
    if case is Ddinter:
        return "ddinter_downloads_code_A.csv.gz"
    return next(iter(case.files))


def _read(name: str, folder: Path) -> list[Item]:
    module = registry._module(name)
    return list(registry.Source(module.SPEC, folder, module.read).read())


@pytest.mark.parametrize("case", TEXTS, ids=lambda case: case.name)
def test_wrong_encoding_is_one_error(case: type, tmp_path: Path) -> None:
    write(tmp_path, case.files)
    main = _main(case)
    write(tmp_path, {main: case.files[main].encode() + "示例\n".encode("gb18030")})
    with pytest.raises(SourceError, match=r" line \d+ is not UTF-8") as caught:
        _read(case.name, tmp_path)
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_row_of_ten_megabytes_is_a_reject(case: type, tmp_path: Path) -> None:
    write(tmp_path, case.files)
    before = _read(case.name, tmp_path)
    main = _main(case)
    if case is CnMedicalJson:
        members = dict(case.files[main])
        members["cn_medical_json/medical_2.json"] = '{\n"9":{"name":"' + HUGE + '"}\n}'
        write(tmp_path, {main: members})
    else:
        write(tmp_path, {main: case.files[main] + HUGE + "\n"})
    after = _read(case.name, tmp_path)
    extra = [item for item in after if item not in before]
    assert [item for item in after if item in before] == before
    assert len(extra) == 1
    assert isinstance(extra[0], Reject)
    assert len(extra[0].row) < 2000


@pytest.mark.parametrize("case", [Ddinter, Onc, Sider4, PrimeKg], ids=lambda case: case.name)
def test_duplicated_rows_say_nothing_new(case: type, tmp_path: Path) -> None:
    write(tmp_path, case.files)
    before = {item for item in map(_said, _read(case.name, tmp_path)) if item}
    main = _main(case)
    head, *rows = case.files[main].splitlines(keepends=True)
    again = [row for row in rows if "\t" in row or "," in row or "$" in row]
    write(tmp_path, {main: "".join([head, *rows, *again])})
    assert {item for item in map(_said, _read(case.name, tmp_path)) if item} == before


def _said(item: Item) -> str:
    if isinstance(item, Reject):
        return ""
    return repr((item.source_row, getattr(item, "qualifiers", None)))


def test_damaged_json_is_one_error(tmp_path: Path) -> None:
    write(tmp_path, Ansm.files)
    name = next(iter(Ansm.files))
    write(tmp_path, {name: b"\xff\xfe[]"})
    with pytest.raises(SourceError, match="not UTF-8"):
        _read("ansm", tmp_path)


def test_an_entry_of_ten_megabytes_in_json_is_a_reject(tmp_path: Path) -> None:
    write(tmp_path, Ansm.files)
    before = _read("ansm", tmp_path)
    name = next(iter(Ansm.files))
    text = Ansm.files[name].rstrip("]")
    entry = '{"main_drug": "' + HUGE + '", "plus_drug": "", "severity_levels": [], '
    write(tmp_path, {name: text + ", " + entry + '"interaction_mechanism": ""}]'})
    after = _read("ansm", tmp_path)
    assert [item for item in after if item in before] == before
    assert len(after) == len(before) + 1


def test_an_unknown_prefix_is_a_reject_and_the_rest_is_built(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "mapping.yaml": "{name: any_list, title: Any, version: '1', date: 2026-01-01, "
            "licence: CC0-1.0, file: any.tsv, predicate: treats, "
            "subject: {category: Drug, id: drug}, object: {category: Disease, id: disease}}",
            "any.tsv": "drug\tdisease\nDRUGBANK:DB90001\tDOID:90001\nNOPE:1\tDOID:90001\n",
        },
    )
    source = mapped.source(tmp_path / "mapping.yaml")
    composer = Composer(source.spec, Resolver(reference(Records())))
    batches = list(composer.batches(source.read()))
    assert sum(len(batch.statements) for batch in batches) == composer.counts.evidence
    assert len(composer.rejected) + composer.counts.mapped == 2
    assert any("NOPE:1" in reject.row for reject in composer.rejected)
