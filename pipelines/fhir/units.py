"""Units of FHIR quantities (UCUM codes and everyday spellings) in those of the patient context."""

import re
from types import MappingProxyType
from typing import Final

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.labs import convert, find_test

_ANNOTATION: Final = re.compile(r"\{[^}]*\}")
_KIDNEY: Final = dict.fromkeys(
    ("mL/min/{1.73_m2}", "mL/min/1.73m2", "mL/min/1.73 m2", "mL/min/1.73m*2", "mL/min/{1.73m2}",
     "mL/min/1.73m²", "mL/min/1.73 m²", "mL/min/1.73_m2", "mL/min/1.73 m^2", "mL/min"), 1.0,
)  # fmt: skip
FACTORS: Final = MappingProxyType({
    "egfr_ml_min_1_73m2": _KIDNEY,
    "crcl_ml_min": {"mL/min": 1.0},
    "qtc_ms": {"ms": 1.0, "msec": 1.0, "s": 1000.0},
    "weight_kg": {"kg": 1.0, "g": 0.001, "[lb_av]": 0.45359237, "lb_av": 0.45359237,
                  "lb": 0.45359237, "lbs": 0.45359237, "[oz_av]": 0.028349523125},
    "weeks": {"wk": 1.0, "weeks": 1.0, "week": 1.0, "w": 1.0, "d": 1 / 7, "days": 1 / 7,
              "day": 1 / 7},
})  # fmt: skip
"""Measure → unit → factor to the measure's own unit."""


def measure(name: str, value: float, unit: str) -> float | None:
    """The value in the unit of a measure; None where the unit is not one of its units."""
    units = {known.casefold(): factor for known, factor in FACTORS[name].items()}
    factor = units.get(unit.casefold())
    return None if factor is None else value * factor


def laboratory(name: str, value: float, unit: str) -> tuple[float, str] | None:
    """The value in the unit that the test is compared in; None where its unit is not known."""
    test = find_test(name)
    if test is None:
        return None
    # UCUM writes [IU] in brackets, and braces say what is counted, not how
    plain = _ANNOTATION.sub("", unit).replace("[", "").replace("]", "")
    try:
        return convert(test, value, plain, name), test.unit
    except InputError:
        return None
