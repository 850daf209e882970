"""The splice is exact."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from graphrx.fusion.inject import NODE, PAD, PREFIX, SUFFIX, splice

lengths = st.lists(
    st.tuples(st.integers(0, 4), st.integers(0, 4), st.integers(1, 4)), min_size=1, max_size=4
)
sides = st.sampled_from(["left", "right"])


def parts(sizes, width=3):
    draw = torch.Generator().manual_seed(1)
    columns = zip(*sizes, strict=True)
    return [[torch.randn(n, width, generator=draw) for n in column] for column in columns]


@given(lengths, sides)
def test_every_part_comes_out_unchanged_and_in_its_place(sizes, side):
    prefix, nodes, suffix = parts(sizes)
    out = splice(prefix, nodes, suffix, pad=side)
    assert out.embeds.shape[1] == max(sum(s) for s in sizes)
    for row, size in enumerate(sizes):
        for kind, part in ((PREFIX, prefix), (NODE, nodes), (SUFFIX, suffix)):
            assert torch.equal(out.embeds[row][out.kind[row] == kind], part[row])
        real = out.mask[row].bool()
        assert out.position[row][real].tolist() == list(range(sum(size)))
        assert not out.embeds[row][~real].any()
        assert (out.kind[row][~real] == PAD).all()
        order = out.kind[row][real].tolist()
        assert order == sorted(order)
        assert real[-1] if side == "left" else real[0]


@given(lengths)
def test_no_nodes_is_the_text_alone(sizes):
    prefix, _, suffix = parts(sizes)
    none = [torch.zeros(0, 3)] * len(sizes)
    out = splice(prefix, none, suffix)
    for row, (before, after) in enumerate(zip(prefix, suffix, strict=True)):
        assert torch.equal(out.embeds[row][out.mask[row].bool()], torch.cat([before, after]))


def test_gradients_reach_the_nodes_and_types_follow_the_text():
    nodes = torch.randn(2, 3, requires_grad=True)
    text = torch.randn(4, 3, dtype=torch.bfloat16)
    out = splice([text], [nodes], [text])
    assert out.embeds.dtype == torch.bfloat16
    out.embeds.float().sum().backward()
    assert torch.equal(nodes.grad, torch.ones(2, 3))


def test_padding_does_not_change_what_the_model_says(loaded):
    """A row alone and the same row padded in a batch get the same last logits, on either side."""
    prefix, nodes, suffix = parts([(3, 2, 4), (1, 0, 2)], width=32)
    with torch.inference_mode():
        alone = loaded.model(**splice(prefix[1:], nodes[1:], suffix[1:]).model_inputs()).logits[0]
        for side in ("left", "right"):
            out = splice(prefix, nodes, suffix, pad=side)
            logits = loaded.model(**out.model_inputs()).logits[1][out.mask[1].bool()]
            assert torch.allclose(logits, alone, atol=1e-5)


def test_wrong_shapes_are_refused():
    text, narrow = torch.zeros(2, 3), torch.zeros(2, 2)
    with pytest.raises(ValueError, match="one length"):
        splice([text], [], [text])
    with pytest.raises(ValueError, match="widths differ"):
        splice([text], [narrow], [text])
