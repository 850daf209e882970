"""``graphrx recommend``."""

from enum import StrEnum
from typing import Annotated, Any

import typer

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.pipelines.cli.asking import AskOption, settled
from graphrx.pipelines.cli.checking import PatientArgument
from graphrx.pipelines.cli.opening import open_session
from graphrx.pipelines.cli.output import (
    BatchOption,
    DebugOption,
    KeyOption,
    LangOption,
    OverridesOption,
    PolicyOption,
    ResultFormat,
    ResultFormatOption,
    StoreOption,
    fail_as,
    languages,
    orders_for,
    write,
    write_batch,
)
from graphrx.pipelines.envelope import Json


class Mode(StrEnum):
    """What kind of list is wanted."""

    alternatives = "alternatives"
    regimen = "regimen"


class Tokens(StrEnum):
    """What the model reads of the graph."""

    graph = "graph"
    none = "none"
    shuffled = "shuffled"


def recommend(
    patient: PatientArgument = None,
    target: Annotated[
        str | None, typer.Option("--for", help="disease, symptom or goal; else target_disease")
    ] = None,
    top: Annotated[int, typer.Option("--top", min=1, max=50, help="drugs to keep")] = 5,
    mode: Annotated[
        Mode, typer.Option("--mode", help="single drugs, or a regimen of the graph")
    ] = Mode.alternatives,
    tokens: Annotated[
        Tokens, typer.Option("--tokens", help="graph tokens, none, or a shuffled graph (control)")
    ] = Tokens.graph,
    batch: BatchOption = None,
    form: ResultFormatOption = ResultFormat.text,
    lang: LangOption = "en,zh",
    store: StoreOption = None,
    policy: PolicyOption = None,
    overrides: OverridesOption = None,
    key: KeyOption = None,
    full: Annotated[bool, typer.Option("--full", help="show quiet findings in full too")] = False,
    ask: AskOption = False,
    debug: DebugOption = False,
) -> None:
    """Recommend drugs for a patient: proposed by graph and model, verified by the graph."""
    try:
        langs = languages(lang)
        from graphrx.pipelines.recommend import recommend as run
        from graphrx.pipelines.requests import answer_batch, read_patient

        if batch is not None:
            if patient is not None or ask:
                raise UsageError("--batch takes the place of PATIENT and of --ask; give one")
            session = open_session(store, policy, overrides, key)

            def answer(request: Json) -> Json:
                return run(
                    session, request["patient"], request.get("for", target),
                    top=request.get("top", top), mode=request.get("mode", mode.value),
                    tokens=tokens.value,
                )  # fmt: skip

            raise typer.Exit(write_batch(answer_batch("recommend", batch, answer), form, langs))
        if patient is None:
            raise UsageError("no patient; give a patient file, -, or --batch FILE")
        data = read_patient(patient)
        session = open_session(store, policy, overrides, key)

        def once(given: Any, _: tuple[str, ...] = ()) -> Json:
            return run(session, given, target, top=top, mode=mode.value, tokens=tokens.value)

        result = settled(session, data, [], langs, once) if ask else once(data)
    except GraphrxError as error:
        raise fail_as("recommend", error, form) from error
    write(result, form, langs, full=full, orders=orders_for(form, data, session))
    raise typer.Exit(result["exit_code"])
