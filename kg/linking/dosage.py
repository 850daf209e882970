"""An order's dose and frequency: "1000 mg bd", "0.5g 每日两次", "15 mg/kg q6h".

Amounts are compared as one dose, as a day and as a week, in mg, units or mmol, per kg where the
order says so. What can't be turned into such an amount (tablets or mL without a strength, a rate)
stays unread and is said to be so, never guessed. A range counts as its upper value.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphrx.kg.linking import frequency
from graphrx.kg.linking.frequency import AFTER, BEFORE, COUNT, TAKEN, Frequency, number
from graphrx.kg.linking.normalise import half_width

_N = r"\d+(?:[.,]\d+)*"
_RANGE = r"\s*(?:-|–|~|to|至)\s*"
_UNITS: Final[dict[str, tuple[str, float]]] = {
    r"mg|milligrams?|毫克": ("mg", 1),
    r"mcg|µg|μg|ug|micrograms?|微克": ("mg", 0.001),
    r"ng|nanograms?": ("mg", 1e-6),
    r"g|gm|grams?|克": ("mg", 1000),
    r"million units|mega ?units|MU|百万单位": ("units", 1e6),
    r"万单位|万U|万IU|万国际单位": ("units", 1e4),
    r"units?|iu|\[iU\]|\[IU\]|u|国际单位|单位": ("units", 1),
    r"mmol|millimoles?|毫摩尔": ("mmol", 1),
    r"meq": ("meq", 1),
    r"ml|millilitres?|milliliters?|毫升": ("ml", 1),
    r"l|litres?|liters?|升": ("ml", 1000),
    r"%": ("%", 1),
}  # fmt: skip
_UNIT = "|".join(_UNITS)
_PER_UNIT: Final = {
    "kg": r"kg|公斤|千克", "m2": r"m2|m²|m\^2|㎡", "dose": r"dose|次|剂",
    "day": r"day|d|24 ?h(?:ours|rs)?|日|天", "week": r"week|wk|周",
    "rate": r"h|hr|hour|min|minute|小时|分钟", "ml": r"(?:\d+(?:\.\d+)?\s*)?(?:ml|l|毫升|升)",
    "piece": (
        r"tablets?|tabs?|caps?(?:ules?)?|puffs?|actuations?|sprays?|drops?|sachets?|vials?|"
        r"片|粒|支|袋|喷|揿|吸|盒|瓶"
    ),
}  # fmt: skip
_PER = "|".join(f"(?:{words})" for words in _PER_UNIT.values())
_PIECES = (
    r"tablets?|tabs?|capsules?|caps?|caplets?|puffs?|actuations?|inhalations?|sprays?|drops?|"
    r"sachets?|patch(?:es)?|suppositor(?:y|ies)|ampoules?|vials?|pens?|片|粒|袋|支|滴|喷|揿|吸|枚|包|瓶|丸|贴"
)

_AMOUNT = re.compile(
    rf"{BEFORE}(?:(?P<low>{_N}){_RANGE})?(?P<n>{_N})\s*(?P<u>{_UNIT})"
    rf"(?P<per>(?:\s*(?:/|\bper\b)\s*(?:{_PER}))*)(?![A-Za-z0-9²])",
    re.IGNORECASE,
)
# 875/125 mg, 500 mg/50 mg: the strengths of a combination
_SEVERAL = re.compile(
    rf"{BEFORE}{_N}(?:\s*(?:{_UNIT})(?:\s*/\s*{_N}\s*(?:{_UNIT}))+|(?:\s*/\s*{_N})+\s*(?:{_UNIT})){AFTER}",
    re.IGNORECASE,
)
# the last letter of a name is no sign of multiplication: "Valtrex 2 g"
_X = r"(?:(?:(?<![a-z])|(?<=\dg)|(?<=\dmg))x|[×*])"
_CONCENTRATION = re.compile(
    rf"{BEFORE}(?P<n>{_N})\s*(?P<u>{_UNIT})\s*(?:/|\bper\b|\bin\b)\s*(?P<v>{_N})?\s*(?P<vu>ml|l|毫升|升)"
    rf"{AFTER}",
    re.IGNORECASE,
)
_MULTIPLE = re.compile(
    rf"{BEFORE}(?P<n>\d)\s*[x×*]\s*(?={_N}\s*(?:{_UNIT}){AFTER})|{_X}\s*(?P<m>\d)(?!\.\d){AFTER}(?!\s*(?:{_PIECES}))",
    re.IGNORECASE,
)
_PIECE = re.compile(
    rf"(?:{_X}\s*)?(?:{BEFORE}|(?<=每次)|(?<=一次)|(?<=[x×*]))(?:{COUNT}{_RANGE})?(?P<n>{COUNT})\s*"
    rf"(?:{_PIECES}){AFTER}(?:\s+of\b)?",
    re.IGNORECASE,
)
# 0.5g*48片 is a box, "for 7 days" a duration: neither says how much is taken at a time
_BOX = re.compile(
    rf"{_X}\s*(?:[5-9]|\d{{2,}})\s*(?:{_PIECES}|s)?(?:/[盒瓶])?{AFTER}"
    rf"(?!\s*(?:{_UNIT}){AFTER})",
    re.IGNORECASE,
)
_DURATION = re.compile(
    rf"(?:\bfor|{_X}|连[用服]|疗程|共)\s*\d+\s*(?:-\s*\d+\s*)?(?:days?|weeks?|months?|天|日|周|月){AFTER}",
    re.IGNORECASE,
)
_NEEDED = re.compile(
    r"(?<!\w)(?:p\.?r\.?n\.?|s\.?o\.?s\.?|(?:as|when|if) (?:needed|required|necessary))(?!\w)"
    r"|必要时|需要时|按需",
    re.IGNORECASE,
)
_DIVIDED = re.compile(
    rf"\bin (?:(?P<n>{COUNT})(?:{_RANGE}{COUNT})? )?divided doses\b|分(?P<z>{COUNT})次(?:服用|服)?",
    re.IGNORECASE,
)
_MEALS = re.compile(
    r"(?<!\w)(?:with|after|before|without) (?:food|meals?|breakfast|lunch|dinner|supper)(?!\w)"
    r"|(?:[早中晚]?餐|饭)[前后中时](?:服用|服)?|随餐(?:服用|服)?",
    re.IGNORECASE,
)
_EACH = re.compile("每次|一次|各")
_NOISE = re.compile(
    r"(?<!\w)(?:take|give|of|then|dose|p\.?o\.?|orally|by mouth|oral|iv|im|sc|injection|solution|"
    rf"{_PIECES})(?!\w)|口服|服用|静滴|静注|肌注",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Dosage:
    """What an order gives, as amounts that a limit can be compared with.

    :param text: the words that say it.
    :param unit: ``mg``, ``units``, ``mmol`` or ``meq``, with ``/kg`` or ``/m2`` where so ordered;
        None where no amount could be read of the words.
    :param dose: amount of one dose; ``day`` and ``week`` of the fullest day and week; None where
        that is not said.
    """

    text: str
    unit: str | None = None
    dose: float | None = None
    day: float | None = None
    week: float | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The pieces of an order's words, before they are put together.

    :param amounts: (value, unit, what it is per).
    :param concentrations: (value per mL, unit).
    :param pieces: numbers of tablets, puffs and the like.
    :param needed: "as needed" is said; how often stays open.
    :param divided: into how many doses a day's amount goes; 0: not said how many.
    :param odd: something of the dose could not be read.
    """

    amounts: tuple[tuple[float, str, str | None], ...] = ()
    concentrations: tuple[tuple[float, str], ...] = ()
    pieces: tuple[float, ...] = ()
    frequencies: tuple[Frequency, ...] = ()
    needed: bool = False
    divided: float | None = None
    odd: bool = False
    said: str = ""

    @property
    def empty(self) -> bool:
        """True when no dose is said: a frequency or a strength by volume alone says none."""
        return not (self.amounts or self.pieces or self.odd)


