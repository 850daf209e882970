"""Patient and draft orders of a Bundle, for suggestions that refer to them."""

from typing import Any

from graphrx.kg.linking.resolve import Resolver
from graphrx.pipelines.cards.suggestions import Orders
from graphrx.pipelines.fhir.concepts import drugs
from graphrx.pipelines.fhir.elements import Element


def orders_of(data: Any, resolver: Resolver) -> Orders:
    """Orders of a Bundle that was read before; none of any other patient.

    A draft is named by the generic name of the one drug that it orders.
    """
    if not isinstance(data, dict) or data.get("resourceType") != "Bundle":
        return Orders()
    subject, drafts = None, {}
    for entry in Element(data, "Bundle").parts("entry"):
        one = entry.part("resource")
        own = one.text("id") if one else None
        if one is None or own is None:
            continue
        kind = one.text("resourceType")
        if kind == "Patient":
            subject = f"Patient/{own}"
        elif kind == "MedicationRequest" and one.text("status") == "draft":
            for name in drugs(resolver, one.part("medicationCodeableConcept")):
                nodes = resolver.drug(name).nodes
                if len(nodes) == 1:
                    drafts[resolver.snapshot.name(nodes[0])] = f"MedicationRequest/{own}"
    return Orders(subject, drafts)
