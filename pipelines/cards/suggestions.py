"""What a card offers to do: take an order back, or propose another drug in its place."""

import uuid
from dataclasses import dataclass, field
from typing import Any, Final

Json = dict[str, Any]

NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "urn:graphrx:card")
ATC: Final = "http://www.whocc.no/atc"


@dataclass(frozen=True)
class Orders:
    """What is known of the orders that are checked.

    :param subject: reference to the patient, such as ``Patient/7``.
    :param drafts: drug as the result names it → reference to its draft order.
    """

    subject: str | None = None
    drafts: dict[str, str] = field(default_factory=dict)


def identity(*parts: str) -> str:
    """A UUID that is the same for the same parts."""
    return str(uuid.uuid5(NAMESPACE, "\n".join(parts)))


def proposal(drug: str, curies: list[str], orders: Orders, target: str | None) -> Json:
    """A MedicationRequest that proposes a drug; dose and route are the prescriber's."""
    codes = [one.removeprefix("ATC:") for one in curies if one.startswith("ATC:")]
    concept: Json = {"text": drug}
    if len(codes) == 1:
        concept["coding"] = [{"system": ATC, "code": codes[0]}]
    subject = {"reference": orders.subject} if orders.subject else {"display": "the patient"}
    request: Json = {
        "resourceType": "MedicationRequest", "status": "draft", "intent": "proposal",
        "medicationCodeableConcept": concept, "subject": subject,
    }  # fmt: skip
    return request | ({"reasonCode": [{"text": target}]} if target else {})


def create(drug: str, request: Json) -> Json:
    """The action that proposes a drug."""
    return {"type": "create", "description": f"Propose {drug}", "resource": request}


def remove(drug: str, orders: Orders) -> list[Json]:
    """The action that takes back the draft order of a drug; none where there is no draft."""
    draft = orders.drafts.get(drug)
    if draft is None:
        return []
    return [{"type": "delete", "description": f"Remove the order of {drug}", "resourceId": draft}]


def suggestion(label: str, actions: list[Json], *parts: str) -> Json:
    """A suggestion with an identity of its own."""
    return {"label": label, "uuid": identity("suggestion", label, *parts), "actions": actions}


def instead_of(result: Json, drugs: list[str], orders: Orders) -> list[Json]:
    """For each drug of a card that the plan takes out: remove it, or replace it."""
    found = []
    for gone in result["plan"]["removed"]:
        drug = gone["drug"]
        if drug not in drugs:
            continue
        taken = remove(drug, orders)
        if taken:
            found.append(suggestion(f"Remove {drug}", taken, result["run_id"]))
        for one in gone.get("alternatives", []):
            request = proposal(one["drug"], [], orders, one["for"])
            label = f"{one['drug']} instead of {drug} ({one['verdict']})"
            actions = [*taken, create(one["drug"], request)]
            found.append(suggestion(label, actions, result["run_id"]))
    return found