NOTHING: Final = Parts()
"""Said where nothing is said."""


class _Reader:
    """Reads a text piece by piece; what has been read is blanked, so that nothing is read twice."""

    def __init__(self, text: str) -> None:
        self.whole = self.rest = text
        self.read = [False] * len(text)

    def matches(self, pattern: re.Pattern[str], *, shown: bool = True) -> Iterator[re.Match[str]]:
        while match := pattern.search(self.rest):
            self.rest = frequency.blank(self.rest, match)
            if shown:
                self.mark(match.span())
            yield match

    def mark(self, span: tuple[int, int]) -> None:
        self.read[slice(*span)] = [True] * (span[1] - span[0])

    def frequencies(self) -> tuple[Frequency, ...]:
        before = self.rest
        self.rest, found = frequency.take(self.rest)
        for place, (old, new) in enumerate(zip(before, self.rest, strict=True)):
            self.read[place] = self.read[place] or old != new
        return found

    @property
    def said(self) -> str:
        """What was read, in the order of the text."""
        shown = (c if was else " " for c, was in zip(self.whole, self.read, strict=True))
        return " ".join("".join(shown).split())

    @property
    def left(self) -> str:
        """What was not read."""
        return self.rest.replace(TAKEN, " ")


@lru_cache(maxsize=65536)
def take_dosage(text: str) -> tuple[str, Parts]:
    """Take dose and frequency out of a drug entry: ``(rest, parts)``."""
    reader = _Reader(half_width(text))
    for pattern in (_DURATION, _BOX, _MEALS):
        for _ in reader.matches(pattern, shown=False):
            pass
    needed = bool(list(reader.matches(_NEEDED)))
    divided = [number(m["n"] or m["z"] or "0") for m in reader.matches(_DIVIDED)]
    pieces = [number(m["n"] or m["m"]) for m in reader.matches(_MULTIPLE)]
    concentrations = []
    for match in reader.matches(_CONCENTRATION):
        unit, value = _unit(match["u"], match["n"])
        _, volume = _unit(match["vu"], match["v"] or "1")
        concentrations.append((value / volume if volume else math.nan, unit))
    several = bool(list(reader.matches(_SEVERAL)))
    amounts = []
    for match in reader.matches(_AMOUNT):
        unit, value = _unit(match["u"], match["n"])
        per = _per(match["per"])
        kilo = next((f"/{word}" for word in per if word in ("kg", "m2")), "")
        span = next((word for word in per if word not in ("kg", "m2", "dose")), None)
        amounts.append((value, unit + kilo, span))
    pieces += [number(m["n"]) for m in reader.matches(_PIECE)]
    frequencies = reader.frequencies()
    for _ in reader.matches(_EACH, shown=False):
        pass
    return reader.left, Parts(
        tuple(amounts), tuple(concentrations), tuple(pieces), frequencies, needed,
        divided[0] if divided else None, several, reader.said,
    )  # fmt: skip


