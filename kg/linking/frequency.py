"""How often a drug is given: "bd", "q6h", "three times a week", 每日三次.

A frequency is the number of doses on the fullest day and in the fullest week.
"""

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Frequency:
    """Doses in a day on which the drug is given, and in a week in which it is."""

    per_day: float
    per_week: float


DAILY: Final = Frequency(1, 7)
SINGLE: Final = Frequency(1, 1)
HOURS: Final = {
    "min": 1 / 60, "h": 1, "d": 24, "wk": 168, "mo": 720, "a": 8760,
}  # fmt: skip
"""Length of a period in hours; a month is taken as 30 days."""

_COUNTS: Final = {
    "once": 1, "one": 1, "twice": 2, "two": 2, "thrice": 3, "three": 3, "four": 4, "five": 5,
    "six": 6, "eight": 8, "twelve": 12, "一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5,
    "六": 6, "八": 8, "十二": 12, "半": 0.5, "half": 0.5, "½": 0.5, "a": 1, "other": 2,
}  # fmt: skip
COUNT: Final = (
    r"(?:\d\s*/\s*\d|\d+(?:\.\d+)?|half(?:\s+an?)?|one|two|three|four|five|six|eight|twelve"
    r"|十二|[½半一二两三四五六八])"
)
BEFORE: Final = r"(?<![A-Za-z0-9_./])"
AFTER: Final = r"(?![A-Za-z0-9_])"
"""Word borders between which Chinese characters may stand: 口服bid."""

TAKEN: Final = "\x00"
"""Stands for a character that has been read, so that what lies around it is not joined."""

_TIMES = rf"(?:once|twice|thrice|{COUNT}\s*(?:times?|x|×))"
_PER = r"(?:an?|per|each|every|/|in)"
_UNITS: Final = {
    "min": r"min(?:ute)?s?|分钟", "h": r"hours?|hourly|hrs?|h|小时|钟头",
    "d": r"days?|daily|d|日|天",
    "wk": r"weeks?|weekly|wks?|wk|w|周|星期", "mo": r"months?|monthly|mo|月",
    "a": r"years?|yearly|annually|年",
}  # fmt: skip
_UNIT = "|".join(_UNITS.values())
_RANGE = r"\s*(?:-|–|~|to|or|至|或)\s*"

_CODES: Final = {
    r"q\.?d\.?|o\.?d\.?|qday|qam|qpm|qhs|qn|qm|h\.?s\.?|mane|nocte|nightly": DAILY,
    r"b\.?i\.?d\.?|b\.?d\.?": Frequency(2, 14),
    r"t\.?i\.?d\.?|t\.?d\.?s\.?": Frequency(3, 21),
    r"q\.?i\.?d\.?|q\.?d\.?s\.?": Frequency(4, 28),
    r"q\.?o\.?d\.?|e\.?o\.?d\.?|(?:on )?alternate days?": Frequency(1, 3.5),
    r"qw|qwk|weekly|every week": SINGLE,
    r"biw": Frequency(1, 2),
    r"tiw": Frequency(1, 3),
    r"fortnightly|monthly|qmo|yearly|annually": SINGLE,
    r"stat|once only|as a single dose|single dose|one dose": SINGLE,
    r"daily|every day|each day": DAILY,
}  # fmt: skip
_CODES_ZH: Final = {
    r"隔日(?:[一1]次)?|隔天(?:[一1]次)?": Frequency(1, 3.5),
    r"早晚(?:各[一1]次)?": Frequency(2, 14),
    r"早中晚(?:各[一1]次)?|三餐[前后中时]?": Frequency(3, 21),
    r"每晚(?:[一1]次)?|每早(?:[一1]次)?|每晨|晨起|睡前": DAILY,
    r"顿服|单次": SINGLE,
}  # fmt: skip
_MOMENT = "morning|noon|afternoon|evening|night|bedtime"
_TIMES_OF_DAY = re.compile(
    rf"\b(?:(?:in the|every|each|at)\s+)?(?P<u>{_MOMENT})s?\s*(?:and|&|,|/)"
    rf"\s*(?:(?:at|in the)\s+)?(?P<v>{_MOMENT})s?\b"
    rf"|\b(?:in the|every|each|at|before)\s+(?P<t>{_MOMENT})s?\b"
    rf"|\s(?P<w>{_MOMENT})s?\s*$|(?<={TAKEN})\s+(?P<x>{_MOMENT})s?(?:\s+and)?\b",
    re.IGNORECASE,
)

_CODE_PATTERNS = [
    (re.compile(rf"{BEFORE}(?:{p}){AFTER}", re.IGNORECASE), f) for p, f in _CODES.items()
] + [(re.compile(p), f) for p, f in _CODES_ZH.items()]

