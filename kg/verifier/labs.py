"""Laboratory values: names people use, the unit each is compared in, and exact conversions.

Conversion factors follow from molar masses (IUPAC atomic weights); units are UCUM codes with
their everyday spellings.
"""

from dataclasses import dataclass
from types import MappingProxyType

from graphrx.kg.errors import InputError
from graphrx.kg.linking.normalise import normalise


@dataclass(frozen=True, slots=True)
class LabTest:
    """A test: canonical name and unit, and the factor from each accepted unit to that one."""

    name: str
    unit: str
    factors: dict[str, float]
    names: tuple[str, ...]


def _same(*units: str) -> dict[str, float]:
    return dict.fromkeys(units, 1.0)


_MMOL = _same("mmol/l", "meq/l", "mmol/L", "mEq/L")
_CELLS = _same("10*9/l", "10^9/l", "x10^9/l", "×10^9/l", "10e9/l", "k/ul", "10*3/ul", "10^3/ul",
               "10³/μl", "g/l×10^9") | {"/ul": 0.001, "/mm3": 0.001, "cells/ul": 0.001}  # fmt: skip
TESTS: tuple[LabTest, ...] = (
    LabTest("potassium", "mmol/L", _MMOL, ("k", "k+", "serum potassium", "血钾", "钾")),
    LabTest("sodium", "mmol/L", _MMOL, ("na", "na+", "serum sodium", "血钠", "钠")),
    LabTest("magnesium", "mmol/L", _MMOL | {"meq/l": 0.5, "mg/dl": 0.4114},
            ("mg", "serum magnesium", "血镁", "镁")),
    LabTest("calcium", "mmol/L", _same("mmol/l") | {"mg/dl": 0.2495, "meq/l": 0.5},
            ("ca", "corrected calcium", "serum calcium", "血钙", "钙")),
    LabTest("phosphate", "mmol/L", _same("mmol/l") | {"mg/dl": 0.3229},
            ("phosphorus", "po4", "血磷")),
    LabTest("creatinine", "umol/L", _same("umol/l", "µmol/l", "μmol/l") | {"mg/dl": 88.42, "mmol/l": 1000.0},
            ("cr", "scr", "serum creatinine", "血肌酐", "肌酐")),
    LabTest("glucose", "mmol/L", _same("mmol/l") | {"mg/dl": 0.05551},
            ("blood glucose", "fasting glucose", "血糖", "葡萄糖")),
    LabTest("hba1c", "%", _same("%"), ("glycated haemoglobin", "a1c", "糖化血红蛋白")),
    LabTest("uric acid", "umol/L", _same("umol/l", "µmol/l", "μmol/l") | {"mg/dl": 59.48},
            ("urate", "尿酸", "血尿酸")),
    LabTest("inr", "1", _same("1", "", "{inr}", "ratio"), ("international normalised ratio", "international normalized ratio")),
    LabTest("haemoglobin", "g/L", _same("g/l") | {"g/dl": 10.0}, ("hb", "hgb", "hemoglobin", "血红蛋白")),
    LabTest("platelets", "10*9/L", _CELLS, ("plt", "platelet count", "血小板")),
    LabTest("neutrophils", "10*9/L", _CELLS, ("anc", "absolute neutrophil count", "neutrophil count", "中性粒细胞")),
    LabTest("white cells", "10*9/L", _CELLS, ("wbc", "white blood cells", "leukocytes", "白细胞")),
    LabTest("alt", "U/L", _same("u/l", "iu/l"), ("alanine aminotransferase", "sgpt", "谷丙转氨酶")),
    LabTest("ast", "U/L", _same("u/l", "iu/l"), ("aspartate aminotransferase", "sgot", "谷草转氨酶")),
    LabTest("bilirubin", "umol/L", _same("umol/l", "µmol/l", "μmol/l") | {"mg/dl": 17.1},
            ("total bilirubin", "总胆红素", "胆红素")),
    LabTest("albumin", "g/L", _same("g/l") | {"g/dl": 10.0}, ("白蛋白",)),
    LabTest("creatine kinase", "U/L", _same("u/l", "iu/l"), ("ck", "cpk", "肌酸激酶")),
    LabTest("triglycerides", "mmol/L", _same("mmol/l") | {"mg/dl": 0.01129}, ("tg", "甘油三酯")),
    LabTest("tsh", "mIU/L", _same("miu/l", "uiu/ml", "mu/l"), ("促甲状腺激素",)),
    LabTest("lithium", "mmol/L", _MMOL, ("serum lithium", "血锂")),
    LabTest("digoxin", "ug/L", _same("ug/l", "ng/ml", "µg/l"), ("serum digoxin",)),
    LabTest("lactate", "mmol/L", _same("mmol/l") | {"mg/dl": 0.111}, ("lactic acid", "乳酸")),
    LabTest("bicarbonate", "mmol/L", _MMOL, ("hco3", "碳酸氢根")),
)  # fmt: skip

_BY_NAME = MappingProxyType(
    {normalise(alias): test for test in TESTS for alias in (test.name, *test.names)}
)


def find_test(name: str) -> LabTest | None:
    """The test that a laboratory name means, or None."""
    return _BY_NAME.get(normalise(name))


def convert(test: LabTest, value: float, unit: str, field: str) -> float:
    """The value in the test's canonical unit.

    :raises InputError: when the unit is not one of this test's.
    """
    key = unit.strip().casefold().replace(" ", "")
    factors = {known.casefold(): factor for known, factor in test.factors.items()}
    if key not in factors:
        known = ", ".join(dict.fromkeys(u for u in test.factors if u)) or "none"
        raise InputError(f"{field}: '{unit}' is not a unit of {test.name}; use one of {known}",
                         field=field)  # fmt: skip
    return value * factors[key]


def cockcroft_gault(age_years: float, weight_kg: float, female: bool, creatinine: float) -> float:
    """Creatinine clearance in mL/min (Cockcroft and Gault, Nephron 1976;16:31).

    :param creatinine: serum creatinine in µmol/L.
    """
    factor = 1.04 if female else 1.23
    return (140 - age_years) * weight_kg * factor / creatinine


def ckd_epi_2021(age_years: float, female: bool, creatinine: float) -> float:
    """EGFR in mL/min/1.73 m² (CKD-EPI 2021, Inker et al., NEJM 2021;385:1737).

    :param creatinine: serum creatinine in µmol/L.
    """
    kappa, alpha, factor = (0.7, -0.241, 1.012) if female else (0.9, -0.302, 1.0)
    ratio = creatinine / 88.42 / kappa
    return float(142 * min(ratio, 1) ** alpha * max(ratio, 1) ** -1.2 * 0.9938**age_years * factor)
