"""The trie never lets an unknown or a repeated name through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.llm.candidates import ListGrammar, TokenTrie, parse_names

SEPARATOR, END = 98, 99
sequences = st.lists(
    st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple),
    min_size=1,
    max_size=12,
    unique=True,
)


def trie_of(ids: list[tuple[int, ...]]) -> TokenTrie:
    return TokenTrie({f"drug{i}": row for i, row in enumerate(ids)})


@given(sequences, st.integers(1, 6), st.integers(0, 6), st.randoms(use_true_random=False))
def test_any_walk_is_a_list_of_known_names_without_repetition(ids, top, least, draw):
    trie = trie_of(ids)
    barred = frozenset(draw.sample(trie.names, draw.randint(0, len(trie.names) - 1)))
    grammar = ListGrammar(trie, SEPARATOR, END, max_items=top, min_items=least, excluded=barred)
    written: list[int] = []
    while not written or written[-1] != END:
        written.append(draw.choice(grammar.allowed(written)))
        assert len(written) < 100
    names = grammar.parse(written)
    assert len(set(names)) == len(names)
    assert not set(names) & barred
    assert set(names) <= set(trie.names)
    assert min(max(least, 1), top, len(trie.names) - len(barred)) <= len(names) <= top
    rebuilt = [t for name in names for t in (*trie.sequences[name], SEPARATOR)]
    assert [*rebuilt[:-1], END] == written  # nothing else was written in between


@given(sequences)
def test_every_name_can_be_written(ids):
    trie = trie_of(ids)
    grammar = ListGrammar(trie, SEPARATOR, END, max_items=1)
    for name, tokens in trie.sequences.items():
        for length in range(len(tokens)):
            assert tokens[length] in grammar.allowed(tokens[:length])
        assert grammar.allowed(tokens) == [END] or END in grammar.allowed(tokens)
        assert grammar.parse([*tokens, END]) == (name,)


def test_name_that_begins_another_is_told_apart():
    trie = TokenTrie({"insulin": (1,), "insulin glargine": (1, 2)})
    grammar = ListGrammar(trie, SEPARATOR, END, max_items=2)
    assert grammar.allowed([1]) == [2, SEPARATOR, END]
    assert grammar.allowed([1, SEPARATOR]) == [1]
    assert grammar.allowed([1, SEPARATOR, 1]) == [2]
    assert grammar.parse([1, SEPARATOR, 1, 2, END]) == ("insulin", "insulin glargine")


def test_after_the_end_only_the_end():
    grammar = ListGrammar(trie_of([(1,), (2,)]), SEPARATOR, END, max_items=2)
    assert grammar.allowed([1, END]) == [END]
    assert grammar.allowed([1, END, END]) == [END]


def test_unfinished_last_name_is_left_out():
    grammar = ListGrammar(trie_of([(1, 2), (3,)]), SEPARATOR, END, max_items=2)
    assert grammar.parse([3, SEPARATOR, 1]) == ("drug1",)


@pytest.mark.parametrize("bad", [{"a": ()}, {"a": (1,), "b": (1,)}])
def test_names_without_tokens_or_with_the_same_are_refused(bad):
    with pytest.raises(ValueError, match=r"no tokens|look alike"):
        TokenTrie(bad)


def test_free_text_lists_are_parsed():
    known = {"metformin": "metformin", "glucophage": "metformin", "aspirin": "aspirin"}
    text = "1. Metformin\n2) glucophage, Aspirin.\n- unobtainium"
    assert parse_names(text, known) == ("metformin", "aspirin")
