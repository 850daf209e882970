"""Names that might have been meant. They are offered as a question, never taken as an answer."""

from collections.abc import Iterable
from functools import lru_cache

from graphrx.kg.linking.normalise import normalise
from graphrx.kg.snapshot import Snapshot

_LATIN_CUTOFF, _CJK_CUTOFF = 75.0, 50.0


@lru_cache(maxsize=2)
def _keys(snapshot: Snapshot) -> list[str]:
    return list(snapshot.name_keys())


def suggest(
    snapshot: Snapshot, text: str, categories: Iterable[str], limit: int = 3
) -> tuple[str, ...]:
    """Up to ``limit`` node names near the text, nearest first (rapidfuzz ratio; ties by name).

    Chinese names are short, so half of the characters in common is near enough for a question.
    """
    from rapidfuzz import fuzz, process

    key = normalise(text)
    if not key:
        return ()
    wanted = frozenset(categories)
    cutoff = _LATIN_CUTOFF if key.isascii() else _CJK_CUTOFF
    hits = process.extract(key, _keys(snapshot), scorer=fuzz.ratio, limit=40, score_cutoff=cutoff)
    best: dict[str, float] = {}
    for found, score, _ in hits:
        for node, name in snapshot.lookup(found):
            if snapshot.category(node) in wanted:
                shown = name.text if name.lang == "zh" else snapshot.name(node)
                best[shown] = max(score, best.get(shown, 0.0))
    ranked = sorted(best.items(), key=lambda item: (-item[1], item[0]))
    return tuple(name for name, _ in ranked[:limit])
