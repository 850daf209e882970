"""From the patient file to the closed patient: resolve, derive, and say what is missing."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from graphrx.kg.errors import InputError
from graphrx.kg.linking.dosage import read_order
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.linking.resolve import Resolver
from graphrx.kg.verifier import labs
from graphrx.kg.verifier.derive import (
    KIDNEY_STAGES,
    LAB_CONDITIONS,
    Vocabulary,
    activate,
    close,
    implied_measures,
    raised_questions,
)
from graphrx.kg.verifier.facts import (
    AllergyEntry,
    CurrentEntry,
    Fact,
    Measure,
    PatientFacts,
    Unrecognised,
)
from graphrx.kg.verifier.interval import Interval, parse
from graphrx.kg.verifier.patient import Allergy, Patient
from graphrx.kg.verifier.words import INTOLERANCE, SEVERE, route_of

CHILDBEARING = Interval(12, 55, True, True)
"""Ages at which pregnancy and lactation are asked for, in years."""


@dataclass
class _Gathered:
    """What reading the lists collects, before it is closed."""

    direct: list[tuple[int, str, bool]] = field(default_factory=list)
    facts: list[Fact] = field(default_factory=list)
    unrecognised: list[Unrecognised] = field(default_factory=list)
    unknown_conditions: list[Unrecognised] = field(default_factory=list)
    allergies: list[AllergyEntry] = field(default_factory=list)
    pregnant_by: str | None = None
    child_pugh: list[tuple[str, str]] = field(default_factory=list)


def close_patient(resolver: Resolver, vocabulary: Vocabulary, patient: Patient) -> PatientFacts:
    """Work out everything that the rules may ask for.

    :raises InputError: when a laboratory value has a unit that its test does not know.
    """
    got = _Gathered()
    _read_conditions(resolver, patient, got)
    _read_target(resolver, patient, got)
    _read_allergies(resolver, patient, got)
    unknown_genetics = _read_genetics(resolver, patient, got)
    values = _read_labs(patient, got)
    current = _read_current(resolver, patient, got)

    age = None if patient.age_years is None else Interval.point(patient.age_years)
    egfr, crcl = _kidney_values(patient, values, got)
    # what is measured speaks for itself; only what the entries say implies a measure
    implied_egfr, implied_crcl, classes = implied_measures(
        vocabulary, close(vocabulary, got.direct)
    )
    for node, text in _measured_conditions(vocabulary, patient, got, values, egfr):
        got.direct.append((node, text, True))
    pregnant, asked = _pregnancy(patient, got, vocabulary)
    lactating, lactation_asked = _lactation(patient, got, vocabulary)
    for state, name in ((pregnant, "pregnancy"), (lactating, "breastfeeding")):
        place = vocabulary.named(name)
        if state and place is not None:
            got.direct.append((place, name, True))

    hits = close(vocabulary, got.direct)
    activate(vocabulary, hits)
    # two entries may grade the liver differently: each counts, whatever their order
    classes += tuple((frozenset((letter,)), text) for letter, text in sorted(got.child_pugh))
    point = {key: Interval.point(value) for key, value in values.items()}
    weeks = patient.pregnancy.gestation_weeks if patient.pregnancy else None
    return PatientFacts(
        age=age,
        sex=patient.sex,
        weight=None if patient.weight_kg is None else Interval.point(patient.weight_kg),
        pregnant=pregnant,
        pregnancy_asked=asked,
        gestation=None if weeks is None else Interval.point(weeks),
        breastfeeding=lactating,
        lactation_asked=lactation_asked,
        egfr=Measure(egfr, implied_egfr.implied),
        crcl=Measure(crcl, implied_crcl.implied),
        child_pugh=patient.child_pugh,
        child_pugh_implied=classes,
        qtc=None if patient.qtc_ms is None else Interval.point(patient.qtc_ms),
        labs=point,
        conditions=hits,
        conditions_known=patient.diagnoses is not None,
        raised=raised_questions(
            vocabulary, hits, egfr is not None, bool(patient.child_pugh or got.child_pugh)
        ),
        unknown_conditions=tuple(got.unknown_conditions),
        unknown_genetics=unknown_genetics,
        current=current,
        current_known=patient.current_drugs is not None,
        allergies=tuple(got.allergies),
        allergies_known=patient.allergies is not None,
        facts=(*_plain_facts(patient), *got.facts),
        missing=_missing(patient, got.facts, asked, lactation_asked),
        unrecognised=tuple(got.unrecognised),
    )


def _curie(resolver: Resolver, nodes: Iterable[int]) -> str | None:
    first = next(iter(nodes), None)
    return None if first is None else resolver.snapshot.node(first).id


def _read_conditions(resolver: Resolver, patient: Patient, got: _Gathered) -> None:
    lists = (("diagnoses", patient.diagnoses, True), ("history", patient.history, False),
             ("symptoms", patient.symptoms, True))  # fmt: skip
    for name, entries, active in lists:
        for text in entries or ():
            substance = resolver.allergy_in(text)
            if substance is not None:
                _add_allergy(resolver, Allergy(substance=substance), name, got)
                continue
            match = resolver.condition(text)
            state = "absent" if match.status in ("absent", "family") else "present"
            curie = _curie(resolver, match.nodes) or (
                f"ICD10CM:{match.icd10}" if match.icd10 else None
            )
            if not match.recognised:
                unknown = Unrecognised(text, name, match.suggestions)
                got.unrecognised.append(unknown)
                got.unknown_conditions.append(unknown)
            got.facts.append(Fact(name, text, state, curie=curie))
            if state == "absent":
                continue
            now = active and match.status == "active"
            got.direct.extend((node, text, now) for node in match.nodes)
            if match.pregnant and now:
                got.pregnant_by = text
            if "child_pugh" in match.grades and now:
                letter = match.grades["child_pugh"]
                got.child_pugh.append((letter, text))
                got.facts.append(Fact("child_pugh", letter, "present", "derived"))
            if match.cause:
                reaction = match.text
                got.allergies.append(
                    AllergyEntry(text, match.cause, _severe(reaction, None), _intolerance(reaction))
                )
                got.facts.append(
                    Fact("allergies", f"{text} (cause of a reaction)", "present", "derived",
                         _curie(resolver, match.cause))
                )  # fmt: skip


def _read_target(resolver: Resolver, patient: Patient, got: _Gathered) -> None:
    """What the drugs are for is a fact too: an exception may name it (misoprostol, labour)."""
    if patient.target_disease:
        match = resolver.condition(patient.target_disease)
        if match.status == "active":
            got.direct.extend((node, patient.target_disease, True) for node in match.nodes)


def _severe(reaction: str | None, severity: str | None) -> bool:
    if severity is not None:
        return severity == "severe"
    key = normalise(reaction or "")
    words = key.split()
    return any(
        (mark in words) if len(mark) <= 4 and mark.isascii() else mark in key for mark in SEVERE
    )


def _intolerance(reaction: str | None) -> bool:
    key = normalise(reaction or "")
    return bool(key) and any(mark in key for mark in INTOLERANCE) and not _severe(reaction, None)


def _read_allergies(resolver: Resolver, patient: Patient, got: _Gathered) -> None:
    for entry in patient.allergies or ():
        _add_allergy(resolver, entry, "allergies", got)


def _add_allergy(resolver: Resolver, entry: Allergy, name: str, got: _Gathered) -> None:
    match = resolver.allergen(entry.substance)
    if match.none_known:
        got.facts.append(Fact(name, entry.substance, "absent"))
        return
    reaction = entry.reaction or match.reaction
    if not match.nodes:
        got.unrecognised.append(Unrecognised(entry.substance, name, match.suggestions))
    got.facts.append(Fact(name, entry.substance, "present", curie=_curie(resolver, match.nodes)))
    severe = _severe(reaction, entry.severity)
    # a stated severity of "severe" is never softened by the word for the reaction
    got.allergies.append(
        AllergyEntry(entry.substance, match.nodes, severe, _intolerance(reaction) and not severe,
                     match.suggestions)
    )  # fmt: skip


def _read_genetics(
    resolver: Resolver, patient: Patient, got: _Gathered
) -> tuple[Unrecognised, ...]:
    unknown: list[Unrecognised] = []
    for text in patient.genetics or ():
        stripped = text.strip(" )）")
        low = stripped.casefold()
        negative = low.endswith(("negative", "阴性", "not detected", "normal", "wild type"))
        core = text
        for tail in ("negative", "positive", "阴性", "阳性", "not detected", "detected", "carrier"):
            if low.endswith(tail):
                core = stripped[: -len(tail)].strip(" :,-（(")
                break
        match = resolver.condition(f"{core} carrier")
        if not match.nodes:
            match = resolver.condition(core if negative else text)
        if not match.nodes:
            match = resolver.condition(core)
        state = "absent" if negative else "present"
        got.facts.append(Fact("genetics", text, state, curie=_curie(resolver, match.nodes)))
        if not match.recognised:
            unknown.append(Unrecognised(text, "genetics", match.suggestions))
        elif not negative:
            got.direct.extend((node, text, True) for node in match.nodes)
    got.unrecognised.extend(unknown)
    return tuple(unknown)


def _read_labs(patient: Patient, got: _Gathered) -> dict[str, float]:
    values: dict[str, float] = {}
    for name in sorted(patient.labs or {}):
        lab = (patient.labs or {})[name]
        test = labs.find_test(name)
        got.facts.append(Fact(f"labs.{name}", f"{lab.value:g} {lab.unit}", "present"))
        if test is None:
            got.unrecognised.append(Unrecognised(name, "labs"))
        else:
            values[test.name] = labs.convert(test, lab.value, lab.unit, f"labs.{name}.unit")
    return values


def _read_current(resolver: Resolver, patient: Patient, got: _Gathered) -> tuple[CurrentEntry, ...]:
    entries: list[CurrentEntry] = []
    for place, drug in enumerate(patient.current_drugs or ()):
        match = resolver.drug(drug.name)
        said = " ".join(text for text in (drug.name, drug.dose, drug.frequency) if text)
        curie = _curie(resolver, match.nodes)
        got.facts.append(Fact("current_drugs", said, "present", curie=curie))
        if not match.resolved:
            got.unrecognised.append(Unrecognised(drug.name, "current_drugs", match.suggestions))
        route = route_of(drug.route) or match.route
        dosage = read_order(match.order, drug.dose, drug.frequency)
        field = f"current_drugs.{place}{'.dose' if drug.dose or drug.frequency else ''}"
        entries.append(CurrentEntry(drug.name, match, route, drug.stopped_days_ago, dosage, field))
    return tuple(sorted(entries, key=lambda entry: (entry.match.nodes, entry.text)))


def _kidney_values(
    patient: Patient, values: dict[str, float], got: _Gathered
) -> tuple[Interval | None, Interval | None]:
    egfr, crcl = patient.egfr_ml_min_1_73m2, patient.crcl_ml_min
    creatinine, age = values.get("creatinine"), patient.age_years
    female = {"F": True, "M": False}.get(patient.sex or "")
    if creatinine and creatinine > 0 and age is not None and age >= 18 and female is not None:
        if egfr is None:
            egfr = labs.ckd_epi_2021(age, female, creatinine)
            got.facts.append(
                Fact(
                    "egfr_ml_min_1_73m2",
                    f"{egfr:.0f} (CKD-EPI 2021 from creatinine)",
                    "present",
                    "derived",
                )
            )
        if crcl is None and patient.weight_kg is not None:
            crcl = labs.cockcroft_gault(age, patient.weight_kg, female, creatinine)
            got.facts.append(
                Fact(
                    "crcl_ml_min",
                    f"{crcl:.0f} (Cockcroft-Gault from creatinine)",
                    "present",
                    "derived",
                )
            )
    return (
        None if egfr is None else Interval.point(egfr),
        None if crcl is None else Interval.point(crcl),
    )


def _measured_conditions(
    vocabulary: Vocabulary,
    patient: Patient,
    got: _Gathered,
    values: dict[str, float],
    egfr: Interval | None,
) -> list[tuple[int, str]]:
    """Conditions that a measured value says by itself, each with the words for it."""
    said: list[tuple[str, str]] = []
    if egfr is not None:
        said += [(name, f"eGFR {egfr.low:g}") for name, bound in KIDNEY_STAGES
                 if egfr.inside(parse(bound)[0])]  # fmt: skip
    for test, bound, name in LAB_CONDITIONS:
        if test in values and Interval.point(values[test]).inside(parse(bound)[0]):
            said.append((name, f"{test} {values[test]:g}"))
    qtc = patient.qtc_ms
    # the lower limit of men holds unless the patient is known to be a woman
    if qtc is not None and qtc > (470 if patient.sex == "F" else 450):
        said.append(("prolonged QT interval", f"QTc {qtc:g} ms"))
    letters = {letter for letter, _ in got.child_pugh}
    for letter in sorted(letters | ({patient.child_pugh} if patient.child_pugh else set())):
        said.append(("hepatic impairment", f"Child-Pugh {letter}"))
        if letter == "C":
            said.append(("severe hepatic impairment", "Child-Pugh C"))
    nodes = ((vocabulary.named(name), text) for name, text in said)
    return [(node, text) for node, text in nodes if node is not None]


def _asked(patient: Patient) -> bool:
    age_fits = patient.age_years is None or Interval.point(patient.age_years).inside(CHILDBEARING)
    return patient.sex != "M" and age_fits


def _says(vocabulary: Vocabulary, got: _Gathered, name: str) -> bool:
    """True when an active entry names this state, or something that implies it."""
    wanted = vocabulary.named(name)
    return wanted is not None and any(
        active and any(place == wanted for place, _ in vocabulary.lineage(node))
        for node, _, active in got.direct
    )


def _pregnancy(
    patient: Patient, got: _Gathered, vocabulary: Vocabulary
) -> tuple[bool | None, bool]:
    status = patient.pregnancy.status if patient.pregnancy else "unknown"
    said = got.pregnant_by is not None or _says(vocabulary, got, "pregnancy")
    if said and patient.sex == "M":
        raise InputError(
            "diagnoses: a pregnancy contradicts sex 'M'; correct one of them", field="diagnoses"
        )
    if status == "pregnant" or said:
        return True, True
    if status in ("not_pregnant", "not_applicable") or patient.sex == "M":
        return False, patient.sex != "M" and status != "not_applicable"
    return (None, True) if _asked(patient) else (False, False)


def _lactation(
    patient: Patient, got: _Gathered, vocabulary: Vocabulary
) -> tuple[bool | None, bool]:
    if patient.breastfeeding or _says(vocabulary, got, "breastfeeding"):
        return True, True
    if patient.breastfeeding is False or patient.sex == "M":
        return False, patient.sex != "M"
    return (None, True) if _asked(patient) else (False, False)


_ECHOED = (
    "age_years", "sex", "weight_kg", "breastfeeding", "egfr_ml_min_1_73m2", "crcl_ml_min",
    "child_pugh", "qtc_ms",
)  # fmt: skip
_LISTS = ("diagnoses", "history", "symptoms", "current_drugs", "allergies", "labs", "genetics")


def _plain_facts(patient: Patient) -> list[Fact]:
    facts: list[Fact] = []
    for name in _ECHOED:
        value = getattr(patient, name)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        facts.append(Fact(name, value, "unknown" if value is None else "present"))
    status = patient.pregnancy.status if patient.pregnancy else "unknown"
    state = {"pregnant": "present", "unknown": "unknown"}.get(status, "absent")
    facts.append(Fact("pregnancy", None if status == "unknown" else status, state))
    for name in _LISTS:
        value = getattr(patient, name)
        if not value:
            facts.append(Fact(name, None, "unknown" if value is None else "absent"))
    return facts


def _missing(
    patient: Patient, facts: Iterable[Fact], pregnancy_asked: bool, lactation_asked: bool
) -> tuple[str, ...]:
    worked_out = {fact.field for fact in facts if fact.source == "derived"} & set(_ECHOED)
    missing = [name for name in (*_ECHOED, *_LISTS)
               if getattr(patient, name) is None and name not in worked_out]  # fmt: skip
    if not lactation_asked and "breastfeeding" in missing:
        missing.remove("breastfeeding")
    status = patient.pregnancy.status if patient.pregnancy else "unknown"
    if pregnancy_asked and status == "unknown":
        missing.append("pregnancy")
    short = {"egfr_ml_min_1_73m2": "egfr", "crcl_ml_min": "crcl", "qtc_ms": "qtc",
             "age_years": "age", "weight_kg": "weight"}  # fmt: skip
    return tuple(sorted(short.get(name, name) for name in missing))
