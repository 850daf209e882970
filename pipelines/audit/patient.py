"""Which patient a result is about, without saying who: a key for overrides to hold by."""

from graphrx.kg.linking.normalise import normalise
from graphrx.kg.model import digest
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.patient import Patient


def patient_key(snapshot: Snapshot, patient: Patient, facts: PatientFacts) -> str:
    """A hash of the patient's id and of everything that is known, however it is written.

    Another patient and another state of the patient have another key. Names count by what they
    mean, so that a brand or the other language makes no other patient. What the drugs are for does
    not count. Without an id, patients of whom the very same is known share a key: ``facts-…``.
    """

    def ids(nodes: tuple[int, ...]) -> list[str]:
        return sorted(snapshot.node(node).id for node in nodes)

    known = {
        (fact.field, fact.curie or normalise(str(fact.value)), fact.state)
        for fact in facts.facts
        if fact.source == "user" and fact.field != "target_disease"
    }
    text = digest(
        {
            "id": patient.id,
            "facts": sorted(known),
            "gestation": patient.pregnancy and patient.pregnancy.gestation_weeks,
            "allergies": sorted(
                (ids(one.nodes), one.severe, one.intolerance) for one in facts.allergies
            ),
            "drugs": sorted(
                (ids(one.match.nodes), str(one.route), str(one.stopped_days))
                for one in facts.current
            ),
            "doses": sorted(
                (str(drug.dose), str(drug.frequency)) for drug in patient.current_drugs or ()
            ),
        }
    )
    return f"{'facts' if patient.id is None else 'patient'}-{text[:32]}"
