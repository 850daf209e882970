"""Rules about the patient, read a second time: disease, kidney, liver, age, pregnancy, genes.

It knows the patients that ``plant_*`` make: names as the formulary prefers them, laboratory
values in the unit of the rule, a route in the order where a rule asks for one.
"""

from collections.abc import Iterable, Mapping
from functools import cached_property
from typing import Any

from planted.facts import Drug, Facts, Rule
from planted.said import LEVELS, Expected, Json, expected, limits, within

GRADES = {
    "stage",
    "nyha",
    "child_pugh",
    "grade",
    "degree",
    "class",
    "type",
    "side",
    "aura",
    "severity",
}
LOCAL = {"topical", "ophthalmic", "nasal", "vaginal", "rectal"}
_WEEKS = {"1": (0, 14), "2": (14, 28), "3": (28, 46)}
_PROBLEMS = ("diagnoses", "symptoms", "genetics")
_FIELDS = {
    "age": "age_years", "weight": "weight_kg", "egfr": "egfr_ml_min_1_73m2", "crcl": "crcl_ml_min",
    "qtc": "qtc_ms",
}  # fmt: skip
_BY_EGFR = (
    ("chronic kidney disease stage 3a", "45-60"), ("chronic kidney disease stage 3b", "30-45"),
    ("chronic kidney disease stage 4", "15-30"), ("chronic kidney disease stage 5", "<15"),
    ("severe renal impairment", "<30"),
)  # fmt: skip
_BY_LAB = (
    ("potassium", ">5.5", "hyperkalaemia"), ("potassium", "<3.5", "hypokalaemia"),
    ("neutrophils", "<1500", "neutropenia"), ("platelets", "<100000", "thrombocytopenia"),
    ("calcium", ">2.65", "hypercalcaemia"), ("calcium", "<2.1", "hypocalcaemia"),
)  # fmt: skip


