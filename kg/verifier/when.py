"""The typed conditions of a rule, compiled once and asked three-valued of each patient."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from graphrx.kg.verifier import labs
from graphrx.kg.verifier.ask import ask
from graphrx.kg.verifier.facts import Measure, PatientFacts
from graphrx.kg.verifier.interval import Interval, parse
from graphrx.kg.verifier.verdict import Question, Words


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether a condition holds (None: undecided), why, and what would settle it."""

    holds: bool | None
    modifiers: tuple[Words, ...] = ()
    question: Question | None = None


YES, NO = Answer(True), Answer(False)
Test = Callable[[PatientFacts, str | None], Answer]
"""A compiled condition: asked of the patient, and of the route of the drug in question."""


def compile_when(when: Mapping[str, Any], routes: tuple[str, ...]) -> tuple[Test, ...]:
    """Compile a rule's ``when``; every key must hold.

    :param routes: the routes by which the drug is given at all.
    :raises ValueError: for a key or a comparison that no evaluator knows.
    """
    return tuple(_compile(key, when[key], routes) for key in sorted(when))


def evaluate(tests: tuple[Test, ...], facts: PatientFacts, route: str | None) -> Answer:
    """Kleene conjunction of the tests; the first open question speaks for all."""
    modifiers: tuple[Words, ...] = ()
    question: Question | None = None
    holds: bool | None = True
    for test in tests:
        answer = test(facts, route)
        if answer.holds is False:
            return NO
        modifiers += answer.modifiers
        if answer.holds is None:
            holds, question = None, question or answer.question
    return Answer(holds, modifiers, question)


def _by_diagnosis(text: str) -> Words:
    return Words(f"decided on the diagnosis '{text}'", f"按诊断“{text}”判定")


def _compile(key: str, value: Any, routes: tuple[str, ...]) -> Test:
    match key:
        case "age" | "weight":
            return _known_number(key, _interval(value))
        case "egfr":
            return _kidney("egfr", "crcl", _interval(value))
        case "crcl":
            return _kidney("crcl", "egfr", _interval(value))
        case "gestation":
            return _gestation(_interval(value))
        case "trimester":
            return _trimesters(value if isinstance(value, list) else [value])
        case "qtc":
            return _presumed_number(_interval(value))
        case "sex":
            return _sex(str(value))
        case "child_pugh":
            return _child_pugh(frozenset(value if isinstance(value, list) else [value]))
        case "lab":
            return _labs(value)
        case "route":
            return _route(frozenset(value if isinstance(value, list) else [value]), routes)
        case "condition":
            return _condition(value)
    raise ValueError(f"'{key}' is not a condition that the verifier can evaluate")


def _interval(value: Any) -> Interval:
    return parse(str(value))[0]


def _known_number(name: str, wanted: Interval) -> Test:
    def test(facts: PatientFacts, route: str | None) -> Answer:
        known: Interval | None = getattr(facts, name)
        if known is None:
            return Answer(None, question=ask(name))
        return Answer(wanted.holds(known))

    return test


def _presumed_number(wanted: Interval) -> Test:
    # an unmeasured QTc does not make a drug unverified: it is listed as missing
    def test(facts: PatientFacts, route: str | None) -> Answer:
        return NO if facts.qtc is None else Answer(wanted.holds(facts.qtc))

    return test


