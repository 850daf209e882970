"""The command line itself: exit codes, where things are printed, and what is not imported."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.verifier.support import KNOWN, patient


def graphrx(
    *arguments: str, store: str | None = None, stdin: bytes = b"", **environment: str
) -> subprocess.CompletedProcess[bytes]:
    env = {**os.environ, **environment}
    if store is not None:
        env["GRAPHRX_STORE"] = store
    command = [sys.executable, "-m", "graphrx.pipelines.cli.app", *arguments]
    return subprocess.run(command, capture_output=True, input=stdin, env=env, check=False)


def file(tmp_path: Path, data: object) -> str:
    path = tmp_path / "patient.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_json_alone_on_stdout(tmp_path: Path, store: str, result_contract: object) -> None:
    data = file(tmp_path, patient(allergies=["penicillin"]))
    done = graphrx("check", data, "amoxicillin", "--format", "json", store=store, LC_ALL="C")
    assert (done.returncode, done.stderr) == (20, b"")
    result = json.loads(done.stdout)
    result_contract.validate(result)  # type: ignore[attr-defined]
    assert result["items"][0]["drug"]["name_zh"] == "阿莫西林"
    again = graphrx("check", "-", "amoxicillin", "--format", "json", store=store,
                    stdin=Path(data).read_bytes())  # fmt: skip
    assert again.stdout == done.stdout


@pytest.mark.parametrize(("form", "key"), [("cds-hooks", "cards"), ("fhir", "entry")])
def test_other_forms_alone_on_stdout(tmp_path: Path, store: str, form: str, key: str) -> None:
    data = file(tmp_path, patient(allergies=["penicillin"]))
    done = graphrx("check", data, "amoxicillin", "--format", form, store=store)
    assert (done.returncode, done.stderr) == (20, b"")
    assert json.loads(done.stdout)[key]
    wrong = graphrx("check", file(tmp_path, {"age_yaers": 5}), "aspirin", "--format", form,
                    store=store)  # fmt: skip
    assert wrong.returncode == 3
    assert "age_yaers" in json.dumps(json.loads(wrong.stdout)[key])


def test_a_batch_in_other_forms(store: str) -> None:
    lines = [{"id": "1", "patient": KNOWN, "drugs": ["Aspirinn"]}, {"id": "2"}]
    stdin = "\n".join(map(json.dumps, lines)).encode()
    done = graphrx("check", "--batch", "-", "--format", "cds-hooks", store=store, stdin=stdin)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [one["extension"]["org.graphrx"]["id"] for one in results] == ["1", "2"]
    assert [len(one["cards"]) > 0 for one in results] == [True, True]
    assert done.returncode == 3


def test_text_and_no_color(tmp_path: Path, store: str) -> None:
    done = graphrx("check", file(tmp_path, KNOWN), "对乙酰氨基酚", "--lang", "zh", store=store,
                   NO_COLOR="1")  # fmt: skip
    assert done.returncode == 0
    assert "通过" in done.stdout.decode()
    assert b"\x1b" not in done.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["check"], 2, "no patient"),
        (["check", "PATIENT"], 2, "no drugs"),
        (["check", "PATIENT", "aspirin", "--lang", "fr"], 2, "use en, zh"),
        (["check", "nobody.json", "aspirin"], 3, "no such file"),
        (["check", "PATIENT", "Aspirinn"], 30, ""),
    ],
)
def test_exit_codes(
    tmp_path: Path, store: str, arguments: list[str], code: int, words: str
) -> None:
    path = file(tmp_path, KNOWN)
    done = graphrx(*[path if part == "PATIENT" else part for part in arguments], store=store)
    assert done.returncode == code
    message = done.stderr.decode()
    assert words in message
    assert message.count("\n") <= 1
    assert "Traceback" not in message


def test_a_mistake_is_json_too_when_asked(tmp_path: Path, store: str) -> None:
    path = file(tmp_path, {"age_yaers": 5})
    done = graphrx("check", path, "aspirin", "--format", "json", store=store)
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["field"] == "age_yaers"
    assert b"did you mean 'age_years'" in done.stderr


def test_batch(tmp_path: Path, store: str) -> None:
    lines = [{"id": "1", "patient": KNOWN, "drugs": ["paracetamol"]}, {"id": "2"},
             {"id": "3", "patient": patient(current_drugs=None), "drugs": ["aspirin"]}]  # fmt: skip
    stdin = "\n".join(map(json.dumps, lines)).encode()
    done = graphrx("check", "--batch", "-", store=store, stdin=stdin)
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(one["id"], one["status"]) for one in results] == [
        ("1", "pass"), ("2", "error"), ("3", "unverified"),
    ]  # fmt: skip
    assert done.returncode == 3


def test_check_imports_no_model(tmp_path: Path, store: str) -> None:
    script = (
        "import sys\n"
        "from graphrx.pipelines.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "print([m for m in ('torch', 'transformers', 'peft', 'numpy', 'yaml') if m in sys.modules],"
        " file=sys.stderr)\n"
    )
    command = [sys.executable, "-c", script, "check", file(tmp_path, KNOWN), "paracetamol"]
    env = {**os.environ, "GRAPHRX_STORE": store}
    done = subprocess.run(command, capture_output=True, env=env, check=False)
    assert done.stderr.decode().strip() == "[]"
