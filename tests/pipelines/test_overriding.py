"""Overrides: who may override what, what is kept of it, and for whom it then holds."""

import copy
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.pipelines.overriding import (
    DRUGS,
    KEY,
    OTHER_KEY,
    PATIENT,
    checked,
    found,
    four_records,
    overrule,
)
from tests.pipelines.support import session_on, with_model

from graphrx.kg.errors import GraphrxError, InputError, IntegrityError, UsageError
from graphrx.pipelines.audit.apply import Overrides
from graphrx.pipelines.audit.override import override
from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.audit.record import identity
from graphrx.pipelines.audit.sign import load_key
from graphrx.pipelines.check import check
from graphrx.pipelines.recommend import recommend
from graphrx.pipelines.session import Session


@pytest.fixture(scope="module")
def result(small: Session) -> dict[str, Any]:
    return checked(small)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "overrides.jsonl"


def under(session: Session, log: Path, key: bytes | None = KEY) -> Session:
    """The same graph, with the overrides of a log."""
    opened = session_on(session.snapshot)
    opened.overrides = Overrides.read(log, key)
    return opened


def shown(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["finding_id"], one["comment"]) for one in result["overrides"]]


# -- who may override what ---------------------------------------------------------------------


def test_what_may_be_overridden(result: dict[str, Any]) -> None:
    for item in result["items"]:
        for finding in item["findings"]:
            offered = finding["override"]
            assert offered["allowed"] == (finding["verdict"] in ("warn", "block"))
            assert offered["reasons"] == (list(REASONS) if offered["allowed"] else [])
            assert offered.get("signature_required", False) == (finding["verdict"] == "block")


def test_a_block_needs_the_key(result: dict[str, Any], log: Path) -> None:
    block = found(result, "block")
    with pytest.raises(UsageError, match=r"needs a signature.*GRAPHRX_AUDIT_KEY"):
        overrule(result, log, block)
    assert not log.exists()
    assert overrule(result, log, block, KEY).signature is not None


def test_an_open_question_is_answered_not_overridden(result: dict[str, Any], log: Path) -> None:
    question = found(result, "unverified", "metformin")
    with pytest.raises(InputError, match=r"open question; answer it: .*eGFR"):
        overrule(result, log, question, KEY)
    assert not log.exists()


def test_information_needs_no_override(result: dict[str, Any], log: Path) -> None:
    told = copy.deepcopy(result)
    for finding in (f for item in told["items"] for f in item["findings"]):
        finding["verdict"] = "info"
    with pytest.raises(InputError, match="nothing to override"):
        overrule(told, log, found(told, "info"), KEY)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"code": ""}, "no reason code; give --code one of benefit_outweighs_risk"),
        ({"code": "because"}, "'because' is not a reason code"),
        ({"comment": "  "}, "needs --comment"),
        ({"code": "other", "comment": ""}, "needs --comment"),
        ({"user": ""}, "needs --user"),
        ({"comment": "two\nlines"}, "one line"),
        ({"user": "\x1b[31mred"}, "one line"),
        ({"comment": "x" * 2001}, "at most 2000"),
    ],
)
def test_code_comment_and_user_are_needed(
    result: dict[str, Any], log: Path, given: dict[str, str], words: str
) -> None:
    said = {"code": "monitored", "comment": "Weekly", "user": "A. Chen"} | given
    with pytest.raises(UsageError, match=words):
        override(result, found(result, "warn")["id"], log=log, key=None, **said)
    assert not log.exists()


@pytest.mark.parametrize(
    "damaged",
    [[], {}, "text", {"status": "error", "error": {}}, {"items": 3, "pairs": []},
     {"items": [{"findings": [{"id": "F1", "verdict": "warn"}]}], "pairs": []}],
)  # fmt: skip
def test_not_a_result(damaged: Any, log: Path) -> None:
    with pytest.raises(InputError, match="not a result of graphrx"):
        override(damaged, "F1", "monitored", "x", "A. Chen", log, None)


