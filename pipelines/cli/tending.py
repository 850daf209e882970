"""``graphrx doctor``, ``graphrx selftest``, ``graphrx setup`` and ``graphrx train``."""

from pathlib import Path
from typing import Annotated

import typer

from graphrx.kg.errors import GraphrxError
from graphrx.pipelines.cli.output import (
    DebugOption,
    Format,
    FormatOption,
    StoreOption,
    fail_as,
    show,
    write_json,
)


def doctor(
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Say what is installed, which graph and which model answer, and what is missing."""
    from graphrx.pipelines.doctor import examine

    rows = examine(store)
    if form is Format.json:
        write_json({"ok": all(row.ok or not row.needed for row in rows),
                    "rows": [row.as_json() for row in rows]})  # fmt: skip
    else:
        for row in rows:
            mark = "ok     " if row.ok else "MISSING" if row.needed else "absent "
            typer.echo(f"{mark} {row.name}: {row.found}")
            if not row.ok and row.remedy:
                typer.echo(f"        → {row.remedy}")
    raise typer.Exit(0 if all(row.ok or not row.needed for row in rows) else 70)


def selftest(
    form: FormatOption = Format.text,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Run the golden cases against the graph, and look whether the shipped files are whole.

    Exit code 0 when every case gives the known answer and nothing was changed, else 70.
    """
    try:
        from graphrx.pipelines.selftest.run import lines
        from graphrx.pipelines.selftest.run import selftest as run

        report = run(store)
    except GraphrxError as error:
        raise fail_as("check", error, form) from error
    show(report, form, lines)
    raise typer.Exit(0 if report["ok"] else 70)


def setup(
    debug: DebugOption = False,
) -> None:
    """Prepare what commands need and must not fetch later: graph, name index, model."""
    from graphrx.pipelines.prepare import prepare

    try:
        for line in prepare():
            typer.echo(line)
    except GraphrxError as error:
        raise fail_as("check", error, Format.text) from error


def train(
    out: Annotated[Path, typer.Option("--out", help="folder for the weights")],
    seed: Annotated[int, typer.Option("--seed", min=0)] = 0,
    steps: Annotated[
        int | None, typer.Option("--steps", min=1, help="steps of the list stage")
    ] = None,
    encoder_steps: Annotated[
        int | None, typer.Option("--encoder-steps", min=1, help="steps of the encoder stage")
    ] = None,
    hold_out: Annotated[
        bool,
        typer.Option("--hold-out", help="keep a fifth of the conditions back and report on them"),
    ] = False,
    store: StoreOption = None,
    debug: DebugOption = False,
) -> None:
    """Train encoder, projector and adapter on the graph; started again, it goes on."""
    from tqdm import tqdm

    from graphrx.pipelines.session import open_snapshot
    from graphrx.pipelines.train import TrainConfig, run

    bars: dict[str, tqdm] = {}  # type: ignore[type-arg]

    def report(stage: str, step: int, steps_in_all: int, loss: float) -> None:
        bar = bars.setdefault(stage, tqdm(total=steps_in_all, desc=stage))
        bar.update(step - bar.n)
        bar.set_postfix(loss=f"{loss:.4f}")

    try:
        config = TrainConfig(seed=seed, steps=steps, encoder_steps=encoder_steps, hold_out=hold_out)
        card = run(open_snapshot(store), out, config, report=report)
    except GraphrxError as error:
        raise fail_as("recommend", error, Format.text) from error
    finally:
        for bar in bars.values():
            bar.close()
    typer.echo(
        f"weights written to {out} (graph {str(card.get('graph', {}).get('sha256', ''))[:12]})"
    )