_MEALS = re.compile(rf"(?<={TAKEN})\s+(?:a\.?c|p\.?c)\b\.?", re.IGNORECASE)
"""Before or after meals, as a code behind the frequency: "bid ac"."""
_ONCE = re.compile(rf"{BEFORE}once{AFTER}", re.IGNORECASE)
# "3 times a day", "twice weekly", "2-3 times per 8 hours", "1 time every 2 weeks", "3x/week"
_TIMES_PER = re.compile(
    rf"{BEFORE}(?:{COUNT}{_RANGE})?(?P<n>{_TIMES})\s*(?:{_PER}\s*)?"
    rf"(?:(?P<p>{COUNT}|other)\s*)?(?P<u>{_UNIT}){AFTER}",
    re.IGNORECASE,
)
# "every 6 hours", "every 4-6 h", "every other day", "q6h", "q4-6h", "q2w", "6-hourly"
_EVERY = re.compile(
    rf"{BEFORE}(?:every|each|q\.?)\s*(?P<p>{COUNT}|other)?(?:{_RANGE}{COUNT})?\s*-?\s*(?P<u>{_UNIT}){AFTER}"
    rf"|{BEFORE}(?P<p2>{COUNT})(?:{_RANGE}{COUNT})?\s*-?\s*(?P<u2>hourly|weekly|monthly){AFTER}",
    re.IGNORECASE,
)
# 每日三次, 一天2次, 每8小时一次, 每两周1次; 3次/日, 2次/周
_ZH = re.compile(
    rf"(?:每|一|1)\s*(?P<p>{COUNT})?(?:{_RANGE}{COUNT})?\s*个?(?P<u>小时|日|天|周|星期|月|年)"
    rf"\s*(?:{COUNT}{_RANGE})?(?P<n>{COUNT})\s*次"
    rf"|(?:{COUNT}{_RANGE})?(?P<n2>{COUNT})\s*次\s*[/每]\s*(?P<p2>{COUNT})?\s*(?P<u2>小时|日|天|周|星期|月|d|wk)"
    rf"|(?<![一1隔])日\s*(?P<n3>{COUNT})\s*次|每(?P<u4>日|天|周|月)(?!\s*{COUNT}\s*次)"
)


def number(text: str) -> float:
    """Value of a count written in digits, as a fraction or as a word; 0 where there is none."""
    low = re.sub(r"\s+an?$", "", text.strip().casefold())
    if low in _COUNTS:
        return _COUNTS[low]
    over, _, under = low.partition("/")
    return float(over) / float(under or 1) if float(under or 1) else 0.0


def every(times: float, hours: float) -> Frequency | None:
    """The frequency of so many doses in so many hours; None where that says nothing."""
    if not (times > 0 and hours > 0):
        return None
    if hours <= HOURS["d"]:
        return Frequency(times * 24 / hours, times * 168 / hours)
    # doses that are days apart: one on the day, as many as fit in the week, at least one
    return Frequency(1, max(1.0, times * 168 / hours))


def take(text: str) -> tuple[str, tuple[Frequency, ...]]:
    """Read every frequency of a text: ``(text with what was read as TAKEN, frequencies)``."""
    found: list[Frequency | None] = []
    for pattern in (_TIMES_PER, _EVERY, _ZH):
        while match := pattern.search(text):
            found.append(_read(match))
            text = blank(text, match)
    for pattern, frequency in _CODE_PATTERNS:
        while match := pattern.search(text):
            found.append(frequency)
            text = blank(text, match)
    moments: set[str] = set()
    while match := _TIMES_OF_DAY.search(text):
        moments |= {word.casefold() for word in match.groups() if word}
        text = blank(text, match)
    if moments:
        found.append(Frequency(len(moments), 7 * len(moments)))
    while match := _MEALS.search(text):
        text = blank(text, match)
    if match := _ONCE.search(text):
        found.append(SINGLE)
        text = blank(text, match)
    return text, tuple(one for one in found if one is not None)


def blank(text: str, match: re.Match[str]) -> str:
    """Put TAKEN in place of a match; what is left keeps its place."""
    return text[: match.start()] + TAKEN * len(match[0]) + text[match.end() :]


def _read(match: re.Match[str]) -> Frequency | None:
    groups = {key[0]: value for key, value in match.groupdict().items() if value}
    unit = next(
        (key for key, words in _UNITS.items()
         if re.fullmatch(words, groups.get("u", "日"), re.IGNORECASE)), "d",
    )  # fmt: skip
    times = re.sub(r"\s*(?:times?|x|×)$", "", groups.get("n", "1"), flags=re.IGNORECASE)
    return every(number(times), number(groups.get("p", "1")) * HOURS[unit])
