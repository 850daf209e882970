"""The dose check: an order against the highest doses that the labels allow.

An order without a dose is not checked, and that is a presumption: its state is ``input_missing``
and no finding is made. What is said of a dose but can't be compared is a question, never a pass of
the check. What is unknown of the patient (kidney, weight) leaves a limit undecided at its level.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from graphrx.kg.linking.dosage import Dosage
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.ask import ask
from graphrx.kg.verifier.facts import PatientFacts
from graphrx.kg.verifier.patient_rules import Outcome, excepted, finding_of
from graphrx.kg.verifier.rules import SEVERITY, DrugRules, Rule, UsualDose
from graphrx.kg.verifier.verdict import CheckState, Finding, Question, Words
from graphrx.kg.verifier.when import evaluate

NOT_READ: Final = "dose"
"""Field of the question that is asked where a dose could not be compared with any limit."""


@dataclass(frozen=True, slots=True)
class DoseCheck:
    """Findings and state of the check; ``unread``: the dose was said, but could not be compared."""

    findings: tuple[Finding, ...]
    state: CheckState

    @property
    def unread(self) -> bool:
        """True when the order's dose could not be compared with a limit that holds here."""
        return any(f.question is not None and f.question.field == NOT_READ for f in self.findings)


def check_dose(
    snapshot: Snapshot, drug: DrugRules, facts: PatientFacts, route: str | None,
    dosage: Dosage | None,
) -> DoseCheck:  # fmt: skip
    """Compare an order with every limit of its drug that holds for the patient and the route."""
    if not drug.doses:
        return DoseCheck((), "not_applicable" if "dose" in drug.coverage else "no_data")
    if dosage is None:
        return DoseCheck((), "input_missing")
    if route is None and len(drug.routes) > 1:
        each = [_compare(snapshot, drug, facts, way, dosage) for way in drug.routes]
        if (known := _by_any_route(each, dosage)) is not None:
            return known
    return _compare(snapshot, drug, facts, route, dosage)


def _by_any_route(each: Sequence[DoseCheck], dosage: Dosage) -> DoseCheck | None:
    """The answer where the route is not said; None where it has to be asked for.

    Above the limit by every route is above it. A dose that fits one route and not another is taken
    for an order by the first: the route becomes a question that changes no verdict.
    """
    if all(one.state == "match" for one in each):
        return max(each, key=lambda one: SEVERITY[one.findings[0].level])
    quiet = [one for one in each if all(found.effect == "info" for found in one.findings)]
    fits = [one for one in quiet if one.state in ("no_match", "input_missing")]
    loud = [found for one in each if one not in quiet for found in one.findings]
    if not fits:
        return None
    if loud:
        return DoseCheck((_said_too_little(loud[0], dosage, ask("route")),), "input_missing")
    asking = [one for one in fits if one.state == "input_missing"]
    if asking:
        return max(asking, key=lambda one: len(one.findings))
    return DoseCheck((), "no_match" if len(fits) == len(each) else "no_data")


def _compare(
    snapshot: Snapshot, drug: DrugRules, facts: PatientFacts, route: str | None, dosage: Dosage
) -> DoseCheck:
    matched: list[Outcome] = []
    undecided: list[Outcome] = []
    open_: list[tuple[Rule, Question | None]] = []
    compared = False
    for rule in drug.doses:
        holds = evaluate(rule.tests, facts, route)
        if holds.holds is False or rule.limit is None or excepted(rule, facts, route):
            continue
        compared = compared or bool(holds.holds)
        above = rule.limit.exceeded(dosage, facts.weight)
        if above is None:
            open_.append((rule, ask(NOT_READ)))
        elif above.holds and holds.holds:
            matched.append(Outcome(rule, True, holds.modifiers, None))
        elif above.holds is None and above.question == ask("frequency"):
            # two things unknown at once: the rule that holds for sure asks for the frequency
            open_.append((rule, above.question if holds.holds else None))
        elif above.holds is not False:
            question = holds.question or above.question
            undecided.append(Outcome(rule, None, holds.modifiers, question))
    found = _findings(snapshot, drug, dosage, matched, undecided)
    decided = min((one.rule.strength for one in (*matched, *undecided)), default=None)
    worse = [one for one in open_ if decided is None or one[0].strength < decided]
    found += _open(snapshot, drug, dosage, worse)
    if matched:
        return DoseCheck(found, "match")
    if undecided or open_:
        return DoseCheck(found, "input_missing")
    return DoseCheck(found, "no_match" if compared else "no_data")


def usual_doses(drug: DrugRules, facts: PatientFacts, route: str | None) -> list[UsualDose]:
    """The usual doses that may hold for the patient, in the order of the file."""
    return [row for row in drug.usual_doses if evaluate(row.tests, facts, route).holds is not False]


def _findings(
    snapshot: Snapshot, drug: DrugRules, dosage: Dosage,
    matched: list[Outcome], undecided: list[Outcome],
) -> tuple[Finding, ...]:  # fmt: skip
    """One finding for what is exceeded, and one for what may be and would be worse."""
    matched.sort(key=_rank)
    undecided.sort(key=_rank)
    if matched:
        undecided = [o for o in undecided if o.rule.strength < matched[0].rule.strength]
    ordered = Words(f"ordered: {dosage.text}", f"医嘱：{dosage.text}")
    return tuple(
        finding_of(snapshot, drug, group, (ordered,)) for group in (matched, undecided[:1]) if group
    )


def _rank(outcome: Outcome) -> tuple[object, ...]:
    """Worst first; among equals the limit that is closest to this patient, then the wording."""
    rule = outcome.rule
    return (*rule.strength, -len(rule.tests), rule.notes.get("reason", ""))


def _open(
    snapshot: Snapshot, drug: DrugRules, dosage: Dosage,
    rules: Sequence[tuple[Rule, Question | None]],
) -> tuple[Finding, ...]:  # fmt: skip
    """A question that changes no verdict: a frequency not said, or a dose that can't be read."""
    asked = [(rule, question) for rule, question in rules if question is not None]
    if not asked:
        return ()
    unread = [one for one in asked if one[1] == ask(NOT_READ)]
    rule, question = min(unread or asked, key=lambda one: one[0].notes.get("reason", ""))
    found = finding_of(snapshot, drug, [Outcome(rule, None, (), question)])
    return (_said_too_little(found, dosage, question),)


_TOO_LITTLE: Final = {
    NOT_READ: ("can't be compared with the limit", "无法与最大剂量比较"),
    "frequency": ("does not say how often", "未说明给药频次"),
    "route": ("does not say by which route", "未说明给药途径"),
}


def _said_too_little(found: Finding, dosage: Dosage, question: Question) -> Finding:
    """A question that changes no verdict, in place of a finding that can't be decided."""
    what, what_zh = _TOO_LITTLE[question.field]
    most = found.notes.get("management", "")
    notes = {
        "reason": f"'{dosage.text}' {what}. {most}",
        "reason_zh": f"“{dosage.text}”{what_zh}。{found.notes.get('management_zh', most)}",
    }
    return replace(
        found, level="unknown", effect="info", notes=notes, modifiers=(), question=question
    )
