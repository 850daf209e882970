"""``graphrx kg``: questions to a graph. What writes to one is in :mod:`kg_writing`."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any

import typer

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.pipelines.cli import kg_writing
from graphrx.pipelines.cli.output import (
    DebugOption,
    Format,
    FormatOption,
    StoreOption,
    fail_as,
    show,
)

app = typer.Typer(
    no_args_is_help=True,
    help="Build the graph, ask it, compare it, hand it on. Without --store the packaged "
    "formulary answers. Exit codes: 0 done, 2 usage, 3 bad input or source, 70 store or integrity.",
)
app.command()(kg_writing.build)
app.command()(kg_writing.retract)
app.command("import")(kg_writing.import_)
app.command()(kg_writing.export)


def _answer(
    command: str,
    form: Format,
    ask: Callable[[], dict[str, Any]],
    text: Callable[[dict[str, Any]], Iterable[str]],
) -> dict[str, Any]:
    try:
        result = ask()
    except GraphrxError as error:
        raise fail_as(f"kg {command}", error, form) from error
    show(result, form, text)
    return result


@app.command()
def stats(
    form: FormatOption = Format.text, store: StoreOption = None, debug: DebugOption = False
) -> None:
    """Count nodes, edges and evidence: by category, predicate and source."""
    from graphrx.pipelines import graph, graph_text

    _answer("stats", form, lambda: graph.stats(store), graph_text.stats)


@app.command()
def query(
    texts: Annotated[list[str], typer.Argument(metavar="TEXT...", help="names or ids of nodes")],
    ask: Annotated[
        str | None,
        typer.Option("--ask", help="a question: treatments, contraindications, interactions …"),
    ] = None,
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Find nodes by name, in either language, and ask about them.

    Without --ask: what each is, and how many answers each question has. Questions: treatments,
    indications, contraindications, contraindicated, interactions, side-effects, causes, symptoms,
    classes, members, parts, similar.
    """
    from graphrx.pipelines import graph, graph_text

    _answer("query", form, lambda: graph.query(store, texts, ask), graph_text.query)


@app.command()
def path(
    first: Annotated[str, typer.Argument(help="name or id of a node")],
    second: Annotated[str, typer.Argument(help="name or id of another")],
    longest: Annotated[int, typer.Option("--longest", min=1, max=20, help="steps at most")] = 6,
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Show the shortest path of evidence between two nodes."""
    from graphrx.pipelines import graph, graph_text

    _answer("path", form, lambda: graph.path(store, first, second, longest), graph_text.path)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="store URL, exported file, snapshot folder, or "
                                               "formulary (the packaged one)")],
    after: Annotated[str | None, typer.Argument(help="likewise; --store when left out")] = None,
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:  # fmt: skip
    """Say in words what one graph has and another has not, by predicate and source."""
    from graphrx.pipelines import graph

    def compare() -> dict[str, Any]:
        other = after or store
        if other is None:
            raise UsageError("one graph to compare; name a second one, or --store")
        return graph.difference(before, other)

    _answer("diff", form, compare, lambda result: [result["text"]])


@app.command()
def verify(
    form: FormatOption = Format.text, store: StoreOption = None, debug: DebugOption = False
) -> None:
    """Check a store: hashes computed anew, schema, dangling edges, reviewed rows without a drug.

    Exits 70 when something is wrong.
    """
    from graphrx.pipelines import graph, graph_text

    result = _answer("verify", form, lambda: graph.verify(store), graph_text.audit)
    raise typer.Exit(0 if result["ok"] else 70)
