"""FHIR R4 Dosage (https://hl7.org/fhir/R4/dosage.html) to the patient contract's words.

The words are those that :mod:`graphrx.kg.linking.dosage` reads: "500 mg", "2 times every 1 day".
"""

from typing import Any, Final

Json = dict[str, Any]

PERIODS: Final = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days", "wk": "weeks",
                  "mo": "months", "a": "years"}  # fmt: skip
TIMES_OF_DAY: Final = {"MORN": "morning", "NOON": "noon", "AFT": "afternoon", "EVE": "evening",
                       "NIGHT": "night", "HS": "bedtime"}  # fmt: skip
CODES: Final = {"AM": "every morning", "PM": "every evening", "BED": "at bedtime", "WK": "weekly",
                "MO": "monthly", "Q": "every"}  # fmt: skip
MEALS: Final = {"C": 3, "CM": 1, "CD": 1, "CV": 1}
"""Event codes of meals, after AC, PC or nothing: at every meal, breakfast, lunch, dinner."""


def dosage_words(dosage: Any) -> tuple[str | None, str | None]:
    """Say a Dosage as ``(dose, frequency)`` of the patient contract; None where it says nothing.

    A range keeps both ends; a rate is said as such ("5 mg per 1 h"); the free text stands in where
    the Dosage has no coded dose and no coded timing.
    """
    if not isinstance(dosage, dict):
        return None, None
    rows = [row for row in _list(dosage.get("doseAndRate")) if isinstance(row, dict)]
    dose = next((said for row in rows if (said := _dose(row))), None)
    timing = dosage.get("timing")
    often = _often(timing) if isinstance(timing, dict) else None
    if dosage.get("asNeededBoolean") is True or isinstance(
        dosage.get("asNeededCodeableConcept"), dict
    ):
        often = f"{often} as needed" if often else "as needed"
    text = dosage.get("text")
    if dose is None and often is None and isinstance(text, str) and text.strip():
        return text.strip(), None
    return dose, often


def _dose(row: Json) -> str | None:
    quantity, limits = row.get("doseQuantity"), row.get("doseRange")
    if isinstance(quantity, dict):
        return _quantity(quantity)
    if isinstance(limits, dict):
        low, high = (limits.get(end) for end in ("low", "high"))
        upper = _quantity(high) if isinstance(high, dict) else None
        lower = _number(low.get("value")) if isinstance(low, dict) else None
        return f"{lower}-{upper}" if upper and lower else upper
    ratio, rate = row.get("rateRatio"), row.get("rateQuantity")
    if isinstance(rate, dict):
        return _quantity(rate)
    if isinstance(ratio, dict):
        over, under = (ratio.get(end) for end in ("numerator", "denominator"))
        if isinstance(over, dict) and isinstance(under, dict):
            return f"{_quantity(over)} per {_quantity(under)}"
    return None


def _quantity(quantity: Json) -> str | None:
    value = _number(quantity.get("value"))
    unit = quantity.get("code") or quantity.get("unit")
    return f"{value} {_unit(str(unit))}" if value and unit else value


def _unit(code: str) -> str:
    """A UCUM code as people write it: ``[iU]`` and ``{tablet}`` without their brackets."""
    return code.strip("[]{}")


def _number(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return f"{value:f}".rstrip("0").rstrip(".")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _often(timing: Json) -> str | None:
    repeat = timing.get("repeat")
    if isinstance(repeat, dict) and (said := _repeat(repeat)):
        return said
    code = timing.get("code")
    if not isinstance(code, dict):
        return None
    for coding in _list(code.get("coding")):
        if isinstance(coding, dict) and isinstance(coding.get("code"), str):
            return CODES.get(coding["code"], coding["code"])
    text = code.get("text")
    return text if isinstance(text, str) else None


def _repeat(repeat: Json) -> str | None:
    period = _number(repeat.get("periodMax")) and _number(repeat.get("period"))
    period = period or _number(repeat.get("period"))
    unit = PERIODS.get(str(repeat.get("periodUnit")))
    times = _number(repeat.get("frequencyMax")) or _number(repeat.get("frequency"))
    when = [str(word) for word in _list(repeat.get("when"))]
    daily = sum(MEALS.get(word.removeprefix("A").removeprefix("P"), 1) for word in when)
    daily = max(daily, len(_list(repeat.get("timeOfDay"))))
    if days := _list(repeat.get("dayOfWeek")):
        return f"{len(days) * max(1, daily)} times every 1 weeks"
    if period and unit:
        # "once a day, at breakfast and at dinner" is twice a day
        if daily > float(times or 1) and (period, unit) == ("1", "days"):
            times = str(daily)
        return f"{times or 1} times every {period} {unit}"
    if daily:
        return f"{daily} times every 1 days"
    return "single dose" if repeat.get("count") == 1 else None
