"""``graphrx override`` and ``graphrx audit``."""

from pathlib import Path
from typing import Annotated

import typer

from graphrx.kg.errors import GraphrxError
from graphrx.pipelines.cli.output import (
    DebugOption,
    Format,
    FormatOption,
    KeyOption,
    fail_as,
    show,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Read the log of overrides and check that nobody has tampered with it. "
    "Exit codes: 0 the log holds, 2 usage, 3 no such log, 70 the log does not hold.",
)

_LOG_HELP = "the audit log; without it the one of the user's data folder"
LogArgument = Annotated[
    Path | None, typer.Argument(metavar="FILE", envvar="GRAPHRX_AUDIT_LOG", help=_LOG_HELP)
]


def override(
    result: Annotated[str, typer.Argument(
        metavar="RESULT.json", help="a result that check or recommend gave as JSON; - is stdin")],
    finding: Annotated[str, typer.Argument(help="the finding's id in that result: F3")],
    code: Annotated[str, typer.Option("--code", help="why: benefit_outweighs_risk, "
        "tolerated_before, monitored, dose_adjusted, not_clinically_relevant, palliative, other")
    ] = "",
    comment: Annotated[
        str, typer.Option("--comment", help="why, in your words and without patient data")
    ] = "",
    user: Annotated[str, typer.Option("--user", help="who overrides")] = "",
    log: Annotated[
        Path | None, typer.Option("--log", envvar="GRAPHRX_AUDIT_LOG", help=_LOG_HELP)
    ] = None,
    key: KeyOption = None,
    form: FormatOption = Format.text,
    debug: DebugOption = False,
) -> None:  # fmt: skip
    """Override a finding for a reason; it stays in every result, with who overrode it and why.

    A block needs the site's key. An open question is answered, not overridden.
    """
    from graphrx.pipelines.audit.log import default_log
    from graphrx.pipelines.audit.override import override as run
    from graphrx.pipelines.audit.sign import load_key
    from graphrx.pipelines.audit.text import overridden
    from graphrx.pipelines.requests import read_result

    try:
        path = log or default_log()
        record = run(read_result(result), finding, code, comment, user, path, load_key(key))
    except GraphrxError as error:
        raise fail_as("override", error, form) from error
    show({"log": str(path), "record": record.model_dump(mode="json")}, form, overridden)


@app.command()
def verify(
    log: LogArgument = None,
    head: Annotated[
        str | None,
        typer.Option("--head", help="hash of a record that must be there: shows a log cut short"),
    ] = None,
    key: KeyOption = None,
    form: FormatOption = Format.text,
    debug: DebugOption = False,
) -> None:
    """Check a log: every record, their chain, and the signatures."""
    from graphrx.pipelines.audit.log import default_log
    from graphrx.pipelines.audit.sign import load_key
    from graphrx.pipelines.audit.text import verified
    from graphrx.pipelines.audit.verify import verify as run

    try:
        found = run(log or default_log(), load_key(key), head)
    except GraphrxError as error:
        raise fail_as("audit verify", error, form) from error
    show(found, form, verified)


@app.command("show")
def show_log(
    log: LogArgument = None,
    key: KeyOption = None,
    form: FormatOption = Format.text,
    debug: DebugOption = False,
) -> None:
    """List the overrides of a log, as far as the log holds."""
    from graphrx.pipelines.audit.log import default_log, read_log
    from graphrx.pipelines.audit.sign import load_key
    from graphrx.pipelines.audit.text import listed
    from graphrx.pipelines.audit.verify import broken

    try:
        path = log or default_log()
        chain = read_log(path, load_key(key))
    except GraphrxError as error:
        raise fail_as("audit show", error, form) from error
    found = {"log": str(path), "records": [one.model_dump(mode="json") for one in chain.records]}
    fault = None if chain.fault is None else broken(path, chain.fault)
    if fault is None or form is Format.text:
        show(found, form, listed)
    if fault is not None:
        raise fail_as("audit show", fault, form, report=found) from fault
