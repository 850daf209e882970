"""Counts of planted hazards: what came out, as JSON and as the table of docs/evidence.md."""

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from planted.patients import Maker
from planted.said import Json

INVENTED, MISSPELT = 200, 200
SHOWN = 40


@dataclass
class Row:
    """Counts of one kind of hazard."""

    cases: int = 0
    found: int = 0
    compared: int = 0
    exact: int = 0
    passed: int = 0
    twins: Counter[str] = field(default_factory=Counter)


@dataclass
class Tally:
    """What came out."""

    rows: dict[str, Row] = field(default_factory=dict)
    misses: list[Json] = field(default_factory=list)
    noisy: list[Json] = field(default_factory=list)
    different: list[Json] = field(default_factory=list)
    reached: set[int] = field(default_factory=set)

    def add(self, other: "Tally") -> None:
        """Add the counts of another part of the cases."""
        for kind, row in other.rows.items():
            mine = self.rows.setdefault(kind, Row())
            for name in ("cases", "found", "compared", "exact", "passed"):
                setattr(mine, name, getattr(mine, name) + getattr(row, name))
            mine.twins.update(row.twins)
        self.misses += other.misses
        self.noisy += other.noisy
        self.different += other.different
        self.reached |= other.reached


def wilson(hits: int, of: int) -> list[float]:
    """95 % interval of a proportion (Wilson, JASA 1927;22:209)."""
    if not of:
        return [0.0, 1.0]
    z, p = 1.96, hits / of
    middle = p + z * z / (2 * of)
    spread = z * math.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    scale = 1 + z * z / of
    return [
        round(max(0.0, (middle - spread) / scale), 5),
        round(min(1.0, (middle + spread) / scale), 5),
    ]


def figures(run: Tally, maker: Maker, seed: int, real: int, seconds: float) -> dict[str, Any]:
    """All counts as plain JSON."""
    rows = {
        kind: {
            "patients": row.cases, "found": row.found, "recall": round(row.found / row.cases, 5),
            "recall_95": wilson(row.found, row.cases), "passed": row.passed,
            "twins": dict(sorted(row.twins.items())),
        }
        for kind, row in sorted(run.rows.items())
    }  # fmt: skip
    told = {id(rule) for rules in maker.facts.rules.values() for rule in rules}
    told |= {id(pair) for pair in maker.facts.pairs}
    of = {
        part: [row for kind, row in run.rows.items() if part_of(kind) == part]
        for part in ("hazard", "name", "input", "exception")
    }
    total = sum(row.cases for row in run.rows.values())
    return {
        "seed": seed,
        "patients": total,
        "recall_of_hazards": _share(_sum(of["hazard"], "found"), _sum(of["hazard"], "cases")),
        "false_blocks_on_twins": _share(sum(r.twins["block"] for r in run.rows.values()), total),
        "silent_twins": _share(sum(r.twins["silent"] for r in run.rows.values()), total),
        "exceptions_kept": _share(_sum(of["exception"], "found"), _sum(of["exception"], "cases")),
        "unknown_inputs": {
            "as_told": _share(_sum(of["input"], "found"), _sum(of["input"], "cases")),
            "passed": _share(_sum(of["input"], "passed"), _sum(of["input"], "cases")),
        },
        "unknown_names": {
            "passed": _share(_sum(of["name"], "passed"), _sum(of["name"], "cases")),
            "names": INVENTED + MISSPELT, "compared_with_real_names": real,
        },
        "facts_reached": {"rules_and_interactions": len(run.reached & told), "of": len(told)},
        "facts_without_a_case": dict(sorted(maker.unreached.items())),
        "drugs": len(maker.facts.orderable),
        "kinds": rows,
        "all_findings_as_the_facts_call_for": {
            "patients": sum(row.compared for row in run.rows.values()),
            "exact": sum(row.exact for row in run.rows.values()),
            "different": sorted(run.different, key=str)[:SHOWN],
        },
        "misses": sorted(run.misses, key=str)[:SHOWN],
        "twins_with_findings": sorted(run.noisy, key=str)[:SHOWN],
        "seconds": round(seconds, 1),
    }  # fmt: skip


def part_of(kind: str) -> str:
    """What a row of the table is about: a hazard, an unknown name or input, an exception."""
    for part in ("name", "input", "exception"):
        if part in kind.partition(",")[0]:
            return part
    return "hazard"


def _sum(rows: Iterable[Row], name: str) -> int:
    return sum(getattr(row, name) for row in rows)


def _share(hits: int, of: int) -> Json:
    return {"n": hits, "of": of, "share": round(hits / of, 5), "wilson_95": wilson(hits, of)}


def table(result: Json) -> Iterator[str]:
    """The table of docs/evidence.md."""
    yield "| hazard | patients | found | recall, 95 % | twins blocked | twins silent |"
    yield "|---|---:|---:|---|---:|---:|"
    for kind, row in result["kinds"].items():
        low, high = row["recall_95"]
        twins = row["twins"]
        yield (
            f"| {kind} | {row['patients']:,} | {row['found']:,} | {low:.4f}–{high:.4f} "
            f"| {twins.get('block', 0)} | {twins.get('silent', 0):,} |"
        )
