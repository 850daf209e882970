"""The screen in 80 columns without colours, in both languages; it is drawn from the JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from tests.verifier.support import patient

from graphrx.pipelines.check import check
from graphrx.pipelines.screen import Screen
from graphrx.pipelines.session import Session

GOLDEN = Path(__file__).parent / "screens"
PATIENT: dict[str, Any] = patient(
    diagnoses=["2型糖尿病", "CKD stage 3b", "flibberosis"],
    current_drugs=["isosorbide mononitrate", "warfarin sodium 5 mg"],
    allergies=["penicillin (rash)"],
    egfr_ml_min_1_73m2=None,
    history=None,
)
Drawn = Callable[..., str]
DRUGS = ["万艾可", "metformin", "布洛芬", "cefalexin", "Aspirinn"]


@pytest.fixture
def drawn(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Drawn:
    monkeypatch.setenv("NO_COLOR", "1")

    def draw(result: dict[str, Any], langs: list[str], *, full: bool = False) -> str:
        Screen(langs, width=80, full=full).show(result)
        return capsys.readouterr().out

    return draw


@pytest.mark.parametrize("langs", [["en"], ["zh"], ["en", "zh"]], ids="-".join)
def test_golden(small: Session, drawn: Drawn, langs: list[str]) -> None:
    result = check(small, PATIENT, DRUGS)
    result["kb"]["sha256"] = "0" * 64  # the screen is what is held here, not the graph
    text = drawn(result, langs)
    path = GOLDEN / f"check.{'-'.join(langs)}.txt"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        pytest.fail(f"{path} was written anew; read it, then run again")
    assert text == path.read_text(encoding="utf-8")


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("langs", [["en"], ["zh"], ["en", "zh"]], ids="-".join)
def test_eighty_columns_of_plain_text(
    small: Session, drawn: Drawn, langs: list[str], full: bool
) -> None:
    text = drawn(check(small, PATIENT, DRUGS), langs, full=full)
    assert max(cell_len(line) for line in text.splitlines()) <= 80
    assert "\x1b" not in text


def test_it_never_says_safe(small: Session, drawn: Drawn) -> None:
    text = drawn(check(small, patient(), ["paracetamol"]), ["en", "zh"], full=True)
    assert "PASS" in text
    assert "safe" not in text.lower()
    assert "安全" not in text


def test_the_verdict_is_a_word_and_the_basis_is_there(small: Session, drawn: Drawn) -> None:
    text = " ".join(drawn(check(small, PATIENT, DRUGS), ["en", "zh"]).split())
    for words in (
        "BLOCK",
        "UNVERIFIED",
        "西地那非 sildenafil (万艾可)",
        "member_of",
        "Did you mean",
        "Inputs used",
        "Inputs missing · 缺失信息: child_pugh, egfr, history",
        "flibberosis (diagnoses)",
        "label (2026-01-02)",
        "Has to go",
    ):
        assert words in text, words
