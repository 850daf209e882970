"""docs/sources.md is held to the sources."""

from pathlib import Path

import pytest
import yaml

from graphrx.kg.errors import UsageError
from graphrx.kg.sources import mapping, registry, table

DOCUMENT = Path(__file__).parents[3] / "docs" / "sources.md"


def test_the_table_is_up_to_date() -> None:
    text = DOCUMENT.read_text("utf-8")
    said = "run python -m graphrx.kg.sources.table --write docs/sources.md"
    assert table.renewed(text, table.known_counts()) == text, said


def test_every_source_is_in_it() -> None:
    text = DOCUMENT.read_text("utf-8")
    for name in registry.SOURCES:
        assert f"\n### {name}\n" in text
        assert registry.spec(name).pitfalls in text


def test_the_example_is_a_mapping() -> None:
    example = DOCUMENT.read_text("utf-8").partition("```yaml\n")[2].partition("```")[0]
    assert mapping.Mapping.model_validate(yaml.safe_load(example)).spec.name == "ward_list"


def test_a_document_without_markers_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "any.md"
    path.write_text("# Any\n")
    with pytest.raises(UsageError, match="markers"):
        table.main(["--write", str(path)])


def test_writes_to_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert table.main([]) == 0
    assert "| [ddinter](#ddinter) |" in capsys.readouterr().out


def test_counts_what_is_there(tmp_path: Path) -> None:
    folder = tmp_path / "onc"
    folder.mkdir()
    (folder / "ONC_High_Priority_Mapped.csv").write_text("A$DB90001$B$DB90002$\nA$DB90001$\n")
    found = table.count(tmp_path)
    assert found["onc"] == {"pharmacologically_interacts_with": 1, "reject": 1}
    assert "ddinter" not in found