def read_order(name: Parts, dose: str | None, how_often: str | None) -> Dosage | None:
    """The dosage of an entry whose dose and frequency stand in fields of their own.

    :param name: what the entry's name says ("metformin 500 mg tablets"): a strength for a dose in
        tablets, a dose where the fields give none.
    :returns: None where nothing is said of a dose.
    """
    if not dose and not how_often:
        return settle(name)
    left, given = take_dosage(dose or "")
    over, often = take_dosage(how_often or "")
    odd = given.odd or often.odd or _words(left) or _words(over) or (bool(dose) and given.empty)
    merged = Parts(
        given.amounts or name.amounts,
        given.concentrations or name.concentrations,
        given.pieces or (() if given.amounts else name.pieces),
        often.frequencies or given.frequencies or name.frequencies,
        given.needed or often.needed or name.needed,
        given.divided if given.divided is not None else often.divided,
        odd or (name.odd and not given.amounts),
        " ".join(text.strip() for text in (dose, how_often) if text and text.strip()),
    )
    return settle(merged)


def settle(parts: Parts) -> Dosage | None:
    """Put the pieces together; None where nothing is said of a dose."""
    if parts.empty:
        return None
    amount = None if parts.odd or len(parts.pieces) > 1 else _amount(parts)
    if amount is None or math.isnan(amount[0]):
        return Dosage(parts.said)
    value, unit, span = amount
    if span == "piece" and not parts.pieces:
        return Dosage(parts.said)
    if parts.pieces and span in ("piece", None):
        value, span = value * parts.pieces[0], None
    return _spread(value, unit, span, parts)


def _amount(parts: Parts) -> tuple[float, str, str | None] | None:
    """The one amount that the pieces say; None where they say none that can be compared."""
    said = set(parts.amounts)
    volumes = {one for one in said if one[1] == "ml" and one[2] is None}
    masses = said - volumes
    if any(unit in ("ml", "%") or span in ("rate", "ml") for _, unit, span in masses):
        return None
    if len(masses) == 1 and not (volumes and not parts.concentrations):
        return next(iter(masses))
    strengths = set(parts.concentrations)
    if masses or len(volumes) != 1 or len(strengths) != 1:
        return None
    ((strength, unit),) = strengths
    ((volume, _, _),) = volumes
    return None if unit in ("ml", "%") else (strength * volume, unit, None)


def _spread(value: float, unit: str, span: str | None, parts: Parts) -> Dosage:
    """An amount over the dose, the day and the week."""
    often = max(parts.frequencies, key=lambda one: (one.per_day, one.per_week), default=None)
    if parts.divided is not None or span == "day":
        times = parts.divided or (often.per_day if often and often.per_day > 1 else None)
        return Dosage(parts.said, unit, value / times if times else None, value, value * 7)
    if span == "week":
        return Dosage(parts.said, unit, None, None, value)
    if often is None:
        return Dosage(parts.said, unit, value)
    return Dosage(parts.said, unit, value, value * often.per_day, value * often.per_week)


def _unit(word: str, amount: str) -> tuple[str, float]:
    for pattern, (unit, factor) in _UNITS.items():
        if re.fullmatch(pattern, word, re.IGNORECASE):
            return unit, _value(amount) * factor
    raise ValueError(f"{word!r} is no unit of a dose")


def _value(text: str) -> float:
    """A number with a decimal point or comma, or with thousands set off: 1,000 and 0,5."""
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d+)?", text):
        return float(text.replace(",", ""))
    return float(text.replace(",", ".")) if text.count(",") + text.count(".") <= 1 else float("nan")


def _per(text: str) -> list[str]:
    words = [word.strip() for word in re.split(r"/|\bper\b", text) if word.strip()]
    return [
        next(k for k, pattern in _PER_UNIT.items() if re.fullmatch(pattern, word, re.IGNORECASE))
        for word in words
    ]


def _words(rest: str) -> bool:
    """True when words are left over that say something."""
    return bool(re.search(r"\w", _NOISE.sub(" ", rest)))
