"""The words of the oracle: what it expects, and comparisons as the files write them."""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

Json = dict[str, Any]
LEVELS = ("contraindicated", "major", "moderate", "minor")
_COMPARED = re.compile(r"\s*(<=|>=|<|>)?\s*([\d.]+)(?:\s*(?:-|–|to)\s*([\d.]+))?")


@dataclass(frozen=True)
class Expected:
    """A finding that the facts call for."""

    kind: str
    object: str
    level: str
    effect: str


def fresh(patient: Json) -> Json:
    """A copy of a patient whose lists and laboratory values can be changed."""
    return {
        key: list(value) if isinstance(value, list)
        else {name: dict(one) if isinstance(one, dict) else one for name, one in value.items()}
        if isinstance(value, dict) else value
        for key, value in patient.items()
    }  # fmt: skip


@cache
def limits(text: str) -> tuple[float, float, bool, bool]:
    """Low, high, and whether each belongs to it: "<30", ">=65", "30-45" (30 ≤ x < 45)."""
    found = _COMPARED.match(text)
    if found is None:
        raise ValueError(text)
    sign, first, second = found.groups()
    value, none = float(first), float("inf")
    if second:
        return value, float(second), True, False
    return {
        "<": (-none, value, False, False), "<=": (-none, value, False, True),
        ">": (value, none, False, False), ">=": (value, none, True, False),
    }[sign]  # fmt: skip


def within(value: float, text: str) -> bool:
    """True when the value satisfies the comparison."""
    low, high, low_in, high_in = limits(text)
    return (value > low or (low_in and value == low)) and (
        value < high or (high_in and value == high)
    )


def expected(kind: str, thing: str, level: str, trusted: bool) -> Expected:
    effect = {"contraindicated": "block" if trusted else "warn", "minor": "info"}.get(level, "warn")
    return Expected(kind, thing, level, effect)
