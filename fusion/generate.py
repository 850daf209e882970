"""Ask the trained model: a list of its own, a ranking of given drugs, and what carried a drug.

One `Question` holds the prompt for one patient and target; everything asked of it shares that
prompt. All of it is deterministic.

    final score = (1 − w) · log p_language(drug) + w · log p_encoder(drug),   w = encoder_weight

Both are log probabilities over all drugs of the graph; the encoder counts the indications that the
graph states for the target, by line, besides the votes of neighbours. w was chosen on development
conditions (see the model card). Without graph tokens the encoder has no say: w = 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor
from transformers import LogitsProcessor, LogitsProcessorList

from graphrx.fusion.checkpoint import load_model
from graphrx.fusion.context import PatientContext
from graphrx.fusion.graph import graph_tensors
from graphrx.fusion.guide import EncoderGuide
from graphrx.fusion.inject import Spliced
from graphrx.fusion.model import (
    FusionModel,
    GraphView,
    choose_nodes,
    encoder_scores,
    list_prompt,
    soft_tokens,
    view,
)
from graphrx.fusion.rank import name_log_probs
from graphrx.fusion.retrieve import RetrievedNode, shuffled_nodes
from graphrx.fusion.settings import TokenMode
from graphrx.kg.errors import InputError
from graphrx.llm.candidates import ListGrammar

_STRANGE_SHARE = 0.05
_SHORTLIST = 2
Method = Literal["shortlist", "gradient", "leave_one_out"]


@dataclass(frozen=True, slots=True)
class RankedDrug:
    """A drug with its score and what the score is made of (log probabilities over all drugs)."""

    name: str
    node: int
    score: float
    language: float
    encoder: float | None


@dataclass(frozen=True, slots=True)
class PromptNode:
    """A graph node that the model read, and how much it carried a drug.

    Attributes:
        index: node index.
        id: node id.
        name: node name.
        role: why it was retrieved.
        weight: what the drug's log probability loses when the token is left out; to first order
            only with method "gradient"; None where it was not measured.
    """

    index: int
    id: str
    name: str
    role: str
    weight: float | None = None


@dataclass(frozen=True, slots=True)
class ModelReport:
    """Which model answered, as results name it.

    `graph_sha256` and `trained_on_graph` may differ: the encoder is inductive. A warning comes
    when more than a twentieth of the drugs and conditions were not there in training.
    """

    name: str
    sha256: str
    adapter: str
    graph_sha256: str
    trained_on_graph: str
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Generated:
    """The model's own list.

    Attributes:
        names: drugs in the order in which the model wrote them.
        nodes: their node indices.
        scores: their final scores.
        graph_tokens: number of soft tokens read.
        prompt_nodes: the nodes read; weights are those for the first drug.
        model: which model answered.
    """

    names: tuple[str, ...]
    nodes: tuple[int, ...]
    scores: tuple[float, ...]
    graph_tokens: int
    prompt_nodes: tuple[PromptNode, ...]
    model: ModelReport


class Recommender:
    """A trained model on one snapshot. Build it once, ask it often.

    Args:
        model: a loaded model.
        snapshot: a `graphrx.kg.snapshot.Snapshot`; any graph will do, the encoder is inductive.
    """

    def __init__(self, model: FusionModel, snapshot: Any) -> None:
        self.model = model
        self.seen: GraphView = view(model, graph_tensors(snapshot), told=True)

    @property
    def report(self) -> ModelReport:
        """Which model answers, and how far its graph is the one it was trained on."""
        known = self.model.card.get("graph", {})
        warnings = list(self.model.warnings)
        taught = set(known.get("taught", ()))
        here = self.seen.graph.taught
        strange = sum(node not in taught for node in here)
        if taught and strange > _STRANGE_SHARE * len(here):
            warnings.append(
                f"{strange} of {len(here)} drugs and conditions are new to the model, which reads "
                "them by name and neighbours: train it on this graph with 'graphrx train'"
            )
        return ModelReport(
            name=self.model.loaded.name,
            sha256=self.model.loaded.sha256,
            adapter=str(self.model.card.get("files", {}).get("lora.safetensors", "")),
            graph_sha256=self.seen.graph.sha256,
            trained_on_graph=str(known.get("sha256", "")),
            warnings=tuple(warnings),
        )

    def ask(
        self,
        target: int,
        context: PatientContext | None = None,
        *,
        tokens: TokenMode = "graph",
        seed: int = 0,
    ) -> Question:
        """Put the question which drugs treat `target` in this patient.

        Raises:
            InputError: `target` is not a node of the graph.
        """
        if not 0 <= target < self.seen.graph.n_nodes:
            raise InputError(
                f"target node {target} is outside the graph: "
                f"give an index below {self.seen.graph.n_nodes}",
                field="target_disease",
            )
        return Question(self, target, context or PatientContext(), tokens, seed)


class Question:
    """One target and patient; made by `Recommender.ask`."""

    def __init__(
        self,
        recommender: Recommender,
        target: int,
        context: PatientContext,
        mode: TokenMode,
        seed: int,
    ) -> None:
        self._recommender = recommender
        self._model, self._seen = recommender.model, recommender.seen
        self._target, self._context, self._mode, self._seed = target, context, mode, seed

    @cached_property
    def nodes(self) -> tuple[RetrievedNode, ...]:
        """The nodes that become soft tokens."""
        return choose_nodes(self._model, self._seen, self._target, self._context, self._mode)

    @cached_property
    def ranked(self) -> tuple[RankedDrug, ...]:
        """All drugs of the graph, best first."""
        with torch.inference_mode():
            language = self._language(self._prompt(self.nodes), None).tolist()
        encoder = self._encoder()
        weight = self._model.settings.encoder_weight if encoder else 0.0
        rows = []
        for name, value in zip(self._seen.trie.names, language, strict=True):
            node = self._seen.drug_of[name]
            graph_value = encoder.get(node)
            score = (1 - weight) * value + weight * (graph_value or 0.0)
            rows.append(RankedDrug(name, node, score, value, graph_value))
        return tuple(sorted(rows, key=lambda row: (-row.score, row.name)))

    def rank(self, candidates: Iterable[int]) -> tuple[RankedDrug, ...]:
        """Return the given drugs (node indices), best first, each once.

        Drugs that the model can't write (withdrawn ones, say) come last, one below the worst score.
        """
        wanted = set(candidates)
        rows = [row for row in self.ranked if row.node in wanted]
        floor = self.ranked[-1].score - 1 if self.ranked else 0.0
        strays = sorted(wanted - {row.node for row in rows})
        names = self._seen.graph.names
        rows += [RankedDrug(names[node], node, floor, floor, None) for node in strays]
        return tuple(rows)

    def generate(
        self, top: int = 5, *, exclude: Iterable[int] = (), explain: Method | None = None
    ) -> Generated:
        """Let the model write a list of `top` drugs, none of them in `exclude`.

        Args:
            top: how many; fewer come back only when the graph has no more.
            exclude: node indices of drugs that may not be written (for a refill).
            explain: give the prompt nodes their weights for the first drug.
        """
        barred = set(exclude)
        grammar = ListGrammar(
            self._seen.trie,
            self._model.separator,
            self._model.end,
            max_items=top,
            min_items=top,
            excluded=frozenset(n for n, node in self._seen.drug_of.items() if node in barred),
        )
        names: tuple[str, ...] = ()
        if top > 0 and len(grammar.excluded) < len(self._seen.drug_of):
            names = self._write(grammar)
        by_node = {row.node: row.score for row in self.ranked}
        nodes = tuple(self._seen.drug_of[name] for name in names)
        return Generated(
            names=names,
            nodes=nodes,
            scores=tuple(by_node[node] for node in nodes),
            graph_tokens=len(self.nodes),
            prompt_nodes=self.explain(nodes[0], explain) if explain and nodes else self._plain(),
            model=self._recommender.report,
        )

    def explain(self, drug: int, method: Method = "shortlist") -> tuple[PromptNode, ...]:
        """Return the nodes read, the one that carried `drug` most first.

        Args:
            drug: node index.
            method: "gradient" takes one backward pass and is right to first order only;
                "leave_one_out" is exact and takes a forward pass a node; "shortlist" is exact for
                the few nodes that the gradient puts first and leaves the rest without a weight.
        """
        if not self.nodes or drug not in self._seen.drug_of.values():
            return ()
        name = self._seen.graph.names[drug]
        weights: list[float | None] = [None] * len(self.nodes)
        if method != "leave_one_out":
            weights = list(self._gradient(name))
        if method != "gradient":
            order = sorted(range(len(weights)), key=lambda i: -(weights[i] or 0.0))
            chosen = order if method == "leave_one_out" else order[:_SHORTLIST]
            # the same number as `score_without(drug, ())`, already worked out for the ranking
            whole = next(row.language for row in self.ranked if row.node == drug)
            weights = [
                whole - self.score_without(drug, (node.index,)) if i in chosen else None
                for i, node in enumerate(self.nodes)
            ]
        rows = [
            PromptNode(row.index, row.id, row.name, row.role, weight)
            for row, weight in zip(self._plain(), weights, strict=True)
        ]
        return tuple(sorted(rows, key=lambda r: (r.weight is None, -(r.weight or 0.0), r.index)))

    def score_without(self, drug: int, nodes: Iterable[int]) -> float:
        """Return the drug's log probability when the tokens of `nodes` are left out."""
        out = set(nodes)
        kept = [node for node in self.nodes if node.index not in out]
        with torch.inference_mode():
            return float(self._language(self._prompt(kept), [self._seen.graph.names[drug]])[0])

    def _plain(self) -> tuple[PromptNode, ...]:
        graph = self._seen.graph
        return tuple(
            PromptNode(n.index, graph.ids[n.index], graph.names[n.index], n.role)
            for n in self.nodes
        )

    @torch.inference_mode()
    def _write(self, grammar: ListGrammar) -> tuple[str, ...]:
        longest = max(len(ids) for ids in self._seen.trie.sequences.values())
        prompt = self._prompt(self.nodes)
        output = self._model.language.generate(
            inputs_embeds=prompt.embeds,
            attention_mask=prompt.mask,
            max_new_tokens=grammar.max_items * (longest + 1) + 1,
            do_sample=False,
            num_beams=1,
            prefix_allowed_tokens_fn=grammar.hook(),
            logits_processor=LogitsProcessorList(self._guide(grammar)),
            pad_token_id=self._model.end,
            eos_token_id=self._model.end,
        )
        return grammar.parse(output[0].tolist())

    def _guide(self, grammar: ListGrammar) -> list[LogitsProcessor]:
        """The encoder's share in writing: the same as in ranking, none without graph tokens."""
        encoder = self._encoder()
        if not encoder:
            return []
        named = {name: encoder[node] for name, node in self._seen.drug_of.items()}
        return [EncoderGuide(grammar, named, self._model.settings.encoder_weight)]

    def _prompt(self, nodes: Sequence[RetrievedNode], tokens: Tensor | None = None) -> Spliced:
        if tokens is None:
            tokens = soft_tokens(self._model, self._seen, nodes, self._mode, self._seed).detach()
        return list_prompt(self._model, self._seen, self._target, self._context, tokens)

    def _language(self, prompt: Spliced, names: Sequence[str] | None) -> Tensor:
        return name_log_probs(
            self._model.language,
            self._model.embedding,
            prompt,
            self._seen.trie,
            names=names,
            closing=(self._model.separator, self._model.end),
        )

    def _encoder(self) -> dict[int, float]:
        """Log probability by drug node; what the shuffled control sees is shuffled as well."""
        if self._mode == "none":
            return {}
        scores = encoder_scores(self._model, self._seen, self._target).tolist()
        drugs = self._seen.graph.drugs.tolist()
        if self._mode == "shuffled":
            moved = shuffled_nodes(self._seen.graph, self._seed)
            drugs = moved[self._seen.graph.drugs].tolist()
        return dict(zip(drugs, scores, strict=True))

    def _gradient(self, name: str) -> list[float]:
        tokens = soft_tokens(self._model, self._seen, self.nodes, self._mode, self._seed)
        tokens = tokens.detach().requires_grad_()
        value = self._language(self._prompt(self.nodes, tokens), [name])[0]
        (gradient,) = torch.autograd.grad(value, tokens)
        return [float(v) for v in (gradient * tokens.detach()).sum(1)]


def load_recommender(snapshot: Any, weights: Path | None = None) -> Recommender:
    """Load the language model and the trained weights and put them on a snapshot.

    Args:
        snapshot: a `graphrx.kg.snapshot.Snapshot`.
        weights: folder of a checkpoint; None for the one in the package.

    Raises:
        NotAvailableError: the language model or the weights are not on this machine.
        IntegrityError: a weight file doesn't have the hash its config.json gives.
    """
    return Recommender(load_model(weights), snapshot)


def generate(
    snapshot: Any,
    target: int,
    context: PatientContext | None = None,
    *,
    top: int = 5,
    tokens: TokenMode = "graph",
    seed: int = 0,
    weights: Path | None = None,
) -> Generated:
    """Load, ask once, and return the model's own list; see `Recommender` for asking more."""
    recommender = load_recommender(snapshot, weights)
    return recommender.ask(target, context, tokens=tokens, seed=seed).generate(top)
