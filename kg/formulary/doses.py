"""Dose rows of a drug file: amounts in canonical form, and the wording composed from them."""

import re
from collections.abc import Mapping
from typing import Any, Final

ABOVE_MAXIMUM: Final = "dose above the maximum"
"""The condition node that every dose limit points at."""

ADULT: Final = ">=18"
"""Age that a row is about when it names none, in years."""

USUAL_UNITS: Final = ("mg", "g", "mcg", "units", "mmol", "mg/kg", "mcg/kg", "units/kg", "mg/m2")
MAX_UNITS: Final = USUAL_UNITS[:-1]
PERIODS: Final = ("dose", "day", "week")

_NUMBER = r"\d+(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?P<low>{_NUMBER})(?:\s*[-–]\s*(?P<high>{_NUMBER}))?\s*(?P<unit>[a-zA-Z0-9/µμ]+)/(?P<per>[a-z]+)"
)
_IN_MG: Final = {"mcg": 0.001, "mg": 1.0, "g": 1000.0}
_PER_ZH: Final = {"dose": "每次", "day": "每日", "week": "每周"}
_UNIT_ZH: Final = {"units": "单位", "mcg": "μg", "mcg/kg": "μg/kg", "units/kg": "单位/kg"}
_ROUTE_ZH: Final = {
    "oral": "口服", "iv": "静脉", "im": "肌内", "sc": "皮下", "topical": "外用", "inhaled": "吸入",
    "rectal": "直肠", "ophthalmic": "眼用", "nasal": "鼻用", "transdermal": "透皮",
    "sublingual": "舌下", "vaginal": "阴道", "intrathecal": "鞘内",
}  # fmt: skip
_MEASURES: Final = {
    "age": ("age", "年龄"), "weight": ("weight", "体重"), "egfr": ("eGFR", "eGFR"),
    "crcl": ("CrCl", "CrCl"), "child_pugh": ("Child-Pugh", "Child-Pugh"), "sex": ("sex", "性别"),
    "qtc": ("QTc", "QTc"), "gestation": ("gestation", "孕周"), "trimester": ("trimester", "孕期"),
}  # fmt: skip


def usual_amount(text: str) -> str:
    """Return a usual dose in canonical form: "500-1000 mg/dose".

    :raises ValueError: with the remedy, when it is none.
    """
    return _canonical(text, USUAL_UNITS)


def max_amount(text: str) -> str:
    """Return a highest dose in canonical form: "2550 mg/day".

    :raises ValueError: with the remedy, when it is none, or a range.
    """
    found = _canonical(text, MAX_UNITS)
    if _parts(found)["high"]:
        raise ValueError(f'"{text}" is a range; a maximum is one number, e.g. "2550 mg/day"')
    return found


def exceeds(usual: str, maximum: str) -> bool:
    """Tell whether a usual dose lies above a maximum of the same unit, for one of its doses."""
    low, high = _parts(usual), _parts(maximum)
    if high["per"] != low["per"] and low["per"] != "dose":
        return False
    unit, limit_unit = low["unit"], high["unit"]
    if unit in _IN_MG and limit_unit in _IN_MG:
        given = float(low["high"] or low["low"]) * _IN_MG[unit]
        return given > float(high["low"]) * _IN_MG[limit_unit]
    return unit == limit_unit and float(low["high"] or low["low"]) > float(high["low"])


def wording(
    usual: str | None, maximum: str, where: tuple[str, str], routes: tuple[str, ...]
) -> dict[str, str]:
    """Return reason and management of a limit, in both languages.

    :param where: for whom the limit holds, in English and Chinese; empty for every adult.
    """
    at, at_zh = where
    english, by_zh = by_route(routes)
    by = f"{english} " if english else ""
    only = f" ({at})" if at else ""
    only_zh = f"（{at_zh}）" if at_zh else ""
    most, most_zh = f"at most {said(maximum)}", f"最多{said_zh(maximum)}"
    if usual:
        most, most_zh = f"usual {said(usual)}; {most}", f"常用{said_zh(usual)}；{most_zh}"
    return {
        "reason": f"Above the maximum {by}dose of {said(maximum)}{only}",
        "reason_zh": f"超过{by_zh}最大剂量{said_zh(maximum)}{only_zh}",
        "management": most[0].upper() + most[1:],
        "management_zh": most_zh,
    }


def by_route(routes: tuple[str, ...]) -> tuple[str, str]:
    """Say the routes of a row in English and Chinese; nothing where it names none."""
    return " or ".join(routes), "或".join(_ROUTE_ZH[route] for route in routes)


def whom(when: Mapping[str, Any], condition: tuple[str, str] | None) -> tuple[str, str]:
    """Say for whom a row holds, in English and Chinese; nothing for every adult.

    :param condition: the name of the condition in ``when``, in both languages.
    """
    english, chinese = [], []
    for key in sorted(when):
        if key not in _MEASURES or (key == "age" and when[key] == ADULT):
            continue
        value = when[key]
        joined = "/".join(map(str, value)) if isinstance(value, list) else str(value)
        shown = joined.replace(">=", "≥").replace("<=", "≤") + (" kg" if key == "weight" else "")
        english.append(f"{_MEASURES[key][0]} {shown}")
        chinese.append(f"{_MEASURES[key][1]} {shown}")
    if condition:
        english.append(condition[0])
        chinese.append(condition[1])
    return ", ".join(english), "，".join(chinese)


def _canonical(text: str, units: tuple[str, ...]) -> str:
    match = _AMOUNT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f'"{text}" is no dose; write "500 mg/dose" or "500-1000 mg/day"')
    if match["unit"] not in units:
        raise ValueError(f'unit "{match["unit"]}" is not one of {", ".join(units)}')
    if match["per"] not in PERIODS:
        raise ValueError(f'"/{match["per"]}" is not one of /{", /".join(PERIODS)}')
    if float(match["low"]) <= 0:
        raise ValueError(f'"{text}" is no dose; it must be above 0')
    if match["high"] and float(match["low"]) >= float(match["high"]):
        raise ValueError(f'"{text}" is an empty range; write the lower number first')
    number = f"{match['low']}-{match['high']}" if match["high"] else match["low"]
    return f"{number} {match['unit']}/{match['per']}"


def _parts(canonical: str) -> re.Match[str]:
    match = _AMOUNT.fullmatch(canonical)
    if match is None:
        raise ValueError(f'"{canonical}" is no dose in canonical form')
    return match


def said(canonical: str) -> str:
    """Say an amount in English: "500-1000 mg a dose"."""
    amount, _, per = canonical.rpartition("/")
    return f"{amount} a {per}"


def said_zh(canonical: str) -> str:
    """Say an amount in Chinese: "每次500-1000 mg"."""
    amount, _, per = canonical.rpartition("/")
    number, unit = amount.split(" ")
    return f"{_PER_ZH[per]}{number} {_UNIT_ZH.get(unit, unit)}"
