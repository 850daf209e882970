"""``--ask``: the open questions of a result, put to the person at the terminal."""

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any

import typer

from graphrx.kg.errors import UsageError
from graphrx.pipelines.envelope import Json

if TYPE_CHECKING:
    from graphrx.pipelines.session import Session

AskOption = Annotated[
    bool,
    typer.Option("--ask", help="ask what is unknown, the question that settles most drugs first"),
]


def settled(
    session: "Session", data: Any, drugs: list[str], langs: list[str],
    run: Callable[[Any, tuple[str, ...]], Json],
) -> Json:  # fmt: skip
    """Run a request, asking on the terminal until nothing is open; Enter leaves a question open.

    :param run: answers (patient, drugs).
    :raises UsageError: when there is no terminal to ask on.
    """
    from graphrx.pipelines.given import understand
    from graphrx.pipelines.questions import Request, settle

    if not sys.stdin.isatty():
        raise UsageError("--ask needs a terminal; without one, write what is known into the file")

    def ask(question: Mapping[str, Any], left: int) -> str:
        text = question["question_zh"] if langs[0] == "zh" else question["question"]
        drugs = ", ".join(question["settles"] or question["concerns"])
        prompt = f"[{left}] {text} ({drugs})"
        return str(typer.prompt(prompt, default="", show_default=False, err=True))

    return settle(
        Request(understand(data, session.verifier.resolver), tuple(drugs)),
        lambda request: run(request.given, request.drugs),
        ask,
        lambda line: typer.echo(line, err=True),
    )
