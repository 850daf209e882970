"""Train weights for a graph and write them as a checkpoint: what `graphrx train` runs."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from graphrx.kg.errors import InputError

Report = Callable[[str, int, int, float], None]


class TrainConfig(BaseModel):
    """What to train. `settings` overrides single values of `fusion.settings.FusionSettings`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = Field(0, ge=0, description="of every start and draw")
    steps: int | None = Field(None, ge=1, description="steps of stage 2; default of the settings")
    encoder_steps: int | None = Field(None, ge=1, description="steps of stage 1")
    model: str | None = Field(None, description="language model: hub name or folder")
    hold_out: bool = Field(
        False, description="keep a fifth of the conditions back and report figures on them"
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="nested overrides")


def run(
    snapshot: Any, out_dir: Path, config: TrainConfig, *, report: Report | None = None
) -> dict[str, Any]:
    """Train on `snapshot` and write encoder, projector, adapter and config.json to `out_dir`.

    Started again with the same config it goes on from the last state that it saved.

    Args:
        snapshot: a `graphrx.kg.snapshot.Snapshot`.
        out_dir: folder of the checkpoint.
        config: what to train.
        report: called with stage, step, steps in all, loss; for a progress bar.

    Returns:
        The checkpoint's config.json.

    Raises:
        InputError: a setting is unknown or out of range, or the graph has no indications.
        NotAvailableError: the language model is not on this machine.
    """
    # torch and transformers take seconds to import: only a run pays for them.
    from graphrx.fusion.checkpoint import save_model
    from graphrx.fusion.dataset import split_conditions
    from graphrx.fusion.evaluate import choose_weight, graph_scores, language_scores, mean_mrr
    from graphrx.fusion.graph import graph_tensors
    from graphrx.fusion.model import view
    from graphrx.fusion.train import train
    from graphrx.llm.load import load

    settings = fusion_settings(config)
    graph = graph_tensors(snapshot)
    if not graph.conditions():
        raise InputError("the graph has no drug that treats anything: build it with indications")
    dev: tuple[int, ...] = ()
    test: tuple[int, ...] = ()
    if config.hold_out:
        _, dev, test = split_conditions(graph, seed=config.seed)
    out_dir.mkdir(parents=True, exist_ok=True)
    state = out_dir / f"state-{_key(config, graph.sha256)}.pt"
    trained = train(
        snapshot,
        load(settings.model),
        settings,
        held_out=(*dev, *test),
        seed=config.seed,
        checkpoint=state,
        progress=report,
    )
    figures: dict[str, Any] = {"final_loss": trained.losses[-1] if trained.losses else None}
    if test:
        seen = view(trained.model, graph, (*dev, *test))
        tables = {
            name: (
                language_scores(trained.model, seen, part),
                graph_scores(trained.model, seen, part),
            )
            for name, part in (("dev", dev), ("test", test))
        }
        weight, curve = choose_weight(*tables["dev"], graph, dev)
        trained.model.settings = trained.model.settings.model_copy(
            update={"encoder_weight": weight}
        )
        language, encoder = tables["test"]
        figures |= {
            "dev_mrr_by_encoder_weight": {str(k): v for k, v in curve.items()},
            "test_conditions": len(test),
            "test_mrr_language": mean_mrr(language, graph, test),
            "test_mrr_encoder": mean_mrr(encoder, graph, test),
            "test_mrr": mean_mrr((1 - weight) * language + weight * encoder, graph, test),
        }
    card = save_model(
        trained.model,
        trained.lora,
        out_dir,
        seed=config.seed,
        graph=describe_graph(snapshot, graph),
        figures=figures,
    )
    state.unlink(missing_ok=True)
    return card


def fusion_settings(config: TrainConfig) -> Any:
    """Return the `FusionSettings` that a config stands for.

    Raises:
        InputError: an override is unknown or out of range.
    """
    from pydantic import ValidationError

    from graphrx.fusion.settings import FusionSettings

    values: dict[str, Any] = json.loads(json.dumps(config.settings))
    if config.model is not None:
        values["model"] = config.model
    if config.steps is not None:
        values.setdefault("stage_two", {})["steps"] = config.steps
    if config.encoder_steps is not None:
        values.setdefault("stage_one", {})["steps"] = config.encoder_steps
    try:
        return FusionSettings.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            f"training setting {place!r}: {first['msg']}: correct it in 'settings'", field=place
        ) from error


def describe_graph(snapshot: Any, graph: Any) -> dict[str, Any]:
    """Return what a model card says about the graph: hash, size, and the list of its sources."""
    return {
        "sha256": graph.sha256,
        "version": str(getattr(snapshot, "version", "")),
        "nodes": graph.n_nodes,
        "edges": int(graph.edges.shape[1]),
        "conditions": len(graph.conditions()),
        "drugs": len(graph.drugs),
        "taught": list(graph.taught),
        "sources": [f"{source.id} {source.version}".strip() for source in snapshot.sources],
    }


def _key(config: TrainConfig, graph_sha256: str) -> str:
    return hashlib.sha256(f"{config.model_dump_json()}{graph_sha256}".encode()).hexdigest()[:12]
