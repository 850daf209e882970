"""Reading requests: a patient file, standard input, or a batch of JSON lines."""

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from graphrx.kg.errors import GraphrxError, InputError
from graphrx.pipelines.envelope import Json, error_result

MAX_BYTES = 16 * 1024 * 1024
"""Largest patient file, and largest line of a batch, in bytes."""
_KEYS = {"check": ("id", "patient", "drugs", "mode", "top"),
         "recommend": ("id", "patient", "for", "mode", "top")}  # fmt: skip


def read_patient(path: str) -> Any:
    """The JSON value of a patient file; ``-`` is standard input.

    :raises InputError: when the file is missing, empty, too large or not JSON.
    """
    return _read(path, "a patient file")


def read_result(path: str) -> Any:
    """The JSON value of a result file; ``-`` is standard input.

    :raises InputError: when the file is missing, empty, too large or not JSON.
    """
    return _read(path, "a result file")


def _read(path: str, what: str) -> Any:
    if path == "-":
        data, name = sys.stdin.buffer.read(MAX_BYTES + 1), "standard input"
    else:
        name = path
        try:
            with Path(path).open("rb") as file:
                data = file.read(MAX_BYTES + 1)
        except FileNotFoundError:
            raise InputError(f"{path}: no such file; give {what} or -") from None
        except IsADirectoryError:
            raise InputError(f"{path}: is a folder; give {what} or -") from None
        except OSError as error:
            raise InputError(f"{path}: can't be read ({error.strerror})") from None
    return _parse(data, name, what)


def _parse(data: bytes, name: str, what: str = "a request") -> Any:
    if len(data) > MAX_BYTES:
        raise InputError(f"{name}: larger than {MAX_BYTES // 1024 // 1024} MiB; one patient a file")
    if not data.strip():
        raise InputError(f"{name}: is empty; {what} is a JSON object")
    try:
        return json.loads(data.decode("utf-8-sig"), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise InputError(f"{name}: not UTF-8 at byte {error.start}; save it as UTF-8") from None
    except json.JSONDecodeError as error:
        if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
            raise InputError(f"{name}: is XML; send JSON (FHIR R4 has a JSON form)") from None
        raise InputError(
            f"{name}: not JSON at line {error.lineno}, column {error.colno} ({error.msg})"
        ) from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{name}: not usable JSON ({str(error) or 'nested too deeply'})") from None


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not a JSON number")


def answer_batch(command: str, path: str, answer: Callable[[Json], Json]) -> Iterator[Json]:
    """One result per line of a batch file, in order; a bad line becomes an error in its place.

    :param answer: answers one request; what it raises becomes that line's error.
    """
    try:
        stream = sys.stdin.buffer if path == "-" else Path(path).open("rb")  # noqa: SIM115
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None
    with stream:
        for number, line in enumerate(stream, start=1):
            if line.strip():
                yield _answer_line(command, number, line, answer)


def _answer_line(command: str, number: int, line: bytes, answer: Callable[[Json], Json]) -> Json:
    request_id: str | None = None
    try:
        request = _parse(line, f"line {number}")
        if not isinstance(request, dict):
            raise InputError(f"line {number}: not a JSON object with a patient")
        given = request.get("id")
        request_id = given if isinstance(given, str) else None if given is None else str(given)
        unknown = sorted(set(request) - set(_KEYS[command]))
        if unknown:
            raise InputError(
                f"line {number}: unknown key '{unknown[0]}'; use {', '.join(_KEYS[command])}",
                field=unknown[0],
            )
        if "patient" not in request:
            raise InputError(f"line {number}: no 'patient'", field="patient")
        result = answer(request)
    except GraphrxError as error:
        return error_result(command, error, request_id)
    except Exception as error:  # noqa: BLE001  (one bad line must not take the others with it)
        wrapped = GraphrxError(f"line {number}: internal error ({type(error).__name__}: {error})")
        return error_result(command, wrapped, request_id)
    if request_id is not None:
        result["id"] = request_id
    return result