@pytest.mark.parametrize("part", ["run_id", "patient_echo", "kb"])
def test_a_result_without_its_identity(result: dict[str, Any], log: Path, part: str) -> None:
    told = {**result, part: {}}
    with pytest.raises(InputError, match="not a result of graphrx"):
        overrule(told, log, found(result, "warn"))


def test_no_such_finding(result: dict[str, Any], log: Path) -> None:
    with pytest.raises(InputError, match="no finding 'F99'; it has F1, F2, "):
        override(result, "F99", "monitored", "x", "A. Chen", log, None)


def test_keys(tmp_path: Path) -> None:
    path = tmp_path / "key"
    assert load_key(None) is None
    path.write_bytes(b"  " + KEY + b"\n")
    assert load_key(str(path)) == KEY
    path.write_bytes(b"short\n")
    with pytest.raises(InputError, match="5 bytes are too few"):
        load_key(str(path))
    with pytest.raises(InputError, match="can't be read"):
        load_key(str(tmp_path / "none"))


# -- what is kept ------------------------------------------------------------------------------


def test_a_record_holds_no_patient_data(result: dict[str, Any], log: Path) -> None:
    told = [one for item in result["items"] for one in item["findings"]]
    for finding in told:
        if finding["override"]["allowed"]:
            overrule(result, log, finding, KEY)
    assert {one["kind"] for one in told} >= {"drug_drug", "drug_disease", "allergy"}
    text = log.read_text(encoding="utf-8").lower()
    for secret in ("mrn-4711", "4711", "hangleton", "heart failure", "penicillin", "rash"):
        assert secret not in text, secret
    record = json.loads(text.splitlines()[0])
    assert set(record) == {
        "number", "previous", "when_utc", "user", "code", "comment", "run_id", "verdict", "kind",
        "level", "drugs", "patient", "finding", "graph", "policy", "signature", "sha256",
    }  # fmt: skip
    assert record["run_id"] == result["run_id"]
    assert record["graph"] == result["kb"]["sha256"]


# -- for whom it holds -------------------------------------------------------------------------


def test_a_result_shows_its_overrides(
    small: Session, result: dict[str, Any], log: Path,
    result_contract: jsonschema.Draft202012Validator,
) -> None:  # fmt: skip
    four_records(result, log)
    again = checked(under(small, log))
    result_contract.validate(again)
    warn, block = found(result, "warn", "warfarin")["id"], found(result, "block")["id"]
    assert sorted(shown(again)) == sorted(
        [(warn, "INR is checked weekly"), (block, "Last nitrate a week ago"), (warn, "Again"),
         (warn, "And again")]
    )  # fmt: skip
    # nothing else has changed: no finding, no verdict, no exit code
    assert {**again, "overrides": []} == {**result, "overrides": []}


def test_without_the_key_no_block_is_shown_as_overridden(
    small: Session, result: dict[str, Any], log: Path
) -> None:
    four_records(result, log)
    opened = under(small, log, None)
    assert opened.overrides.unverified_blocks == 1
    assert {name for name, _ in shown(checked(opened))} == {found(result, "warn", "warfarin")["id"]}
    with pytest.raises(IntegrityError, match="bad signature"):
        under(small, log, OTHER_KEY)


def test_a_warning_that_was_made_up_overrides_no_block(
    small: Session, result: dict[str, Any], log: Path
) -> None:
    told = copy.deepcopy(result)
    block = found(told, "block")
    for item in told["items"]:
        for finding in item["findings"]:
            if finding["id"] == block["id"]:
                finding["verdict"] = "warn"
    overrule(told, log, block)
    overrule(told, log, block, KEY)
    assert shown(checked(under(small, log))) == []


