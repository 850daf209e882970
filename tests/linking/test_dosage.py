"""Dose and frequency of an order, as people write them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg.linking.dosage import NOTHING, Dosage, read_order, settle, take_dosage
from graphrx.kg.linking.resolve import Resolver

READ = [  # text, what is left, unit, dose, day, week
    ("metformin 1000 mg bd", "metformin", "mg", 1000, 2000, 14000),
    ("二甲双胍 0.5g 每日两次", "二甲双胍", "mg", 500, 1000, 7000),
    ("paracetamol 1 g q6h", "paracetamol", "mg", 1000, 4000, 28000),
    ("amoxicillin 500 mg three times a day", "amoxicillin", "mg", 500, 1500, 10500),
    ("enoxaparin 40 mg od", "enoxaparin", "mg", 40, 40, 280),
    ("methotrexate 15 mg weekly", "methotrexate", "mg", 15, 15, 15),
    ("methotrexate 2.5 mg twice weekly", "methotrexate", "mg", 2.5, 2.5, 5),
    ("甲氨蝶呤 10mg 每周一次", "甲氨蝶呤", "mg", 10, 10, 10),
    ("0.25 mg daily", "", "mg", 0.25, 0.25, 1.75),
    ("digoxin 125 micrograms daily", "digoxin", "mg", 0.125, 0.125, 0.875),
    ("insulin glargine 20 units at night", "insulin glargine", "units", 20, 20, 140),
    ("heparin 5000 IU q12h", "heparin", "units", 5000, 10000, 70000),
    ("青霉素80万U 肌注 bid", "青霉素 肌注", "units", 800000, 1600000, 11200000),
    ("阿莫西林 每次0.5g 每8小时一次", "阿莫西林", "mg", 500, 1500, 10500),
    ("每日2.0g 分2次", "", "mg", 1000, 2000, 14000),
    ("metformin 2 g daily in divided doses", "metformin", "mg", None, 2000, 14000),
    ("gentamicin 5 mg/kg/day", "gentamicin", "mg/kg", None, 5, 35),
    ("paracetamol 15mg/kg q6h", "paracetamol", "mg/kg", 15, 60, 420),
    ("metformin 500-1000 mg bd", "metformin", "mg", 1000, 2000, 14000),
    ("metformin 1,000 mg bd", "metformin", "mg", 1000, 2000, 14000),
    ("metformin 0,5 g bd", "metformin", "mg", 500, 1000, 7000),
    ("paracetamol 1 g every 4 to 6 hours", "paracetamol", "mg", 1000, 6000, 42000),
    ("paracetamol 500 mg prn", "paracetamol", "mg", 500, None, None),
    ("morphine 5 mg q4h prn", "morphine", "mg", 5, 30, 210),
    ("metformin 500 mg tablets, 2 tablets bd", "metformin tablets,", "mg", 1000, 2000, 14000),
    ("paracetamol 2 x 500 mg qid", "paracetamol", "mg", 1000, 4000, 28000),
    ("paracetamol 500 mg x 2 qid", "paracetamol", "mg", 1000, 4000, 28000),
    ("digoxin 0.25 mg half a tablet daily", "digoxin", "mg", 0.125, 0.125, 0.875),
    ("amoxicillin 250 mg/5 ml 10 ml tds", "amoxicillin", "mg", 500, 1500, 10500),
    ("metformin 0.5g*48片", "metformin", "mg", 500, None, None),
    ("vancomycin 1 g every 12 hours for 7 days", "vancomycin", "mg", 1000, 2000, 14000),
    ("prednisolone 5 mg alternate days", "prednisolone", "mg", 5, 5, 17.5),
    ("adalimumab 40 mg every other week", "adalimumab", "mg", 40, 40, 40),
    ("泼尼松 30mg 顿服", "泼尼松", "mg", 30, 30, 30),
    ("阿托伐他汀 20mg qn", "阿托伐他汀", "mg", 20, 20, 140),
    ("二甲双胍 0.5g tid pc", "二甲双胍", "mg", 500, 1500, 10500),
    ("头孢曲松 2g/日", "头孢曲松", "mg", None, 2000, 14000),
    ("metformin 500 mg t.i.d. with meals", "metformin", "mg", 500, 1500, 10500),
    ("vitamin B12 1000 mcg monthly", "vitamin B12", "mg", 1, 1, 1),
    ("Novolin 70/30 20 units bid", "Novolin 70/30", "units", 20, 40, 280),
    ("omega-3 1 g daily", "omega-3", "mg", 1000, 1000, 7000),
    ("Valtrex 2 g daily", "Valtrex", "mg", 2000, 2000, 14000),
    ("Valtrex 2.2 g daily", "Valtrex", "mg", 2200, 2200, 15400),
    ("Zovirax 5 tablets daily", "Zovirax", None, None, None, None),
    ("metformin 500mgx2 daily", "metformin", "mg", 1000, 1000, 7000),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rest", "unit", "dose", "day", "week"), READ)
def test_read(
    text: str, rest: str, unit: str, dose: float | None, day: float | None, week: float | None
) -> None:
    left, parts = take_dosage(text)
    found = settle(parts)
    assert found is not None
    assert " ".join(left.split()) == rest
    assert found.unit == unit
    for read, expected in ((found.dose, dose), (found.day, day), (found.week, week)):
        assert read == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize(
    "text",
    ["salbutamol 2 puffs bd", "1片 每日2次", "co-amoxiclav 875/125 mg bd", "500 mg/50 mg",
     "dopamine 5 mcg/kg/min", "lidocaine 2% 5 ml", "10 ml tds", "half a tablet daily",
     "metformin 500 mg morning and 1000 mg evening", "1.2.3 mg daily"],
)  # fmt: skip
def test_what_can_not_be_compared_is_said_to_be_so(text: str) -> None:
    found = settle(take_dosage(text)[1])
    assert found is not None
    assert found.text
    assert (found.unit, found.dose, found.day, found.week) == (None, None, None, None)


@pytest.mark.parametrize(
    "text",
    ["metformin", "二甲双胍片", "5-fluorouracil", "co-codamol 30/500", "Tylenol 3", "碳酸钙D3片",
     "evening primrose oil", "amoxicillin suspension 250 mg/5 mL", "daily", "", "24 hours", "q0h"],
)  # fmt: skip
def test_no_dose_is_none(text: str) -> None:
    left, parts = take_dosage(text)
    assert settle(parts) is None
    assert len(left) == len(text)


FIELDS = [  # name, dose, frequency, dose read, day read
    ("metformin", "1000 mg", "bd", 1000, 2000),
    ("metformin 500 mg tablets", "2 tablets", "每日三次", 1000, 3000),
    ("metformin 500 mg tablets", "1 g", "bd", 1000, 2000),
    ("metformin 500 mg tablets", None, "bd", 500, 1000),
    ("metformin 500 mg bd", None, None, 500, 1000),
    ("metformin", "500 mg", None, 500, None),
    ("metformin", "500 mg", "as needed", 500, None),
    ("metformin", "500 mg tablet", "2 times daily", 500, 1000),
]


@pytest.mark.parametrize(("name", "dose", "often", "one", "day"), FIELDS)
def test_fields(
    name: str, dose: str | None, often: str | None, one: float | None, day: float | None
) -> None:
    found = read_order(take_dosage(name)[1], dose, often)
    assert found is not None
    assert (found.unit, found.dose, found.day) == ("mg", one, day)


@pytest.mark.parametrize(
    ("name", "dose", "often"),
    [("metformin", "two tablets", "bd"), ("metformin", "500 mg", "as directed"),
     ("metformin", "as directed", None), ("metformin", "500 zorkmids", "bd"),
     ("metformin 500 mg", "lots", "bd"), ("metformin", "250 mg/5 mL", None)],
)  # fmt: skip
def test_a_field_that_is_not_understood_stays_unread(
    name: str, dose: str | None, often: str | None
) -> None:
    found = read_order(take_dosage(name)[1], dose, often)
    assert found == Dosage(" ".join(text for text in (dose, often) if text))


def test_no_field_is_no_dosage() -> None:
    assert read_order(NOTHING, None, None) is None
    assert read_order(NOTHING, None, "bd") is None


UNITS = {"mg": 1, "g": 1000, "mcg": 0.001, "克": 1000, "毫克": 1, "μg": 0.001}
OFTEN = {
    "od": (1, 7), "bd": (2, 14), "tid": (3, 21), "qds": (4, 28), "q8h": (3, 21), "q12h": (2, 14),
    "every 6 hours": (4, 28), "once daily": (1, 7), "twice a day": (2, 14), "weekly": (1, 1),
    "three times a week": (1, 3), "4 times a day": (4, 28), "每日三次": (3, 21), "每日2次": (2, 14),
    "每8小时一次": (3, 21), "每晚": (1, 7), "隔日一次": (1, 3.5), "monthly": (1, 1), "qhs": (1, 7),
    "at bedtime": (1, 7), "6-hourly": (4, 28), "1 time every 2 weeks": (1, 1), "3次/日": (3, 21),
}  # fmt: skip


@given(
    amount=st.decimals(min_value="0.01", max_value=5000, places=2),
    unit=st.sampled_from(sorted(UNITS)), often=st.sampled_from(sorted(OFTEN)),
    space=st.sampled_from(["", " "]), first=st.booleans(),
    name=st.sampled_from(["", "metformin", "二甲双胍", "vitamin B12"]),
)  # fmt: skip
def test_what_is_rendered_is_read_back(
    amount: object, unit: str, often: str, space: str, first: bool, name: str
) -> None:
    dose = f"{amount}{space}{unit}"
    text = " ".join([name, *((often, dose) if first else (dose, often))])
    left, parts = take_dosage(text)
    found = settle(parts)
    assert found is not None
    assert left.split() == name.split()
    one = float(str(amount)) * UNITS[unit]
    per_day, per_week = OFTEN[often]
    expected = (one, one * per_day, one * per_week)
    read = (found.dose, found.day, found.week)
    assert all(math.isclose(r or 0, e) for r, e in zip(read, expected, strict=True)), found


@pytest.mark.parametrize(
    "order",
    ["500 mg bd", "0.5g 每日两次", "2 tablets tds", "1 g q6h prn", "10 mg/kg q8h", "250 mg/5 mL",
     "500 mg every morning and evening", "1 g every 8 hours for 7 days", "500 mg x 2 bd"],
)  # fmt: skip
@pytest.mark.parametrize(
    "name",
    ["metformin", "二甲双胍", "Glucophage", "amoxicillin/clavulanic acid", "insulin glargine",
     "阿莫西林胶囊", "ibuprofen gel", "盐酸二甲双胍缓释片", "oral paracetamol"],
)  # fmt: skip
def test_the_drug_is_the_same_with_and_without_its_dose(
    resolver: Resolver, name: str, order: str
) -> None:
    plain, ordered = resolver.drug(name), resolver.drug(f"{name} {order}")
    assert plain.resolved
    assert ordered.nodes == plain.nodes
    assert ordered.route in (plain.route, "oral" if "tablets" in order else plain.route)
