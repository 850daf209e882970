"""What resolving a name gives: the node, and why it was taken for it."""

from dataclasses import dataclass, field
from typing import Literal

from graphrx.kg.linking.dosage import NOTHING, Dosage, Parts, settle

Resolution = Literal["exact", "brand", "synonym", "fuzzy_confirmed", "ambiguous", "unknown"]


@dataclass(frozen=True, slots=True)
class DrugMatch:
    """A drug entry and the nodes that it names.

    :param text: as typed.
    :param nodes: drug node indices; several for a combination that the graph has no node of,
        none where the name is unknown or ambiguous.
    :param resolution: how the name was understood.
    :param route: route that the entry's form implies ("gel" → topical), or None.
    :param suggestions: names that might have been meant; a question, never an answer.
    :param order: what the entry says of dose and frequency.
    """

    text: str
    nodes: tuple[int, ...]
    resolution: Resolution
    route: str | None = None
    suggestions: tuple[str, ...] = ()
    order: Parts = NOTHING

    @property
    def dosage(self) -> Dosage | None:
        """Dose and frequency of the entry; None where it says no dose."""
        return settle(self.order)

    @property
    def resolved(self) -> bool:
        """True when the entry names one drug, or one combination, of the graph."""
        return bool(self.nodes)


@dataclass(frozen=True, slots=True)
class ConditionMatch:
    """A diagnosis, symptom or history entry and the node that it names.

    :param nodes: condition node indices, narrowest meaning first; empty where the condition is
        recognised by ICD-10-CM only, or not at all.
    :param recognised: False where nothing knows the phrase.
    :param icd10: ICD-10-CM code, where the name was found there.
    :param status: ``active``, ``past``, ``family`` or ``absent``.
    :param grades: qualifiers that the node does not already say.
    :param cause: drug or class node indices named as the cause ("angioedema due to …").
    :param pregnant: the phrase says that the patient is pregnant.
    """

    text: str
    nodes: tuple[int, ...]
    recognised: bool
    icd10: str | None = None
    status: str = "active"
    grades: dict[str, str] = field(default_factory=dict)
    cause: tuple[int, ...] = ()
    pregnant: bool = False
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllergenMatch:
    """An allergy entry: the drug, class or other allergen that it names.

    :param nodes: node indices (Drug, DrugClass, or an allergen); empty where unknown.
    :param reaction: the reaction written with it, or None.
    :param none_known: the entry says that there is no allergy ("NKDA", "无").
    """

    text: str
    nodes: tuple[int, ...]
    reaction: str | None = None
    none_known: bool = False
    suggestions: tuple[str, ...] = ()
