"""What could be given in place of a drug that has to go: by the graph, for the same indication."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from graphrx.kg.indication import Indication, indications
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.verdict import ORDER, DrugVerdict
from graphrx.kg.verifier.verify import Verifier

TOP: Final = 3
"""Alternatives offered for each drug."""


@dataclass(frozen=True, slots=True)
class Alternative:
    """A drug that stands where another had to go.

    :param target: the patient's condition that both treat.
    """

    node: int
    target: int
    indication: Indication
    verdict: DrugVerdict

    def order(self, snapshot: Snapshot) -> tuple[bool, tuple[int, int], int, str]:
        """Quiet before interruptive, line of treatment, verdict, name."""
        loud = any(f.tier == "interruptive" for f in self.verdict.findings)
        rank = ORDER[self.verdict.verdict]
        return loud, self.indication.rank, rank, snapshot.name(self.node)


def alternatives(
    verifier: Verifier,
    facts: PatientFacts,
    removed: DrugMatch,
    kept: Sequence[DrugMatch],
    besides: Collection[int],
) -> list[Alternative]:
    """Drugs for a condition that the patient has and the removed drug is for, that may be given.

    None where the graph doesn't know what the drug was for in this patient. Each is judged with
    the drugs that are kept.

    :param besides: ingredient nodes that are listed or taken already and are not offered.
    """
    snapshot = verifier.snapshot
    best: dict[int, Alternative] = {}
    for condition in sorted(node for node, hit in facts.conditions.items() if hit.path == (node,)):
        known = _treating(snapshot, condition)
        purposes = {known[node].purpose for node in removed.nodes if node in known}
        for node, indication in known.items():
            taken = verifier.resolver.ingredients(node)
            if indication.purpose not in purposes or any(part in besides for part in taken):
                continue
            match = DrugMatch(snapshot.name(node), (node,), "exact")
            verdict = verifier.verdict(facts, match, kept)
            if verdict.verdict in ("block", "unverified"):
                continue
            one = Alternative(node, condition, indication, verdict)
            if node not in best or one.order(snapshot) < best[node].order(snapshot):
                best[node] = one
    return sorted(best.values(), key=lambda one: one.order(snapshot))[:TOP]


@lru_cache(maxsize=1024)
def _treating(snapshot: Snapshot, condition: int) -> Mapping[int, Indication]:
    return indications(snapshot, [condition])
