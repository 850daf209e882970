"""Orders above the highest dose, and at it; limits of an impairment, and the order without it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from planted.patients import Case, Maker
from planted.plant_rules import fulfil
from planted.said import LEVELS, Expected, Json, fresh

ABOVE = "dose above the maximum"
_MAX = re.compile(r"([\d.]+)\s*([a-z]+)(/kg)?/(dose|day|week)")
_OFTEN = {1: "once daily", 2: "twice daily", 3: "three times daily", 4: "four times daily"}
_IN = {"g": ("mg", 1000.0), "mcg": ("mg", 0.001)}


@dataclass(frozen=True)
class Order:
    """An order: a single dose, and how many of them a day; None is once a week."""

    amount: float
    unit: str
    daily: int | None

    @property
    def text(self) -> str:
        """As people write it."""
        often = "once weekly" if self.daily is None else _OFTEN[self.daily]
        number = f"{self.amount:.6f}".rstrip("0").rstrip(".")
        return f"{number} {self.unit} {often}"

    def total(self, per: str) -> float:
        """The amount per dose, day or week; of a weekly order, that of the day it is taken."""
        times = {"dose": 1, "day": self.daily or 1, "week": 7 * self.daily if self.daily else 1}
        return self.amount * times[per]


def plant_doses(maker: Maker) -> Iterator[Case]:
    """Every highest dose of every drug."""
    for drug in maker.facts.orderable:
        for row in maker.facts.drugs[drug].doses:
            for text in _maxima(row):
                case = _case(maker, drug, row, text)
                if case:
                    yield case


def _maxima(row: Mapping[str, Any]) -> list[str]:
    found = row.get("max") or []
    return found if isinstance(found, list) else [found]


def _when(row: Mapping[str, Any]) -> dict[str, Any]:
    return {"age": ">=18", **(row.get("when") or {})}


def _routes(row: Mapping[str, Any]) -> list[str]:
    found = row.get("route") or []
    return found if isinstance(found, list) else [found]


def _case(maker: Maker, drug: str, row: Mapping[str, Any], text: str) -> Case | None:
    number, unit, kilo, per = _MAX.fullmatch(text).groups()  # type: ignore[union-attr]
    only = {key: value for key, value in _when(row).items() if (key, value) != ("age", ">=18")}
    route = (_routes(row) or [None])[0]  # type: ignore[list-item]
    counts = {"dose": (1,), "day": (1, 2, 3, 4), "week": (None,)}[per]
    why = "dose: no clean patient"
    for base in maker.bases(drug, only.get("sex"), route):
        if base["age_years"] < 18:
            continue
        for twin in (maker.busy(base, drug), fresh(base)):
            for daily in counts:
                orders = [
                    Order(round(float(number) * more / (daily or 1), 6), unit + (kilo or ""), daily)
                    for more in (1.0, 1.1)
                ]
                patient = fresh(twin)
                for key, value in only.items():
                    fulfil(maker, patient, key, value)
                # a limit of an impairment: the same order is right without it
                before = orders[1] if only else orders[0]
                wanted = above(maker, patient, drug, route, orders[1])
                if wanted is None or above(maker, twin, drug, route, before):
                    why = "dose: another limit is lower"
                    continue
                if not maker.is_clean(twin, drug, route):
                    continue
                called = frozenset({wanted, *maker.oracle.expected(patient, drug, route)})
                word = route or ""
                return Case(
                    "dose, impaired" if only else "dose", drug, patient, drug, twin, wanted,
                    f"{word} {orders[1].text}".strip(), f"{word} {before.text}".strip(),
                    called=called,
                )  # fmt: skip
    maker.missed(why)
    return None


def above(
    maker: Maker, patient: Json, drug: str, route: str | None, order: Order
) -> Expected | None:
    """The finding of a dose above a limit that holds for the patient, the worst of them."""
    has = maker.oracle.conditions(patient)
    levels = []
    for row in maker.facts.drugs[drug].doses:
        if _routes(row) and route not in _routes(row):
            continue
        if not maker.oracle.met(_when(row), patient, has, (), route):
            continue
        levels += [
            row.get("level") or "major" for text in _maxima(row) if _exceeds(order, text, patient)
        ]
    if not levels:
        return None
    level = min(levels, key=LEVELS.index)
    effect = {"contraindicated": "block", "minor": "info"}.get(level, "warn")
    return Expected("dose", ABOVE, level, effect)


def _exceeds(order: Order, text: str, patient: Json) -> bool:
    number, unit, kilo, per = _MAX.fullmatch(text).groups()  # type: ignore[union-attr]
    limit, given = float(number), order.total(per)
    unit, factor = _IN.get(unit, (unit, 1.0))
    own, _, per_kilo = order.unit.partition("/")
    own, more = _IN.get(own, (own, 1.0))
    if own != unit:
        return False
    limit, given = limit * factor, given * more
    weight = patient["weight_kg"]
    limit = limit * weight if kilo else limit
    given = given * weight if per_kilo else given
    return given > limit * (1 + 1e-9)