class PatientOracle:
    """Rules about the patient."""

    def __init__(self, facts: Facts) -> None:
        """Judge by these facts."""
        self.facts = facts

    def conditions(self, patient: Json) -> Mapping[str, bool]:
        """Every condition that the patient has → whether it is active, wider ones included."""
        said = [*self._measured(patient), *((t, True) for k in _PROBLEMS for t in patient[k])]
        said += [(text, False) for text in patient["history"]]
        found: dict[str, bool] = {}
        for text, active in said:
            for name in self.facts.wider(text):
                found[name] = found.get(name, False) or active
        for name, parents in self._while_active:
            if any(found.get(parent) for parent in parents):
                found[name] = True
        return found

    @cached_property
    def _while_active(self) -> list[tuple[str, list[str]]]:
        """Conditions such as "active peptic ulcer": a peptic ulcer among the problems is one."""
        return [
            (name, row["parents"]) for name, row in self.facts.conditions.items()
            if (row.get("refines") or {}).get("status") == "active"
        ]  # fmt: skip

    @staticmethod
    def _measured(patient: Json) -> list[tuple[str, bool]]:
        """Conditions that a measured value or a stated status says by itself."""
        said: list[tuple[str, bool]] = []
        if patient["egfr_ml_min_1_73m2"] is not None:
            egfr = patient["egfr_ml_min_1_73m2"]
            said += [(name, True) for name, text in _BY_EGFR if within(egfr, text)]
        for test, text, name in _BY_LAB:
            if test in patient["labs"] and within(patient["labs"][test]["value"], text):
                said.append((name, True))
        if patient["qtc_ms"] > (470 if patient["sex"] == "F" else 450):
            said.append(("prolonged QT interval", True))
        if patient["child_pugh"]:
            said.append(("hepatic impairment", True))
        if patient["child_pugh"] == "C":
            said.append(("severe hepatic impairment", True))
        if (patient.get("pregnancy") or {}).get("status") == "pregnant":
            said.append(("pregnancy", True))
        if patient.get("breastfeeding"):
            said.append(("breastfeeding", True))
        return said

    def is_open(self, patient: Json, drug: str, route: str | None = None) -> bool:
        """True when a problem lacks the stage or class that a rule names, or the order a route."""
        has = self.conditions(patient)
        for rule in self.facts.rules_of(drug):
            if route is None and any(
                self.holds(rule, patient, has, self.facts.drugs[drug], one)
                for one in rule.when.get("route") or ()
            ):
                return True
        asked = {rule.condition for rule in self.facts.rules_of(drug)}
        for name in has.keys() - {"pregnancy"}:
            for narrower in self.facts.narrower.get(name, ()):
                refines = self.facts.conditions[narrower].get("refines") or {}
                if narrower in asked and narrower not in has and GRADES & refines.keys():
                    return True
        said = [self._implied(patient, "child_pugh")] if not patient["child_pugh"] else []
        letters = {letter for row in said for value in row for letter in value}
        return bool(letters) and any("child_pugh" in r.when for r in self.facts.rules_of(drug))

    def _implied(self, patient: Json, key: str) -> list[Any]:
        """What the listed problems say of a measure: "<30", [B, C]; a measure says only itself."""
        listed = {
            name for at in _PROBLEMS for text in patient[at] for name in self.facts.wider(text)
        }
        rows = (self.facts.conditions[name].get("implies") or {} for name in listed)
        return [row[key] for row in rows if row.get(key)]

    def of_patient(self, patient: Json, drug: str, route: str | None) -> Iterable[Expected]:
        """The worst rule of each check and condition, where one holds."""
        has = self.conditions(patient)
        groups: dict[tuple[str, str], list[Rule]] = {}
        for rule in self.facts.rules_of(drug):
            if self.holds(rule, patient, has, self.facts.drugs[drug], route):
                groups.setdefault((rule.check, rule.condition), []).append(rule)
        for (check, condition), rules in groups.items():
            worst = min(rules, key=lambda rule: (LEVELS.index(rule.level), not rule.trusted))
            yield expected(check, condition, worst.level, worst.trusted)

    def holds(
        self, rule: Rule, patient: Json, has: Mapping[str, bool], drug: Drug, route: str | None
    ) -> bool:
        """True when the rule's condition and everything in its ``when`` are met."""
        if self.excepted(rule.unless, has, (route,)):
            return False
        pregnant = (patient.get("pregnancy") or {}).get("status") == "pregnant"
        if (rule.check == "pregnancy" and not pregnant) or (
            rule.check == "lactation" and not patient.get("breastfeeding")
        ):
            return False
        active = has.get(rule.condition)
        named = rule.condition in has and (active or not rule.active)
        told = not rule.when and named
        met = self.met(rule.when, patient, has, drug.routes, route)
        match rule.check:
            case "drug_disease":
                return named and met
            case "qt" | "lab":
                return told or (bool(rule.when) and met)
            case "pharmacogenomic":
                return named
            case "renal" | "hepatic":
                return told or (bool(rule.when) and met)
            case "age" | "pregnancy" | "lactation":
                return met
        raise ValueError(f"no reading of the check {rule.check}")

    def excepted(
        self, unless: Iterable[Any], has: Mapping[str, bool], routes: Iterable[str | None]
    ) -> bool:
        """True when a listed condition or route is the patient's."""
        for one in unless:
            if isinstance(one, dict):
                if one.get("condition") in has:
                    return True
                if set(one.get("route") or ()) & set(routes):
                    return True
        return False

    def met(
        self, when: Mapping[str, Any], patient: Json, has: Mapping[str, bool],
        possible: tuple[str, ...], route: str | None,
    ) -> bool:  # fmt: skip
        """True when all of ``when`` holds; of a route not told, for each that the drug has."""
        for key, value in when.items():
            if not self._met(key, value, patient, has, possible, route):
                return False
        return True

    def _met(
        self, key: str, value: Any, patient: Json, has: Mapping[str, bool],
        possible: tuple[str, ...], route: str | None,
    ) -> bool:  # fmt: skip
        if key in ("egfr", "crcl"):
            return self._kidney(key, value, patient)
        if key in _FIELDS:
            known = patient[_FIELDS[key]]
            return known is not None and within(known, value)
        match key:
            case "sex":
                return bool(patient["sex"] == value)
            case "condition" | "genotype":
                return value in has or f"{value} carrier" in has
            case "child_pugh":
                letters = value if isinstance(value, list) else [value]
                return patient["child_pugh"] in letters or any(
                    set(said) <= set(letters) for said in self._implied(patient, key)
                )
            case "gestation":
                return within(patient["pregnancy"]["gestation_weeks"], value)
            case "trimester":
                weeks = patient["pregnancy"]["gestation_weeks"]
                return any(low <= weeks < high for low, high in (_WEEKS[n] for n in value))
            case "route":
                return ({route} if route else set(possible) or {None}) <= set(value)
            case "lab":
                return all(self._lab(patient, name, text) for name, text in value.items())
        raise ValueError(f"no reading of when.{key}")

    def _kidney(self, key: str, value: str, patient: Json) -> bool:
        """The measure, a bound that a problem implies, or the other one at half the limit."""
        other = "crcl" if key == "egfr" else "egfr"
        known, proxy = patient[_FIELDS[key]], patient[_FIELDS[other]]
        low, high, _, high_in = limits(value)
        for text in self._implied(patient, key):
            under, over, _, over_in = limits(text)
            if under >= low and (over < high or (over == high and (high_in or not over_in))):
                return True
        if known is not None:
            return within(known, value)
        return proxy is not None and proxy <= high / 2 < float("inf")

    @staticmethod
    def _lab(patient: Json, name: str, text: str) -> bool:
        known = patient["labs"][name.casefold()]
        if not text.endswith(known["unit"]):
            raise ValueError(f"{name}: {known['unit']} is not the unit of {text!r}")
        return within(known["value"], text)
