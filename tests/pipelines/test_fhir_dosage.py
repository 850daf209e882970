"""FHIR Dosage becomes words, and the words mean the same amounts."""

from typing import Any

import pytest

from graphrx.kg.linking.dosage import NOTHING, read_order
from graphrx.pipelines.fhir.dosage_words import dosage_words

Json = dict[str, Any]


def order(value: float | Json, unit: str = "mg", /, **timing: Any) -> Json:
    row = value if isinstance(value, dict) else {"doseQuantity": {"value": value, "code": unit}}
    return {"doseAndRate": [row], "timing": timing}


def repeat(frequency: int, period: float, unit: str, **more: Any) -> Json:
    return {"frequency": frequency, "period": period, "periodUnit": unit, **more}


ORDERS: list[tuple[Json, str | None, str | None, float | None, float | None, float | None]] = [
    (order(500, repeat=repeat(2, 1, "d")), "500 mg", "2 times every 1 days", 500, 1000, 7000),
    (order(1, "g", repeat=repeat(1, 6, "h")), "1 g", "1 times every 6 hours", 1000, 4000, 28000),
    (order(15, repeat=repeat(1, 1, "wk")), "15 mg", "1 times every 1 weeks", 15, 15, 15),
    (order(0.25, repeat=repeat(1, 1, "d", frequencyMax=2)), "0.25 mg", "2 times every 1 days",
     0.25, 0.5, 3.5),
    (order({"doseRange": {"low": {"value": 500, "unit": "mg"}, "high": {"value": 1, "unit": "g"}}},
           repeat=repeat(1, 4, "h", periodMax=6)), "500-1 g", "1 times every 4 hours",
     1000, 6000, 42000),
    (order(20, "[iU]", repeat={"when": ["HS"]}), "20 iU", "1 times every 1 days", 20, 20, 140),
    (order(10, repeat={"when": ["ACM", "ACV"]}), "10 mg", "2 times every 1 days", 10, 20, 140),
    (order(10, repeat={"when": ["PC"]}), "10 mg", "3 times every 1 days", 10, 30, 210),
    (order(10, repeat=repeat(1, 1, "d", timeOfDay=["08:00:00", "20:00:00"])), "10 mg",
     "2 times every 1 days", 10, 20, 140),
    (order(2.5, repeat={"dayOfWeek": ["mon", "thu"]}), "2.5 mg", "2 times every 1 weeks",
     2.5, 2.5, 5),
    (order(10, code={"coding": [{"code": "BID"}]}), "10 mg", "BID", 10, 20, 140),
    (order(10, code={"coding": [{"code": "Q6H"}]}), "10 mg", "Q6H", 10, 40, 280),
    (order(10, code={"coding": [{"code": "AM"}]}), "10 mg", "every morning", 10, 10, 70),
    (order(10, code={"text": "three times a day"}), "10 mg", "three times a day", 10, 30, 210),
    (order(40, repeat={"count": 1}), "40 mg", "single dose", 40, 40, 40),
    ({**order(500), "asNeededBoolean": True}, "500 mg", "as needed", 500, None, None),
    ({**order(1, "g", repeat=repeat(1, 6, "h")), "asNeededCodeableConcept": {"text": "pain"}},
     "1 g", "1 times every 6 hours as needed", 1000, 4000, 28000),
    ({"text": "1 g twice daily"}, "1 g twice daily", None, 1000, 2000, 14000),
    (order(1, "{tablet}", repeat=repeat(1, 1, "d")), "1 tablet", "1 times every 1 days",
     None, None, None),
    (order({"rateQuantity": {"value": 5, "code": "mg/h"}}), "5 mg/h", None, None, None, None),
    (order({"rateRatio": {"numerator": {"value": 1, "code": "g"},
                          "denominator": {"value": 24, "code": "h"}}}), "1 g per 24 h", None,
     None, 1000, 7000),
]  # fmt: skip


@pytest.mark.parametrize(("dosage", "dose", "often", "one", "day", "week"), ORDERS, ids=str)
def test_orders(
    dosage: Json, dose: str, often: str | None,
    one: float | None, day: float | None, week: float | None,
) -> None:  # fmt: skip
    assert dosage_words(dosage) == (dose, often)
    read = read_order(NOTHING, dose, often)
    assert read is not None
    assert (read.dose, read.day, read.week) == (one, day, week)


SILENT: list[Any] = [
    None, {}, [], "1 g", {"timing": {}}, {"doseAndRate": [None]}, {"doseAndRate": 5},
    {"doseAndRate": [{"doseQuantity": {"unit": "mg"}}]}, {"timing": {"code": {"coding": 1}}},
    {"timing": {"repeat": {"when": "HS", "timeOfDay": 3}}},
]  # fmt: skip


@pytest.mark.parametrize("dosage", SILENT, ids=str)
def test_nothing_said_is_nothing(dosage: Any) -> None:
    assert dosage_words(dosage) == (None, None)
