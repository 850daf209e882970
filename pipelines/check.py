"""``check``: verify a list of drugs that are meant to be given together."""

from collections.abc import Sequence
from typing import Any

from graphrx.kg.errors import InputError, UsageError
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.review import review
from graphrx.pipelines.alternatives import alternatives
from graphrx.pipelines.envelope import Json
from graphrx.pipelines.given import understand
from graphrx.pipelines.result import check_json
from graphrx.pipelines.session import Session
from graphrx.pipelines.usual import usual_json

MAX_NAME = 1000


def check(session: Session, patient: Any, drugs: Sequence[Any]) -> Json:
    """Verify drugs for a patient.

    :param patient: the patient as JSON values: by the patient schema, or a FHIR R4 Bundle.
    :param drugs: drug names as typed.
    :returns: a result by the result schema.
    :raises InputError: when patient or list are not as the contract says.
    """
    if not isinstance(drugs, list | tuple):
        raise InputError('drugs: not a list; write ["aspirin", …]', field="drugs")
    if not drugs:
        raise UsageError("no drugs to check; name at least one after the patient file")
    for place, name in enumerate(drugs):
        if not isinstance(name, str) or not name.strip() or len(name) > MAX_NAME:
            shown = repr(name)[:60]
            raise InputError(
                f"drugs.{place}: {shown} is not a drug name; write a text", field=f"drugs.{place}"
            )
    given = understand(patient, session.verifier.resolver)
    known = given.patient
    verifier = session.verifier
    facts = verifier.close(known)
    matches = [verifier.resolver.drug(name) for name in drugs]
    found = review(verifier, facts, matches)
    parts = [ingredients(session, match) for match in matches]
    besides = {part for own in parts for part in own}
    besides |= {
        part
        for entry in facts.current
        for node in entry.match.nodes
        for part in verifier.resolver.ingredients(node)
    }
    kept = [matches[place] for place in found.plan.kept]
    instead = {
        place: alternatives(verifier, facts, matches[place], kept, besides)
        for place in found.plan.removed
        if matches[place].resolved
    }
    usual = [usual_json(verifier, facts, match) for match in matches]
    result = check_json(
        session.snapshot, given, facts, found, parts, usual, instead, session.policy
    )
    return result | {"overrides": session.overrides.of(result)}


def ingredients(session: Session, match: DrugMatch) -> list[int]:
    """Ingredient nodes of a resolved entry."""
    resolver = session.verifier.resolver
    return sorted({part for node in match.nodes for part in resolver.ingredients(node)})
