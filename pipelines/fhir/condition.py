"""Condition: active problems and history, with stage, severity and how sure anyone is."""

from typing import Final

from graphrx.pipelines.fhir.concepts import codes, conditions, label, without_tag
from graphrx.pipelines.fhir.elements import Element
from graphrx.pipelines.fhir.reading import Reading

NO_PROBLEMS: Final = frozenset(("no-known-problems", "160245001"))
NO_INFORMATION: Final = frozenset(("no-problem-info",))
_PAST: Final = frozenset(("inactive", "remission", "resolved"))
_UNSURE: Final = frozenset(("unconfirmed", "provisional", "differential"))
_SEVERITY: Final = {"24484000": "severe", "6736007": "moderate", "255604002": "mild"}
_HARMLESS: Final = frozenset(("evidence", "onsetAge", "onsetPeriod", "onsetRange", "onsetString"))
_SOCIAL: Final = frozenset((
    "full-time employment", "part-time employment", "not in labor force", "unemployed",
    "received higher education", "received certificate of high school equivalency",
    "educated to high school level", "only received primary school education",
    "medication review due", "has a criminal record", "refugee", "homeless",
    "limited social contact", "social isolation", "serving in military service",
    "served in armed forces", "reports of violence in the environment",
    "victim of intimate partner abuse", "unhealthy housing", "housing unsatisfactory",
    "transport problem", "lack of access to transportation", "only receives primary education",
    "risk activity involvement",
))  # fmt: skip
"""Findings about a life, not about a body: recorded as Conditions, and no contraindication."""


def read(reading: Reading, one: Element) -> None:
    """Read a Condition. One without a code is kept as an entry that nothing knows."""
    sure = codes(one.part("verificationStatus"))
    clinical = codes(one.part("clinicalStatus"))
    recorded, onset = one.date("recordedDate"), one.date("onsetDateTime")
    code = one.part("code")
    shown = label(code)
    gone = sure & {"refuted", "entered-in-error"}
    if gone:
        reading.skip(f"Condition {min(gone)}: {shown or 'without a code'}")
        return
    if codes(code) & NO_INFORMATION:
        reading.skip("Condition no-problem-info")
        return
    if codes(code) & NO_PROBLEMS:
        reading.listed("diagnoses")
        return
    for name in ("diagnoses", "history"):
        reading.listed(name)
    categories = {value for part in one.parts("category") for value in codes(part)}
    if shown and ("sdoh" in categories or without_tag(shown).casefold() in _SOCIAL):
        reading.skip(f"Condition, social: {without_tag(shown)}")
        return
    reading.modified(one, "Condition")
    ended = [key for key in sorted(one.data) if key.startswith("abatement") and one.has(key)]
    past = bool(clinical & _PAST) or (not clinical and bool(ended))
    if ended and clinical and not past:
        reading.note(f"Condition {shown}: {min(clinical)} and ended; read as active")
    for when in (recorded, onset):
        reading.late(when, f"Condition {shown}")
    names = conditions(reading.resolver, code) or ["Condition without a code"]
    for name in names:
        entry = _graded(reading, one, name, unsure=bool(sure & _UNSURE))
        reading.add("history" if past else "diagnoses", entry)
    for key in ("severity", "stage"):
        one.has(key)
    reading.rest(one, "Condition", _HARMLESS)


def _graded(reading: Reading, one: Element, name: str, *, unsure: bool) -> str:
    """The name with severity, stages and doubt, each as far as the graph understands it."""
    severity = one.part("severity")
    if severity is not None:
        word = next((_SEVERITY[code] for code in sorted(codes(severity)) if code in _SEVERITY),
                    None) or (label(severity) or "").casefold()  # fmt: skip
        name = _with(reading, name, f"{word} {name}", f"Condition.severity {word}")
    for stage in one.parts("stage"):
        text = without_tag(label(stage.part("summary")) or "")
        if text:
            name = _with(reading, name, f"{name} {text}", f"Condition.stage {text}")
        elif stage.parts("assessment"):
            reading.skip("Condition.stage.assessment")
    if unsure:
        name = _with(reading, name, f"suspected {name}", "Condition.verificationStatus")
    return name


def _with(reading: Reading, bare: str, graded: str, what: str) -> str:
    """``graded`` where the graph understands it as this condition or a kind of it."""
    before, after = reading.resolver.condition(bare), reading.resolver.condition(graded)
    if before.recognised and after.recognised and (after.nodes or not before.nodes):
        return graded
    reading.note(f"{what}: not read with {bare}")
    return bare
