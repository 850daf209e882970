"""One key for all spellings of a name: case, width, hyphens, accents and spaces don't count."""

import re
import unicodedata
from functools import lru_cache

_APOSTROPHES = re.compile("['’‘`´ʼ＇]")
_SEPARATORS = re.compile(r"[\W_]+")
_ACCENTS = re.compile("[\u0300-\u036f]")
_CJK = "\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_BESIDE_CJK = re.compile(f"(?<=[{_CJK}]) | (?=[{_CJK}])")


def half_width(text: str) -> str:
    """Return the text with full-width letters, digits and brackets made half width (NFKC)."""
    return unicodedata.normalize("NFKC", text)


@lru_cache(maxsize=65536)
def normalise(text: str) -> str:
    """Return the look-up key of a name.

    NFKC (full width becomes half width), casefold, accents dropped, apostrophes dropped, every
    run of spaces, hyphens and punctuation becomes one space, none beside a Chinese character.

    >>> normalise("ＡＣＥ－Inhibitors"), normalise("Crohn's disease"), normalise("CKD 4 期")
    ('ace inhibitors', 'crohns disease', 'ckd 4期')
    """
    joined = _APOSTROPHES.sub("", text)
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", joined).casefold())
    plain = unicodedata.normalize("NFKC", _ACCENTS.sub("", folded)).casefold()
    spaced = _SEPARATORS.sub(" ", plain).strip()
    return _BESIDE_CJK.sub("", spaced)
