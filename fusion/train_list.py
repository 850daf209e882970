"""Stage 2: projector and LoRA learn to write lists of drugs; language model and encoder stay.

The loss is the one that generation faces: at every step of an answer only the tokens that the
grammar allows share the probability, so nothing is spent on learning the form of a list.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from graphrx.fusion.dataset import Example, Examples
from graphrx.fusion.graph import GraphTensors
from graphrx.fusion.inject import SUFFIX, splice
from graphrx.fusion.model import (
    FusionModel,
    GraphView,
    choose_nodes,
    embed,
    encode,
    prompt_ids,
    soft_tokens,
    view,
)
from graphrx.fusion.retrieve import RetrievedNode
from graphrx.llm.adapters import adapter_state, attach
from graphrx.llm.candidates import ListGrammar

Progress = Callable[[int, float], None]


@dataclass(frozen=True, slots=True)
class Prepared:
    """One example as token ids: what is asked, what is answered, what the answer may be.

    `allowed[i]` are the tokens among which `answer[i]` was to be chosen.
    """

    before: list[int]
    after: list[int]
    answer: list[int]
    allowed: list[list[int]]


class ListTrainer:
    """Trains projector and adapter of a model whose encoder is trained.

    Args:
        model: from `new_model`, with a trained encoder; its language model gets an adapter.
        graph: the graph.
        examples: the stream of batches.
        held_out: conditions whose indications the encoder may never see.
        seed: of the adapter's start and of dropout.
    """

    def __init__(
        self,
        model: FusionModel,
        graph: GraphTensors,
        examples: Examples,
        *,
        held_out: Sequence[int] = (),
        seed: int = 0,
    ) -> None:
        self.model = model
        self._held_out = tuple(held_out)
        self._examples = examples
        self._settings = model.settings.stage_two
        self._seed = seed
        self._view = view(model, graph, held_out)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            self.wrapped = attach(model.loaded.model, model.settings.lora)
        model.language = self.wrapped
        adapter = [p for p in self.wrapped.parameters() if p.requires_grad]
        self._parameters = [*adapter, *model.projector.parameters()]
        self._optimiser = torch.optim.AdamW(
            [
                {"params": adapter, "lr": self._settings.learning_rate},
                {"params": list(model.projector.parameters()), "lr": self._settings.projector_rate},
            ],
            weight_decay=0.0,
        )
        self._rates = [group["lr"] for group in self._optimiser.param_groups]
        self.step = 0

    def run(
        self,
        *,
        until: int | None = None,
        checkpoint: Path | None = None,
        progress: Progress | None = None,
    ) -> list[float]:
        """Train up to step `until` (default: all), from where a checkpoint stands if there is one.

        Returns:
            The loss of every step that was run.
        """
        until = self._settings.steps if until is None else until
        if checkpoint and checkpoint.is_file():
            self.restore(checkpoint)
        losses = []
        # On a CPU the plain attention has the faster backward pass at these lengths.
        self.model.loaded.model.set_attn_implementation("eager")
        while self.step < until:
            losses.append(self._one_step())
            if progress:
                progress(self.step, losses[-1])
            if checkpoint and self.step % self._settings.checkpoint_every == 0:
                self.save(checkpoint)
        self.model.loaded.model.set_attn_implementation("sdpa")
        self.model.projector.eval()
        self.wrapped.eval()
        return losses

    def lora(self) -> dict[str, Tensor]:
        """Return the adapter's tensors."""
        return adapter_state(self.wrapped)

    def save(self, path: Path) -> None:
        """Write what is needed to go on, all at once."""
        trainable = {k: p.detach() for k, p in self.wrapped.named_parameters() if p.requires_grad}
        state = {
            "step": self.step,
            "origin": self._origin(),
            "adapter": trainable,
            "projector": self.model.projector.state_dict(),
            "optimiser": self._optimiser.state_dict(),
        }
        scratch = path.with_suffix(".writing")
        torch.save(state, scratch)
        scratch.replace(path)

    def restore(self, path: Path) -> None:
        """Go on from `path`; a checkpoint of other settings, seed or graph is ignored."""
        state = torch.load(path, weights_only=True)
        if state["origin"] != self._origin():
            return
        self.wrapped.load_state_dict(state["adapter"], strict=False)
        self.model.projector.load_state_dict(state["projector"])
        self._optimiser.load_state_dict(state["optimiser"])
        self.step = int(state["step"])

    def _origin(self) -> str:
        text = f"{self.model.settings.model_dump_json()}|{self._seed}|{self._view.graph.sha256}"
        return hashlib.sha256(f"{text}|{sorted(self._held_out)}".encode()).hexdigest()

    def _one_step(self) -> float:
        self.model.projector.train()
        self.wrapped.train()
        for group, rate in zip(self._optimiser.param_groups, self._rates, strict=True):
            group["lr"] = rate * self._schedule()
        with torch.random.fork_rng():
            torch.manual_seed(self._seed * 1_000_003 + self.step)  # dropout; makes resuming exact
            loss = self.loss(self._examples.batch(self.step))
            self._optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._parameters, self._settings.clip)
        self._optimiser.step()
        self.step += 1
        return float(loss.detach())

    def _schedule(self) -> float:
        """Rise linearly, then fall linearly to a twentieth."""
        warm = min(1.0, (self.step + 1) / max(1, self._settings.warmup))
        return warm * max(0.05, 1 - self.step / self._settings.steps)

    def loss(self, batch: Sequence[Example]) -> Tensor:
        """Return the mean over all answered tokens of −log p(token | what the grammar allows)."""
        views = self._views(batch)
        prefix, nodes, suffix, prepared = [], [], [], []
        for example, seen in zip(batch, views, strict=True):
            parts = self._prepare(example)
            prepared.append(parts)
            prefix.append(embed(self.model, parts.before))
            suffix.append(embed(self.model, [*parts.after, *parts.answer[:-1]]))
            nodes.append(self._tokens(example, seen))
        spliced = splice(prefix, nodes, suffix)
        # Scores are computed only where an answer token is predicted: the vocabulary is a fifth of
        # the work otherwise.
        asked = torch.zeros_like(spliced.kind, dtype=torch.bool)
        for row, parts in enumerate(prepared):
            end = int((spliced.kind[row] == SUFFIX).nonzero()[-1]) + 1
            asked[row, end - len(parts.answer) : end] = True
        backbone = self.wrapped.get_base_model().model
        hidden = backbone(**spliced.model_inputs(), use_cache=False).last_hidden_state
        logits = self.wrapped.get_base_model().lm_head(hidden[asked]).float()
        return _grammar_loss(logits, prepared)

    def _views(self, batch: Sequence[Example]) -> list[GraphView]:
        """Return the graph as each example may see it: all hidden ones share one encoding."""
        hidden = [e.target for e in batch if e.hidden and e.task == "list"]
        base = self._view
        if not hidden:
            return [base] * len(batch)
        h = encode(self.model, base.graph, base.x, [*hidden, *self._held_out])
        masked = replace(base, h=h)
        return [masked if e.hidden and e.task == "list" else base for e in batch]

    def _tokens(self, example: Example, seen: GraphView) -> Tensor:
        if example.task == "name":
            chosen = tuple(RetrievedNode(node, "candidate") for node in example.answer)
        else:
            mode = "none" if example.text_only else "graph"
            chosen = choose_nodes(self.model, seen, example.target, example.context, mode)  # type: ignore[arg-type]
        return soft_tokens(self.model, seen, chosen)

    def _prepare(self, example: Example) -> Prepared:
        names, model = self._view.graph.names, self.model
        if example.task == "name":
            before, after = prompt_ids(model, "name_nodes")
        else:
            before, after = prompt_ids(
                model,
                "recommend",
                patient=example.context.describe(names),
                target=names[example.target],
            )
        answer: list[int] = []
        for drug in example.answer:
            answer += [*self._view.trie.sequences[names[drug]], model.separator]
        answer[-1] = model.end
        grammar = ListGrammar(
            self._view.trie, model.separator, model.end, max_items=len(names), min_items=1
        )
        allowed = [grammar.allowed(answer[:i]) for i in range(len(answer))]
        return Prepared(before, after, answer, allowed)


def _grammar_loss(logits: Tensor, prepared: Sequence[Prepared]) -> Tensor:
    """Return the mean cross entropy over steps where there was something to choose.

    Args:
        logits: of all answer tokens of the batch, in order, (A, V).
        prepared: the examples, in the same order.
    """
    losses = []
    row = 0
    for parts in prepared:
        for place, token in enumerate(parts.answer):
            options = parts.allowed[place]
            if len(options) > 1:
                losses.append(logits[row, options].logsumexp(0) - logits[row, token])
            row += 1
    return torch.stack(losses).mean()
