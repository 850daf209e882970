"""The encoder's share while a list is written."""

import pytest
import torch

from graphrx.fusion.guide import EncoderGuide
from graphrx.llm.candidates import ListGrammar, TokenTrie

SEPARATOR, END, VOCABULARY = 1, 2, 10
TRIE = TokenTrie({"ab": (3, 4), "ac": (3, 5), "d": (6,), "da": (6, 3)})


def _grammar(**words: object) -> ListGrammar:
    return ListGrammar(TRIE, SEPARATOR, END, max_items=2, min_items=2, **words)  # type: ignore[arg-type]


def _write(weight: float, favourite: str, language: torch.Tensor) -> tuple[str, ...]:
    """Write greedily, as transformers does."""
    grammar = _grammar()
    odds = {name: 0.0 if name == favourite else -9.0 for name in TRIE.names}
    guide = EncoderGuide(grammar, odds, weight)
    tokens: list[int] = []
    while END not in tokens:
        ids = torch.tensor([tokens], dtype=torch.long)
        masked = torch.full((1, VOCABULARY), -torch.inf)
        allowed = grammar.allowed(tokens)
        masked[0, allowed] = language[allowed]
        tokens.append(int(guide(ids, masked)[0].argmax()))
    return grammar.parse(tokens)


@pytest.mark.parametrize("favourite", TRIE.names)
def test_all_weight_on_the_encoder_writes_its_favourite_first(favourite: str) -> None:
    against = torch.linspace(1.0, 0.0, VOCABULARY)
    assert _write(1.0, favourite, against)[0] == favourite


def test_no_weight_leaves_the_list_to_the_language_model() -> None:
    language = torch.zeros(VOCABULARY)
    language[6] = 5.0  # it wants "d"
    assert _write(0.0, "ab", language)[0] == "d"
    assert _write(0.9, "ab", language)[0] == "ab"


def test_nothing_outside_the_grammar_gets_a_score() -> None:
    guide = EncoderGuide(_grammar(), dict.fromkeys(TRIE.names, -1.0), 0.5)
    scores = guide(torch.empty((1, 0), dtype=torch.long), torch.zeros(1, VOCABULARY))
    finite = {int(token) for token in torch.isfinite(scores[0]).nonzero().flatten()}
    assert finite == set(_grammar().allowed([]))


def test_mixed_scores_are_log_probabilities_and_written_names_have_no_mass() -> None:
    grammar = _grammar()
    odds = dict.fromkeys(TRIE.names, -1.0)
    guide = EncoderGuide(grammar, odds, 1.0)
    start = guide(torch.empty((1, 0), dtype=torch.long), torch.zeros(1, VOCABULARY))
    assert start[0].exp().sum() == pytest.approx(1.0)
    after = guide(torch.tensor([[3, 4, SEPARATOR]]), torch.zeros(1, VOCABULARY))
    # of "ab ac" only "ac" is left, of "d da" both
    assert after[0, 6] - after[0, 3] == pytest.approx(torch.log(torch.tensor(2.0)).item())
