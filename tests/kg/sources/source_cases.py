"""The contract of every source. A new source is tested by its name and a few invented rows::

class TestMySource(SourceCases):
    name = "mysource"
    files = {"table.tsv": "drug\\tdisease\\nDB00001\\tDOID:1\\n"}
"""

import gzip
import io
import os
import tarfile
from collections import Counter
from pathlib import Path
from types import MappingProxyType

import pytest

from graphrx.kg import schema
from graphrx.kg.errors import NotAvailableError, SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row

REAL = Path(os.environ.get("GRAPHRX_DATA", Path(__file__).parents[4] / "shared" / "data"))


def write(folder: Path, files: dict[str, str | bytes | dict[str, str]]) -> None:
    """Write invented files: ``.gz`` is compressed, a dict becomes a ``.tar.gz`` of its members."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, dict):
            with tarfile.open(path, "w:gz") as archive:
                for member, text in content.items():
                    info = tarfile.TarInfo(member)
                    info.size = len(text.encode())
                    archive.addfile(info, io.BytesIO(text.encode()))
            continue
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def counts(items: list[Item]) -> Counter[str]:
    """Predicates of rows, "entity", and "reject"."""
    return Counter(
        i.predicate if isinstance(i, Row) else "entity" if isinstance(i, EntityRow) else "reject"
        for i in items
    )


def refs(item: Item) -> tuple[Ref, ...]:
    if isinstance(item, Row):
        return item.subject, item.object
    return (item.ref, *item.parents) if isinstance(item, EntityRow) else ()


class SourceCases:
    """What must hold of a source."""

    name: str
    files: dict[str, str | bytes | dict[str, str]]
    """Invented rows in the source's format: file → content."""
    expected: dict[str, int] | None = None
    """Predicate, "entity" or "reject" → number, of the invented rows."""
    real: dict[str, int] = MappingProxyType({})
    """The same of the real data, where it is there; only the keys given are compared."""
    tables: tuple[str, ...] = ()
    """Files with a header row; without it the source must say which column is missing."""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        write(tmp_path, self.files)
        return tmp_path

    def read(self, folder: Path) -> list[Item]:
        module = registry._module(self.name)
        return list(registry.Source(module.SPEC, folder, module.read).read())

    def test_spec_is_complete(self) -> None:
        spec = registry.spec(self.name)
        assert spec.name == self.name
        assert spec.title
        assert spec.version
        assert spec.licence
        assert spec.pitfalls
        assert spec.url.startswith("https://") or spec.name in registry.USERS_OWN
        assert spec.level in schema.LEVELS
        assert spec.agent in schema.AGENTS
        assert spec.checks == (), "only the formulary claims coverage"
        assert not (spec.noncommercial and spec.trusted), "non-commercial sets are judges"
        assert len(spec.date) == 10

    def test_reads_rows_of_the_schema(self, folder: Path) -> None:
        items = self.read(folder)
        check(items)
        assert any(not isinstance(item, Reject) for item in items)
        if self.expected is not None:
            assert counts(items) == self.expected

    def test_the_same_twice(self, folder: Path) -> None:
        assert self.read(folder) == self.read(folder)

    def test_says_which_file_is_missing(self, folder: Path) -> None:
        for name in registry.spec(self.name).files:
            (folder / name).rename(folder / "away")
            with pytest.raises(NotAvailableError) as caught:
                self.read(folder)
            assert name in caught.value.message
            (folder / "away").rename(folder / name)

    def test_says_which_column_is_missing(self, folder: Path) -> None:
        for name in self.tables:
            write(folder, {name: "nothing\tof,the$kind\n1\t2,3$4\n"})
            with pytest.raises(SourceError, match="column"):
                self.read(folder)
            write(folder, self.files)

    def test_a_cut_archive_is_one_error(self, folder: Path) -> None:
        for name in self.files:
            if name.endswith(".gz"):
                data = (folder / name).read_bytes()
                (folder / name).write_bytes(data[: len(data) - 12])
                with pytest.raises(SourceError) as caught:
                    self.read(folder)
                assert name in caught.value.message
                assert "\n" not in caught.value.message
                (folder / name).write_bytes(data)

    def test_reads_the_real_data(self) -> None:
        try:
            source = registry.source(self.name, REAL)
            items = list(source.read())
        except NotAvailableError as error:
            pytest.skip(error.message)
        check(items)
        found = counts(items)
        assert {key: found[key] for key in self.real} == self.real


def check(items: list[Item]) -> None:
    """Hold every item against the schema."""
    for item in items:
        for ref in refs(item):
            assert ref.category in schema.CATEGORIES, item
            assert ref.ids or ref.name or ref.name_zh, item
            assert all(ref.ids), item
        if isinstance(item, Row):
            said = schema.violation(item.predicate, item.subject.category, item.object.category)
            assert said is None, (said, item)
            assert item.level is None or item.level in schema.LEVELS
            assert item.agent is None or item.agent in schema.AGENTS
            assert item.source_row
            if item.predicate in (schema.CONTRAINDICATED_IN, schema.INTERACTS_WITH):
                assert item.qualifiers.get("severity") in schema.SEVERITIES, item
        elif isinstance(item, Reject):
            assert item.reason
            assert len(item.row) < 2000
