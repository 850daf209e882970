"""``graphrx kg`` commands that write: a store, or files."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.pipelines.cli.output import (
    DebugOption,
    Format,
    FormatOption,
    StoreOption,
    fail_as,
    show,
)

if TYPE_CHECKING:
    from tqdm import tqdm

WrittenStoreOption = Annotated[
    str | None,
    typer.Option(
        "--store", envvar="GRAPHRX_STORE", help="store URL (sqlite:///graph.db, neo4j://host)"
    ),
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="count, and write nothing")]


def build(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="folder with the sources; without it the formulary alone"),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--only", help="NAME,NAME: these sources, not all that are there")
    ] = None,
    mapping: Annotated[
        list[Path] | None, typer.Option("--mapping", help="mapping file of a table of your own")
    ] = None,
    rejects: Annotated[
        Path | None, typer.Option("--rejects", help="folder for the rows that were refused")
    ] = None,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.text,
    store: WrittenStoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Build the graph: the formulary first, then every source; again, and nothing changes."""
    from graphrx.pipelines import graph_building, graph_text

    try:
        url = _named(store)
        names = [name.strip() for name in only.split(",") if name.strip()] if only else None
        with _bars() as bars:
            result, error = graph_building.build(
                url, data, names, mapping or [], rejects, dry_run=dry_run, progress=bars
            )
    except GraphrxError as caught:
        raise fail_as("kg build", caught, form) from caught
    if error is None:
        show(result, form, graph_text.build)
        return
    # What could be built is built and shown; the first thing that could not is the error.
    if form is Format.text:
        show(result, form, graph_text.build)
    raise fail_as("kg build", error, form, report=result) from error


def retract(
    source: Annotated[str | None, typer.Option("--source", help="what this source says")] = None,
    licence: Annotated[
        str | None, typer.Option("--licence", help="what sources under this licence say")
    ] = None,
    run: Annotated[str | None, typer.Option("--run", help="what this run has said")] = None,
    dry_run: DryRunOption = False,
    form: FormatOption = Format.text,
    store: WrittenStoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Remove what a source, a licence's sources, or a run has said, as if it had never been."""
    from graphrx.pipelines import graph_building, graph_text

    try:
        result = graph_building.retract(_named(store), source, licence, run, dry_run=dry_run)
    except GraphrxError as error:
        raise fail_as("kg retract", error, form) from error
    show(result, form, graph_text.retracted)


def import_(
    file: Annotated[Path, typer.Argument(help="a file that kg export wrote: .ttl, .nq, .tsv")],
    dry_run: DryRunOption = False,
    form: FormatOption = Format.text,
    store: WrittenStoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Read an exported graph into a store; what is there stays."""
    from graphrx.pipelines import graph_building, graph_text

    try:
        with _bars() as bars:
            result = graph_building.import_file(
                _named(store), file, dry_run=dry_run, progress=lambda n: bars(file.name, n)
            )
    except GraphrxError as error:
        raise fail_as("kg import", error, form) from error
    show(result, form, graph_text.imported)


def export(
    file: Annotated[Path, typer.Argument(
        help="FILE.ttl (Turtle), FILE.nq (N-Quads), FILE.tsv (KGX tables FILE_nodes.tsv, "
        "FILE_edges.tsv …), or a folder (CSV for neo4j-admin database import)")],
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:  # fmt: skip
    """Write all of a graph, with every piece of evidence, for others to read."""
    from graphrx.pipelines import graph_building, graph_text

    try:
        with _bars() as bars:
            result = graph_building.export_file(store, file, lambda n: bars(file.name, n))
    except GraphrxError as error:
        raise fail_as("kg export", error, form) from error
    show(result, form, graph_text.written)


def _named(store: str | None) -> str:
    if store is None:
        raise UsageError(
            "no store to write to; give --store sqlite:///graph.db, or set GRAPHRX_STORE"
        )
    return store


class _Bars:
    """A progress bar for each name, on stderr and only where someone sees it."""

    def __init__(self) -> None:
        self.open: dict[str, tqdm[Any]] = {}

    def __call__(self, name: str, rows: int) -> None:
        if name not in self.open:
            from tqdm import tqdm

            for bar in self.open.values():
                bar.close()
            self.open[name] = tqdm(desc=name, unit=" rows", unit_scale=True, disable=None)
        self.open[name].update(rows)


@contextmanager
def _bars() -> Iterator[_Bars]:
    bars = _Bars()
    try:
        yield bars
    finally:
        for bar in bars.open.values():
            bar.close()
