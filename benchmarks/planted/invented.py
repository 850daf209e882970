"""Drug names that no drug has: with the stems of real classes, and a letter off real names."""

import random
import unicodedata
from collections.abc import Collection, Iterable

STEMS = (
    "pril", "sartan", "olol", "statin", "dipine", "prazole", "tidine", "gliptin", "gliflozin",
    "glutide", "tinib", "mab", "zumab", "cept", "azole", "conazole", "cillin", "cef", "mycin",
    "floxacin", "cycline", "vir", "tegravir", "vudine", "caine", "azepam", "zolam", "barbital",
    "setron", "triptan", "oxetine", "ipramine", "peridol", "piprazole", "profen", "coxib", "oxicam",
    "parin", "xaban", "gatran", "grel", "thiazide", "semide", "terol", "tropium", "lukast",
    "dronate", "relix", "relin", "ciclib", "parib", "platin", "rubicin", "taxel", "trexate",
)  # fmt: skip
"""INN stems (WHO Stem Book), most of them suffixes."""
_START = ("zo", "vel", "quar", "bri", "tup", "ox", "mel", "gan", "wex", "fil", "dru", "kor", "yl",
          "sav", "trem", "plu", "nor", "vix", "hal", "jen")  # fmt: skip
_MIDDLE = ("va", "li", "no", "ru", "ke", "so", "ti", "bu", "ma", "xe", "do", "pa", "ga", "fo", "ze")
_STEMS_ZH = (
    "普利", "沙坦", "洛尔", "他汀", "地平", "拉唑", "列汀", "列净", "替尼", "单抗",
    "康唑", "西林", "霉素", "沙星", "环素", "韦", "卡因", "西泮", "昔布", "沙班",
)  # fmt: skip
_START_ZH = ("格泽", "维库", "布仑", "奎兰", "佐莫", "赫尔", "菲纳", "特瑞", "阿卓", "恩戈")


def key(name: str) -> str:
    """A name without case, accents and punctuation, so that spellings of one name meet."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(letter for letter in plain if letter.isalnum())


def invent(number: int, known: Collection[str], seed: int = 0) -> list[str]:
    """Names with valid stems that nothing knows, a tenth of them Chinese.

    :param known: keys of every name that is real.
    """
    rng, found = random.Random(seed), dict[str, None]()
    while len(found) < number:
        if len(found) % 10 == 9:
            name = rng.choice(_START_ZH) + rng.choice(_STEMS_ZH)
        else:
            name = rng.choice(_START) + rng.choice(_MIDDLE) + STEMS[len(found) % len(STEMS)]
        if not _is_known(name, known):
            found[name] = None
    return list(found)


def misspell(number: int, names: Iterable[str], known: Collection[str], seed: int = 0) -> list[str]:
    """Real names with one letter changed, left out or doubled, where that is no real name."""
    rng, found = random.Random(seed), dict[str, None]()
    pool = sorted(name for name in names if name.isascii() and name.isalpha() and len(name) > 6)
    while len(found) < number:
        name, place = rng.choice(pool), 0
        place = rng.randrange(1, len(name) - 1)
        other = rng.choice(["", name[place] * 2, rng.choice("aeioumnrtl")])
        wrong = name[:place] + other + name[place + 1 :]
        if not _is_known(wrong, known):
            found[wrong] = None
    return list(found)


def _is_known(name: str, known: Collection[str]) -> bool:
    """True for a known name, and for its singular or plural."""
    forms = (key(name), key(name) + "s", key(name).removesuffix("s"))
    return any(form in known for form in forms)
