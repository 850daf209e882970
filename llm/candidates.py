"""The token trie: a language model that is asked for drugs can write nothing else.

A list is `item (separator item)* end`. Items are the names of the graph, each at most once, so
whatever the model prefers, its list holds known drugs without repetition. The trie also gives the
model's probability of a *name*: at every step only the tokens that some name continues with share
the mass, so the probabilities of all names add up to one, and long names lose nothing for tokens
that were never in doubt.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

END_OF_NAME = -1  # the child of a node where a name is complete; no tokenizer has a negative id


@dataclass(slots=True)
class TrieNode:
    """One prefix of one or more names. `first:last` are the leaves below it, in leaf order."""

    depth: int
    children: dict[int, TrieNode] = field(default_factory=dict)
    first: int = 0
    last: int = 0


class TokenTrie:
    """A trie over the token sequences of names.

    Args:
        sequences: name → its token ids, not empty, no two alike.

    Attributes:
        names: in leaf order; leaf `i` is `names[i]`.
        sequences: name → token ids, as given.

    Raises:
        ValueError: a sequence is empty, or two names have the same tokens.
    """

    def __init__(self, sequences: Mapping[str, Sequence[int]]) -> None:
        self.sequences = {name: tuple(ids) for name, ids in sequences.items()}
        self.root = TrieNode(0)
        ordered = sorted(self.sequences.items(), key=lambda item: (item[1], item[0]))
        self.names = tuple(name for name, _ in ordered)
        self.leaf = {name: i for i, name in enumerate(self.names)}
        for position, (name, ids) in enumerate(ordered):
            if not ids:
                raise ValueError(f"name {name!r} has no tokens")
            if position and ordered[position - 1][1] == ids:
                raise ValueError(f"names {ordered[position - 1][0]!r} and {name!r} look alike")
            self._insert(ids, position)

    @classmethod
    def from_names(cls, names: Iterable[str], tokenizer: Any) -> TokenTrie:
        """Tokenise each name as it stands inside a list: after a space."""
        return cls({name: name_tokens(name, tokenizer) for name in dict.fromkeys(names)})

    def _insert(self, ids: Sequence[int], leaf: int) -> None:
        node = self.root
        path = [node]
        for token in (*ids, END_OF_NAME):
            if token not in node.children:
                node.children[token] = TrieNode(node.depth + 1, first=leaf, last=leaf)
            node = node.children[token]
            path.append(node)
        for node in path:  # names come in leaf order, so every node's leaves are one interval
            node.last = leaf + 1

    def walk(self, tokens: Sequence[int]) -> TrieNode | None:
        """Return the node that `tokens` lead to, or None."""
        node: TrieNode | None = self.root
        for token in tokens:
            if node is None:
                return None
            node = node.children.get(token)
        return node


@dataclass(frozen=True, slots=True)
class ListGrammar:
    """What may follow what in a generated list of names.

    Attributes:
        trie: the names.
        separator: token between two names.
        end: token that closes the list.
        max_items: the list is closed after so many names.
        min_items: the list can't be closed before so many (or all) names.
        excluded: names that may not be written at all.
    """

    trie: TokenTrie
    separator: int
    end: int
    max_items: int
    min_items: int = 1
    excluded: frozenset[str] = frozenset()

    def allowed(self, tokens: Sequence[int]) -> list[int]:
        """Return the tokens that may follow `tokens`, in ascending order; never empty.

        Tokens outside the grammar (padding after the end, for one) are answered with the end.
        """
        used, tail, closed = self.split(tokens)
        if closed:
            return [self.end]
        node = self.trie.walk(tail)
        if node is None:
            return [self.end]
        taken = {self.trie.leaf[name] for name in (*used, *self.excluded)}
        options = set()
        for token, child in node.children.items():
            free = (child.last - child.first) - sum(child.first <= i < child.last for i in taken)
            if not free:
                continue
            if token != END_OF_NAME:
                options.add(token)
                continue
            done = len(used) + 1
            left = len(self.trie.names) - len(taken) - 1
            if done >= self.min_items or not left or done >= self.max_items:
                options.add(self.end)
            if done < self.max_items and left:
                options.add(self.separator)
        return sorted(options) or [self.end]

    def hook(self, prompt_tokens: int = 0) -> Callable[[int, Any], list[int]]:
        """Return the function for transformers' `prefix_allowed_tokens_fn`.

        Args:
            prompt_tokens: how many of the ids that generation hands over belong to the prompt:
                0 when the prompt is given as `inputs_embeds`.
        """

        def allowed(_batch: int, ids: Any) -> list[int]:
            return self.allowed(ids.tolist()[prompt_tokens:])

        return allowed

    def parse(self, tokens: Sequence[int]) -> tuple[str, ...]:
        """Return the complete names in `tokens`, in order; an unfinished last one is left out."""
        used, tail, _ = self.split(tokens)
        node = self.trie.walk(tail) if tail else None
        if node is not None and END_OF_NAME in node.children:
            name = self.trie.names[node.children[END_OF_NAME].first]
            if name not in used:
                used.append(name)
        return tuple(used)

    def split(self, tokens: Sequence[int]) -> tuple[list[str], list[int], bool]:
        """Return the finished names, the tokens of the unfinished one, and whether it is closed."""
        used: list[str] = []
        tail: list[int] = []
        for token in tokens:
            if token in (self.separator, self.end):
                node = self.trie.walk(tail)
                if node is not None and END_OF_NAME in node.children:
                    used.append(self.trie.names[node.children[END_OF_NAME].first])
                    tail = []
                    if token == self.end:
                        return used, [], True
                    continue
                if token == self.end:
                    return used, [], True
            tail.append(token)
        return used, tail, False


def name_tokens(name: str, tokenizer: Any) -> tuple[int, ...]:
    """Return the token ids of `name` as it stands in a list, that is after a space."""
    return tuple(tokenizer(" " + name, add_special_tokens=False).input_ids)


def parse_names(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """Parse free text with one name a line or comma into known names, each once.

    Args:
        text: what some model wrote; numbering and bullets are ignored.
        known: lower-case name or synonym → name.
    """
    found = []
    for piece in text.replace("\n", ",").replace(";", ",").replace("、", ",").split(","):
        key = piece.strip().lstrip("-*•0123456789.) ").rstrip(". ").lower()
        if key in known:
            found.append(known[key])
    return tuple(dict.fromkeys(found))
