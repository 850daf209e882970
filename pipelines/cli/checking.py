"""``graphrx check`` and ``graphrx explain``."""

from typing import Annotated

import typer

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.pipelines.cli.asking import AskOption, settled
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

PatientArgument = Annotated[
    str | None, typer.Argument(help="patient file (JSON); - reads standard input")
]


def check(
    patient: PatientArgument = None,
    drugs: Annotated[
        list[str] | None, typer.Argument(help="drugs, as you would write them")
    ] = None,
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
    """Check drugs for a patient: each alone, each pair, and what can be kept together."""
    try:
        langs = languages(lang)
        from graphrx.pipelines.check import check as run
        from graphrx.pipelines.requests import answer_batch, read_patient

        if batch is not None:
            if patient is not None or ask:
                raise UsageError("--batch takes the place of PATIENT and of --ask; give one")
            session = open_session(store, policy, overrides, key)

            def answer(request: Json) -> Json:
                return run(session, request["patient"], request.get("drugs") or [])

            raise typer.Exit(write_batch(answer_batch("check", batch, answer), form, langs))
        if patient is None:
            raise UsageError("no patient; give a patient file, -, or --batch FILE")
        if not drugs:
            raise UsageError("no drugs to check; name at least one after the patient file")
        data = read_patient(patient)
        session = open_session(store, policy, overrides, key)
        if ask:
            result = settled(
                session, data, drugs, langs, lambda given, named: run(session, given, named)
            )
        else:
            result = run(session, data, drugs)
    except GraphrxError as error:
        raise fail_as("check", error, form) from error
    write(result, form, langs, full=full, orders=orders_for(form, data, session))
    raise typer.Exit(result["exit_code"])


def explain(
    patient: Annotated[str, typer.Argument(help="patient file (JSON); - reads standard input")],
    drug: Annotated[str, typer.Argument(help="the drug to explain")],
    target: Annotated[str | None, typer.Option("--for", help="disease, symptom or goal")] = None,
    form: ResultFormatOption = ResultFormat.text,
    lang: LangOption = "en,zh",
    store: StoreOption = None,
    policy: PolicyOption = None,
    debug: DebugOption = False,
) -> None:
    """Explain one drug for a patient in full: every finding, path, mechanism and open question.

    With --for, the indication too, and the graph nodes that carried the drug in the model.
    """
    try:
        langs = languages(lang)
        from graphrx.pipelines.explain import explain as run
        from graphrx.pipelines.requests import read_patient

        result = run(open_session(store, policy), read_patient(patient), drug, target)
    except GraphrxError as error:
        raise fail_as("recommend" if target else "check", error, form) from error
    write(result, form, langs, full=True)
    raise typer.Exit(result["exit_code"])
