"""What a patient file may not say, and the one line that it is refused with."""

import math
from typing import Any

import pytest

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.patient import MAX_ITEMS, MAX_TEXT, parse_patient

LONG = "x" * 70
REFUSED: list[tuple[Any, str | None, str]] = [
    ([], None, 'the patient is a JSON list, not an object; write {"age_years": 60, …}'),
    ("x", None, 'the patient is a JSON string, not an object; write {"age_years": 60, …}'),
    (True, None, 'the patient is a JSON boolean, not an object; write {"age_years": 60, …}'),
    (1, None, 'the patient is a JSON number, not an object; write {"age_years": 60, …}'),
    (1.5, None, 'the patient is a JSON number, not an object; write {"age_years": 60, …}'),
    (None, None, 'the patient is a JSON null, not an object; write {"age_years": 60, …}'),
    ((), None, 'the patient is a JSON tuple, not an object; write {"age_years": 60, …}'),
    ({"age_yeers": 60}, "age_yeers", "age_yeers: unknown field; did you mean 'age_years'?"),
    ({"shoe": 4}, "shoe", "shoe: unknown field; remove it, or see the patient schema"),
    ({"shoe": 4, "hat": 5}, "shoe",
     "shoe: unknown field; remove it, or see the patient schema (and 1 more)"),
    ({"allergies": [{"reaction": "rash"}]}, "allergies.0.substance",
     "allergies.0.substance: required here but missing; add it"),
    ({"sex": "Q"}, "sex", "sex: 'Q' is not allowed; use 'F', 'M' or 'X'"),
    ({"age_years": -1}, "age_years",
     "age_years: -1 is out of range; input should be greater than or equal to 0"),
    ({"age_years": 131}, "age_years",
     "age_years: 131 is out of range; input should be less than or equal to 130"),
    ({"weight_kg": 0}, "weight_kg",
     "weight_kg: 0 is out of range; input should be greater than 0"),
    ({"age_years": "60"}, "age_years",
     "age_years: '60' has the wrong type; input should be a valid number"),
    ({"age_years": math.inf}, "age_years",
     "age_years: inf: input should be a finite number"),
    ({"diagnoses": "asthma"}, "diagnoses",
     "diagnoses: 'asthma' has the wrong type; input should be a valid list"),
    ({"diagnoses": [1]}, "diagnoses.0",
     "diagnoses.0: 1 has the wrong type; input should be a valid string"),
    ({"labs": [LONG]}, "labs",
     f"labs: ['{'x' * 55}… has the wrong type; input should be a valid object"),
    ({"diagnoses": ["x" * (MAX_TEXT + 1)]}, "diagnoses.0",
     "diagnoses.0: too long; string should have at most 1000 characters"),
    ({"diagnoses": ["x"] * (MAX_ITEMS + 1)}, "diagnoses",
     "diagnoses: too long; tuple should have at most 500 items after validation, not 501"),
    ({"current_drugs": [{"name": "x", "stopped_days_ago": 1.5}]},
     "current_drugs.0.stopped_days_ago",
     "current_drugs.0.stopped_days_ago: 1.5 has the wrong type; input should be a valid integer"),
    ({"qtc_ms": math.nan}, "qtc_ms",
     "qtc_ms: nan: input should be a finite number"),
    ({"labs": {"k": {"value": math.nan, "unit": "x"}}}, "labs.k.value",
     "labs.k.value: nan: input should be a finite number"),
    ({"sex": "M", "pregnancy": {"status": "pregnant"}}, "pregnancy.status",
     "pregnancy.status: 'pregnant' contradicts sex 'M'; correct one of them"),
    ({"pregnancy": {"status": "not_pregnant", "gestation_weeks": 8}}, "pregnancy.gestation_weeks",
     "pregnancy.gestation_weeks: 8 contradicts status 'not_pregnant'; correct one of them"),
    ({"pregnancy": {"status": "not_applicable", "gestation_weeks": 8.5}},
     "pregnancy.gestation_weeks",
     "pregnancy.gestation_weeks: 8.5 contradicts status 'not_applicable'; correct one of them"),
    ({"sex": "M", "breastfeeding": True}, "breastfeeding",
     "breastfeeding: true contradicts sex 'M'; correct one of them"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "field", "line"), REFUSED, ids=range(len(REFUSED)))
def test_refused(data: Any, field: str | None, line: str) -> None:
    with pytest.raises(InputError) as caught:
        parse_patient(data)
    assert str(caught.value) == line
    assert caught.value.field == field


@pytest.mark.parametrize(
    "data",
    [{"sex": "M", "pregnancy": {"status": "not_applicable"}, "breastfeeding": False},
     {"sex": "F", "pregnancy": {"status": "pregnant", "gestation_weeks": 8}, "breastfeeding": True},
     {"pregnancy": {"status": "unknown", "gestation_weeks": 8}},
     {"sex": "M", "pregnancy": {"status": "unknown"}},
     {"age_years": 130, "weight_kg": 500, "qtc_ms": 200}],
)  # fmt: skip
def test_accepted(data: dict[str, Any]) -> None:
    parse_patient(data)


def test_a_name_alone_is_an_entry() -> None:
    patient = parse_patient({"current_drugs": ["warfarin"], "allergies": ["egg"]})
    assert patient.current_drugs is not None
    assert patient.allergies is not None
    assert [drug.name for drug in patient.current_drugs] == ["warfarin"]
    assert [allergy.substance for allergy in patient.allergies] == ["egg"]
