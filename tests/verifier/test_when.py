"""The typed conditions of a rule, each asked three-valued."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphrx.kg.errors import InputError
from graphrx.kg.verifier.facts import Hit, Measure, PatientFacts
from graphrx.kg.verifier.interval import Interval, kleene_and, parse
from graphrx.kg.verifier.verdict import Words
from graphrx.kg.verifier.when import compile_when, evaluate

P = Interval.point
BASE: dict[str, Any] = {"conditions_known": True}
TABLE: list[tuple[dict[str, Any], dict[str, Any], bool | None]] = [
    ({"age": "<12"}, {"age": P(11.9)}, True),
    ({"age": "<12"}, {"age": P(12)}, False),
    ({"age": "<12"}, {}, None),
    ({"weight": ">=50"}, {"weight": P(50)}, True),
    ({"weight": ">=50"}, {"weight": P(49.9)}, False),
    ({"weight": ">=50"}, {}, None),
    ({"sex": "F"}, {"sex": "F"}, True),
    ({"sex": "F"}, {"sex": "M"}, False),
    ({"sex": "F"}, {"sex": "X"}, None),
    ({"egfr": "<30"}, {"egfr": Measure(P(29))}, True),
    ({"egfr": "<30"}, {"egfr": Measure(P(30))}, False),
    ({"egfr": "<30"}, {"crcl": Measure(P(15))}, True),
    ({"egfr": "<30"}, {"crcl": Measure(P(16))}, None),
    ({"egfr": "<30"}, {"crcl": Measure(P(100))}, None),
    ({"egfr": ">=60"}, {"crcl": Measure(P(20))}, None),
    ({"egfr": "<30"}, {"egfr": Measure(None, ((parse("<15")[0], "ESRD"),))}, True),
    ({"egfr": "<30"}, {"egfr": Measure(None, ((parse("45-60")[0], "CKD 3a"),))}, None),
    ({"egfr": "<30"}, {"egfr": Measure(P(40), ((parse("<15")[0], "ESRD"),))}, True),
    ({"crcl": "<30"}, {"egfr": Measure(None, ((parse("<15")[0], "ESRD"),))}, True),
    ({"crcl": "<30"}, {"egfr": Measure(None, ((parse("<15.1")[0], "x"),))}, None),
    ({"crcl": ">=30"}, {"egfr": Measure(None, ((parse("<15")[0], "ESRD"),))}, None),
    ({"crcl": "<30"}, {"crcl": Measure(P(40)), "egfr": Measure(P(5))}, False),
    ({"crcl": "30-60"}, {"crcl": Measure(P(30))}, True),
    ({"crcl": "30-60"}, {"crcl": Measure(P(60))}, False),
    ({"crcl": "30-60"}, {"egfr": Measure(P(30))}, True),
    ({"child_pugh": ["B", "C"]}, {"child_pugh": "B"}, True),
    ({"child_pugh": ["B", "C"]}, {"child_pugh": "A"}, False),
    ({"child_pugh": ["B", "C"]}, {}, False),
    ({"child_pugh": ["B", "C"]}, {"conditions_known": False}, None),
    ({"child_pugh": ["C"]}, {"child_pugh_implied": ((frozenset("BC"), "cirrhosis"),)}, None),
    ({"child_pugh": ["B", "C"]}, {"child_pugh_implied": ((frozenset("BC"), "x"),)}, True),
    ({"trimester": [1]}, {"gestation": P(13.9)}, True),
    ({"trimester": [1]}, {"gestation": P(14)}, False),
    ({"trimester": [2, 3]}, {"gestation": P(28)}, True),
    ({"trimester": [1]}, {}, None),
    ({"trimester": 1}, {"gestation": P(13)}, True),
    ({"child_pugh": "C"}, {"child_pugh": "C"}, True),
    ({"gestation": ">=20"}, {"gestation": P(20)}, True),
    ({"gestation": ">=20"}, {"gestation": P(19.9)}, False),
    ({"gestation": ">=20"}, {}, None),
    ({"qtc": ">=500"}, {"qtc": P(500)}, True),
    ({"qtc": ">=500"}, {"qtc": P(480)}, False),
    ({"qtc": ">=500"}, {}, False),
    ({"lab": {"potassium": ">5.5 mmol/L"}}, {"labs": {"potassium": P(5.6)}}, True),
    ({"lab": {"potassium": ">5.5 mmol/L"}}, {"labs": {"potassium": P(5.5)}}, False),
    ({"lab": {"potassium": ">5.5 mmol/L"}}, {}, False),
    ({"child_pugh": ["C"]}, {"child_pugh_implied": ((frozenset("A"), "x"),)}, False),
    ({"lab": {"creatinine": ">2 mg/dL"}}, {"labs": {"creatinine": P(177)}}, True),
    ({"lab": {"creatinine": ">2 mg/dL"}}, {"labs": {"creatinine": P(176)}}, False),
    ({"lab": {"creatinine": "1-2 mg/dL"}}, {"labs": {"creatinine": P(88.42)}}, True),
    ({"lab": {"creatinine": "1-2 mg/dL"}}, {"labs": {"creatinine": P(88.4)}}, False),
    ({"lab": {"creatinine": "1-2 mg/dL"}}, {"labs": {"creatinine": P(176.84)}}, False),
    ({"lab": {"potassium": "<=5 mmol/L"}}, {"labs": {"potassium": P(5)}}, True),
    ({"lab": {"potassium": "<5"}}, {"labs": {"potassium": P(5)}}, False),
    ({"lab": {"potassium": ">=5 mmol/L", "sodium": "<130 mmol/L"}},
     {"labs": {"potassium": P(5)}}, False),
    ({"condition": 7}, {"conditions": {7: Hit("x", True, (7,))}}, True),
    ({"condition": 7}, {}, False),
    ({"condition": 7}, {"conditions_known": False}, None),
    ({"condition": 7}, {"raised": {7: "x"}}, None),
    ({"age": "<12", "weight": "<30"}, {"age": P(13)}, False),
    ({"age": "<12", "weight": "<30"}, {"age": P(11)}, None),
    ({"age": "<12", "weight": "<30"}, {"age": P(11), "weight": P(20)}, True),
]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "known", "expected"),
    TABLE,
    ids=lambda value: " ".join(value) if isinstance(value, dict) else str(value),
)
def test_table(when: dict[str, Any], known: dict[str, Any], expected: bool | None) -> None:
    facts = PatientFacts(**{**BASE, **known})
    answer = evaluate(compile_when(when, ("oral",)), facts, None)
    assert answer.holds is expected
    assert (answer.question is None) is (expected is not None)


@pytest.mark.parametrize(
    ("routes", "given_by", "expected"),
    [(("oral", "iv"), "iv", True), (("oral", "iv"), "oral", False), (("oral", "iv"), None, None),
     (("iv",), None, True), (("oral",), None, False), ((), None, None)],
)  # fmt: skip
def test_route(routes: tuple[str, ...], given_by: str | None, expected: bool | None) -> None:
    tests = compile_when({"route": ["iv"]}, routes)
    assert evaluate(tests, PatientFacts(), given_by).holds is expected


def test_one_route_is_written_without_a_list() -> None:
    (only,) = compile_when({"route": "iv"}, ("oral", "iv"))
    assert only(PatientFacts(), "iv").holds is True
    assert only(PatientFacts(), "oral").holds is False


@pytest.mark.parametrize("when", [{"shoe_size": "<40"}, {"age": "young"}, {"lab": {"foo": "<1"}}])
def test_what_no_evaluator_knows_is_an_error(when: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        compile_when(when, ())


IMPLIED = Measure(None, ((parse("<15")[0], "ESRD"),))
BY_ESRD = Words("decided on the diagnosis 'ESRD'", "按诊断“ESRD”判定")
BY_LIVER = Words("decided on the diagnosis 'cirrhosis'", "按诊断“cirrhosis”判定")


@pytest.mark.parametrize(
    ("when", "known", "said"),
    [({"egfr": "<30"}, {"egfr": IMPLIED}, (BY_ESRD,)),
     ({"egfr": "<30"}, {"crcl": IMPLIED}, (BY_ESRD,)),
     ({"egfr": "<30"}, {"egfr": Measure(P(9))}, ()),
     ({"egfr": "<30"}, {"crcl": Measure(P(15))},
      (Words("decided on CrCl, at most half the limit", "按CrCl判定：不超过限值的一半"),)),
     ({"crcl": "<30"}, {"egfr": Measure(P(15))},
      (Words("decided on eGFR, at most half the limit", "按eGFR判定：不超过限值的一半"),)),
     ({"child_pugh": ["C"], "egfr": "<30"},
      {"child_pugh_implied": ((frozenset("C"), "cirrhosis"),), "egfr": IMPLIED},
      (BY_LIVER, BY_ESRD)),
     ({"child_pugh": ["C"]}, {"child_pugh": "C"}, ())],
    ids=range(7),
)  # fmt: skip
def test_what_a_rule_was_decided_on(
    when: dict[str, Any], known: dict[str, Any], said: tuple[Words, ...]
) -> None:
    answer = evaluate(compile_when(when, ()), PatientFacts(**{**BASE, **known}), None)
    assert answer.holds is True
    assert answer.modifiers == said


def test_the_first_open_question_speaks_for_all() -> None:
    tests = compile_when({"weight": "<30", "age": "<12"}, ())
    answer = evaluate(tests, PatientFacts(), None)
    assert answer.question is not None
    assert answer.question.field == "age"


def test_a_limit_in_a_wrong_unit_names_its_place() -> None:
    with pytest.raises(InputError, match=r"^when\.lab\.potassium: 'furlongs' is not a unit"):
        compile_when({"lab": {"potassium": ">5 furlongs"}}, ())


@given(terms=st.lists(st.sampled_from([True, False, None]), max_size=5))
def test_kleene(terms: list[bool | None]) -> None:
    worlds = [[True], [False], [True, False]]
    guesses = {True: worlds[0], False: worlds[1], None: worlds[2]}
    outcomes = {True}
    for term in terms:
        outcomes = {before and guess for before in outcomes for guess in guesses[term]}
    expected = outcomes.pop() if len(outcomes) == 1 else None
    assert kleene_and(*terms) is expected


@pytest.mark.parametrize(
    ("text", "interval", "unit"),
    [("<30", Interval(high=30), ""), ("<= 30 mg/dL", Interval(high=30, high_in=True), "mg/dL"),
     (">5.5 mmol/L", Interval(low=5.5, low_in=False), "mmol/L"), (">=2", Interval(low=2), ""),
     ("=7", P(7), ""), ("7 %", P(7), "%"), ("30-45", Interval(30, 45), ""),
     (" 1.5 - 2 mg/dL ", Interval(1.5, 2), "mg/dL"), ("-3", P(-3), "")],
)  # fmt: skip
def test_parse(text: str, interval: Interval, unit: str) -> None:
    found, its_unit = parse(text)
    assert (found, its_unit) == (interval, unit)
    assert found.low_in is interval.low_in
    assert found.high_in is interval.high_in


def test_what_is_no_comparison_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^'young' is not a comparison such as '<30' or '30-45'$"):
        parse("young")


NUMBERS = st.integers(0, 20).map(float)


@given(bounds=st.tuples(NUMBERS, NUMBERS), known=st.tuples(NUMBERS, NUMBERS), value=NUMBERS)
def test_a_decided_comparison_holds_for_every_value(
    bounds: tuple[float, float], known: tuple[float, float], value: float
) -> None:
    wanted, where = (Interval(min(pair), max(pair), True, True) for pair in (bounds, known))
    verdict = wanted.holds(where)
    if where.low <= value <= where.high and verdict is not None:
        assert (wanted.low <= value <= wanted.high) is verdict
