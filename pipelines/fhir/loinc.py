"""LOINC codes (https://loinc.org) of the observations that a patient context takes.

Where one patient has several of them from the same moment, the one listed first is taken.
"""

from typing import Final

_FIELDS: Final = {
    "egfr_ml_min_1_73m2": ("98979-8", "98980-6", "62238-1", "88294-4", "69405-9", "77147-7", "33914-3", "48642-3", "88293-6", "48643-1"),
    "crcl_ml_min": ("2164-2", "35591-7"),
    "qtc_ms": ("8636-3",),
    "weight_kg": ("29463-7", "3141-9", "3142-7"),
}  # fmt: skip
_LABS: Final = {
    "creatinine": ("2160-0", "14682-9", "38483-4", "59826-8"),
    "potassium": ("2823-3", "6298-4"),
    "sodium": ("2951-2", "2947-0"),
    "calcium": ("17861-6", "2000-8", "49765-1"),
    "magnesium": ("19123-9", "2601-3"),
    "phosphate": ("2777-1", "14879-1"),
    "inr": ("6301-6", "34714-6"),
    "haemoglobin": ("718-7",),
    "platelets": ("777-3", "26515-7"),
    "neutrophils": ("751-8", "26499-4"),
    "white cells": ("6690-2", "26464-8"),
    "alt": ("1742-6",),
    "ast": ("1920-8",),
    "bilirubin": ("1975-2", "14631-6"),
    "albumin": ("1751-7",),
    "creatine kinase": ("2157-6",),
    "glucose": ("2345-7", "14749-6", "2339-0", "15074-8", "1558-6"),
    "hba1c": ("4548-4", "17856-6"),
    "uric acid": ("3084-1", "14933-6"),
    "triglycerides": ("2571-8", "14927-8"),
    "tsh": ("3016-3", "11579-0"),
    "lithium": ("14334-7",),
    "digoxin": ("10535-3",),
    "lactate": ("2524-7",),
    "bicarbonate": ("1963-8", "1959-6"),
}  # fmt: skip
FIELD_OF: Final = {code: name for name, codes in _FIELDS.items() for code in codes}
LAB_OF: Final = {code: name for name, codes in _LABS.items() for code in codes}
PREFERENCE: Final = {code: place for codes in (*_FIELDS.values(), *_LABS.values())
                     for place, code in enumerate(codes)}  # fmt: skip

PREGNANCY: Final = "82810-3"
GESTATION: Final = frozenset(("18185-9", "11884-4", "49051-6"))
DUE_DATE: Final = frozenset(("11778-8", "11779-6", "11780-4"))
BREASTFEEDING: Final = "63895-7"
