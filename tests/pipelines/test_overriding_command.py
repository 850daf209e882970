"""``override``, ``audit`` and the options of policy and overrides, from the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from syrupy.assertion import SnapshotAssertion
from tests.pipelines.overriding import DRUGS, KEY, PATIENT
from tests.pipelines.test_command import file, graphrx
from typer.testing import CliRunner

from graphrx.pipelines.cli.app import app

POLICY = """
name = "General"
version = "1"
date = 2026-11-20
approved_by = "Drug committee"
[[soften]]
kind = "drug_drug"
level = "major"
subject = "NSAIDs"
object = "华法林"
to = "quiet"
reason = "INR is followed"
"""


class Desk:
    """A folder with a patient, a key, a policy and a log, and the command line in it."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder, self.store = folder, store
        self.patient = file(folder, PATIENT)
        (folder / "key").write_bytes(KEY)
        (folder / "policy.toml").write_text(POLICY, encoding="utf-8")
        self.log = str(folder / "log.jsonl")

    def __call__(self, *arguments: str, code: int = 0, **environment: str) -> tuple[str, str]:
        done = graphrx(*arguments, store=self.store, NO_COLOR="1", **environment)
        out, err = done.stdout.decode(), done.stderr.decode()
        assert done.returncode == code, (arguments, out, err)
        assert "Traceback" not in err
        return out, err

    def check(self, *options: str, **environment: str) -> tuple[str, str]:
        return self("check", self.patient, *DRUGS, *options, code=20, **environment)

    def saved(self) -> dict[str, str]:
        """Save a result; finding ids by what they are about."""
        out, _ = self.check("--format", "json")
        (self.folder / "result.json").write_text(out, encoding="utf-8")
        findings = [f for item in json.loads(out)["items"] for f in item["findings"]]
        return {f"{one['verdict']} {one['object']}": one["id"] for one in findings}

    def override(self, finding: str, *options: str, code: int = 0, **environment: str) -> Any:
        words = ["--code", "monitored", "--comment", "INR is checked weekly", "--user", "A. Chen"]
        return self("override", str(self.folder / "result.json"), finding, *words, "--log",
                    self.log, *options, code=code, **environment)  # fmt: skip


@pytest.fixture
def desk(tmp_path: Path, store: str) -> Desk:
    return Desk(tmp_path, store)


def test_from_a_result_to_the_screen(desk: Desk) -> None:
    ids = desk.saved()
    key = str(desk.folder / "key")
    out, _ = desk.override(ids["warn warfarin"])
    assert "A. Chen overrode a warn (major drug drug of ibuprofen + warfarin): monitored" in out
    block = ids["block isosorbide mononitrate"]
    _, err = desk.override(block, code=2)
    assert err.count("\n") == 1
    assert "needs a signature" in err
    written, _ = desk.override(block, "--format", "json", GRAPHRX_AUDIT_KEY=key)
    head = json.loads(written)["record"]["sha256"]
    _, err = desk.override(ids["unverified renal impairment"], code=3)
    assert "open question; answer it" in err

    out, err = desk.check("--overrides", desk.log, "--key", key, "--lang", "en")
    assert err == ""
    assert "overridden by A. Chen" in out
    assert out.count("(monitored): INR is checked weekly") == 2
    out, err = desk.check("--overrides", desk.log, "--format", "json")
    assert "1 overrides of a block are not shown" in err
    assert [one["reason_code"] for one in json.loads(out)["overrides"]] == ["monitored"]

    out, _ = desk("audit", "verify", desk.log, "--key", key, "--head", head)
    assert f"head {head}" in out
    _, err = desk("audit", "verify", desk.log, code=70)
    assert "no key to check it with" in err
    out, _ = desk("audit", "show", desk.log)
    assert "1. " in out
    assert "2. " in out


def test_a_log_that_does_not_hold(desk: Desk) -> None:
    desk.override(desk.saved()["warn warfarin"])
    desk.override(desk.saved()["warn penicillins"])
    log = Path(desk.log)
    log.write_bytes(log.read_bytes().replace(b"A. Chen", b"B. Brown"))
    for command in (["audit", "verify", desk.log], ["audit", "show", desk.log],
                    ["check", desk.patient, "ibuprofen", "--overrides", desk.log]):  # fmt: skip
        _, err = desk(*command, code=70)
        assert "record 1 was changed" in err
        assert err.count("\n") == 1
    out, _ = desk("audit", "verify", desk.log, "--format", "json", code=70)
    assert json.loads(out)["error"]["code"] == 70
    desk("audit", "verify", str(desk.folder / "none"), code=3)


def test_the_log_of_the_environment_and_of_the_data_folder(desk: Desk) -> None:
    ids = desk.saved()
    named = str(desk.folder / "named.jsonl")
    arguments = ["override", str(desk.folder / "result.json"), ids["warn warfarin"], "--code",
                 "other", "--comment", "x", "--user", "A. Chen"]  # fmt: skip
    desk(*arguments, GRAPHRX_AUDIT_LOG=named)
    assert len(Path(named).read_text().splitlines()) == 1
    data = {"XDG_DATA_HOME": str(desk.folder)}
    desk(*arguments, **data)
    out, _ = desk("audit", "verify", **data)
    assert str(desk.folder / "graphrx" / "overrides.jsonl") in out


def test_policy_on_the_screen(desk: Desk) -> None:
    policy = str(desk.folder / "policy.toml")
    out, _ = desk.check("--policy", policy, "--lang", "en")
    assert "softened by policy General: INR is followed" in out
    assert "Site policy: General 1 (2026-11-20, Drug committee)" in out
    again, _ = desk.check("--lang", "en", GRAPHRX_POLICY=policy)
    assert again == out
    out, _ = desk("explain", desk.patient, "ibuprofen", "--policy", policy, "--lang", "zh", code=10)
    assert "已按院内规则“General”降级：INR is followed" in out
    Path(policy).write_text(POLICY.replace("华法林", "Warfarinn"), encoding="utf-8")
    _, err = desk("check", desk.patient, "ibuprofen", "--policy", policy, code=3)
    assert "object 'Warfarinn' is not known; did you mean warfarin?" in err
    assert err.count("\n") == 1


def test_a_wrong_policy_is_one_error_for_a_batch(desk: Desk) -> None:
    bad = desk.folder / "bad.toml"
    bad.write_text(POLICY.replace("NSAIDs", "Nsaidss"), encoding="utf-8")
    batch = desk.folder / "batch.jsonl"
    batch.write_text(json.dumps({"patient": PATIENT, "drugs": ["ibuprofen"]}) + "\n")
    out, err = desk("check", "--batch", str(batch), "--policy", str(bad), code=3)
    assert "Nsaidss" in err
    assert out == ""


@pytest.mark.parametrize(
    "command", [["override"], ["audit"], ["audit", "verify"], ["audit", "show"]], ids=" ".join
)
def test_help(command: list[str], snapshot: SnapshotAssertion) -> None:
    runner = CliRunner(env={"COLUMNS": "80", "TERMINAL_WIDTH": "80", "NO_COLOR": "1"})
    done = runner.invoke(app, [*command, "--help"], prog_name="graphrx")
    assert done.exit_code == 0
    assert done.output == snapshot
