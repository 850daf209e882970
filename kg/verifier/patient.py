"""The patient as the file gives it: validated, frozen, unknown kept apart from none.

The contract is the patient schema (``urn:graphrx:patient:1``): a missing key or null is
unknown, an empty list says "asked, none".
"""

import difflib
import math
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from graphrx.kg.errors import InputError

MAX_ITEMS = 500
MAX_TEXT = 1000

Text = Annotated[str, Field(max_length=MAX_TEXT)]
Texts = Annotated[tuple[Text, ...], Field(max_length=MAX_ITEMS)]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class CurrentDrug(_Record):
    """A drug that the patient takes, or has stopped."""

    name: Text
    route: Text | None = None
    dose: Text | None = None
    frequency: Text | None = None
    stopped_days_ago: Annotated[int, Field(ge=0, strict=True)] | None = None


class Allergy(_Record):
    """A substance that the patient reacted to."""

    substance: Text
    reaction: Text | None = None
    severity: Literal["mild", "moderate", "severe"] | None = None


class Pregnancy(_Record):
    """Pregnancy status; gestation in completed and part weeks."""

    status: Literal["pregnant", "not_pregnant", "unknown", "not_applicable"]
    gestation_weeks: Annotated[float, Field(ge=0, le=45, strict=True)] | None = None


class Lab(_Record):
    """A laboratory value with its UCUM unit; extra keys of the contract are allowed here."""

    model_config = ConfigDict(extra="ignore", frozen=True, allow_inf_nan=False)

    value: Annotated[float, Field(strict=True)]
    unit: Text
    date: Text | None = None


class Patient(_Record):
    """The patient context. None is unknown; an empty tuple is "asked, none"."""

    id: str | None = None
    age_years: Annotated[float, Field(ge=0, le=130, strict=True)] | None = None
    sex: Literal["F", "M", "X"] | None = None
    weight_kg: Annotated[float, Field(gt=0, le=500, strict=True)] | None = None
    diagnoses: Texts | None = None
    history: Texts | None = None
    symptoms: Texts | None = None
    current_drugs: Annotated[tuple[CurrentDrug, ...], Field(max_length=MAX_ITEMS)] | None = None
    allergies: Annotated[tuple[Allergy, ...], Field(max_length=MAX_ITEMS)] | None = None
    pregnancy: Pregnancy | None = None
    breastfeeding: Annotated[bool, Field(strict=True)] | None = None
    egfr_ml_min_1_73m2: Annotated[float, Field(ge=0, le=250, strict=True)] | None = None
    crcl_ml_min: Annotated[float, Field(ge=0, le=300, strict=True)] | None = None
    child_pugh: Literal["A", "B", "C"] | None = None
    qtc_ms: Annotated[float, Field(ge=200, le=800, strict=True)] | None = None
    labs: dict[str, Lab] | None = None
    genetics: Texts | None = None
    target_disease: Text | None = None
    free_text_note: str | None = None

    @field_validator("current_drugs", mode="before")
    @classmethod
    def _drug_names(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"name": item} if isinstance(item, str) else item for item in value]
        return value

    @field_validator("allergies", mode="before")
    @classmethod
    def _substances(cls, value: Any) -> Any:
        if isinstance(value, list):
            return [{"substance": item} if isinstance(item, str) else item for item in value]
        return value


def parse_patient(data: Any) -> Patient:
    """Validate a patient; one clear line for the first thing wrong, the number of others added.

    :raises InputError: with the field, the value and the remedy.
    """
    if not isinstance(data, dict):
        raise InputError(
            f'the patient is a JSON {_json_type(data)}, not an object; write {{"age_years": 60, …}}'
        )
    try:
        patient = Patient.model_validate(data)
    except ValidationError as error:
        problems = error.errors(include_url=False)
        field, line = _say(problems[0])
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(line + more, field=field) from None
    _contradictions(patient)
    return patient


def _contradictions(patient: Patient) -> None:
    pregnant = patient.pregnancy is not None and patient.pregnancy.status == "pregnant"
    if patient.sex == "M" and pregnant:
        raise InputError(
            "pregnancy.status: 'pregnant' contradicts sex 'M'; correct one of them",
            field="pregnancy.status",
        )
    status = patient.pregnancy.status if patient.pregnancy else "unknown"
    weeks = patient.pregnancy.gestation_weeks if patient.pregnancy else None
    if weeks is not None and status in ("not_pregnant", "not_applicable"):
        raise InputError(
            f"pregnancy.gestation_weeks: {weeks:g} contradicts status "
            f"'{status}'; correct one of them",
            field="pregnancy.gestation_weeks",
        )
    if patient.sex == "M" and patient.breastfeeding:
        raise InputError(
            "breastfeeding: true contradicts sex 'M'; correct one of them", field="breastfeeding"
        )


def _json_type(value: Any) -> str:
    names = {list: "list", str: "string", bool: "boolean", int: "number", float: "number"}
    return "null" if value is None else names.get(type(value), type(value).__name__)


def _shown(value: Any) -> str:
    text = repr(value) if not isinstance(value, float) or math.isfinite(value) else str(value)
    return text if len(text) <= 60 else text[:57] + "…"


def _say(problem: Any) -> tuple[str, str]:
    """Field and sentence of one pydantic error."""
    where = [str(part) for part in problem["loc"] if not str(part).startswith("function-")]
    field, value, context = ".".join(where), _shown(problem["input"]), problem.get("ctx", {})
    match problem["type"]:
        case "extra_forbidden":
            near = difflib.get_close_matches(where[-1], list(Patient.model_fields), n=1)
            hint = f"did you mean '{near[0]}'?" if near else "remove it, or see the patient schema"
            return field, f"{field}: unknown field; {hint}"
        case "missing":
            return field, f"{field}: required here but missing; add it"
        case "literal_error":
            return field, f"{field}: {value} is not allowed; use {context.get('expected', '')}"
        case "greater_than_equal" | "less_than_equal" | "greater_than" | "less_than":
            return field, f"{field}: {value} is out of range; {problem['msg'].lower()}"
        case kind if kind.endswith("_type"):
            wanted = problem["msg"].lower().replace("tuple", "list").replace("dictionary", "object")
            return field, f"{field}: {value} has the wrong type; {wanted}"
        case "too_long" | "string_too_long":
            return field, f"{field}: too long; {problem['msg'].lower()}"
    return field, f"{field}: {value}: {problem['msg'].lower()}"
