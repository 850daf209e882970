"""The closed patient: everything the rules may ask for, worked out once.

A patient file is resolved against the graph and closed upward (a diagnosis brings its
``subclass_of`` ancestors), so that a rule is one set look-up. Derived facts name their rule.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from graphrx.kg.linking.dosage import Dosage
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.interval import Interval


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of the patient echo."""

    field: str
    value: Any
    state: str
    source: str = "user"
    curie: str | None = None


@dataclass(frozen=True, slots=True)
class Unrecognised:
    """A text that nothing in the graph or in ICD-10-CM knows, and what may have been meant."""

    text: str
    field: str
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A condition that the patient has.

    :param text: the entry that says so.
    :param active: False when only the history says so.
    :param path: condition nodes from the one named to this one.
    """

    text: str
    active: bool
    path: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """A kidney measure: the value if known, and the bounds that conditions imply."""

    value: Interval | None = None
    implied: tuple[tuple[Interval, str], ...] = ()


@dataclass(frozen=True, slots=True)
class CurrentEntry:
    """A drug of the patient's list; ``stopped_days`` is None while it is taken.

    :param dosage: dose and frequency, from the fields or from the name; None where none is said.
    :param field: where the dose stands in the patient file.
    """

    text: str
    match: DrugMatch
    route: str | None
    stopped_days: int | None
    dosage: Dosage | None = None
    field: str = "current_drugs"


@dataclass(frozen=True, slots=True)
class AllergyEntry:
    """A resolved allergy: nodes (drug, class or other allergen), severity, reaction."""

    text: str
    nodes: tuple[int, ...]
    severe: bool
    intolerance: bool
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PatientFacts:
    """The closed patient. None is unknown throughout; see :class:`Patient` for units.

    :param pregnant: True, False, or None where it is not known.
    :param pregnancy_asked: pregnancy matters for this sex and age, or is stated.
    :param conditions: condition node → how the patient comes to have it.
    :param raised: condition node → entry that raises the question whether the patient has it.
    :param unknown_conditions: entries of diagnoses, history and symptoms that nothing knows.
    """

    age: Interval | None = None
    sex: str | None = None
    weight: Interval | None = None
    pregnant: bool | None = None
    pregnancy_asked: bool = True
    gestation: Interval | None = None
    breastfeeding: bool | None = None
    lactation_asked: bool = True
    egfr: Measure = Measure()
    crcl: Measure = Measure()
    child_pugh: str | None = None
    child_pugh_implied: tuple[tuple[frozenset[str], str], ...] = ()
    qtc: Interval | None = None
    labs: Mapping[str, Interval] = field(default_factory=dict)
    conditions: Mapping[int, Hit] = field(default_factory=dict)
    conditions_known: bool = False
    raised: Mapping[int, str] = field(default_factory=dict)
    unknown_conditions: tuple[Unrecognised, ...] = ()
    unknown_genetics: tuple[Unrecognised, ...] = ()
    current: tuple[CurrentEntry, ...] = ()
    current_known: bool = False
    allergies: tuple[AllergyEntry, ...] = ()
    allergies_known: bool = False
    facts: tuple[Fact, ...] = ()
    missing: tuple[str, ...] = ()
    unrecognised: tuple[Unrecognised, ...] = ()
