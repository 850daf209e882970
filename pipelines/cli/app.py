"""``graphrx``: the command line. Heavy parts are imported by the command that needs them."""

import io
import os
import sys
from collections.abc import Sequence

# Before torch can load: its threads would otherwise spin while they wait (18 times slower).
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")

import typer

from graphrx import __version__
from graphrx.kg.errors import GraphrxError
from graphrx.pipelines.cli.checking import check, explain
from graphrx.pipelines.cli.kg import app as kg
from graphrx.pipelines.cli.output import CommandFailed, fail
from graphrx.pipelines.cli.overriding import app as audit
from graphrx.pipelines.cli.overriding import override
from graphrx.pipelines.cli.recommending import recommend
from graphrx.pipelines.cli.tending import doctor, selftest, setup, train

app = typer.Typer(
    name="graphrx",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: drawing boxes costs a third of the start
    help="Recommend and check drugs against a medical knowledge graph. "
    "Exit codes: 0 pass, 10 warn, 20 block, 30 unverified, 40 nothing left, "
    "2 usage, 3 bad input, 70 internal.",
)
app.command()(recommend)
app.command()(check)
app.command()(explain)
app.command()(doctor)
app.command()(selftest)
app.command()(setup)
app.command()(train)
app.command()(override)
app.add_typer(audit, name="audit")
app.add_typer(kg, name="kg")


def _version(value: bool) -> None:
    if value:
        typer.echo(f"graphrx {__version__}")
        raise typer.Exit


@app.callback()
def _main(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Show the version and leave."
    ),
) -> None:
    """Options that come before the command."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and leave with its exit code; an error is one line on stderr."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # Chinese names, whatever the locale
    try:
        app(args=given, prog_name="graphrx")
    except CommandFailed as failed:
        if debug and failed.__cause__ is not None:
            raise failed.__cause__ from None
        sys.exit(failed.exit_code)
    except GraphrxError as error:
        if debug:
            raise
        fail(error)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        # the reader has gone (graphrx … | head): leave without a traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(70)
    except Exception as error:
        if debug:
            raise
        fail(GraphrxError(f"internal error ({type(error).__name__}: {error}); --debug shows where"))
        sys.exit(70)


if __name__ == "__main__":
    main()
