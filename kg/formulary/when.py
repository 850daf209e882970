"""The ``when`` of a rule: a conjunction of comparisons on patient facts, in canonical form."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from graphrx.kg.schema import ROUTES

_COMPARISON = re.compile(r"(<=|>=|<|>)\s*(\d+(?:\.\d+)?)")
_RANGE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:-|–|to)\s*(\d+(?:\.\d+)?)")
_LAB = re.compile(
    r"(?P<cmp>[<>=]*\s*[\d.]+(?:\s*(?:-|–|to)\s*[\d.]+)?)"
    r"(?:\s+(?=10[*^])|\s*(?!\d))(?P<unit>[^\s.<>=-]*[a-zA-Zµμ%].*)"
)

NUMERIC: Final = ("age", "weight", "egfr", "crcl", "gestation", "qtc")
"""Keys that compare a number: years, kg, mL/min/1.73m², mL/min, weeks, ms."""


def comparison(value: object) -> str:
    """Return a comparison in canonical form.

    >>> comparison("< 30"), comparison("30 - 45")
    ('<30', '30-45')

    :raises ValueError: with the remedy, when it is none.
    """
    text = str(value).strip()
    if match := _COMPARISON.fullmatch(text):
        return match[1] + match[2]
    if match := _RANGE.fullmatch(text):
        if float(match[1]) >= float(match[2]):
            raise ValueError(f'"{text}" is an empty range; a-b means a ≤ x < b')
        return f"{match[1]}-{match[2]}"
    raise ValueError(f'"{text}" is no comparison; write "<30", "<=30", ">30", ">=30" or "30-45"')


def bounds(expression: str) -> tuple[float | None, float | None]:
    """Return (lower, upper) of a canonical comparison; None where it is open."""
    if match := _COMPARISON.fullmatch(expression):
        number = float(match[2])
        return (None, number) if match[1].startswith("<") else (number, None)
    low, _, high = expression.partition("-")
    return float(low), float(high)


def check_when(when: Mapping[str, Any]) -> dict[str, Any]:
    """Return the conjunction in canonical form; names of conditions stay names.

    :raises ValueError: naming the key, the value and the remedy.
    """
    checked: dict[str, Any] = {}
    for key, value in when.items():
        if key not in _CHECKERS:
            raise ValueError(f'when key "{key}" is not known; use one of {", ".join(_CHECKERS)}')
        try:
            checked[key] = _CHECKERS[key](value)
        except ValueError as error:
            raise ValueError(f"{key}: {error}") from None
    if not checked:
        raise ValueError("when is empty; leave it out")
    return checked


def _one_of(*allowed: object) -> Callable[[object], object]:
    def check(value: object) -> object:
        if value not in allowed:
            raise ValueError(f'"{value}" is not one of {", ".join(map(str, allowed))}')
        return value

    return check


def _some_of(*allowed: object) -> Callable[[object], list[object]]:
    one = _one_of(*allowed)

    def check(value: object) -> list[object]:
        values = value if isinstance(value, list) else [value]
        if not values:
            raise ValueError(f"an empty list; name some of {', '.join(map(str, allowed))}")
        return sorted({str(one(item)): item for item in values}.values(), key=str)

    return check


def _labs(value: object) -> dict[str, str]:
    if not isinstance(value, dict) or not value:
        raise ValueError('write {potassium: ">5.5 mmol/L"}')
    checked = {}
    for name, expression in value.items():
        text = str(expression).strip()
        match = _LAB.fullmatch(text)
        if match is None:
            raise ValueError(f'{name}: "{text}" has no unit; write ">5.5 mmol/L"')
        checked[str(name)] = f"{comparison(match['cmp'])} {match['unit'].strip()}"
    return checked


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f'"{value}" is not a name')
    return value.strip()


_CHECKERS: Final[dict[str, Callable[[Any], Any]]] = {
    **dict.fromkeys(NUMERIC, comparison),
    "sex": _one_of("F", "M"),
    "child_pugh": _some_of("A", "B", "C"),
    "trimester": _some_of(1, 2, 3),
    "route": _some_of(*ROUTES),
    "lab": _labs,
    "genotype": _text,
    "condition": _text,
}
