"""What the verifier says: findings with their evidence, and the verdict of a drug.

The order of verdicts is ``pass < warn < unverified < block``; a drug's verdict is its worst.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal, NamedTuple

Level = Literal["contraindicated", "major", "moderate", "minor", "unknown"]
Effect = Literal["block", "warn", "info", "unverified"]
Tier = Literal["interruptive", "quiet"]
Verdict = Literal["pass", "warn", "unverified", "block"]
CheckState = Literal["no_match", "match", "no_data", "input_missing", "not_applicable"]

ORDER: Final[dict[str, int]] = {"pass": 0, "info": 0, "warn": 1, "unverified": 2, "block": 3}
LEVELS_ZH: Final[dict[str, str]] = {
    "contraindicated": "禁忌", "major": "严重", "moderate": "中度", "minor": "轻度",
    "unknown": "未知",
}  # fmt: skip
INTERRUPTIVE: Final = frozenset({"contraindicated", "major"})
EXIT_CODES: Final[dict[str, int]] = {
    "pass": 0, "warn": 10, "block": 20, "unverified": 30, "none": 40,
}  # fmt: skip


class Words(NamedTuple):
    """A remark in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Path:
    """One line of evidence: node names joined by predicates, and who says so."""

    nodes: tuple[str, ...]
    edges: tuple[str, ...]
    source: str
    locator: str = ""
    level: str = "unknown"


@dataclass(frozen=True, slots=True)
class Question:
    """What would settle an undecided finding: the patient field, and the words to ask with.

    :param about: the entry of the field that is asked about; empty for the field as a whole.
    :param grade: what the entry lacks: ``stage``, ``NYHA class``, ``side`` …
    """

    field: str
    text: str
    text_zh: str
    about: str = ""
    grade: str = ""


@dataclass(frozen=True)
class Finding:
    """One cause for concern, with its evidence, or one open question.

    ``kind`` and ``level`` take the values of the result schema. ``notes`` holds ``reason``,
    ``mechanism``, ``management`` and their ``_zh`` forms.

    :param shown: the tier that a site wants; a block or an open question interrupts all the same.
    """

    kind: str
    level: Level
    effect: Effect
    subject: str
    object: str
    notes: Mapping[str, str]
    evidence: tuple[Path, ...] = ()
    modifiers: tuple[Words, ...] = ()
    question: Question | None = None
    source_conflict: bool = False
    shown: Tier | None = None

    @property
    def tier(self) -> Tier:
        """Interruptive for contraindicated, major and open questions; else quiet."""
        if self.effect in ("block", "unverified"):
            return "interruptive"
        return self.shown or ("interruptive" if self.level in INTERRUPTIVE else "quiet")

    @cached_property
    def key(self) -> tuple[str, ...]:
        """A stable order: by drug, then worst first, then the rest."""
        rank = str(3 - ORDER[self.effect])
        paths = self.evidence[0].nodes if self.evidence else ()
        return (self.subject, rank, self.kind, self.object, self.notes.get("reason", ""), *paths)

    @cached_property
    def identity(self) -> tuple[Any, ...]:
        """What makes it one finding among the findings of a result; sortable."""
        return (self.key, self.effect, self.level, self.modifiers)


@dataclass(frozen=True, slots=True)
class DrugVerdict:
    """Verdict of one drug for one patient.

    :param checks: check → state, for every check.
    :param presumed: checks whose "no match" rests on a condition not being listed.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]
    checks: Mapping[str, CheckState] = field(default_factory=dict)
    presumed: tuple[str, ...] = ()


def also_said(severity: str, notes: Mapping[str, str], evidence: Iterable[Path]) -> Words:
    """What a weaker or different rule about the same thing says, with its sources."""
    sources = ", ".join(sorted({path.source for path in evidence}))
    reason = notes.get("reason", "")
    chinese = notes.get("reason_zh", reason)
    level = LEVELS_ZH[severity]
    said, said_zh = f"also {severity}: {reason}", f"另有{level}：{chinese}"
    return Words(f"{said} [{sources}]", f"{said_zh} [{sources}]")


def worst(effects: Iterable[str]) -> Verdict:
    """The worst of several effects as a verdict; ``pass`` for none."""
    names: tuple[Verdict, ...] = ("pass", "warn", "unverified", "block")
    return names[max((ORDER[effect] for effect in effects), default=0)]


def effect_of(level: str, *, trusted: bool = True) -> Effect:
    """Effect of a matched finding: contraindicated blocks only on trusted evidence.

    ``unknown`` severity warns: it never maps below a warning.
    """
    if level == "contraindicated":
        return "block" if trusted else "warn"
    return "info" if level == "minor" else "warn"


def undecided_effect(level: str) -> Effect:
    """Effect of a finding that can't be decided: it is never less than the level deserves."""
    if level in ("contraindicated", "major", "unknown"):
        return "unverified"
    return "warn" if level == "moderate" else "info"


def in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in their stable order, each once."""
    unique = {finding.identity: finding for finding in findings}
    return tuple(unique[key] for key in sorted(unique))
