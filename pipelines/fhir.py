"""A patient from a FHIR R4 Bundle (https://hl7.org/fhir/R4/), without losing what is not read.

A list that the bundle has no resource of is unknown, not empty: a bundle without
AllergyIntolerance has not asked for allergies. Codes come as display names or ICD-10-CM codes;
measures by LOINC. Ages are counted to the newest date in the bundle, never to today's.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from graphrx.kg.errors import InputError
from graphrx.pipelines.loinc import (
    BREASTFEEDING,
    CHILD_PUGH,
    GESTATION,
    LOINC_FIELDS,
    LOINC_LABS,
    PREGNANCY,
)

Json = dict[str, Any]

NO_ALLERGY: Final = frozenset({"716186003", "409137002", "no known allergy", "no known allergies",
                               "no known drug allergy"})  # fmt: skip
UNITS: Final = {"mL/min/{1.73_m2}", "mL/min/1.73m2", "mL/min/1.73 m2", "mL/min", "ms", "kg",
                "mL/min/1.73m*2", "mL/min/{1.73m2}"}  # fmt: skip


@dataclass
class _Read:
    patient: Json = field(default_factory=dict)
    unread: Counter[str] = field(default_factory=Counter)
    newest: dict[str, str] = field(default_factory=dict)
    dates: list[str] = field(default_factory=list)
    birth: str | None = None


def is_fhir(data: Any) -> bool:
    """True for any FHIR resource."""
    return isinstance(data, dict) and "resourceType" in data


def from_bundle(data: Json) -> tuple[Json, tuple[str, ...]]:
    """Read a Bundle: the patient by the patient contract, and what was not read, with counts.

    :raises InputError: when it is not a Bundle, or holds no Patient or more than one.
    """
    kind = data.get("resourceType")
    if kind != "Bundle":
        raise InputError(f"resourceType: {kind!r} is not a Bundle; send a Bundle with a Patient",
                         field="resourceType")  # fmt: skip
    resources = [_resource(entry, place) for place, entry in enumerate(_list(data, "entry"))]
    patients = [one for one in resources if one.get("resourceType") == "Patient"]
    if len(patients) != 1:
        raise InputError(f"entry: {len(patients)} Patient resources; send exactly one",
                         field="entry")  # fmt: skip
    medications = {
        one.get("id"): one for one in resources if one.get("resourceType") == "Medication"
    }
    read = _Read()
    if isinstance(data.get("timestamp"), str):
        read.dates.append(data["timestamp"])
    readers: dict[str, Callable[[_Read, Json], None]] = {
        "Patient": _patient, "Condition": _condition, "AllergyIntolerance": _allergy,
        "Observation": _observation, "Medication": lambda _read, _one: None,
        "MedicationRequest": lambda r, one: _medication(r, one, medications),
        "MedicationStatement": lambda r, one: _medication(r, one, medications),
    }  # fmt: skip
    for one in resources:
        name = str(one.get("resourceType"))
        if name in readers:
            readers[name](read, one)
        else:
            read.unread[name] += 1
    _age(read)
    unread = tuple(f"{name} ({count} not read)" for name, count in sorted(read.unread.items()))
    return read.patient, unread


def _list(data: Mapping[str, Any], key: str) -> list[Any]:
    value = data.get(key) or []
    if not isinstance(value, list):
        raise InputError(f"{key}: is not a list; the bundle is not FHIR R4", field=key)
    return value


def _resource(entry: Any, place: int) -> Json:
    found = entry.get("resource") if isinstance(entry, dict) else None
    if not isinstance(found, dict) or not isinstance(found.get("resourceType"), str):
        raise InputError(f"entry.{place}: holds no resource; the bundle is not FHIR R4",
                         field=f"entry.{place}")  # fmt: skip
    return found


def _codings(concept: Any) -> list[Json]:
    found = concept.get("coding") if isinstance(concept, dict) else None
    return [coding for coding in found or [] if isinstance(coding, dict)]


def _codes(concept: Any) -> set[str]:
    return {str(coding.get("code")) for coding in _codings(concept)}


def _text(concept: Any) -> str | None:
    """The name of a concept: its text, a display, or an ICD-10-CM or other code."""
    if not isinstance(concept, dict):
        return None
    for value in (concept.get("text"), *(c.get("display") for c in _codings(concept)),
                  *(c.get("code") for c in _codings(concept))):  # fmt: skip
        if isinstance(value, str) and value.strip():
            # SNOMED CT displays end in their hierarchy: "Asthma (disorder)"
            return value.split(" (disorder)")[0].split(" (finding)")[0].strip()
    return None


def _status(one: Json, key: str) -> str:
    value = one.get(key)
    if isinstance(value, str):
        return value
    return next(iter(sorted(_codes(value))), "")


def _dated(read: _Read, one: Json, *keys: str) -> str:
    for key in keys:
        value = one.get(key)
        if isinstance(value, str):
            read.dates.append(value)
            return value
    return ""


def _patient(read: _Read, one: Json) -> None:
    if isinstance(one.get("id"), str):
        read.patient["id"] = one["id"]
    gender = one.get("gender")
    read.patient["sex"] = {"female": "F", "male": "M", "other": "X"}.get(str(gender))
    birth = one.get("birthDate")
    read.birth = birth if isinstance(birth, str) else None


def _condition(read: _Read, one: Json) -> None:
    _dated(read, one, "recordedDate", "onsetDateTime")
    for listed in ("diagnoses", "history"):
        read.patient.setdefault(listed, [])
    if _status(one, "verificationStatus") in ("refuted", "entered-in-error"):
        return
    name = _text(one.get("code"))
    if name is None:
        read.unread["Condition without a code"] += 1
        return
    past = _status(one, "clinicalStatus") in ("resolved", "inactive", "remission")
    stage = _text((one.get("stage") or [{}])[0].get("summary")) if one.get("stage") else None
    read.patient["history" if past else "diagnoses"].append(f"{name} {stage}" if stage else name)


def _allergy(read: _Read, one: Json) -> None:
    _dated(read, one, "recordedDate")
    allergies = read.patient.setdefault("allergies", [])
    if _status(one, "verificationStatus") in ("refuted", "entered-in-error"):
        return
    name = _text(one.get("code"))
    if name is None:
        read.unread["AllergyIntolerance without a code"] += 1
        return
    if _codes(one.get("code")) & NO_ALLERGY or name.casefold() in NO_ALLERGY:
        return
    reactions = [r for r in one.get("reaction") or [] if isinstance(r, dict)]
    words = [text for r in reactions for m in r.get("manifestation") or [] if (text := _text(m))]
    severities = [str(r.get("severity")) for r in reactions if r.get("severity")]
    order = ("mild", "moderate", "severe")
    severity = max((s for s in severities if s in order), key=order.index, default=None)
    if severity is None and one.get("criticality") == "high":
        severity = "severe"
    if one.get("type") == "intolerance":
        words.append("intolerance")
    allergies.append(
        {"substance": name, "reaction": ", ".join(words) or None, "severity": severity}
    )


def _medication(read: _Read, one: Json, medications: Mapping[Any, Json]) -> None:
    _dated(read, one, "authoredOn", "effectiveDateTime", "dateAsserted")
    drugs = read.patient.setdefault("current_drugs", [])
    status = _status(one, "status")
    if status in ("entered-in-error", "cancelled", "draft", "not-taken"):
        return
    if status in ("stopped", "completed", "ended"):
        read.unread[f"{one['resourceType']} {status}, without the days since"] += 1
        return
    name = _text(one.get("medicationCodeableConcept"))
    reference = one.get("medicationReference")
    if name is None and isinstance(reference, dict):
        target = str(reference.get("reference", "")).rsplit("/", 1)[-1].removeprefix("urn:uuid:")
        name = _text(medications.get(target, {}).get("code")) or reference.get("display")
    if not isinstance(name, str):
        read.unread[f"{one['resourceType']} without a medication"] += 1
        return
    doses = [
        d for d in one.get("dosageInstruction") or one.get("dosage") or [] if isinstance(d, dict)
    ]
    route = _text(doses[0].get("route")) if doses else None
    drugs.append(
        {"name": name, "route": route.casefold().removesuffix(" route") if route else None}
    )


def _observation(read: _Read, one: Json) -> None:
    date = _dated(read, one, "effectiveDateTime", "issued")
    if _status(one, "status") in ("entered-in-error", "cancelled"):
        return
    codes = _codes(one.get("code"))
    given = one.get("valueQuantity")
    quantity: Json = given if isinstance(given, dict) else {}
    value = quantity.get("value")
    unit = str(quantity.get("code") or quantity.get("unit") or "")
    known = next(iter(sorted(codes & LOINC_FIELDS.keys())), None)
    lab = next(iter(sorted(codes & LOINC_LABS.keys())), None)
    concept = one.get("valueCodeableConcept")
    if known and isinstance(value, (int, float)):
        _measure(read, LOINC_FIELDS[known], float(value), unit, date)
    elif lab and isinstance(value, (int, float)):
        if _newer(read, LOINC_LABS[lab], date):
            labs = read.patient.setdefault("labs", {})
            labs[LOINC_LABS[lab]] = {"value": float(value), "unit": unit, "date": date}
    elif PREGNANCY in codes and concept:
        said = (_text(concept) or "").casefold()
        pregnant = "77386006" in _codes(concept) or said in (
            "pregnant",
            "patient currently pregnant",
        )
        status = "pregnant" if pregnant else "not_pregnant" if "not" in said else "unknown"
        read.patient["pregnancy"] = {**read.patient.get("pregnancy", {}), "status": status}
    elif codes & set(GESTATION) and isinstance(value, (int, float)):
        weeks = float(value) / 7 if unit in ("d", "days") else float(value)
        before = read.patient.get("pregnancy", {"status": "pregnant"})
        read.patient["pregnancy"] = {**before, "gestation_weeks": weeks}
    elif BREASTFEEDING in codes and isinstance(one.get("valueBoolean"), bool):
        read.patient["breastfeeding"] = one["valueBoolean"]
    elif CHILD_PUGH in codes and concept:
        letter = (_text(concept) or "").strip()[-1:].upper()
        read.patient["child_pugh"] = letter if letter in ("A", "B", "C") else None
    else:
        read.unread[f"Observation {_text(one.get('code')) or 'without a code'}"] += 1


def _newer(read: _Read, name: str, date: str) -> bool:
    """True when this value is the newest of its kind so far."""
    if name in read.newest and date < read.newest[name]:
        return False
    read.newest[name] = date
    return True


def _measure(read: _Read, name: str, value: float, unit: str, date: str) -> None:
    if name == "weight_kg" and unit in ("g", "lb_av", "[lb_av]"):
        value *= 0.001 if unit == "g" else 0.45359237
    elif name == "qtc_ms" and unit == "s":
        value *= 1000
    elif unit and unit not in UNITS:
        raise InputError(f"{name}: the bundle gives it in '{unit}', which is not understood",
                         field=name)  # fmt: skip
    if _newer(read, name, date):
        read.patient[name] = value


def _age(read: _Read) -> None:
    """Completed years at the newest date of the bundle; unknown where it has no date."""
    today = max(read.dates, default="")[:10]
    if read.birth is None or len(today) < 10 or len(read.birth) < 4:
        return
    born = read.birth if len(read.birth) == 10 else f"{read.birth}-07-01"[:10]
    if born > today:
        raise InputError(f"birthDate: {read.birth} is after the bundle's newest date, {today}",
                         field="birthDate")  # fmt: skip
    years = int(today[:4]) - int(born[:4]) - (today[5:] < born[5:])
    read.patient["age_years"] = _young(born, today) if years < 2 else years


def _young(born: str, today: str) -> float:
    from datetime import date

    days = (date.fromisoformat(today) - date.fromisoformat(born)).days
    return round(days / 365.25, 3)
