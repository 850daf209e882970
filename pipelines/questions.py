"""What would settle a result: its open questions, and what an answer makes of the request."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.patient import parse_patient
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.given import Given

NUMBERS: Final = {
    "age": "age_years", "weight": "weight_kg", "egfr": "egfr_ml_min_1_73m2", "crcl": "crcl_ml_min",
    "qtc": "qtc_ms",
}  # fmt: skip
LISTS: Final = ("diagnoses", "history", "symptoms", "current_drugs", "allergies", "genetics")
YES: Final = frozenset({"y", "yes", "是", "有", "true"})
NO: Final = frozenset({"n", "no", "否", "无", "没有", "none", "false"})


def open_questions(items: Sequence[Mapping[str, Any]]) -> list[Json]:
    """The questions of a result's items, the one that settles most drugs first.

    A question *settles* a drug when nothing else leaves the drug unverified.

    :returns: ``field``, ``about``, ``grade``, ``question``, ``question_zh``, and names of the
        drugs that it ``settles`` and of those that it ``concerns``.
    """
    found: dict[tuple[str, str], Json] = {}
    for item in items:
        name = item["drug"]["inn"] or item["drug"]["input"]
        undecided = [f for f in item["findings"] if f["verdict"] == "unverified"]
        asked = {f.get("question") for f in undecided}
        for finding in undecided:
            text = finding.get("question")
            if not text:
                continue
            field = finding["question_field"]
            about = item["drug"]["input"] if field == "route" else finding["question_about"]
            row = found.setdefault((text, about), {
                "field": field, "about": about, "grade": finding["question_grade"],
                "question": text, "question_zh": finding.get("question_zh"),
                "settles": [], "concerns": [],
            })  # fmt: skip
            if name not in row["concerns"]:
                row["concerns"].append(name)
                if asked == {text} and item["verdict"] == "unverified":
                    row["settles"].append(name)
    for row in found.values():
        row["settles"].sort()
        row["concerns"].sort()
    return sorted(
        found.values(),
        key=lambda row: (
            -len(row["settles"]),
            -len(row["concerns"]),
            row["question"],
            row["about"],
        ),
    )


@dataclass(frozen=True, slots=True)
class Request:
    """A patient, and the drugs that are asked about."""

    given: Given
    drugs: tuple[str, ...] = ()


def answered(request: Request, question: Mapping[str, Any], answer: str) -> Request:
    """The request with an answer written into it.

    :raises InputError: when the answer is not one to this question.
    """
    field, about, text = question["field"], question["about"], answer.strip()
    if field in ("drugs", "route"):
        meant = text if field == "drugs" else f"{about} {text}"
        drugs = tuple(_replaced(drug, about, meant) for drug in request.drugs)
        return replace(request, drugs=drugs)
    patient = request.given.patient.model_dump(mode="json")
    if about and field in LISTS:
        meant = _graded(about, question["grade"], text) if question["grade"] else text
        patient[field] = [_entry(entry, about, meant) for entry in patient.get(field) or []]
    elif field in NUMBERS:
        patient[NUMBERS[field]] = _number(field, text)
    elif field in LISTS:
        words = [part.strip() for part in text.replace("，", ",").replace("、", ",").split(",")]
        patient[field] = [] if text.casefold() in NO else [word for word in words if word]
    elif field == "pregnancy":
        patient[field] = {"status": "pregnant" if _yes(field, text) else "not_pregnant"}
    elif field == "gestation":
        weeks = _number(field, text)
        patient["pregnancy"] = {"status": "pregnant", "gestation_weeks": weeks}
    elif field == "breastfeeding":
        patient[field] = _yes(field, text)
    elif field in ("sex", "child_pugh"):
        patient[field] = {"女": "F", "男": "M"}.get(text, text.upper())
    else:
        raise InputError(f"{field}: can't be answered here; write it into the patient file",
                         field=field)  # fmt: skip
    return replace(request, given=replace(request.given, patient=parse_patient(patient)))


def settle(
    request: Request,
    run: Callable[[Request], Json],
    ask: Callable[[Mapping[str, Any], int], str],
    say: Callable[[str], None],
) -> Json:
    """Ask what is open, the most useful question first, until nothing is or no one answers.

    :param run: answers a request with a result.
    :param ask: (question, number of questions open) → what was typed; empty leaves it open.
    :param say: is told what was wrong with an answer.
    """
    left: set[tuple[str, str]] = set()
    result = run(request)
    while True:
        rows = [
            row
            for row in result["patient_echo"]["questions"]
            if (row["question"], row["about"]) not in left
        ]
        if not rows:
            return result
        given = ask(rows[0], len(rows))
        if not given.strip():
            left.add((rows[0]["question"], rows[0]["about"]))
            continue
        try:
            tried = answered(request, rows[0], given)
            result = run(tried)
            request = tried
        except InputError as error:
            say(error.message)


def _graded(about: str, grade: str, text: str) -> str:
    """The entry with its stage, class or side: "4", "stage 4" and the whole entry all do."""
    word = text.casefold()
    if grade == "bilateral":
        return f"{'bilateral' if _yes('diagnoses', text) else 'unilateral'} {about}"
    if grade == "with aura":
        return f"{about} {'with' if _yes('diagnoses', text) else 'without'} aura"
    if about.casefold() in word:
        return text
    return f"{about} {text}" if grade.casefold() in word else f"{about} {grade} {text}"


def _entry(entry: Any, about: str, text: str) -> Any:
    """An entry of a list with another name, if it is the one that was asked about."""
    if isinstance(entry, dict):
        key = "name" if "name" in entry else "substance"
        return {**entry, key: _replaced(str(entry.get(key)), about, text)}
    return _replaced(str(entry), about, text)


def _replaced(entry: str, about: str, text: str) -> str:
    return text if entry == about else entry


def _number(field: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InputError(f"{field}: {text!r} is not a number", field=field) from None


def _yes(field: str, text: str) -> bool:
    word = text.casefold()
    if word in YES or word in NO:
        return word in YES
    raise InputError(f"{field}: answer yes or no, not {text!r}", field=field)
