"""A highest dose, and whether an order goes above it."""

import math
import re
from dataclasses import dataclass
from typing import Final

from graphrx.kg.linking.dosage import Dosage
from graphrx.kg.verifier.ask import ask
from graphrx.kg.verifier.interval import Interval
from graphrx.kg.verifier.when import NO, YES, Answer

_LIMIT = re.compile(r">(?P<n>\d+(?:\.\d+)?) (?P<u>[a-z]+)(?P<kilo>/kg)?/(?P<per>dose|day|week)")
_UNITS: Final = {
    "mg": ("mg", 1.0), "g": ("mg", 1000.0), "mcg": ("mg", 0.001), "units": ("units", 1.0),
    "mmol": ("mmol", 1.0),
}  # fmt: skip
_TOLERANCE: Final = 1 + 1e-9
"""Three doses of 0.1 mg are not more than 0.3 mg a day."""


@dataclass(frozen=True, slots=True)
class Limit:
    """The highest amount per dose, day or week.

    :param value: in ``unit``: mg, units or mmol, per kg where ``by_weight``.
    """

    value: float
    unit: str
    by_weight: bool
    per: str

    def exceeded(self, dosage: Dosage, weight: Interval | None) -> Answer | None:
        """Tell whether an order goes above the limit; None where the two can't be compared.

        Undecided where weight or frequency would settle it: a single dose above the limit of a
        day is above it however often it is given.
        """
        if dosage.unit is None:
            return None
        unit, _, kilo = dosage.unit.partition("/")
        if unit != self.unit or kilo not in ("", "kg"):
            return None
        low, high = self._bounds(dosage)
        if self.by_weight != bool(kilo):
            if weight is None:
                return NO if high == 0 else Answer(None, question=ask("weight"))
            kilograms = weight.low
            low, high = (
                (low / kilograms, high / kilograms)
                if self.by_weight
                else (low * kilograms, high * kilograms)
            )
        most = self.value * _TOLERANCE
        if low > most:
            return YES
        return NO if high <= most else Answer(None, question=ask("frequency"))

    def _bounds(self, dosage: Dosage) -> tuple[float, float]:
        """The least and the most that the order can come to per dose, day or week."""
        said = {"dose": dosage.dose, "day": dosage.day, "week": dosage.week}
        known = said[self.per]
        if known is not None:
            return known, known
        order = ("dose", "day", "week")
        place = order.index(self.per)
        shorter = [said[word] for word in order[:place]]
        longer = [said[word] for word in order[place + 1 :]]
        low = max((one for one in shorter if one is not None), default=0.0)
        high = min((one for one in longer if one is not None), default=math.inf)
        return low, high


def parse_limit(text: str) -> Limit:
    """Read ">2550 mg/day" or ">15 mg/kg/dose".

    :raises ValueError: when the text is none.
    """
    found = _LIMIT.fullmatch(text)
    if found is None or found["u"] not in _UNITS:
        raise ValueError(f"{text!r} is not a dose limit such as '>2550 mg/day'")
    unit, factor = _UNITS[found["u"]]
    return Limit(float(found["n"]) * factor, unit, bool(found["kilo"]), found["per"])
