"""Rules about the patient: disease, kidney, liver, age, pregnancy, lactation, QT, labs, genes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.ask import ask, ask_grade, ask_meant
from graphrx.kg.verifier.facts import Hit, PatientFacts
from graphrx.kg.verifier.rules import SEVERITY, DrugRules, Rule
from graphrx.kg.verifier.verdict import (
    CheckState,
    Finding,
    Path,
    Question,
    Words,
    also_said,
    effect_of,
    undecided_effect,
)
from graphrx.kg.verifier.when import NO, Answer, evaluate

KINDS = ("drug_disease", "renal", "hepatic", "age", "pregnancy", "lactation", "qt", "lab",
         "pharmacogenomic")  # fmt: skip
"""The checks about the patient, dose aside; each is the kind of its findings."""
CONDITION_LED = frozenset({"lab", "pharmacogenomic", "qt"})
"""Checks whose rule also holds for a patient who is said to have its condition."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """A rule that holds for the patient, or may hold (None) and what would settle it."""

    rule: Rule
    holds: bool | None
    modifiers: tuple[Words, ...]
    question: Question | None
    hit: Hit | None = None


def check_patient(
    snapshot: Snapshot, drug: DrugRules, facts: PatientFacts, route: str | None
) -> tuple[list[Finding], dict[str, CheckState]]:
    """Findings of every rule about the patient, and the state of each check."""
    outcomes: list[Outcome] = []
    states: dict[str, CheckState] = dict.fromkeys(KINDS, "no_match")
    if not facts.pregnancy_asked:
        states["pregnancy"] = "not_applicable"
    if not facts.lactation_asked:
        states["lactation"] = "not_applicable"
    outcomes.extend(_disease(snapshot, drug, facts, route))
    for check, rules in drug.others.items():
        if states.get(check) != "not_applicable":
            outcomes.extend(
                found
                for rule in rules
                if (found := _other(snapshot, rule, facts, route)) is not None
            )
    findings = _grouped(snapshot, drug, outcomes, states)
    findings.extend(_unknown_lists(drug, facts, states))
    return findings, states


def _disease(
    snapshot: Snapshot, drug: DrugRules, facts: PatientFacts, route: str | None
) -> Iterable[Outcome]:
    for tail in drug.disease.keys() & facts.conditions.keys():
        hit = facts.conditions[tail]
        for rule in drug.disease[tail]:
            if rule.active and not hit.active:
                continue
            found = _tested(rule, facts, route, hit)
            if found is not None:
                yield found
    for tail in drug.disease.keys() & facts.raised.keys():
        for rule in drug.disease[tail]:
            found = _tested(rule, facts, route, None)
            if found is not None:
                question = _grade_question(snapshot, tail, facts.raised[tail])
                yield Outcome(rule, None, found.modifiers, question)


def _grade_question(snapshot: Snapshot, tail: int, parent: str) -> Question:
    refines = tuple(sorted(snapshot.node(tail).attributes.get("refines") or {}))
    return ask_grade(parent, parent, refines)


def _tested(rule: Rule, facts: PatientFacts, route: str | None, hit: Hit | None) -> Outcome | None:
    if excepted(rule, facts, route):
        return None
    answer = evaluate(rule.tests, facts, route)
    if answer.holds is False:
        return None
    return Outcome(rule, answer.holds, answer.modifiers, answer.question, hit)


def excepted(rule: Rule, facts: PatientFacts, route: str | None) -> bool:
    """True when a listed exception of the rule holds: a condition of the patient, or the route."""
    if any(node in facts.conditions for node in rule.unless):
        return True
    return route is not None and route in rule.unless_routes


def _other(
    snapshot: Snapshot, rule: Rule, facts: PatientFacts, route: str | None
) -> Outcome | None:
    hit = facts.conditions.get(rule.tail)
    if excepted(rule, facts, route):
        return None
    if rule.check in CONDITION_LED and hit is not None and (hit.active or not rule.active):
        # said of the patient ("hyperkalaemia"): the rule's own limit is met or not known
        answer = evaluate(rule.tests, facts, route) if _measured(rule, facts) else Answer(True)
    elif rule.check in CONDITION_LED and not rule.tests:
        answer = NO
    else:
        answer = evaluate(rule.tests, facts, route)
        if rule.check in ("hepatic", "renal") and not rule.tests:
            answer = Answer(True) if hit is not None else _any_impairment(rule, facts)
    answer = _stated(rule.check, facts, answer)
    if answer.holds is False:
        return None
    return Outcome(rule, answer.holds, answer.modifiers, answer.question, hit)


def _measured(rule: Rule, facts: PatientFacts) -> bool:
    if rule.check == "qt":
        return facts.qtc is not None
    return rule.check == "lab" and bool(facts.labs)


def _any_impairment(rule: Rule, facts: PatientFacts) -> Answer:
    """A rule on renal or hepatic impairment of any degree, for a patient not said to have it."""
    if rule.check == "hepatic" and facts.child_pugh is not None:
        return Answer(True)
    return NO if facts.conditions_known else Answer(None, question=ask("diagnoses"))


def _stated(check: str, facts: PatientFacts, answer: Answer) -> Answer:
    """Conjunction with pregnancy or breastfeeding, for the checks that are about them."""
    if check == "pregnancy":
        known, field = facts.pregnant, "pregnancy"
    elif check == "lactation":
        known, field = facts.breastfeeding, "breastfeeding"
    else:
        return answer
    if known is False or answer.holds is False:
        return NO
    if known is None:
        return Answer(None, answer.modifiers, ask(field))
    return answer


def _grouped(
    snapshot: Snapshot,
    drug: DrugRules,
    outcomes: Iterable[Outcome],
    states: dict[str, CheckState],
) -> list[Finding]:
    """One finding per check and condition: the worst rule speaks, the others add evidence."""
    groups: dict[tuple[str, int], list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault((outcome.rule.check, outcome.rule.tail), []).append(outcome)
    findings: list[Finding] = []
    still_open: dict[tuple[str, Question | None, str], list[Outcome]] = {}
    for (check, _), members in sorted(groups.items()):
        members.sort(key=_rank)
        matched = [one for one in members if one.holds]
        undecided = [one for one in members if one.holds is None]
        if matched:
            states[check] = "match"
            findings.append(finding_of(snapshot, drug, matched))
            undecided = [
                one for one in undecided
                if one.rule.strength < matched[0].rule.strength
            ]  # fmt: skip
        if undecided:
            if states[check] != "match":
                states[check] = "input_missing"
            first = undecided[0]
            cause = (check, first.question, first.rule.notes.get("reason", ""))
            still_open.setdefault(cause, []).append(first)
    findings.extend(_undecided(snapshot, drug, members) for members in still_open.values())
    return findings


def _undecided(snapshot: Snapshot, drug: DrugRules, members: list[Outcome]) -> Finding:
    """One finding for one question: the grades of a condition that it asks about stand together."""
    members.sort(key=lambda one: (one.rule.strength, one.rule.tail))
    first = members[0]
    finding = finding_of(snapshot, drug, [first])
    evidence = dict.fromkeys(path for one in members for path in one.rule.evidence)
    return replace(finding, evidence=tuple(evidence))


def _rank(outcome: Outcome) -> tuple[tuple[int, bool], int, str]:
    path = outcome.rule.evidence[0] if outcome.rule.evidence else None
    length = len(path.nodes) if path else 99
    return (outcome.rule.strength, length, outcome.rule.notes.get("reason", ""))


def finding_of(
    snapshot: Snapshot, drug: DrugRules, members: Sequence[Outcome], said: tuple[Words, ...] = ()
) -> Finding:
    """One finding of the rules that point at one condition: the first speaks, others add evidence.

    :param said: further modifiers.
    """
    first = members[0]
    evidence: dict[Path, None] = {}
    for one in members:
        if one.rule.severity == first.rule.severity or one is first:
            evidence.update(dict.fromkeys(one.rule.evidence))
    severities = {(one.rule.severity, path.source) for one in members for path in one.rule.evidence
                  if not one.rule.tests}  # fmt: skip
    conflict = len({s for s, _ in severities}) > 1 and len({src for _, src in severities}) > 1
    modifiers = (*said, *first.modifiers)
    if first.hit is not None and not first.hit.active:
        modifiers = (*modifiers, Words("from the history", "见于既往史"))
    if conflict:
        others = [one.rule for one in members if one.rule.severity != first.rule.severity]
        differing = (also_said(rule.severity, rule.notes, rule.evidence) for rule in others)
        modifiers = (*modifiers, *dict.fromkeys(differing))
    effect = (
        effect_of(first.rule.severity, trusted=first.rule.trusted)
        if first.holds
        else undecided_effect(first.rule.severity)
    )
    return Finding(
        kind=first.rule.check,
        level=first.rule.severity,
        effect=effect,
        subject=drug.name,
        object=snapshot.name(first.rule.tail),
        notes=first.rule.notes,
        evidence=tuple(evidence),
        modifiers=modifiers,
        question=None if first.holds else first.question,
        source_conflict=conflict,
    )


def _unknown_lists(
    drug: DrugRules, facts: PatientFacts, states: dict[str, CheckState]
) -> Iterable[Finding]:
    """Open questions of whole lists: diagnoses unknown, or an entry that nothing knows."""
    if not facts.conditions_known:
        # rules on kidney, liver, QT and genes hang on the list as well, and so do allergies
        # written among the diagnoses: unknown, it leaves every drug open
        rules = [rule for found in drug.disease.values() for rule in found]
        worst = min(rules, key=lambda rule: (SEVERITY[rule.severity], rule.tail), default=None)
        if states["drug_disease"] != "match":
            states["drug_disease"] = "input_missing"
        gap = data_gap(drug.name, "diagnoses", ask("diagnoses"),
                       "The diagnoses are not known", "诊断未知")  # fmt: skip
        yield replace(gap, evidence=worst.evidence if worst is not None else ())
    gaps = list(facts.unknown_conditions)
    if gaps and states["drug_disease"] != "match":
        states["drug_disease"] = "input_missing"
    if facts.unknown_genetics and "pharmacogenomic" in drug.others:
        states["pharmacogenomic"] = "input_missing"
        gaps.extend(facts.unknown_genetics)
    for unknown in gaps:
        yield data_gap(
            drug.name, unknown.text,
            ask_meant(unknown.field, unknown.text, unknown.suggestions),
            f"'{unknown.text}' in {unknown.field} was not recognised",
            f"{unknown.field} 中的“{unknown.text}”无法识别",
        )  # fmt: skip


def data_gap(
    subject: str, what: str, question: Question | None, reason: str, reason_zh: str
) -> Finding:
    """An open question that makes the drug unverified."""
    return Finding(
        kind="data_gap", level="unknown", effect="unverified", subject=subject, object=what,
        notes={"reason": reason, "reason_zh": reason_zh}, question=question,
    )  # fmt: skip
