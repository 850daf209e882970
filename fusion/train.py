"""Both stages of training in order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import Tensor

from graphrx.fusion.dataset import Examples, conflicts
from graphrx.fusion.features import name_features
from graphrx.fusion.graph import GraphTensors, graph_tensors
from graphrx.fusion.model import FusionModel, new_model
from graphrx.fusion.settings import FusionSettings
from graphrx.fusion.train_encoder import train_encoder
from graphrx.fusion.train_list import ListTrainer
from graphrx.llm.load import LoadedModel

Progress = Callable[[str, int, int, float], None]
"""Called with stage, step, steps in all, loss."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained model and its adapter; `model.language` still carries the adapter unfolded."""

    model: FusionModel
    graph: GraphTensors
    lora: dict[str, Tensor]
    losses: tuple[float, ...]


def train(
    snapshot: Any,
    loaded: LoadedModel,
    settings: FusionSettings,
    *,
    conditions: Sequence[int] | None = None,
    held_out: Sequence[int] = (),
    seed: int = 0,
    checkpoint: Path | None = None,
    text_only: bool = False,
    progress: Progress | None = None,
) -> Trained:
    """Train encoder, then projector and adapter.

    Args:
        snapshot: the graph.
        loaded: a fresh language model; it gets the adapter.
        settings: of everything.
        conditions: to learn from; None for all that have drugs.
        held_out: conditions whose indications are never seen in any form.
        seed: of every start and draw.
        checkpoint: file to which stage 2 saves its state and from which it resumes.
        text_only: the baseline that never gets graph tokens.
        progress: called after every step.
    """
    graph = graph_tensors(snapshot)
    learned = graph.conditions() if conditions is None else tuple(conditions)
    learned = tuple(c for c in learned if c not in set(held_out))
    if text_only:
        only = settings.stage_two.model_copy(
            update={"text_only_share": 1.0, "name_share": 0.0, "name_start": 0.0}
        )
        settings = settings.model_copy(update={"stage_two": only})
    model = new_model(loaded, settings, seed=seed)
    x = name_features(graph.names, model.tokenizer, model.embedding)
    if not text_only:
        one = settings.stage_one
        model.encoder = train_encoder(
            graph,
            x,
            settings.encoder,
            one,
            conditions=learned,
            held_out=held_out,
            seed=seed,
            progress=progress and (lambda step, loss: progress("encoder", step, one.steps, loss)),
        )
    examples = Examples(graph, conflicts(snapshot), learned, settings.stage_two, seed=seed)
    trainer = ListTrainer(model, graph, examples, held_out=held_out, seed=seed)
    two = settings.stage_two
    losses = trainer.run(
        checkpoint=checkpoint,
        progress=progress and (lambda step, loss: progress("lists", step, two.steps, loss)),
    )
    return Trained(model, graph, trainer.lora(), tuple(losses))
