"""The audit log: what is written holds, and whatever is done to it shows."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.pipelines.overriding import KEY, OTHER_KEY, checked, found, four_records, overrule

from graphrx.kg.errors import InputError, IntegrityError, StoreFullError, UsageError
from graphrx.kg.model import canonical_json, digest
from graphrx.pipelines.audit.log import append, read_log
from graphrx.pipelines.audit.record import START, Record
from graphrx.pipelines.audit.sign import signature
from graphrx.pipelines.audit.verify import verify
from graphrx.pipelines.session import Session

Lines = list[dict[str, Any]]


@pytest.fixture(scope="module")
def result(small: Session) -> dict[str, Any]:
    return checked(small)


@pytest.fixture
def log(tmp_path: Path, result: dict[str, Any]) -> Path:
    path = tmp_path / "overrides.jsonl"
    four_records(result, path)
    return path


@pytest.fixture
def saved(tmp_path: Path, result: dict[str, Any]) -> Path:
    path = tmp_path / "result.json"
    path.write_text(json.dumps(result), encoding="utf-8")
    return path


def test_a_log_holds(log: Path) -> None:
    found = verify(log, KEY)
    assert (found["records"], found["signed"]) == (4, 3)
    assert found["head"] == json.loads(log.read_text().splitlines()[-1])["sha256"]


def test_each_record_carries_the_hash_of_the_one_before(log: Path) -> None:
    before = START
    for number, line in enumerate(log.read_text(encoding="utf-8").splitlines(), start=1):
        record = json.loads(line)
        assert line == canonical_json(record)
        assert (record["number"], record["previous"]) == (number, before)
        before = record.pop("sha256")
        assert before == digest(record)


# -- tampering ---------------------------------------------------------------------------------


def reseal(record: dict[str, Any]) -> dict[str, Any]:
    """What somebody does who knows how the log is made, but not the key."""
    return Record.model_validate(record).sealed().model_dump(mode="json")


def resealed_from(lines: Lines, place: int) -> Lines:
    """Every record from a place on made to follow the one before."""
    for at in range(place, len(lines)):
        before = lines[at - 1]["sha256"] if at else START
        lines[at] = reseal({**lines[at], "number": at + 1, "previous": before})
    return lines


def changed(lines: Lines) -> Lines:
    lines[1]["comment"] = "No nitrate ever"
    return lines


def changed_last(lines: Lines) -> Lines:
    lines[3]["user"] = "B. Brown"
    return lines


def resealed(lines: Lines) -> Lines:
    lines[0] = reseal({**lines[0], "comment": "Nothing of the kind"})
    return lines


def resealed_to_the_end(lines: Lines) -> Lines:
    lines[0]["comment"] = "Nothing of the kind"
    return resealed_from(lines, 0)


def unsigned(lines: Lines) -> Lines:
    lines[1]["signature"] = None
    return resealed_from(lines, 1)


def renumbered(lines: Lines) -> Lines:
    del lines[0]
    return resealed_from(lines, 0)


def signed_by_another(lines: Lines) -> Lines:
    record = Record.model_validate(lines[3])
    lines[3] = reseal({**lines[3], "signature": signature(record, OTHER_KEY)})
    return lines


def an_extra_field(lines: Lines) -> Lines:
    lines[2]["note"] = "x"
    return lines


@pytest.mark.parametrize(
    ("tamper", "number", "what"),
    [
        (changed, 2, "was changed"),
        (changed_last, 4, "was changed"),
        (an_extra_field, 3, "was changed"),
        (resealed, 2, "that one was changed"),
        (resealed_to_the_end, 2, "bad signature"),
        (signed_by_another, 4, "bad signature"),
        (unsigned, 2, "without a signature"),
        (renumbered, 1, "bad signature"),
        (lambda lines: lines[1:], 1, "was removed"),
        (lambda lines: [*lines[:1], *lines[2:]], 2, "was removed"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], 2, "out of order"),
        (lambda lines: [*lines, lines[3]], 5, "was added"),
        (lambda lines: [*lines[:2], lines[1], *lines[2:]], 3, "out of order"),
    ],
)
def test_tampering_shows(
    log: Path, tamper: Callable[[Lines], Lines], number: int, what: str
) -> None:
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    log.write_text("".join(f"{canonical_json(one)}\n" for one in tamper(lines)), encoding="utf-8")
    with pytest.raises(IntegrityError) as caught:
        verify(log, KEY)
    assert f"record {number} " in caught.value.message
    assert what in caught.value.message


@pytest.mark.parametrize(
    ("damage", "number"),
    [
        (lambda data: data.replace(b"A. Chen", b"B. Brown", 1), 1),
        (lambda data: data.replace(b'":"', b'": "', 1), 1),
        (lambda data: b"\n" + data, 1),
        (lambda data: data + b"\n", 5),
        (lambda data: data + b"[1]\n", 5),
        (lambda data: data[:-1], 4),
        (lambda data: data[:-40], 4),
        (lambda data: data.replace(b"monitored", b"\xff\xfe", 1), 1),
        (lambda data: b"[" * 100_000 + b"\n" + data, 1),
    ],
)
def test_damage_shows(log: Path, damage: Callable[[bytes], bytes], number: int) -> None:
    log.write_bytes(damage(log.read_bytes()))
    with pytest.raises(IntegrityError, match=f"record {number} "):
        verify(log, KEY)


def test_a_log_cut_at_its_end_shows_by_its_head(log: Path) -> None:
    head = verify(log, KEY)["head"]
    lines = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join(lines[:3]))
    assert verify(log, KEY)["records"] == 3  # cut at a line's end, only the head can tell
    with pytest.raises(IntegrityError, match="record 4 was removed"):
        verify(log, KEY, head)
    log.write_bytes(b"".join(lines))
    assert verify(log, KEY, head)["since_head"] == 0


def test_a_head_from_before_holds_in_a_log_that_has_grown(
    log: Path, result: dict[str, Any]
) -> None:
    head = verify(log, KEY)["head"]
    overrule(result, log, found(result, "warn"), KEY)
    assert verify(log, KEY, head.upper())["since_head"] == 1
    with pytest.raises(UsageError, match="64 hex digits"):
        verify(log, KEY, "abc")


def test_signatures_that_are_not_checked_do_not_hold(log: Path, tmp_path: Path) -> None:
    with pytest.raises(IntegrityError, match="record 2 is signed and there is no key"):
        verify(log)
    first = tmp_path / "first.jsonl"
    first.write_bytes(log.read_bytes().splitlines(keepends=True)[0])
    assert verify(first)["records"] == 1


def test_no_log_and_an_empty_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such audit log"):
        verify(tmp_path / "none.jsonl")
    with pytest.raises(InputError, match="can't be read"):
        verify(tmp_path)
    empty = tmp_path / "empty.jsonl"
    empty.touch()
    assert verify(empty, None, START)["head"] == START


# -- writing -----------------------------------------------------------------------------------


def test_nothing_is_appended_to_a_log_that_does_not_hold(log: Path, result: dict[str, Any]) -> None:
    broken = log.read_bytes().replace(b"A. Chen", b"B. Brown", 1)
    log.write_bytes(broken)
    with pytest.raises(IntegrityError, match=r"record 1 was changed.*; nothing was written"):
        overrule(result, log, found(result, "warn"))
    assert log.read_bytes() == broken


AGAIN_AND_AGAIN = """
import json, sys
from pathlib import Path
from graphrx.pipelines.audit.override import override
result = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
for _ in range(15):
    override(result, sys.argv[2], "monitored", "again", sys.argv[4], Path(sys.argv[3]), None)
