"""A patient as given: by the patient contract, or as a FHIR R4 Bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from graphrx.kg.linking.resolve import Resolver
from graphrx.kg.verifier.patient import Patient, parse_patient

Json = dict[str, Any]

_LISTS: Final = ("Condition", "AllergyIntolerance", "Medication", "Patient")


@dataclass(frozen=True, slots=True)
class Given:
    """A patient as given: validated, with what of a FHIR bundle was not read.

    :param source: ``user`` for the patient contract, ``fhir`` for a Bundle.
    """

    patient: Patient
    source: str = "user"
    unread: tuple[str, ...] = ()


def understand(data: Any, resolver: Resolver) -> Given:
    """Take a patient by the patient contract, as a FHIR R4 Bundle, or as understood before.

    :param resolver: names of the graph, to tell which code of a FHIR concept it knows.
    :raises InputError: when it is neither.
    """
    if isinstance(data, Given):
        return data
    if isinstance(data, dict) and "resourceType" in data:
        from graphrx.pipelines.fhir.bundle import from_bundle  # a patient file needs none of it

        patient, unread = from_bundle(data, resolver)
        return Given(parse_patient(patient), "fhir", unread)
    return Given(parse_patient(data))


def shortened(unrecognised: Sequence[Json], most: int = 6) -> list[Json]:
    """Entries as a screen has room for: of what a Bundle held, remarks and lists come first.

    :param unrecognised: of a result's ``patient_echo``.
    """
    ours = [one for one in unrecognised if one["field"] != "fhir"]
    fhir = sorted((one for one in unrecognised if one["field"] == "fhir"),
                  key=lambda one: (one["text"].endswith("not read)"),
                                   not one["text"].startswith(_LISTS), one["text"]))  # fmt: skip
    rest = len(fhir) - most
    more = {"text": f"… {rest} more: --full", "field": "fhir", "suggestions": []}
    return [*ours, *fhir[:most], *([more] if rest > 0 else [])]
