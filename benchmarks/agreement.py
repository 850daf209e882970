"""Write docs/agreement.md: the outside judges' figures, and what was settled of them.

    python benchmarks/agreement.py [--check]

It reads ``benchmarks/results/judges.json`` and ``alerts.json`` and the settled disagreements of
``docs/agreement.tsv``; ``--check`` compares and writes nothing (exit 1 when it is out of date).
"""

import argparse
import csv
import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import alerts
import judges
from origin import FOLDER

DOCS = Path(__file__).parent.parent / "docs"
COLUMNS = ["judge", "about", "judge_says", "we_say", "decision", "reason", "source"]
DECISIONS = ("changed", "kept", "open")


def settled(path: Path) -> list[dict[str, str]]:
    """Read the settled disagreements.

    :raises ValueError: a row without a reason or source, or with an unknown decision.
    """
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for number, row in enumerate(rows, start=2):
        if list(row) != COLUMNS or any(not row[key] for key in COLUMNS):
            raise ValueError(f"{path.name} line {number}: give each of {', '.join(COLUMNS)}")
        if row["decision"] not in DECISIONS:
            raise ValueError(
                f"{path.name} line {number}: decision {row['decision']!r}; "
                f"use {', '.join(DECISIONS)}"
            )
    return rows


def report(pairs: dict[str, Any], alerted: dict[str, Any], rows: list[dict[str, str]]) -> str:
    """Return the text of the report."""
    counts = Counter((row["judge"], row["decision"]) for row in rows)
    lines = [
        "# Agreement with outside judges",
        "",
        "Written by `python benchmarks/agreement.py`; do not edit. The judges are no source of the",
        "formulary: a disagreement is settled from the label or guideline, read from general",
        "knowledge of it and not from the document. No pharmacist has read it.",
        "",
        "An interval is 95 % (Wilson; over patients, bootstrap of 2,000). *Interruptive* is",
        "contraindicated or major. A pair is *held-out* by the hash of its names.",
        "",
        "## Pairs, indications, contraindications",
        "",
        *_origin(pairs),
        "",
        judges.table(pairs),
        "",
        "## Alerts per patient",
        "",
        *_origin(alerted),
        "",
        "The pairs asked for sensitivity are those that at least two of DDInter (Major), ONC (not",
        "two QT drugs) and the French thesaurus (contraindicated or not recommended, whatever the",
        "condition) call serious.",
        "",
        alerts.table(alerted),
        "",
        "## What was settled",
        "",
        "Every disagreement at the level of a contraindication, and a hundred others drawn at",
        "random, stand in [agreement.tsv](agreement.tsv), some as groups.",
        "",
        f"| judge | {' | '.join(DECISIONS)} |",
        f"|---{'|---:' * len(DECISIONS)}|",
    ]
    for judge in sorted({row["judge"] for row in rows}):
        cells = (str(counts[judge, decision]) for decision in DECISIONS)
        lines.append(f"| {judge} | {' | '.join(cells)} |")
    lines += ["", "Changed:", ""]
    lines += [
        f"- {row['about']}: now {row['we_say']} ({row['source']}). {row['reason']}."
        for row in rows
        if row["decision"] == "changed"
    ]
    return "\n".join(lines) + "\n"


def _origin(figures: dict[str, Any]) -> list[str]:
    origin = figures["origin"]
    return [
        (
            f"`{origin['command']}`, commit `{origin['commit'][:12]}`, "
            f"formulary `{origin['data_sha256'][:12]}`, {origin['date']}."
        )
    ]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args()
    pairs, alerted = (
        json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("judges", "alerts")
    )
    text = report(pairs, alerted, settled(DOCS / "agreement.tsv"))
    path = DOCS / "agreement.md"
    if options.check:
        same = path.exists() and path.read_text(encoding="utf-8") == text
        print("up to date" if same else f"{path.name} is out of date; run without --check")
        return 0 if same else 1
    path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
