"""The screen in 80 columns without colours, in both languages; it is drawn from the JSON."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from syrupy.assertion import SnapshotAssertion
from tests.pipelines.support import session_on
from tests.verifier.support import patient

from graphrx.pipelines.check import check
from graphrx.pipelines.policy import Policy
from graphrx.pipelines.screen.screen import Screen
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


def test_a_pair_is_told_once(small: Session, drawn: Drawn) -> None:
    result = check(small, patient(), ["ibuprofen", "warfarin"])
    text = drawn(result, ["en"])
    assert text.count("Bleeding") == 2
    assert text.count("because") == 1
    assert "(see above)" in text
    assert "Pairs" not in text
    assert drawn(result, ["en"], full=True).count("because") > 1


def test_conditions_of_which_the_same_is_said_stand_together(
    packaged: Session, drawn: Drawn
) -> None:
    data = patient(
        diagnoses=["coronary artery disease"], history=["previous myocardial infarction"]
    )
    text = " ".join(drawn(check(packaged, data, ["diclofenac"]), ["en"]).split())
    assert text.count("— Arterial thrombosis risk like coxibs") == 1
    assert "drug disease: coronary artery disease, myocardial infarction — Arterial" in text


def test_quiet_findings_take_a_line_with_their_number(small: Session, drawn: Drawn) -> None:
    data = patient(allergies=["penicillin"])
    result = check(small, data, ["cefalexin"])
    assert "quiet (1): F1 moderate allergy: penicillins — --full shows all" in drawn(result, ["en"])
    assert "quiet (" not in drawn(result, ["en"], full=True)


def test_doses_are_shown(small: Session, drawn: Drawn) -> None:
    taken = {"name": "paracetamol", "dose": "1 g", "frequency": "every 4 hours"}
    result = check(small, patient(current_drugs=[taken]), ["metformin 1 g tid", "amoxicillin 1片"])
    text = " ".join(drawn(result, ["en", "zh"]).split())
    for words in (
        "major · 严重 dose · 剂量: dose above the maximum",
        "Above the maximum dose of 2550 mg a day",
        "do · 处理: Usual 500-1000 mg a dose; at most 2550 mg a day",
        "ordered: 1 g tid",
        "Pairs · 药物组合 paracetamol · 对乙酰氨基酚 F",
        "pre-existing: the dose of a current drug",
        "current_drugs: paracetamol 1 g every 4 hours",
        "Not recognised · 无法识别: 1片 (drugs.1)",
    ):
        assert words in text, words
    assert "usual dose" not in text
    full = " ".join(drawn(result, ["en", "zh"], full=True).split())
    assert "usual dose · 常用剂量: 500-1000 mg a dose · 每次500-1000 mg [label 2]" in full
    assert "usual dose · 常用剂量: oral 500 mg a dose · 口服 每次500 mg [label 2]" in full


@pytest.mark.parametrize("langs", [["en"], ["zh"]], ids="-".join)
def test_policy_and_overrides(
    small: Session, drawn: Drawn, langs: list[str], snapshot: SnapshotAssertion
) -> None:
    session = session_on(small.snapshot)
    session.policy = Policy.model_validate(
        {"name": "General", "version": "3", "date": "2026-11-20", "approved_by": "Drug committee",
         "sha256": "0" * 64, "soften": [
             {"kind": "drug_drug", "level": "major", "subject": "NSAIDs", "object": "warfarin",
              "to": "quiet", "reason": "INR is followed"}]}
    )  # fmt: skip
    data = patient(current_drugs=["warfarin", "isosorbide mononitrate"])
    result = check(session, data, ["sildenafil", "ibuprofen"])
    result["kb"]["sha256"] = "0" * 64
    said = {"reason_code": "monitored", "who": "A. Chen", "when_utc": "2026-11-20T08:00:00Z"}
    numbers = [item["findings"][0]["id"] for item in result["items"]]
    comments = ("Last nitrate a week ago", "INR twice a week")
    result["overrides"] = [
        said | {"finding_id": number, "comment": comment}
        for number, comment in zip(numbers, comments, strict=True)
    ]
    assert drawn(result, langs) == snapshot


def test_a_gap_in_the_data_is_told_once(small: Session, drawn: Drawn) -> None:
    data = patient(diagnoses=["flibberosis"])
    text = drawn(check(small, data, ["paracetamol", "ibuprofen"]), ["en"])
    assert text.count("data gap: flibberosis") == 2
    assert text.count("       question: 'flibberosis' is not known") == 1
