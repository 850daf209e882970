"""Candidates of a recommendation: the graph's and the model's, each with its origin."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from graphrx.kg.indication import NOT_FOUND, Indication
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.verdict import ORDER, DrugVerdict, Finding, in_order, worst

if TYPE_CHECKING:
    from graphrx.fusion.generate import PromptNode, Question


def interrupts(finding: Finding) -> bool:
    """True for a finding that stops the reader; a block always does."""
    return finding.tier == "interruptive" and finding.effect != "info"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A drug that may be recommended, judged.

    :param score: the model's score (log probability), higher is better.
    """

    node: int
    match: DrugMatch
    origin: tuple[str, ...]
    indication: Indication
    verdict: DrugVerdict
    score: float
    explanation: "tuple[PromptNode, ...]" = ()

    @property
    def interruptive(self) -> bool:
        """True when some finding interrupts: it then stands aside while another can be had."""
        return any(interrupts(finding) for finding in self.verdict.findings)

    @property
    def order(self) -> tuple[int, bool, tuple[int, int], int, float, str]:
        """Support by the graph, quiet before interruptive, line, verdict, then the model."""
        unsupported = 1 if self.indication.state == "not_found" else 0
        verdict = ORDER[self.verdict.verdict]
        name = self.match.text
        return (unsupported, self.interruptive, self.indication.rank, verdict, -self.score, name)


def judged(
    match: DrugMatch, name: str, verdict: DrugVerdict, indication: Indication | None,
    origin: Sequence[str], score: float, target: str,
) -> Candidate:  # fmt: skip
    """A candidate; one without indication evidence is at most unverified.

    :param match: the entry of one drug; ``name``: its preferred name.
    """
    supported = indication if indication is not None else NOT_FOUND
    if supported.state == "not_found":
        finding = Finding(
            kind="indication", level="unknown", effect="unverified", subject=name, object=target,
            notes={
                "reason": f"The graph has no evidence that it treats {target}",
                "reason_zh": f"图谱中没有其治疗“{target}”的证据",
            },
        )  # fmt: skip
        findings = in_order((*verdict.findings, finding))
        verdict = replace(verdict, findings=findings, verdict=worst(f.effect for f in findings))
    elif any(f.kind == "drug_disease" and f.effect == "block" and f.object == target
             for f in verdict.findings):  # fmt: skip
        supported = replace(supported, state="contradicted")
    return Candidate(match.nodes[0], match, tuple(sorted(origin)), supported, verdict, score)


def ask_model(
    question: "Question", verdict_of: Callable[[int], DrugVerdict], top: int
) -> tuple[list[str], list[int]]:
    """The model's own list, refilled until ``top`` of it stand or nothing is left.

    :param verdict_of: drug node → verdict; a blocked drug does not stand.
    :returns: names as generated, and their nodes, in the order of generation.
    """
    names: list[str] = []
    nodes: list[int] = []
    standing = 0
    for _ in range(4):
        generated = question.generate(top - standing, exclude=nodes)
        fresh = [pair for pair in zip(generated.names, generated.nodes, strict=True)
                 if pair[1] not in nodes]  # fmt: skip
        if not fresh:
            break
        for name, node in fresh:
            names.append(name)
            nodes.append(node)
            standing += verdict_of(node).verdict != "block"
        if standing >= top:
            break
    return names, nodes
