"""Settings of the encoder and of both training stages: frozen, unknown keys refused."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from graphrx.llm.adapters import LoraSettings
from graphrx.llm.whereabouts import DEFAULT_MODEL

TokenMode = Literal["graph", "none", "shuffled"]


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EncoderSettings(_Settings):
    """The relational encoder."""

    kind: Literal["rgcn", "compgcn", "rgat"] = Field("compgcn", description="which layer")
    dim: int = Field(64, ge=4, description="width of a node's vector")
    layers: int = Field(2, ge=1, le=4)
    bases: int = Field(8, ge=1, description="R-GCN: matrices that all relations are mixed from")
    dropout: float = Field(0.4, ge=0, lt=1)
    votes: bool = Field(True, description="score by the votes of neighbours first of all")
    passing_share: float = Field(
        0.1, ge=0, description="how much of message passing's log probability is added to that"
    )


class EncoderTraining(_Settings):
    """Stage 1: link prediction."""

    steps: int = Field(150, ge=1)
    learning_rate: float = Field(3e-3, gt=0)
    weight_decay: float = Field(1e-4, ge=0)
    hidden_share: float = Field(
        0.3, gt=0, lt=1, description="share of conditions whose drugs are hidden and asked, a step"
    )
    vote_penalty: float = Field(1e-5, ge=0, description="weight of the squared vote weights")
    seen_weight: float = Field(
        0.2, ge=0, description="weight of the loss on conditions whose drugs are visible"
    )
    other_weight: float = Field(0.1, ge=0, description="weight of the other relations' loss")
    negatives: int = Field(16, ge=1, description="corrupted objects for every other edge")


class ListTraining(_Settings):
    """Stage 2: projector and LoRA on list generation."""

    steps: int = Field(250, ge=1)
    batch: int = Field(8, ge=1)
    learning_rate: float = Field(2e-3, gt=0, description="of the adapter")
    projector_rate: float = Field(2e-3, gt=0)
    warmup: int = Field(10, ge=0)
    clip: float = Field(1.0, gt=0, description="largest norm of the gradient")
    hide_share: float = Field(
        0.5, ge=0, le=1, description="share of examples whose own indications the encoder can't see"
    )
    text_only_share: float = Field(
        0.2, ge=0, le=1, description="share of examples without graph tokens"
    )
    name_share: float = Field(
        0.1, ge=0, le=1, description="share of examples that ask for the names of nodes"
    )
    name_start: float = Field(
        0.6, ge=0, le=1, description="that share at the first step; it falls over `name_steps`"
    )
    name_steps: float = Field(
        0.3, ge=0, le=1, description="part of the training in which it falls to `name_share`"
    )
    named: int = Field(5, ge=1, description="nodes to name in one such example")
    context_share: float = Field(0.5, ge=0, le=1, description="share with a random patient")
    checkpoint_every: int = Field(50, ge=1, description="steps between checkpoints")


class RetrievalSettings(_Settings):
    """Which nodes the model gets to read."""

    cap: int = Field(32, ge=1, description="soft tokens at most")
    candidates: int = Field(16, ge=0, description="drugs that the encoder proposes")


class FusionSettings(_Settings):
    """Everything a checkpoint was made with."""

    model: str = Field(DEFAULT_MODEL, description="hub name or folder of the language model")
    encoder: EncoderSettings = EncoderSettings()
    stage_one: EncoderTraining = EncoderTraining()
    lora: LoraSettings = LoraSettings()
    stage_two: ListTraining = ListTraining()
    retrieval: RetrievalSettings = RetrievalSettings()
    encoder_weight: float = Field(
        0.7, ge=0, le=1, description="share of the encoder in the final ranking score"
    )
