"""Patient: age, sex, and whether the record says that the patient has died."""

from datetime import date
from typing import Final

from graphrx.kg.errors import InputError
from graphrx.pipelines.fhir.elements import Element, Moment
from graphrx.pipelines.fhir.reading import Reading

_SEX: Final = {"female": "F", "male": "M", "other": "X", "unknown": None}
_HARMLESS: Final = frozenset((
    "name", "telecom", "address", "maritalStatus", "multipleBirthBoolean", "multipleBirthInteger",
    "photo", "contact", "communication", "generalPractitioner", "managingOrganization",
))  # fmt: skip


def read(reading: Reading, one: Element) -> None:
    """Read a Patient.

    :raises InputError: for a gender that FHIR does not have, or a birth after the bundle.
    """
    own = one.text("id")
    if own is not None:
        reading.patient["id"] = own
    gender = one.text("gender")
    born = one.date("birthDate")
    if gender is not None and gender not in _SEX:
        raise one.wrong("gender", gender, "male, female, other or unknown")
    if not reading.modified(one, "Patient"):
        reading.patient["sex"] = _SEX.get(gender or "unknown")
        if born is not None and reading.today is not None:
            _age(reading, born, reading.today, one)
    died = one.text("deceasedDateTime")
    if died is not None or one.flag("deceasedBoolean"):
        reading.note(f"Patient.deceased: recorded as dead{f' on {died}' if died else ''}")
    if one.flag("active") is False:
        reading.note("Patient.active: false, the record is not in use")
    for link in one.parts("link"):
        reading.note(f"Patient.link: {link.text('type') or 'another'} record is not in this bundle")
    reading.rest(one, "Patient", _HARMLESS)


def _age(reading: Reading, born: Moment, today: date, one: Element) -> None:
    """Completed years at the date of the bundle; fractions below two years."""
    earliest, text = born.day, born.text
    if earliest > today:
        path = f"{one.path}.birthDate"
        raise InputError(
            f"{path}: {text} is after {today}, the date that the bundle is of; correct it",
            field=path,
        )
    latest = min(_latest(text, earliest), today)
    oldest, youngest = _years(earliest, today), _years(latest, today)
    if oldest != youngest:
        reading.note(f"Patient.birthDate: {text} makes the age {youngest} or {oldest}; it is left "
                     "unknown")  # fmt: skip
    elif oldest < 2 and earliest == latest:
        reading.patient["age_years"] = round((today - earliest).days / 365.25, 3)
    else:
        reading.patient["age_years"] = oldest


def _latest(text: str, earliest: date) -> date:
    if len(text) >= 10:
        return earliest
    return earliest.replace(month=12, day=31) if len(text) == 4 else earliest.replace(day=28)


def _years(born: date, today: date) -> int:
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
