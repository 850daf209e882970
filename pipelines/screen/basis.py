"""What a result rests on: open questions, inputs, model, sources."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rich.console import RenderableType
from rich.text import Text

from graphrx.pipelines.given import shortened
from graphrx.pipelines.screen.findings import indent
from graphrx.pipelines.screen.language import Language

QUESTIONS: Final = 5
"""Questions shown unless all is asked for."""


def questions(say: Language, result: Mapping[str, Any], *, full: bool) -> Iterable[RenderableType]:
    """Open questions, the one that settles most first."""
    rows = result["patient_echo"].get("questions") or []
    if rows:
        yield Text(f"\n{say.label('questions')}", style="bold")
    for number, row in enumerate(rows if full else rows[:QUESTIONS], start=1):
        line = f"{number}. {say.both(row['question'], row['question_zh'])}"
        if row["settles"]:
            line += f" ({say.label('settles')} {', '.join(row['settles'])})"
        yield indent(Text(line))


def inputs(say: Language, result: Mapping[str, Any], *, full: bool) -> Iterable[RenderableType]:
    """What was used of the patient, what is missing, what nothing knows."""
    echo = result["patient_echo"]
    used = [f"{say.field(fact['field'])}: {fact['value']}" for fact in echo["facts"]
            if fact["state"] == "present"]  # fmt: skip
    absent = [fact["field"] for fact in echo["facts"] if fact["state"] == "absent"]
    used += [f"{say.field(name)}: {say.one('none', '无')}" for name in absent]
    yield Text(f"\n{say.label('used')}: {'; '.join(used) or '—'}", style="dim")
    if echo["missing"]:
        missing = ", ".join(map(say.field, echo["missing"]))
        yield Text(f"{say.label('missing')}: {missing}", style="dim")
    for unknown in echo["unrecognised"] if full else shortened(echo["unrecognised"]):
        near = f" → {', '.join(unknown['suggestions'])}?" if unknown.get("suggestions") else ""
        text = f"{unknown['text']} ({say.field(unknown['field'])}){near}"
        yield Text(f"{say.label('unknown')}: {text}", style="magenta")


def model(say: Language, result: Mapping[str, Any]) -> Iterable[RenderableType]:
    """The language model and its own list."""
    used = result.get("model")
    if used:
        yield Text(
            f"{say.label('model')}: {used['name']} {used['sha256'][:12]}, "
            f"{used['graph_tokens']} graph tokens ({used['tokens']}); {say.label('own')}: "
            f"{', '.join(used['generated'])}",
            style="dim",
        )


def sources(say: Language, result: Mapping[str, Any]) -> Iterable[RenderableType]:
    """Graph, policy and documents with their dates."""
    kb = result["kb"]
    words = ", ".join(f"{source['id']} ({source['date']})" for source in kb["sources"])
    policy = kb.get("policy")
    if policy:
        yield Text(
            f"{say.label('policy')}: {policy['name']} {policy['version']} "
            f"({policy['date']}, {policy['approved_by']}) {policy['sha256'][:12]}",
            style="dim",
        )
    yield Text(
        f"{say.label('sources')}: graph {kb['version']} {kb['sha256'][:12]} ({kb['built']})"
        + (f"; {words}" if words else ""),
        style="dim",
    )
    yield Text(say.label("disclaimer"), style="italic dim")
