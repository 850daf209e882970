"""`pipelines.train.run`: what the command line calls, on the tiny model."""

from __future__ import annotations

import json

import pytest
from pydantic import ValidationError

from graphrx.kg.errors import InputError, NotAvailableError
from graphrx.pipelines.train import TrainConfig, run

SMALL = {
    "encoder": {"dim": 8, "bases": 2},
    "lora": {"r": 2},
    "stage_two": {"batch": 2},
    "retrieval": {"cap": 8, "candidates": 4},
}


@pytest.fixture
def folder(loaded, tokenizer, tmp_path):
    path = tmp_path / "tiny"
    loaded.model.save_pretrained(path)
    tokenizer.save_pretrained(path)
    return str(path)


def config(folder, **more):
    return TrainConfig(model=folder, steps=2, encoder_steps=2, settings=SMALL, **more)


def test_it_writes_a_checkpoint_with_its_origin(snapshot, folder, tmp_path):
    seen = []
    card = run(
        snapshot, tmp_path / "out", config(folder, hold_out=True), report=lambda *a: seen.append(a)
    )
    assert [(stage, step, of) for stage, step, of, _ in seen] == [
        ("encoder", 1, 2),
        ("encoder", 2, 2),
        ("lists", 1, 2),
        ("lists", 2, 2),
    ]
    assert json.loads((tmp_path / "out" / "config.json").read_text()) == card
    assert card["graph"]["sha256"] == snapshot.sha256
    assert card["settings"]["encoder_weight"] in {
        float(share) for share in card["figures"]["dev_mrr_by_encoder_weight"]
    }
    assert 0 <= card["figures"]["test_mrr"] <= 1
    assert not list((tmp_path / "out").glob("state-*"))  # nothing left to resume
    again = run(snapshot, tmp_path / "again", config(folder, hold_out=True))
    assert again["files"] == card["files"]


def test_wrong_settings_are_named(snapshot, folder, tmp_path):
    with pytest.raises(ValidationError, match="stepz"):
        TrainConfig(stepz=1)
    bad = TrainConfig(model=folder, settings={"stage_two": {"rate": 1}})
    with pytest.raises(InputError, match=r"stage_two\.rate"):
        run(snapshot, tmp_path / "out", bad)
    with pytest.raises(NotAvailableError, match=r"no/such-model.*folder"):
        run(snapshot, tmp_path / "out", TrainConfig(model="no/such-model"))
