"""The patient as the model reads it: graph nodes and two numbers, never free text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_SEX = {"F": "woman", "M": "man", "X": "person"}


@dataclass(frozen=True, slots=True)
class PatientContext:
    """What is known of a patient, as node indices of one snapshot.

    Attributes:
        age_years: None when unknown.
        sex: F, M, X or None when unknown.
        problems: diagnoses and history.
        symptoms: symptoms.
        drugs: current drugs.
        allergies: drugs or classes.
    """

    age_years: float | None = None
    sex: str | None = None
    problems: tuple[int, ...] = ()
    symptoms: tuple[int, ...] = ()
    drugs: tuple[int, ...] = ()
    allergies: tuple[int, ...] = ()

    def describe(self, names: Sequence[str]) -> str:
        """Return the patient in one English line, every name taken from the graph.

        Args:
            names: of all nodes, by index.
        """
        who = _SEX.get(self.sex or "", "person")
        if self.age_years is not None:
            years = int(self.age_years)
            who = f"{years}-year-old {who}"
        parts = [who]
        for word, nodes in (
            ("with", (*self.problems, *self.symptoms)),
            ("taking", self.drugs),
            ("allergic to", self.allergies),
        ):
            if nodes:
                parts.append(f"{word} " + " and ".join(names[i] for i in nodes))
        return ", ".join(parts)
