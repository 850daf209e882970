"""A small graph and a tiny language model, made here: no test loads 135M parameters."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

import graphrx.fusion  # noqa: F401  settles threads before torch loads

FAMILIES = ("hypertension", "asthma", "infection", "migraine", "diabetes")
STEMS = ("pril", "terol", "cillin", "triptan", "gliptin")
KINDS = ("mild", "severe", "chronic", "acute")
SYLLABLES = ("al", "be", "cor", "do")


@dataclass
class FakeSnapshot:
    """The part of the snapshot's interface that fusion reads, in memory."""

    nodes: list[SimpleNamespace] = field(default_factory=list)
    edges: list[SimpleNamespace] = field(default_factory=list)
    sha256: str = "f" * 64
    version: str = "test"
    sources: tuple[Any, ...] = ()

    @property
    def n_nodes(self) -> int:
        return len(self.nodes)

    @property
    def n_edges(self) -> int:
        return len(self.edges)

    def node(self, i: int) -> SimpleNamespace:
        return self.nodes[i]

    def category(self, i: int) -> str:
        return str(self.nodes[i].category)

    def edge(self, e: int) -> SimpleNamespace:
        return self.edges[e]

    def closure(self, i: int, predicate: str, reverse: bool = False) -> dict[int, tuple[int, ...]]:
        found: dict[int, tuple[int, ...]] = {}
        queue = deque([(i, ())])
        while queue:
            here, path = queue.popleft()
            for e in self.edges:
                start, stop = (e.object, e.subject) if reverse else (e.subject, e.object)
                if e.predicate == predicate and start == here and stop not in found:
                    found[stop] = (*path, e.index)
                    queue.append((stop, found[stop]))
        return found

    def add(self, category: str, name: str, **attributes: Any) -> int:
        index = len(self.nodes)
        node = SimpleNamespace(index=index, id=f"T:{index:04}", category=category, name=name)
        node.attributes = attributes
        self.nodes.append(node)
        return index

    def link(self, subject: int, predicate: str, object_: int, **qualifiers: Any) -> None:
        self.edges.append(
            SimpleNamespace(
                index=len(self.edges),
                subject=subject,
                predicate=predicate,
                object=object_,
                qualifiers=qualifiers,
            )
        )


def make_snapshot() -> FakeSnapshot:
    """Five families of four conditions; each family has a class of four drugs that treats it."""
    graph = FakeSnapshot()
    for family, stem in zip(FAMILIES, STEMS, strict=True):
        group = graph.add("DrugClass", f"{stem}s")
        parent = graph.add("Disease", family)
        sign = graph.add("PhenotypicFeature", f"{family} sign")
        drugs = [graph.add("Drug", f"{syllable}{stem}") for syllable in SYLLABLES]
        for drug in drugs:
            graph.link(drug, "member_of", group)
        for kind in KINDS:
            condition = graph.add("Disease", f"{kind} {family}")
            graph.link(condition, "subclass_of", parent)
            graph.link(condition, "has_phenotype", sign)
            for place, drug in enumerate(drugs):
                line = "first" if place < 2 else "second"
                graph.link(drug, "treats", condition, line=line, purpose="treatment")
        regimen = graph.add("Regimen", f"{family} regimen")
        graph.link(regimen, "treats", condition, line="first", purpose="treatment")
        graph.link(regimen, "has_part", drugs[0], component=1)
    gone = graph.add("Drug", "oldpril", withdrawn={"year": 1990})
    graph.link(gone, "treats", condition, line="first")
    asthma = next(n.index for n in graph.nodes if n.name == "asthma")
    pril = next(n.index for n in graph.nodes if n.name == "prils")
    graph.link(pril, "contraindicated_in", asthma, severity="contraindicated", check="drug_disease")
    return graph


@pytest.fixture(scope="session")
def snapshot() -> FakeSnapshot:
    return make_snapshot()


@pytest.fixture(scope="session")
def graph(snapshot: FakeSnapshot) -> Any:
    from graphrx.fusion.graph import graph_tensors

    return graph_tensors(snapshot)


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A byte-pair tokenizer learned from the fake graph's names."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    core = Tokenizer(models.BPE())
    core.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    core.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=500,
        special_tokens=["<|im_start|>", "<|im_end|>"],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    core.train_from_iterator([f" {node.name}" for node in make_snapshot().nodes], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=core,
        bos_token="<|im_start|>",
        eos_token="<|im_end|>",
        pad_token="<|im_end|>",
    )


@pytest.fixture
def loaded(tokenizer: Any) -> Any:
    """A fresh two-layer Llama with random weights; the same ones every time."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    from graphrx.llm.load import LoadedModel

    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.2,
        tie_word_embeddings=True,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.eos_token_id,
    )
    return LoadedModel(LlamaForCausalLM(config).eval(), tokenizer, "tiny", "0" * 64, "directory")


@pytest.fixture(scope="session")
def settings() -> Any:
    from graphrx.fusion.settings import FusionSettings

    return FusionSettings.model_validate(
        json.loads(
            """{"model": "tiny",
            "encoder": {"dim": 16, "bases": 4, "dropout": 0.0},
            "stage_one": {"steps": 40, "learning_rate": 0.01, "negatives": 4},
            "lora": {"r": 4, "dropout": 0.0},
            "stage_two": {"steps": 12, "batch": 4, "warmup": 1, "learning_rate": 0.01,
                          "projector_rate": 0.01, "checkpoint_every": 4},
            "retrieval": {"cap": 12, "candidates": 6}}"""
        )
    )
