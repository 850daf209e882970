"""The whole model: language model, encoder, projector; and one graph as it sees it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from graphrx.fusion.context import PatientContext
from graphrx.fusion.encoder import Encoder, build_encoder
from graphrx.fusion.features import name_features, token_scale
from graphrx.fusion.graph import LINE_WEIGHT, GraphTensors
from graphrx.fusion.inject import Spliced, splice
from graphrx.fusion.loss import row_weights
from graphrx.fusion.projector import Projector, build_projector
from graphrx.fusion.retrieve import RetrievedNode, retrieve, roles, shuffled_nodes
from graphrx.fusion.settings import FusionSettings, TokenMode
from graphrx.fusion.votes import Votes
from graphrx.llm.candidates import TokenTrie
from graphrx.llm.load import LoadedModel
from graphrx.llm.prompts import fill

_STATED = 6.0
"""Log odds that a stated first-line indication adds to the votes of neighbours, which range over
about ±5; a second line adds half, others a quarter."""


@dataclass
class FusionModel:
    """Language model, encoder and projector, put together.

    Attributes:
        loaded: the language model and its tokenizer; while training, `loaded.model` is bare and
            `language` carries the adapter.
        encoder: graph encoder.
        projector: node → soft token.
        settings: what all three were made with.
        language: the model that runs: `loaded.model`, with the adapter folded in or wrapped.
        card: the checkpoint's config.json, empty before training.
        warnings: what differs from when it was trained.
    """

    loaded: LoadedModel
    encoder: Encoder
    projector: Projector
    settings: FusionSettings
    language: Any
    card: dict[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def tokenizer(self) -> Any:
        """The language model's tokenizer."""
        return self.loaded.tokenizer

    @property
    def embedding(self) -> Tensor:
        """Input embedding matrix of the language model, (vocabulary, d)."""
        weight: Tensor = self.loaded.model.get_input_embeddings().weight
        return weight

    @property
    def end(self) -> int:
        """Id of the token that ends an answer."""
        return int(self.tokenizer.eos_token_id)

    @property
    def separator(self) -> int:
        """Id of the comma between two names."""
        return int(self.tokenizer(",", add_special_tokens=False).input_ids[-1])


@dataclass(frozen=True, eq=False)
class GraphView:
    """A graph as one model sees it.

    Attributes:
        graph: the graph.
        x: name features, (N, features).
        h: encoder vectors, (N, dim).
        trie: over the drugs' names.
        drug_of: drug name → node index.
        votes: what neighbours say.
        told: count the indications that the graph states, too. Off wherever the model is trained
            or judged: there the answer may not stand in the question.
    """

    graph: GraphTensors
    x: Tensor
    h: Tensor
    trie: TokenTrie
    drug_of: dict[str, int]
    votes: Votes
    told: bool = False


def new_model(loaded: LoadedModel, settings: FusionSettings, *, seed: int) -> FusionModel:
    """Return an untrained model whose start depends on the seed alone."""
    embedding = loaded.model.get_input_embeddings().weight
    features = embedding.shape[1]
    return FusionModel(
        loaded=loaded,
        encoder=build_encoder(settings.encoder, features, seed).eval(),
        projector=build_projector(settings.encoder.dim, features, token_scale(embedding), seed),
        settings=settings,
        language=loaded.model,
    )


@torch.no_grad()
def view(
    model: FusionModel, graph: GraphTensors, hidden: Collection[int] = (), *, told: bool = False
) -> GraphView:
    """Encode a graph; the drugs of `hidden` conditions are not seen. `told`: see `GraphView`."""
    x = name_features(graph.names, model.tokenizer, model.embedding)
    drugs = graph.drugs.tolist()
    drug_of = {graph.names[i]: i for i in drugs}
    return GraphView(
        graph=graph,
        x=x,
        h=encode(model, graph, x, hidden),
        trie=TokenTrie.from_names(drug_of, model.tokenizer),
        drug_of=drug_of,
        votes=Votes(graph, x, hidden),
        told=told,
    )


@torch.no_grad()
def encode(model: FusionModel, graph: GraphTensors, x: Tensor, hidden: Iterable[int]) -> Tensor:
    """Return encoder vectors (N, dim), the drugs of `hidden` conditions not seen."""
    edges, relation = graph.visible(hidden)
    vectors: Tensor = model.encoder(x, graph.category, edges, relation)
    return vectors


@torch.no_grad()
def encoder_scores(model: FusionModel, seen: GraphView, target: int) -> Tensor:
    """Return the encoder's log probability of each drug for the target, (D,)."""
    row = torch.tensor([target])
    votes = seen.votes.table([target]) if model.settings.encoder.votes else None
    scores = model.encoder.indication_scores(seen.h, seen.graph.drugs, row, votes)
    stated = seen.graph.treats.get(target, {}) if seen.told else {}
    if stated:
        weights = row_weights({target: stated}, row, seen.graph.drugs, seen.graph.n_nodes)
        scores = scores + _STATED * weights / max(LINE_WEIGHT.values())
    return scores[0].log_softmax(-1)


def choose_nodes(
    model: FusionModel, seen: GraphView, target: int, context: PatientContext, mode: TokenMode
) -> tuple[RetrievedNode, ...]:
    """Return the nodes that become soft tokens; none in mode "none"."""
    if mode == "none":
        return ()
    scores = encoder_scores(model, seen, target)
    return retrieve(seen.graph, target, context, scores, model.settings.retrieval)


def soft_tokens(
    model: FusionModel,
    seen: GraphView,
    nodes: Sequence[RetrievedNode],
    mode: TokenMode = "graph",
    seed: int = 0,
) -> Tensor:
    """Return the soft token of each node, (K, d).

    In mode "shuffled" every token is another node's of the same category: same form, no facts.
    """
    index = torch.tensor([node.index for node in nodes], dtype=torch.long)
    if mode == "shuffled":
        index = shuffled_nodes(seen.graph, seed)[index]
    score = torch.tensor([node.score for node in nodes])
    tokens: Tensor = model.projector(seen.h[index], seen.x[index], roles(nodes), score)
    return tokens


def prompt_ids(model: FusionModel, template: str, **values: str) -> tuple[list[int], list[int]]:
    """Return the token ids before and after the soft tokens."""
    before, after = fill(template, **values)
    return (
        model.tokenizer(before, add_special_tokens=False).input_ids,
        model.tokenizer(after, add_special_tokens=False).input_ids,
    )


def embed(model: FusionModel, ids: Sequence[int]) -> Tensor:
    """Return the input embeddings of token ids, (T, d), without gradient to the matrix."""
    return model.embedding.detach()[torch.tensor(ids, dtype=torch.long)]


def list_prompt(
    model: FusionModel,
    seen: GraphView,
    target: int,
    context: PatientContext,
    tokens: Tensor,
) -> Spliced:
    """Return the spliced prompt that asks for a list of drugs, a batch of one."""
    names = seen.graph.names
    before, after = prompt_ids(
        model, "recommend", patient=context.describe(names), target=names[target]
    )
    return splice([embed(model, before)], [tokens], [embed(model, after)], pad="left")