"""


def test_two_writers(tmp_path: Path, saved: Path, result: dict[str, Any]) -> None:
    path = tmp_path / "shared.jsonl"
    words = [sys.executable, "-c", AGAIN_AND_AGAIN, str(saved), found(result, "warn")["id"]]
    writers = [subprocess.Popen([*words, str(path), who]) for who in ("A. Chen", "B. Brown")]
    assert [writer.wait(120) for writer in writers] == [0, 0]
    assert verify(path)["records"] == 30
    assert {one.user for one in read_log(path).records} == {"A. Chen", "B. Brown"}


KILLED = """
import json, os, signal, sys
from pathlib import Path
from graphrx.pipelines.audit.override import override
write = os.write
def half(handle, data):
    write(handle, data[: len(data) // 2])
    os.kill(os.getpid(), signal.SIGKILL)
os.write = half
result = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
override(result, sys.argv[2], "monitored", "killed", "A. Chen", Path(sys.argv[3]), None)
"""


def test_killed_in_the_middle_of_an_append(log: Path, saved: Path, result: dict[str, Any]) -> None:
    whole = log.read_bytes()
    warn = found(result, "warn")
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(saved), warn["id"], str(log)], check=False
    )
    assert done.returncode == -signal.SIGKILL
    assert log.read_bytes().startswith(whole)
    assert len(log.read_bytes()) > len(whole)
    with pytest.raises(IntegrityError, match="record 5 is half written"):
        verify(log, KEY)
    with pytest.raises(IntegrityError, match=f"truncate -s {len(whole)} .*nothing was written"):
        overrule(result, log, warn)
    assert read_log(log, KEY).records[-1].number == 4
    os.truncate(log, len(whole))  # what the message says
    assert overrule(result, log, warn, KEY).number == 5
    assert verify(log, KEY)["records"] == 5


@pytest.mark.parametrize("part", [0, 10])
def test_a_full_disk_leaves_the_log_as_it_was(
    log: Path, result: dict[str, Any], monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    whole, write = log.read_bytes(), os.write

    def full(handle: int, data: bytes) -> int:
        if not part:
            raise OSError(28, "No space left on device")
        return write(handle, data[:part])

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(StoreFullError, match="was not recorded"):
        overrule(result, log, found(result, "warn"))
    assert log.read_bytes() == whole


def test_a_log_is_for_its_owner_alone(log: Path) -> None:
    assert log.stat().st_mode & 0o077 == 0


def test_a_record_that_can_not_be_made_writes_nothing(log: Path) -> None:
    def fails(number: int, previous: str) -> Record:
        raise RuntimeError("broken on purpose")

    whole = log.read_bytes()
    with pytest.raises(RuntimeError):
        append(log, fails)
    assert log.read_bytes() == whole
