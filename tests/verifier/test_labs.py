"""Laboratory values: names, units, and the two formulas, against worked examples."""

import pytest

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.labs import TESTS, ckd_epi_2021, cockcroft_gault, convert, find_test


@pytest.mark.parametrize(
    ("name", "value", "unit", "expected"),
    [("potassium", 5.5, "mmol/L", 5.5), ("K+", 5.5, "mEq/L", 5.5), ("血钾", 5.5, "mmol/l", 5.5),
     ("creatinine", 1.0, "mg/dL", 88.42), ("SCr", 0.1, "mmol/L", 100.0),
     ("肌酐", 90, "µmol/L", 90), ("肌酐", 90, "μmol/L", 90), ("glucose", 100, "mg/dL", 5.551),
     ("calcium", 10, "mg/dL", 2.495), ("Hb", 12.5, "g/dL", 125), ("platelets", 90, "10^9/L", 90),
     ("ANC", 1200, "/uL", 1.2), ("INR", 2.5, "1", 2.5), ("digoxin", 1.2, "ng/mL", 1.2)],
)  # fmt: skip
def test_units(name: str, value: float, unit: str, expected: float) -> None:
    test = find_test(name)
    assert test is not None
    assert convert(test, value, unit, "labs") == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    ("name", "unit"), [("potassium", "mg/dL"), ("creatinine", "g/L"), ("INR", "s"), ("Hb", "")]
)
def test_a_wrong_unit_is_refused_and_the_right_ones_named(name: str, unit: str) -> None:
    test = find_test(name)
    assert test is not None
    with pytest.raises(InputError, match="use one of") as caught:
        convert(test, 1.0, unit, "labs.x.unit")
    assert caught.value.field == "labs.x.unit"


def test_every_test_takes_its_own_unit() -> None:
    for test in TESTS:
        assert convert(test, 1.0, test.unit, "labs") == 1.0
    assert find_test("phrenology") is None


def test_cockcroft_gault() -> None:
    # (140 - 60) x 72 / (72 x 1.0 mg/dL) = 80 mL/min for a man, 85 % of it for a woman
    assert cockcroft_gault(60, 72, False, 88.42) == pytest.approx(80, rel=0.01)
    assert cockcroft_gault(60, 72, True, 88.42) == pytest.approx(68, rel=0.01)


def test_ckd_epi_2021() -> None:
    # 142 x (1.0/0.9)^-1.2 x 0.9938^60 and 142 x (1.0/0.7)^-1.2 x 0.9938^60 x 1.012
    assert ckd_epi_2021(60, False, 88.42) == pytest.approx(86.2, abs=0.2)
    assert ckd_epi_2021(60, True, 88.42) == pytest.approx(64.5, abs=0.2)
    # below kappa: 142 x (0.6/0.9)^-0.302 x 0.9938^40 and 142 x (0.5/0.7)^-0.241 x 0.9938^40 x 1.012
    assert ckd_epi_2021(40, False, 0.6 * 88.42) == pytest.approx(125.15, abs=0.05)
    assert ckd_epi_2021(40, True, 0.5 * 88.42) == pytest.approx(121.53, abs=0.05)