def _kidney(own: str, other: str, wanted: Interval) -> Test:
    upper = wanted.high
    half = Interval(high=upper / 2, high_in=True)
    name = "CrCl" if other == "crcl" else "eGFR"
    said = Words(f"decided on {name}, at most half the limit", f"按{name}判定：不超过限值的一半")

    def test(facts: PatientFacts, route: str | None) -> Answer:
        measure: Measure = getattr(facts, own)
        proxy: Measure = getattr(facts, other)
        verdict: bool | None = None
        if measure.value is not None:
            verdict = wanted.holds(measure.value)
        if verdict:
            return YES
        for bound, text in measure.implied:
            # a stage on the problem list may be old: it can show the limit passed, never kept
            if wanted.holds(bound):
                return Answer(True, (_by_diagnosis(text),))
        # an upper limit only: "more impaired than" can be told from the other measure
        if measure.value is None and upper != float("inf"):
            if proxy.value is not None and half.holds(proxy.value):
                return Answer(True, (said,))
            for bound, text in proxy.implied:
                if bound.inside(half):
                    return Answer(True, (_by_diagnosis(text),))
        return NO if verdict is False else Answer(None, question=ask(own))

    return test


def _gestation(wanted: Interval) -> Test:
    def test(facts: PatientFacts, route: str | None) -> Answer:
        if facts.gestation is None:
            return Answer(None, question=ask("gestation"))
        return Answer(wanted.holds(facts.gestation))

    return test


_TRIMESTERS = {1: Interval(0, 14), 2: Interval(14, 28), 3: Interval(28, 46)}
"""Completed weeks (ACOG: first to 13 6/7, second to 27 6/7, third from 28)."""


def _trimesters(numbers: list[Any]) -> Test:
    tests = [_gestation(_TRIMESTERS[int(number)]) for number in numbers]

    def test(facts: PatientFacts, route: str | None) -> Answer:
        answers = [each(facts, route) for each in tests]
        for answer in answers:
            if answer.holds is not False:
                return answer
        return NO

    return test


def _sex(wanted: str) -> Test:
    def test(facts: PatientFacts, route: str | None) -> Answer:
        if facts.sex in (None, "X"):
            return Answer(None, question=ask("sex"))
        return Answer(facts.sex == wanted)

    return test


def _child_pugh(wanted: frozenset[str]) -> Test:
    def test(facts: PatientFacts, route: str | None) -> Answer:
        if facts.child_pugh in wanted:
            return YES
        open_question = False
        for classes, text in facts.child_pugh_implied:
            if classes <= wanted:
                return Answer(True, (_by_diagnosis(text),))
            open_question = open_question or bool(classes & wanted)
        if facts.child_pugh is not None or not open_question:
            return (
                NO
                if facts.conditions_known or facts.child_pugh
                else Answer(None, question=ask("diagnoses"))
            )
        return Answer(None, question=ask("child_pugh"))

    return test


def _labs(wanted: Mapping[str, str]) -> Test:
    limits: list[tuple[str, Interval]] = []
    for name in sorted(wanted):
        interval, unit = parse(str(wanted[name]))
        test_info = labs.find_test(name)
        if test_info is None:
            raise ValueError(f"'{name}' is not a laboratory test that the verifier knows")
        factor = labs.convert(test_info, 1.0, unit or test_info.unit, f"when.lab.{name}")
        scaled = Interval(
            interval.low * factor, interval.high * factor, interval.low_in, interval.high_in
        )
        limits.append((test_info.name, scaled))

    def test(facts: PatientFacts, route: str | None) -> Answer:
        for name, limit in limits:
            known = facts.labs.get(name)
            # an unmeasured laboratory value is listed as missing, not asked for
            if known is None or not limit.holds(known):
                return NO
        return YES

    return test


def _route(wanted: frozenset[str], routes: tuple[str, ...]) -> Test:
    possible = frozenset(routes)

    def test(facts: PatientFacts, route: str | None) -> Answer:
        given = frozenset((route,)) if route is not None else possible
        if given and given <= wanted:
            return YES
        if given and not given & wanted:
            return NO
        return Answer(None, question=ask("route"))

    return test


def _condition(node: int) -> Test:
    def test(facts: PatientFacts, route: str | None) -> Answer:
        if node in facts.conditions:
            return YES
        if not facts.conditions_known:
            return Answer(None, question=ask("diagnoses"))
        return Answer(None, question=ask("diagnoses")) if node in facts.raised else NO

    return test
