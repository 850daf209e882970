"""Options that the commands share, and how their results and errors leave the program."""

import sys
from collections.abc import Callable, Iterable
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.pipelines.envelope import Json, error_result, to_json

if TYPE_CHECKING:
    from graphrx.pipelines.cards.suggestions import Orders
    from graphrx.pipelines.session import Session


class Format(StrEnum):
    """How an answer is printed."""

    text = "text"
    json = "json"


class ResultFormat(StrEnum):
    """How a result of ``check``, ``recommend`` or ``explain`` is printed."""

    text = "text"
    json = "json"
    cds_hooks = "cds-hooks"
    fhir = "fhir"


FormatOption = Annotated[
    Format, typer.Option("--format", help="text for people, json for programs (alone on stdout)")
]
ResultFormatOption = Annotated[
    ResultFormat,
    typer.Option(
        "--format", help="text for people; for programs, alone on stdout: json, cds-hooks (cards), "
        "fhir (a Bundle of DetectedIssue)",
    ),
]  # fmt: skip
LangOption = Annotated[
    str, typer.Option("--lang", envvar="GRAPHRX_LANG", help="en, zh, or both: en,zh")
]
StoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", envvar="GRAPHRX_STORE",
        help="store URL (sqlite:///graph.db, neo4j://host); without it the packaged formulary",
    ),
]  # fmt: skip
PolicyOption = Annotated[
    str | None,
    typer.Option(
        "--policy", envvar="GRAPHRX_POLICY",
        help="site policy (TOML): softens or hardens warnings, never a block or an open question",
    ),
]  # fmt: skip
OverridesOption = Annotated[
    Path | None,
    typer.Option("--overrides", help="audit log: shows which findings were overridden, and why"),
]
KeyOption = Annotated[
    str | None,
    typer.Option(
        "--key", envvar="GRAPHRX_AUDIT_KEY", help="file with the site's key for signatures"
    ),
]
BatchOption = Annotated[
    str | None,
    typer.Option("--batch", help="JSON lines, one request each (- is stdin), instead of PATIENT"),
]
DebugOption = Annotated[bool, typer.Option("--debug", help="show tracebacks")]


class CommandFailed(Exception):  # noqa: N818  (it says what happened, not what to raise)
    """A command has printed its error and only has to leave with its code."""

    def __init__(self, exit_code: int) -> None:
        """Keep the exit code."""
        super().__init__(f"exit {exit_code}")
        self.exit_code = exit_code


def languages(text: str) -> list[str]:
    """Read ``--lang``.

    :raises UsageError: for anything but en, zh, or both.
    """
    langs = [part.strip() for part in text.split(",") if part.strip()]
    if not langs or any(lang not in ("en", "zh") for lang in langs):
        raise UsageError(f"--lang {text!r} is not known; use en, zh or en,zh")
    return langs


def fail(error: GraphrxError) -> None:
    """Print an error as one line on stderr."""
    line = " ".join(error.message.split())
    sys.stderr.write(f"graphrx: {line}\n")


def fail_as(
    command: str, error: GraphrxError, form: Format | ResultFormat, *, report: Json | None = None
) -> CommandFailed:
    """Print an error the way the command was asked to print, and say how to leave.

    :param report: what was done in spite of it; joins the JSON.
    """
    fail(error)
    if form.value != "text":
        write_json(rendered(error_result(command, error) | (report or {}), form, ["en"]))
    failed = CommandFailed(error.exit_code)
    failed.__cause__ = error
    return failed


def write_json(result: Json) -> None:
    """Write one line of JSON to stdout."""
    sys.stdout.write(to_json(result) + "\n")
    sys.stdout.flush()


def rendered(
    result: Json, form: Format | ResultFormat, langs: list[str], orders: "Orders | None" = None
) -> Json:
    """A result in one of the forms for programs.

    :param orders: patient and draft orders that suggestions may refer to.
    """
    if form is ResultFormat.cds_hooks:
        from graphrx.pipelines.cards.response import response

        return response(result, langs, orders)
    if form is ResultFormat.fhir:
        from graphrx.pipelines.fhir.issues import issue_bundle

        return issue_bundle(result, orders)
    return result


def orders_for(form: ResultFormat, data: Any, session: "Session") -> "Orders | None":
    """The orders of a FHIR Bundle, where the form may refer to them."""
    if form not in (ResultFormat.cds_hooks, ResultFormat.fhir):
        return None
    from graphrx.pipelines.fhir.orders import orders_of

    return orders_of(data, session.verifier.resolver)


def write(
    result: Json, form: ResultFormat, langs: list[str], *, full: bool = False,
    orders: "Orders | None" = None,
) -> None:  # fmt: skip
    """Print a result."""
    if form is not ResultFormat.text:
        write_json(rendered(result, form, langs, orders))
        return
    from graphrx.pipelines.screen.screen import Screen

    Screen(langs, full=full).show(result)


def show(result: Json, form: Format, text: Callable[[Json], Iterable[str]]) -> None:
    """Print a result as JSON, or as the lines that ``text`` makes of it."""
    if form is Format.json:
        write_json(result)
        return
    for line in text(result):
        typer.echo(line)


def write_batch(results: Iterable[Json], form: ResultFormat, langs: list[str]) -> int:
    """Write batch results as they come: 0 when every line got one, 3 if any is an error.

    :param form: text means json here: a batch is for programs.
    """
    code = 0
    for result in results:
        write_json(rendered(result, form, langs))
        if result["status"] == "error":
            code = 3
    return code