@pytest.mark.parametrize(
    "change",
    [{"id": "MRN-4712"}, {"id": None}, {"age_years": 51}, {"diagnoses": ["heart failure", "gout"]},
     {"egfr_ml_min_1_73m2": 90}, {"allergies": ["penicillin (anaphylaxis)"]},
     {"allergies": [{"substance": "penicillin", "severity": "severe"}]},
     {"current_drugs": [{"name": "warfarin", "dose": "3 mg"}, "isosorbide mononitrate"]},
     {"current_drugs": ["warfarin", {"name": "isosorbide mononitrate", "stopped_days_ago": 1}]},
     {"current_drugs": ["warfarin", "isosorbide mononitrate", "x"]}],
)  # fmt: skip
def test_an_override_holds_for_no_other_patient_and_no_other_state(
    small: Session, result: dict[str, Any], log: Path, change: dict[str, Any]
) -> None:
    four_records(result, log)
    assert shown(checked(under(small, log), {**PATIENT, **change})) == []


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"free_text_note": "Moved house."},
        {"target_disease": "infection"},
        {"current_drugs": ["ISOSORBIDE mononitrate", "华法林"]},
    ],
)
def test_an_override_holds_for_the_same_patient(
    small: Session, result: dict[str, Any], log: Path, change: dict[str, Any]
) -> None:
    four_records(result, log)
    again = check(under(small, log), {**PATIENT, **change}, ["ibuprofen", *DRUGS[:1]])
    assert {comment for _, comment in shown(again)} == {
        "INR is checked weekly", "Last nitrate a week ago", "Again", "And again",
    }  # fmt: skip


def test_it_holds_in_a_recommendation_too(small: Session, log: Path) -> None:
    session = with_model(small.snapshot)
    data = {**PATIENT, "egfr_ml_min_1_73m2": 90}
    first = recommend(session, data, "infection")
    warn = found(first, "warn")
    overrule(first, log, warn)
    session.overrides = Overrides.read(log, None)
    again = recommend(session, data, "infection")
    assert shown(again) == [(warn["id"], "INR is checked weekly")]
    assert {**again, "overrides": []} == {**first, "overrides": []}


def test_a_patient_without_an_id_says_so(small: Session) -> None:
    named, nameless = checked(small), checked(small, {**PATIENT, "id": None})
    assert named["patient_echo"]["key"].startswith("patient-")
    assert nameless["patient_echo"]["key"].startswith("facts-")


def test_a_pair_is_the_same_finding_from_either_side(small: Session, log: Path) -> None:
    data = {**PATIENT, "current_drugs": []}
    first = check(small, data, ["warfarin", "ibuprofen"])
    overrule(first, log, found(first, "warn"))
    turned = check(under(small, log), data, ["ibuprofen", "warfarin"])
    assert len(shown(turned)) == 1
    pair = found(first, "warn")
    mirrored = {
        **pair, "subject": pair["object"], "object": pair["subject"],
        "evidence": [{**path, "nodes": path["nodes"][::-1], "edges": path["edges"][::-1]}
                     for path in pair["evidence"]],
    }  # fmt: skip
    assert identity(mirrored) == identity(pair)
    for part, other in (("level", "minor"), ("object", "x"), ("kind", "qt")):
        assert identity({**pair, part: other}) != identity(pair)


def test_another_dose_is_another_finding(small: Session, log: Path) -> None:
    data = {**PATIENT, "egfr_ml_min_1_73m2": 90}
    first = check(small, data, ["metformin 1 g tid"])
    high = next(f for f in first["items"][0]["findings"] if f["kind"] == "dose")
    overrule(first, log, high)
    opened = under(small, log)
    assert len(shown(check(opened, data, ["metformin 1 g tid", "cefalexin"]))) == 1
    assert shown(check(opened, data, ["metformin 1.5 g tid"])) == []


def test_a_log_that_does_not_hold_answers_nothing(
    small: Session, result: dict[str, Any], log: Path
) -> None:
    four_records(result, log)
    log.write_bytes(log.read_bytes().replace(b"A. Chen", b"B. Brown", 1))
    with pytest.raises(GraphrxError, match=r"record 1 was changed.*graphrx audit verify"):
        under(small, log)
