"""Stage 1: teach the encoder to predict links.

Every step hides all drugs of a random share of the conditions and asks for them: the same question
that a condition the graph says nothing about will put. A smaller loss holds the other relations.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

import torch
from torch import Tensor, nn

from graphrx.fusion.encoder import Encoder, build_encoder
from graphrx.fusion.graph import RELATIONS, GraphTensors
from graphrx.fusion.loss import listwise, negative_sampling, row_weights
from graphrx.fusion.metrics import filtered_mrr, recall_at
from graphrx.fusion.settings import EncoderSettings, EncoderTraining
from graphrx.fusion.votes import Votes

Progress = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class LinkFigures:
    """How well the drugs of conditions are found, each condition's own edges hidden."""

    mrr: float
    recall_at_5: float
    recall_at_10: float
    conditions: int


def train_encoder(
    graph: GraphTensors,
    x: Tensor,
    settings: EncoderSettings,
    training: EncoderTraining,
    *,
    conditions: Sequence[int],
    held_out: Sequence[int] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> Encoder:
    """Train an encoder from scratch.

    Args:
        graph: the graph.
        x: name features, (N, features).
        settings: the encoder.
        training: steps and rates.
        conditions: whose drugs are asked for.
        held_out: whose drugs are never seen, neither as edges nor as answers.
        seed: of the start and of every draw.
        progress: called with step and loss.

    Returns:
        The encoder, in evaluation mode.
    """
    encoder = build_encoder(settings, x.shape[1], seed)
    draw = torch.Generator().manual_seed(seed)
    asked = torch.tensor(sorted(conditions), dtype=torch.long)
    votes = Votes(graph, x, held_out).table(asked.tolist()) if settings.votes else None
    wanted = row_weights(graph.treats, asked, graph.drugs, graph.n_nodes)
    if votes is not None:
        _fit_votes(encoder, votes, wanted, training.vote_penalty)
    optimiser = torch.optim.AdamW(
        [p for p in encoder.parameters() if p.requires_grad],
        training.learning_rate,
        weight_decay=training.weight_decay,
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, training.learning_rate, total_steps=training.steps, pct_start=0.1
    )
    n_hidden = max(1, round(training.hidden_share * len(asked)))
    encoder.train()
    with torch.random.fork_rng():
        torch.manual_seed(seed)  # dropout draws from the global generator
        for step in range(training.steps):
            order = torch.randperm(len(asked), generator=draw)
            hidden, seen = order[:n_hidden], order[n_hidden:]
            edges, relation = graph.visible([*asked[hidden].tolist(), *held_out])
            h = encoder(x, graph.category, edges, relation)

            def asking(rows: Tensor, h: Tensor = h) -> Tensor:
                scores = encoder.indication_scores(h, graph.drugs, asked[rows])
                return listwise(scores, wanted[rows])

            loss = asking(hidden)
            if training.seen_weight and len(seen):
                loss = loss + training.seen_weight * asking(seen)
            if training.other_weight:
                other = _other_links(encoder, h, edges, relation, training.negatives, draw)
                loss = loss + training.other_weight * other
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            schedule.step()
            if progress:
                progress(step + 1, float(loss.detach()))
    return encoder.eval()


def _fit_votes(encoder: Encoder, votes: Tensor, wanted: Tensor, penalty: float) -> None:
    """Fit the logistic regression on votes, (C, D, V), and keep it fixed.

    Apart from message passing: trained together, message passing learns the training conditions by
    heart first, and the votes, which carry over to unseen ones, learn nothing (MRR .19).
    """
    truth = (wanted > 0).float()
    weight, bias = encoder.vote_weight, encoder.vote_bias
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        optimiser.zero_grad()
        loss = nn.functional.binary_cross_entropy_with_logits(encoder.vote_scores(votes), truth)
        loss = loss + penalty * weight.square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call, arg-type, unused-ignore]
    weight.requires_grad_(False)
    bias.requires_grad_(False)


def _other_links(
    encoder: Encoder,
    h: Tensor,
    edges: Tensor,
    relation: Tensor,
    negatives: int,
    draw: torch.Generator,
    sample: int = 512,
) -> Tensor:
    """Score a sample of the visible edges against random objects of the same category of end."""
    forward = (relation < len(RELATIONS)).nonzero().squeeze(1)
    if not len(forward):
        return h.sum() * 0
    chosen = forward[torch.randint(len(forward), (min(sample, len(forward)),), generator=draw)]
    s, o, r = edges[0, chosen], edges[1, chosen], relation[chosen]
    # A false object is the object of another drawn edge, so it is of a plausible kind.
    false = o[torch.randint(len(o), (len(o), negatives), generator=draw)]
    positive = encoder.link_scores(h, s, r, o)
    return negative_sampling(
        positive, encoder.link_scores(h, s.unsqueeze(1), r.unsqueeze(1), false)
    )


@torch.inference_mode()
def hidden_scores(
    encoder: Encoder,
    graph: GraphTensors,
    x: Tensor,
    conditions: Sequence[int],
    *,
    held_out: Sequence[int] = (),
) -> Tensor:
    """Return log probabilities of all drugs for each condition, its own indications hidden.

    Args:
        encoder: a trained encoder.
        graph: the graph.
        x: name features.
        conditions: C conditions; all are hidden at once.
        held_out: hidden as well, always.

    Returns:
        (C, D).
    """
    hidden = [*conditions, *held_out]
    edges, relation = graph.visible(hidden)
    h = encoder(x, graph.category, edges, relation)
    votes = Votes(graph, x, hidden).table(conditions) if encoder.settings.votes else None
    rows = torch.tensor(list(conditions), dtype=torch.long)
    return encoder.indication_scores(h, graph.drugs, rows, votes).log_softmax(1)


def link_figures(scores: Tensor, graph: GraphTensors, conditions: Sequence[int]) -> LinkFigures:
    """Judge a (C, D) table of scores, higher is better, per condition."""
    ranked = [
        graph.drugs[row].tolist() for row in scores.argsort(dim=1, descending=True, stable=True)
    ]
    wanted = [set(graph.treats[c]) for c in conditions]
    pairs = list(zip(ranked, wanted, strict=True))
    return LinkFigures(
        mrr=fmean(filtered_mrr(r, w) for r, w in pairs),
        recall_at_5=fmean(recall_at(r, w, 5) for r, w in pairs),
        recall_at_10=fmean(recall_at(r, w, 10) for r, w in pairs),
        conditions=len(pairs),
    )
