"""A whole list: every drug alone, every pair, and the best subset that can be given together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import combinations

from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.plan import best_subset
from graphrx.kg.verifier.verdict import DrugVerdict, Finding, Verdict, Words, in_order, worst
from graphrx.kg.verifier.verify import Verifier

_QUALITY = {"pass": 3, "warn": 2, "unverified": 1, "block": 0}
PRE_EXISTING = Words("pre-existing: both are current drugs", "已存在：二者均为当前用药")
OWN_DOSE = Words("pre-existing: the dose of a current drug", "已存在：当前用药的剂量")


@dataclass(frozen=True, slots=True)
class Item:
    """A drug of the list with its verdict, findings of pairs included."""

    match: DrugMatch
    verdict: DrugVerdict


@dataclass(frozen=True, slots=True)
class Plan:
    """What can be kept together.

    :param kept: positions in the list.
    :param removed: position → findings because of which it had to go.
    :param ties: number of subsets that are as good as the one kept.
    """

    kept: tuple[int, ...]
    removed: Mapping[int, tuple[Finding, ...]]
    ties: int = 1


@dataclass(frozen=True, slots=True)
class Review:
    """The answer to ``check``: items in the order given, pair findings, plan, status."""

    items: tuple[Item, ...]
    pairs: tuple[Finding, ...]
    plan: Plan
    status: Verdict
    coverage: Mapping[str, str] = field(default_factory=dict)


def review(verifier: Verifier, facts: PatientFacts, matches: Sequence[DrugMatch]) -> Review:
    """Check a list of drugs that are meant to be given together.

    A drug's own verdict is for the patient and the current drugs. Of two drugs of the list that
    must not be combined, the one that the best subset drops is blocked.

    :raises InputError: for more than 60 drugs.
    """
    alone = [verifier.verdict(facts, match) for match in matches]
    between: dict[tuple[int, int], list[Finding]] = {}
    conflicts: dict[int, set[int]] = {}
    for i, j in combinations(range(len(matches)), 2):
        found = verifier.pair_findings(facts, matches[i], matches[j])
        if found:
            between[i, j] = found
        if any(finding.effect == "block" for finding in found):
            conflicts.setdefault(i, set()).add(j)
            conflicts.setdefault(j, set()).add(i)
    weights = [
        1000 + _QUALITY[verdict.verdict] if match.resolved and verdict.verdict != "block" else 0
        for match, verdict in zip(matches, alone, strict=True)
    ]
    subset = best_subset(*_by_name(matches, weights, conflicts))
    order = _order(matches)
    kept = tuple(sorted(order[place] for place in subset.kept))
    items, removed = [], {}
    for i, (match, verdict) in enumerate(zip(matches, alone, strict=True)):
        shared = _shared(i, between, kept)
        whole = _with_pairs(verdict, shared)
        items.append(Item(match, whole))
        if i not in kept:
            reasons = tuple(f for f in whole.findings if f.effect == "block")
            removed[i] = reasons or tuple(f for f in whole.findings if f.kind == "unknown_drug")
    pairs = [finding for found in between.values() for finding in found]
    pairs.extend(_pre_existing(verifier, facts))
    status = worst(item.verdict.verdict for item in items)
    return Review(
        tuple(items),
        in_order(pairs),
        Plan(kept, removed, subset.ties),
        status,
        coverage_of(items),
    )


def _order(matches: Sequence[DrugMatch]) -> list[int]:
    """Positions in the order of what the entries mean, so that input order changes nothing."""
    return sorted(range(len(matches)), key=lambda i: (matches[i].nodes, matches[i].text, i))


def _by_name(
    matches: Sequence[DrugMatch], weights: Sequence[int], conflicts: Mapping[int, set[int]]
) -> tuple[list[int], dict[int, list[int]]]:
    order = _order(matches)
    place = {i: k for k, i in enumerate(order)}
    return (
        [weights[i] for i in order],
        {place[i]: sorted(place[j] for j in others) for i, others in conflicts.items()},
    )


def _shared(
    i: int, between: Mapping[tuple[int, int], list[Finding]], kept: tuple[int, ...]
) -> list[Finding]:
    """Pair findings that belong to drug i: of a forbidden pair, the one that goes bears it."""
    found: list[Finding] = []
    for (a, b), findings in between.items():
        if i not in (a, b):
            continue
        forbidden = any(finding.effect == "block" for finding in findings)
        if not (forbidden and i in kept):
            found.extend(findings)
    return found


def _with_pairs(verdict: DrugVerdict, shared: Sequence[Finding]) -> DrugVerdict:
    if not shared:
        return verdict
    findings = in_order((*verdict.findings, *shared))
    checks = dict(verdict.checks)
    for finding in shared:
        # a decided match is never taken back by another finding of the check that is still open
        if checks.get(finding.kind, "match") != "match":
            checks[finding.kind] = "match" if finding.question is None else "input_missing"
    return replace(
        verdict, findings=findings, checks=checks, verdict=worst(f.effect for f in findings)
    )


def _pre_existing(verifier: Verifier, facts: PatientFacts) -> list[Finding]:
    """Conflicts among the current drugs and doses above a limit: reported, never solved here."""
    taken = [entry.match for entry in facts.current if entry.stopped_days is None]
    found = [
        replace(finding, effect="info", modifiers=(*finding.modifiers, OWN_DOSE))
        for entry in facts.current
        for check in verifier.current_doses(facts, entry)
        for finding in check.findings
        if finding.level != "unknown"
    ]
    for first, second in combinations([match for match in taken if match.resolved], 2):
        found.extend(
            replace(finding, effect="info", modifiers=(*finding.modifiers, PRE_EXISTING))
            for finding in verifier.pair_findings(facts, first, second)
        )
    return found


def coverage_of(items: Sequence[Item]) -> dict[str, str]:
    """State of each check for the whole request: complete, partial, not_run, not_applicable."""
    states: dict[str, set[str]] = {}
    for item in items:
        for check, state in item.verdict.checks.items():
            states.setdefault(check, set()).add(state)
    summary: dict[str, str] = {}
    for check, seen in states.items():
        if seen <= {"not_applicable"}:
            summary[check] = "not_applicable"
        elif seen <= {"match", "no_match", "not_applicable"}:
            summary[check] = "complete"
        elif seen <= {"no_data"}:
            summary[check] = "not_run"
        else:
            summary[check] = "partial"
    return summary
