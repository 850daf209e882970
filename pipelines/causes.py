"""What a screen tells together, or once: one cause, however many findings it has."""

from collections.abc import Iterable
from typing import Any


def told_by(finding: dict[str, Any]) -> str:
    """What has been told when a finding was; a gap in the data is the same gap for every drug."""
    if finding["kind"] == "data_gap":
        return f"{finding['object']}: {finding['reason']}"
    return str(finding["id"])


def causes(findings: Iterable[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    """Findings that say the same of different conditions or drugs, together; in their order."""
    found: dict[tuple[Any, ...], list[dict[str, Any]]] = {}
    for one in findings:
        said = [one.get(key) for key in ("kind", "level", "verdict", "reason", "management")]
        alone = one["id"] if one.get("question") or not one["reason"] else ""
        found.setdefault((*said, alone), []).append(one)
    return list(found.values())
