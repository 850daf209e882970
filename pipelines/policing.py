"""A verifier under a site's policy: the same findings, some of them softened or hardened.

The policy works on each finding before any verdict, plan or regimen is made of it, so these agree
with what is shown. It adds no finding and removes none.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from graphrx.kg.errors import InputError
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.linking.suggest import suggest
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.dose import DoseCheck
from graphrx.kg.verifier.facts import CurrentEntry, PatientFacts
from graphrx.kg.verifier.verdict import DrugVerdict, Finding, Words, in_order, worst
from graphrx.kg.verifier.verify import Verifier
from graphrx.pipelines.policy import SOFTENED, Harden, Policy, Soften

_DRUGS = ("Drug", "DrugClass")
_OF_DRUGS = frozenset({"drug_drug", "duplicate", "washout"})
_UPWARD = ("member_of", "has_ingredient", "subclass_of")


class PolicedVerifier(Verifier):
    """A verifier whose findings a policy has gone through."""

    def __init__(self, snapshot: Snapshot, policy: Policy) -> None:
        """Resolve the names of the policy.

        :raises InputError: for a name that the graph does not know, or knows twice.
        """
        super().__init__(snapshot)
        self.rulebook = Rulebook(snapshot, policy)

    def current_doses(self, facts: PatientFacts, entry: CurrentEntry) -> list[DoseCheck]:
        """Dose checks of a drug that the patient takes, under the policy."""
        return [
            replace(check, findings=tuple(map(self.rulebook.apply, check.findings)))
            for check in super().current_doses(facts, entry)
        ]

    def verdict(
        self, facts: PatientFacts, match: DrugMatch, mates: Iterable[DrugMatch] = ()
    ) -> DrugVerdict:
        """The verdict that the findings give under the policy."""
        found = super().verdict(facts, match, mates)
        findings = in_order(map(self.rulebook.apply, found.findings))
        return replace(found, findings=findings, verdict=worst(one.effect for one in findings))

    def pair_findings(
        self, facts: PatientFacts, first: DrugMatch, second: DrugMatch
    ) -> list[Finding]:
        """Findings of a pair under the policy."""
        return [self.rulebook.apply(one) for one in super().pair_findings(facts, first, second)]


@dataclass(frozen=True, slots=True)
class _Rule:
    """A row with its names resolved; None for any."""

    row: Soften | Harden
    subject: int | None
    object: int | None


class Rulebook:
    """A policy on one graph."""

    def __init__(self, snapshot: Snapshot, policy: Policy) -> None:
        """Resolve every name.

        :raises InputError: for a name that the graph does not know, or knows twice.
        """
        self.snapshot = snapshot
        self.name = policy.name
        self._above = cache(self._closed)
        # where both speak of a finding, the cautious row is heard
        self.rules = tuple(
            self._compiled(f"{part} row {place}", row)
            for part, rows in (("harden", policy.harden), ("soften", policy.soften))
            for place, row in enumerate(cast("tuple[Soften | Harden, ...]", rows), start=1)
        )

    def apply(self, finding: Finding) -> Finding:
        """The finding under the policy; a block or an open question keeps its effect."""
        for rule in self.rules:
            if self._matches(rule, finding):
                changed = self._changed(rule.row, finding)
                if changed is not None:
                    return changed
        return finding

    def _changed(self, row: Soften | Harden, finding: Finding) -> Finding | None:
        if isinstance(row, Harden):
            return self._hardened(row, finding)
        if finding.effect in ("block", "unverified"):
            words = (
                "a block stays a block" if finding.effect == "block" else "an open question stays"
            )
            words_zh = "禁用不可降级" if finding.effect == "block" else "待确认事项不可降级"
            return self._marked(
                finding,
                f"not softened by policy {self.name}: {words}",
                f"院内规则“{self.name}”不适用：{words_zh}",
            )
        if finding.effect != "warn":
            return None
        softer = replace(finding, shown="quiet", effect="info" if row.to == "info" else "warn")
        return self._marked(
            softer,
            f"{SOFTENED} {self.name}: {row.reason}",
            f"已按院内规则“{self.name}”降级：{row.reason}",
        )

    def _hardened(self, row: Harden, finding: Finding) -> Finding | None:
        if finding.effect in ("block", "unverified"):
            return None
        # what is not decided can warn louder, but is no block
        blocks = row.to == "block" and finding.question is None
        harder = replace(finding, shown="interruptive", effect="block" if blocks else "warn")
        return self._marked(
            harder,
            f"hardened by policy {self.name}: {row.reason}",
            f"已按院内规则“{self.name}”升级：{row.reason}",
        )

    @staticmethod
    def _marked(finding: Finding, words: str, words_zh: str) -> Finding:
        """The finding with a remark, once."""
        remark = Words(words, words_zh)
        if remark in finding.modifiers:
            return finding
        return replace(finding, modifiers=(*finding.modifiers, remark))

    # -- matching ------------------------------------------------------------------------------

    def _matches(self, rule: _Rule, finding: Finding) -> bool:
        row = rule.row
        if (row.kind, row.level) != (finding.kind, finding.level):
            return False
        ends = [(rule.subject, finding.subject), (rule.object, finding.object)]
        if self._all(ends):
            return True
        swapped = [(rule.subject, finding.object), (rule.object, finding.subject)]
        return finding.kind in _OF_DRUGS and self._all(swapped)

    def _all(self, ends: Iterable[tuple[int | None, str]]) -> bool:
        return all(node is None or node in self._above(name) for node, name in ends)

    def _closed(self, name: str) -> frozenset[int]:
        """The nodes of this name, their classes, ingredients and wider conditions."""
        nodes = [
            node
            for node, _ in self.snapshot.lookup(normalise(name))
            if self.snapshot.name(node) == name
        ]
        for node in nodes:
            for predicate in _UPWARD:
                above = (
                    self.snapshot.edge(edge).object for edge in self.snapshot.out(node, predicate)
                )
                nodes.extend(place for place in above if place not in nodes)
        return frozenset(nodes)

    def _compiled(self, place: str, row: Soften | Harden) -> _Rule:
        objects = _DRUGS if row.kind in _OF_DRUGS else (*_DRUGS, "Disease", "PhenotypicFeature")
        return _Rule(
            row,
            None if row.subject is None else self._node(place, "subject", row.subject, _DRUGS),
            None if row.object is None else self._node(place, "object", row.object, objects),
        )

    def _node(self, place: str, key: str, text: str, categories: tuple[str, ...]) -> int:
        snapshot = self.snapshot
        index = snapshot.index(text)
        found = [index] if index is not None else []
        found = found or list(dict.fromkeys(n for n, _ in snapshot.lookup(normalise(text))))
        found = [node for node in found if snapshot.category(node) in categories]
        own = [n for n in found if normalise(snapshot.name(n)) == normalise(text)]
        if len(own or found) == 1:
            return (own or found)[0]
        where = f"policy {self.name}: {place} {key} '{text}'"
        if found:
            names = ", ".join(f"{snapshot.name(n)} ({snapshot.node(n).id})" for n in found)
            raise InputError(f"{where} is the name of several things; write one of {names}")
        near = suggest(snapshot, text, categories)
        hint = f"did you mean {', '.join(near)}?" if near else "use a name of the graph"
        raise InputError(f"{where} is not known; {hint}")
