"""Coverage rows: written only for what was read, and for pairs only after an audit."""

import json
import shutil
from pathlib import Path

import pytest
from tests.kg.conftest import FORMULARY

from graphrx.kg.errors import SourceError
from graphrx.kg.formulary.coverage import formulary_digest, main, table
from graphrx.kg.formulary.dismissed import Dismissals
from graphrx.kg.formulary.loader import problems
from graphrx.kg.schema import CHECKS


@pytest.fixture
def formulary(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FORMULARY, tmp_path / "formulary"))


def write_audit(formulary: Path, drugs: list[str], open_pairs: dict[str, list[str]]) -> Path:
    path = formulary.parent / "audit.json"
    audit = {
        "formulary_sha256": formulary_digest(formulary), "audited": drugs, "open": open_pairs,
    }  # fmt: skip
    path.write_text(json.dumps(audit), encoding="utf-8")
    return path


def checks_of(text: str, drug: str) -> set[str]:
    lines = [line.split("\t") for line in text.splitlines()[1:]]
    return {check for name, check, *_ in lines if name == drug}


def test_drug_pairs_only_without_open_pair(formulary: Path) -> None:
    audit = write_audit(formulary, ["metformin", "warfarin"], {"warfarin": ["aspirin (list)"]})
    text = table(formulary, audit)
    assert "drug_drug" in checks_of(text, "metformin")
    assert "drug_drug" not in checks_of(text, "warfarin")
    assert "dose" in checks_of(text, "metformin") & checks_of(text, "warfarin")
    assert "dose" not in checks_of(text, "sildenafil")  # its file states the usual dose alone
    assert {"allergy", "duplicate", "renal"} <= checks_of(text, "warfarin") <= set(CHECKS)


def test_written_file_loads_and_is_up_to_date(formulary: Path) -> None:
    audit = write_audit(formulary, ["metformin"], {})
    assert main([str(formulary), "--audit", str(audit)]) == 0
    assert problems(formulary) == []
    assert main([str(formulary), "--audit", str(audit), "--check"]) == 0


def test_refuses_an_audit_of_another_formulary(formulary: Path) -> None:
    audit = write_audit(formulary, ["metformin"], {})
    with (formulary / "sources.yaml").open("a", encoding="utf-8") as file:
        file.write("\n")
    with pytest.raises(SourceError, match="another formulary"):
        table(formulary, audit)


def test_refuses_without_an_audit(formulary: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(formulary), "--audit", str(formulary / "none.json")]) == 70
    assert "run python benchmarks/coverage_audit.py" in capsys.readouterr().err


def test_refuses_a_check_that_is_not_accounted_for(formulary: Path) -> None:
    drug = formulary / "drugs" / "metformin.yaml"
    text = drug.read_text(encoding="utf-8")
    assert "no_rule: [" in text
    start = text.index("no_rule: [")
    drug.write_text(text[:start] + text[text.index("]", start) + 1 :], encoding="utf-8")
    with pytest.raises(SourceError, match="no_rule"):
        table(formulary, write_audit(formulary, ["metformin"], {}))


def test_dismissals_cover_both_directions(formulary: Path) -> None:
    (formulary / "dismissed.yaml").write_text(
        "- {between: [naloxone, [CNS depressants, ropinirole]], reason: does not sedate}\n",
        encoding="utf-8",
    )
    dismissals = Dismissals.read(formulary)
    assert dismissals.reason({"diazepam", "CNS depressants"}, {"naloxone"}) == "does not sedate"
    assert dismissals.reason({"naloxone"}, {"diazepam"}) is None
    assert dismissals.names() == {"naloxone", "CNS depressants", "ropinirole"}
    assert problems(formulary) == []


def test_dismissal_needs_a_reason(formulary: Path) -> None:
    (formulary / "dismissed.yaml").write_text("- {between: [a, b]}\n", encoding="utf-8")
    with pytest.raises(SourceError, match="entry 1"):
        Dismissals.read(formulary)
