"""LOINC codes (https://loinc.org) of the observations that a patient context takes."""

from typing import Final

LOINC_FIELDS: Final = {
    "33914-3": "egfr_ml_min_1_73m2", "48642-3": "egfr_ml_min_1_73m2", "48643-1": "egfr_ml_min_1_73m2",
    "62238-1": "egfr_ml_min_1_73m2", "69405-9": "egfr_ml_min_1_73m2", "77147-7": "egfr_ml_min_1_73m2",
    "88293-6": "egfr_ml_min_1_73m2", "88294-4": "egfr_ml_min_1_73m2", "98979-8": "egfr_ml_min_1_73m2",
    "98980-6": "egfr_ml_min_1_73m2", "2164-2": "crcl_ml_min", "35591-7": "crcl_ml_min",
    "8634-8": "qtc_ms", "8636-3": "qtc_ms", "29463-7": "weight_kg", "3141-9": "weight_kg",
}  # fmt: skip
LOINC_LABS: Final = {
    "2160-0": "creatinine", "38483-4": "creatinine", "14682-9": "creatinine", "2823-3": "potassium",
    "6298-4": "potassium", "2951-2": "sodium", "2947-0": "sodium", "17861-6": "calcium",
    "49765-1": "calcium", "19123-9": "magnesium", "2777-1": "phosphate", "6301-6": "inr",
    "34714-6": "inr", "718-7": "haemoglobin", "777-3": "platelets", "751-8": "neutrophils",
    "6690-2": "white cells", "1742-6": "alt", "1920-8": "ast", "1975-2": "bilirubin",
    "1751-7": "albumin", "2157-6": "creatine kinase", "2339-0": "glucose", "2345-7": "glucose",
    "15074-8": "glucose", "4548-4": "hba1c", "3084-1": "uric acid", "2571-8": "triglycerides",
    "3016-3": "tsh", "14334-7": "lithium", "10535-3": "digoxin", "2524-7": "lactate", "1963-8": "bicarbonate",
}  # fmt: skip
PREGNANCY, GESTATION, BREASTFEEDING, CHILD_PUGH = (
    "82810-3",
    ("18185-9", "11884-4", "49051-6"),
    "63895-7",
    "75622-1",
)
