"""The usual doses of a drug, as a result shows them: informative, never a finding."""

from collections.abc import Sequence
from typing import Any

from graphrx.kg.formulary.doses import by_route, said, said_zh, whom
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.dose import usual_doses
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.rules import UsualDose
from graphrx.kg.verifier.verify import Verifier
from graphrx.pipelines.envelope import Json


def usual_json(verifier: Verifier, facts: PatientFacts, match: DrugMatch) -> list[Json]:
    """What the sources that the graph still has say of the usual dose for such a patient.

    Nothing for an entry of several drugs, or for a drug whose rules can't be read.
    """
    drug = verifier.rules_of(match.nodes[0]) if len(match.nodes) == 1 else None
    if drug is None:
        return []
    known = {source.id for source in verifier.snapshot.sources}
    rows = [row for row in usual_doses(drug, facts, match.route) if row.source in known]
    return [_row(verifier, row) for row in rows]


def _row(verifier: Verifier, row: UsualDose) -> Json:
    where, where_zh = whom(row.when, _condition(verifier, row.when.get("condition")))
    by, by_zh = by_route(row.routes)
    return {
        "dose": row.dose,
        "text": _joined((by, said(row.dose), f"({where})" if where else "")),
        "text_zh": _joined((by_zh, said_zh(row.dose), f"（{where_zh}）" if where_zh else "")),
        "source": row.source,
        "source_locator": row.at,
    }


def _condition(verifier: Verifier, reference: Any) -> tuple[str, str] | None:
    node = None if reference is None else verifier.knowledge.node_of(reference)
    if node is None:
        return None
    record = verifier.snapshot.node(node)
    return record.name, record.name_zh or record.name


def _joined(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word)
