"""Levels to effects, effects to verdicts, and the order of findings."""

import pytest

from graphrx.kg.verifier.verdict import (
    Finding,
    Path,
    Words,
    also_said,
    effect_of,
    in_order,
    undecided_effect,
    worst,
)

LEVELS = ("contraindicated", "major", "unknown", "moderate", "minor")


def test_effects() -> None:
    assert [effect_of(level) for level in LEVELS] == ["block", "warn", "warn", "warn", "info"]
    untrusted = [effect_of(level, trusted=False) for level in LEVELS]
    assert untrusted == ["warn", "warn", "warn", "warn", "info"]
    undecided = [undecided_effect(level) for level in LEVELS]
    assert undecided == ["unverified", "unverified", "unverified", "warn", "info"]


@pytest.mark.parametrize(
    ("effects", "verdict"),
    [([], "pass"), (["info"], "pass"), (["info", "warn"], "warn"),
     (["unverified", "warn"], "unverified"), (["warn", "block", "unverified"], "block")],
)  # fmt: skip
def test_the_worst_effect_is_the_verdict(effects: list[str], verdict: str) -> None:
    assert worst(effects) == verdict


def test_what_another_rule_says() -> None:
    paths = [Path(("x",), (), source) for source in ("label", "guideline", "label")]
    notes = {"reason": "Bleeding", "reason_zh": "出血"}
    assert also_said("major", notes, paths) == Words(
        "also major: Bleeding [guideline, label]", "另有严重：出血 [guideline, label]"
    )
    assert also_said("minor", {"reason": "Rash"}, paths[:1]).zh == "另有轻度：Rash [label]"
    assert also_said("minor", {}, []) == Words("also minor:  []", "另有轻度： []")


def finding(subject: str, effect: str, kind: str = "age", **more: str) -> Finding:
    path = Path((subject, more.get("via", "x")), ("y",), "label")
    return Finding(kind, "major", effect, subject, more.get("object", "o"),  # type: ignore[arg-type]
                   {"reason": more["reason"]} if "reason" in more else {}, (path,))  # fmt: skip


def test_findings_stand_by_drug_then_worst_first_then_the_rest() -> None:
    ordered = [
        finding("a", "block", "renal"), finding("a", "unverified"), finding("a", "warn"),
        finding("a", "warn", "lab"), finding("a", "warn", "lab", object="p"),
        finding("a", "warn", "lab", object="p", reason="r"),
        finding("a", "warn", "lab", object="p", reason="r", via="z"), finding("a", "info"),
        finding("b", "block"),
    ]  # fmt: skip
    assert in_order([*reversed(ordered), *ordered]) == tuple(ordered)
