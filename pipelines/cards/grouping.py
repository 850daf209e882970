"""Findings that interrupt, grouped by their cause, however many findings say it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from graphrx.pipelines.audit.reasons import offer

Json = dict[str, Any]

PAIRS: Final = frozenset(("drug_drug", "duplicate", "washout"))
"""Kinds that are about two drugs, either of which may be the subject."""
_WORST: Final = ("block", "unverified", "warn", "info")


@dataclass
class Group:
    """Findings with one cause.

    :param drugs: the drugs that it concerns, as the result names them.
    """

    key: tuple[str, ...]
    findings: list[Json] = field(default_factory=list)
    drugs: list[str] = field(default_factory=list)

    @property
    def worst(self) -> Json:
        """The finding that weighs most."""
        return min(self.findings, key=lambda one: _WORST.index(one["verdict"]))

    def add(self, finding: Json, drug: str) -> None:
        """Add a finding, once, and the drug that it was found for."""
        if all(finding["id"] != one["id"] for one in self.findings):
            self.findings.append(finding)
        if drug not in self.drugs:
            self.drugs.append(drug)


def distinct(findings: Sequence[Json]) -> list[Json]:
    """Findings without those that ask what another one asks, of another drug."""
    return list({one.get("question") or one["id"]: one for one in reversed(findings)}.values())[
        ::-1
    ]


def name_of(item: Json) -> str:
    """What a result calls the drug of an item in its plan: the generic name, else as typed."""
    return str(item["drug"]["inn"] or item["drug"]["input"])


def judged(result: Json) -> list[Json]:
    """The items that a result stands for: all that were checked, or those that are recommended."""
    items: list[Json] = result["items"]
    if result["command"] == "check":
        return items
    return [item for item in items if item["rank"] is not None]


def _all(result: Json) -> Iterator[tuple[Json, str]]:
    for item in judged(result):
        for finding in item["findings"]:
            yield finding, name_of(item)
    for finding in result["pairs"]:
        yield finding, finding["subject"]


def loud(result: Json) -> list[Group]:
    """Groups of the findings that interrupt or are undecided, worst first."""
    groups: dict[tuple[str, ...], Group] = {}
    for finding, drug in _all(result):
        if finding["tier"] == "interruptive" or finding["verdict"] == "unverified":
            key = _key(finding)
            groups.setdefault(key, Group(key)).add(finding, drug)
    for item in judged(result):
        _without_reason(item, groups)
    return sorted(groups.values(), key=lambda one: (_WORST.index(one.worst["verdict"]), one.key))


def quiet(result: Json) -> list[Json]:
    """The other findings, each once."""
    found = {finding["id"]: finding for finding, _ in _all(result)
             if finding["tier"] == "quiet" and finding["verdict"] != "unverified"}  # fmt: skip
    return list(found.values())


def _key(finding: Json) -> tuple[str, ...]:
    kind, subject, other = finding["kind"], finding["subject"], finding["object"]
    if kind == "data_gap":
        return ("data_gap",)  # what of the patient is not known or not understood: one card
    if finding["verdict"] == "unverified" and finding.get("question"):
        return ("question", finding["question"])
    if kind in PAIRS:
        return (kind, *sorted((subject, other)))
    return (kind, subject) if kind == "allergy" else (kind, subject, other)


def _without_reason(item: Json, groups: dict[tuple[str, ...], Group]) -> None:
    """An unverified drug has a group even where no finding of its own says why."""
    name = name_of(item)
    if item["verdict"] != "unverified" or any(name in group.drugs for group in groups.values()):
        return
    gaps = sorted(check for check, state in item["checks"].items()
                  if state in ("no_data", "input_missing"))  # fmt: skip
    reason = f"Could not be checked: {', '.join(gaps)}" if gaps else "Could not be checked"
    key = ("unverified", name)
    groups[key] = Group(key, [{
        "id": f"unverified {name}", "kind": "data_gap", "level": "unknown", "verdict": "unverified",
        "subject": name, "object": name, "reason": reason, "evidence": [], "modifiers": [],
        "tier": "interruptive", "override": offer("unverified"),
    }], [name])  # fmt: skip
