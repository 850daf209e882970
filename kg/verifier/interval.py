"""Half-open intervals over a measure, and three-valued comparison with them.

``True`` and ``False`` are decided, ``None`` is undecided (Kleene, 1952).
"""

import math
import re
from dataclasses import dataclass

_COMPARISON = re.compile(r"^\s*(<=|>=|<|>|=)?\s*(-?\d+(?:\.\d+)?)\s*(.*)$")
_RANGE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*-\s*(\d+(?:\.\d+)?)\s*(.*)$")


@dataclass(frozen=True, slots=True)
class Interval:
    """Values between ``low`` and ``high``; each end is included or not."""

    low: float = -math.inf
    high: float = math.inf
    low_in: bool = True
    high_in: bool = False

    @classmethod
    def point(cls, value: float) -> "Interval":
        """The interval that holds one value."""
        return cls(value, value, True, True)

    def inside(self, other: "Interval") -> bool:
        """True when every value of this interval lies in the other."""
        low = self.low > other.low or (self.low == other.low and (other.low_in or not self.low_in))
        high = self.high < other.high or (
            self.high == other.high and (other.high_in or not self.high_in)
        )
        return low and high

    def apart(self, other: "Interval") -> bool:
        """True when no value lies in both."""
        return self._before(other) or other._before(self)

    def _before(self, other: "Interval") -> bool:
        return self.high < other.low or (
            self.high == other.low and not (self.high_in and other.low_in)
        )

    def holds(self, known: "Interval") -> bool | None:
        """Does a value known to lie in ``known`` lie here? None when that can't be told."""
        if known.inside(self):
            return True
        return False if known.apart(self) else None


def parse(text: str) -> tuple[Interval, str]:
    """Read "<30", ">=5.5 mmol/L" or "30-45" (30 ≤ x < 45): the interval and the unit.

    :raises ValueError: when the text is none of these.
    """
    if found := _RANGE.match(text):
        return Interval(float(found[1]), float(found[2])), found[3].strip()
    found = _COMPARISON.match(text)
    if found is None:
        raise ValueError(f"{text!r} is not a comparison such as '<30' or '30-45'")
    value, unit = float(found[2]), found[3].strip()
    match found[1]:
        case "<":
            return Interval(high=value), unit
        case "<=":
            return Interval(high=value, high_in=True), unit
        case ">":
            return Interval(low=value, low_in=False), unit
        case ">=":
            return Interval(low=value), unit
    return Interval.point(value), unit


def kleene_and(*terms: bool | None) -> bool | None:
    """Three-valued conjunction: False if any is False, else None if any is None."""
    if any(term is False for term in terms):
        return False
    return None if any(term is None for term in terms) else True
