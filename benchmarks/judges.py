"""Does the formulary agree with outside lists? Pairs, indications, contraindications.

    python benchmarks/judges.py --data ../shared/data [--show FOLDER]
    python benchmarks/judges.py --table

Judges of pairs: DDInter, ONC high priority, the French thesaurus (NDF-RT's open folder has no
interactions). Of indications: everycure, DrugMechDB, PharmacotherapyDB, Hetionet. Of
contraindications: everycure, which a machine read from labels. They judge, they are no source: the
result holds counts only; ``--show`` writes disagreements for a reader into a folder outside the
repository. Settled ones stand in ``docs/agreement.tsv``.
"""

import argparse
import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

from judge_conditions import (
    TREATS,
    Barred,
    Conditions,
    agreement,
    barred_agreement,
    missing,
    read_facts,
    treated,
)
from judge_lists import LEVELS, Ours, Pair, PairList, pairs_among, read_lists
from origin import FOLDER, write_result
from rates import half, in_words, share

from graphrx.kg import schema
from graphrx.kg.formulary.snapshot import formulary_key, packaged_snapshot
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.verify import Verifier

COLUMNS = ("contraindicated", "major", "moderate", "minor", "unknown", "none")
SERIOUS_CALLS = (
    ("ddinter major", "ddinter", "worst", "major"),
    ("onc high priority", "onc", "worst", "contraindicated"),
    ("onc two QT drugs", "onc_qt", "worst", "major"),
    ("ansm contraindicated", "ansm", "sure", "contraindicated"),
    ("ansm contraindicated under a condition", "ansm", "sometimes", "contraindicated"),
    ("ansm not recommended", "ansm", "sure", "major"),
)
"""Name, list, how a pair with several conditional levels is read, level: by the worst, by what
holds whatever the condition (``sure``), or by the worst where that is not sure."""
INDICATIONS = ("everycure", "drugmechdb", "pharmacotherapydb", "hetionet")


def pair_report(lists: dict[str, PairList], ours: Ours, snapshot: Snapshot) -> dict[str, Any]:
    """Confusion by severity, sensitivity for serious calls, specificity where nothing is listed."""
    drugs = set(ours.drugs())
    confusion = {
        name: _confusion(one, ours, drugs) for name, one in lists.items() if name != "onc_qt"
    }
    sensitivity = {}
    for label, name, how, level in SERIOUS_CALLS:
        chosen = called(lists[name], how, level, drugs)
        sensitivity[label] = {
            "interruptive": share(sum(ours(pair).interruptive for pair in chosen), len(chosen)),
            "any_level": share(sum(ours(pair).level != "none" for pair in chosen), len(chosen)),
            "only_under_a_condition": sum(
                ours(pair).interruptive and ours(pair).conditional for pair in chosen
            ),
            "held_out_interruptive": _held_out(chosen, ours, snapshot),
        }
    specificity = {}
    for name in ("ddinter", "ansm"):
        one = lists[name]
        among = list(pairs_among(tuple(one.known & drugs)))
        quiet = {
            "not_listed": [pair for pair in among if pair not in one.entries],
            "minor": [pair for pair in among if one.worst(pair) == "minor"],
        }
        specificity[name] = {
            kind: {
                "not_interruptive": share(
                    sum(not ours(pair).interruptive for pair in pairs), len(pairs)
                ),
                "silent": share(sum(ours(pair).level == "none" for pair in pairs), len(pairs)),
            }
            for kind, pairs in quiet.items()
        }
    return {
        "drugs": len(drugs),
        "drugs_known": {name: len(one.known & drugs) for name, one in lists.items()},
        "confusion": confusion,
        "sensitivity": sensitivity,
        "specificity": specificity,
    }


def called(one: PairList, how: str, level: str, drugs: set[int]) -> list[Pair]:
    """Return the pairs of our drugs that a judge gives the level."""
    pairs = [pair for pair in one.entries if pair <= drugs]
    if how == "sure":
        return [pair for pair in pairs if one.sure(pair) == level]
    if how == "sometimes":
        return [pair for pair in pairs if one.worst(pair) == level != one.sure(pair)]
    return [pair for pair in pairs if one.worst(pair) == level]


def _confusion(one: PairList, ours: Ours, drugs: set[int]) -> dict[str, dict[str, int]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for pair in one.entries:
        if pair <= drugs:
            found[one.worst(pair)][ours(pair).level] += 1
    return {
        level: {column: found[level][column] for column in COLUMNS}
        for level in LEVELS
        if level in found
    }


def _held_out(pairs: list[Pair], ours: Ours, snapshot: Snapshot) -> dict[str, Any]:
    some = [p for p in pairs if half([snapshot.name(node) for node in p]) == "held-out"]
    return share(sum(ours(pair).interruptive for pair in some), len(some))


def show(
    folder: Path, lists: dict[str, PairList], ours: Ours, snapshot: Snapshot, facts: dict[str, Any]
) -> None:
    """Write the disagreements for a reader: ``pairs.tsv`` and ``facts.tsv``."""
    folder.mkdir(parents=True, exist_ok=True)
    drugs = set(ours.drugs())
    rows = []
    for label, name, how, level in SERIOUS_CALLS:
        for pair in called(lists[name], how, level, drugs):
            if not ours(pair).interruptive:
                names = sorted(snapshot.name(node) for node in pair)
                said = "; ".join(sorted(lists[name].entries[pair]))
                rows.append((label, *names, ours(pair).level, half(names), said))
    for label, name, wanted in (("not in ddinter", "ddinter", ("none",)),
                                ("ddinter minor", "ddinter", ("minor",))):  # fmt: skip
        for pair in pairs_among(tuple(lists[name].known & drugs)):
            if ours(pair).level == "contraindicated" and lists[name].worst(pair) in wanted:
                names = sorted(snapshot.name(node) for node in pair)
                rows.append((label, *names, ours(pair).level, half(names), ""))
    _write(folder / "pairs.tsv", rows)
    _write(
        folder / "facts.tsv",
        [
            (kind, snapshot.name(drug), snapshot.name(condition), level)
            for kind, found in facts.items()
            for drug, condition, level in found
        ],
    )


def _write(path: Path, rows: list[tuple[str, ...]]) -> None:
    path.write_text("".join("\t".join(row) + "\n" for row in sorted(rows)), encoding="utf-8")


def table(figures: dict[str, Any]) -> str:
    """Return the tables of the report, in Markdown."""
    pairs = figures["pairs"]
    lines = [
        "| pairs that a judge calls | interruptive with us | any level | held-out, interruptive |",
        "|---|---|---|---|",
    ]
    for label, one in pairs["sensitivity"].items():
        cells = (one["interruptive"], one["any_level"], one["held_out_interruptive"])
        lines.append(f"| {label} | {' | '.join(map(in_words, cells))} |")
    lines += ["", "| pairs of drugs that a judge knows | not interruptive with us | silent |",
              "|---|---|---|"]  # fmt: skip
    for name, kinds in pairs["specificity"].items():
        for kind, one in kinds.items():
            cells = (one["not_interruptive"], one["silent"])
            lines.append(
                f"| {name}, {kind.replace('_', ' ')} | {' | '.join(map(in_words, cells))} |"
            )
    for name, levels in pairs["confusion"].items():
        lines += ["", f"| {name} says, we say | {' | '.join(COLUMNS)} |",
                  f"|---{'|---:' * len(COLUMNS)}|"]  # fmt: skip
        for level, counts in levels.items():
            lines.append(f"| {level} | {' | '.join(str(counts[c]) for c in COLUMNS)} |")
    heads = ("indications", "ours supported exactly", "or by a related condition",
             "theirs held exactly", "or by a related condition")  # fmt: skip
    lines += ["", f"| {' | '.join(heads)} |", "|---|---|---|---|---|"]
    for name, one in figures["indications"].items():
        cells = (one["ours_supported_exactly"], one["ours_supported"],
                 one["theirs_held_exactly"], one["theirs_held"])  # fmt: skip
        lines.append(f"| {name} | {' | '.join(map(in_words, cells))} |")
    one = figures["contraindications"]["everycure"]
    lines += ["", "| contraindications of everycure (read by a machine) | |", "|---|---|"]
    for key in ("theirs_interruptive_with_us", "theirs_said_by_us",
                "our_contraindications_supported"):  # fmt: skip
        lines.append(f"| {key.replace('_', ' ')} | {in_words(one[key])} |")
    for level, count in one["our_level"].items():
        lines.append(f"| our level: {level} | {count} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--show", type=Path, help="folder for lists of disagreements")
    parser.add_argument("--table", action="store_true", help="print the tables of the result")
    options = parser.parse_args()
    if options.table:
        print(table(json.loads((FOLDER / "judges.json").read_text(encoding="utf-8"))))
        return
    if options.data is None:
        parser.error("--data is needed")
    snapshot = packaged_snapshot()
    ours, lists = Ours(Verifier(snapshot)), read_lists(options.data, snapshot)
    conditions = Conditions(snapshot, options.data)
    indicated = treated(snapshot)
    judges = {name: read_facts(name, options.data, conditions, TREATS) for name in INDICATIONS}
    barred = Barred(snapshot, conditions)
    against = read_facts("everycure", options.data, conditions, [schema.CONTRAINDICATED_IN])
    figures = {
        "pairs": pair_report(lists, ours, snapshot),
        "indications": {
            name: agreement(indicated, facts, conditions) for name, facts in judges.items()
        },
        "contraindications": {
            "everycure": barred_agreement(against, judges["everycure"].same, barred, snapshot)
        },
    }
    if options.show:
        listed: dict[str, Any] = {
            f"{name} treats": [(*fact, "none") for fact in missing(indicated, facts, conditions)]
            for name, facts in judges.items()
        }
        listed["everycure against"] = [
            (*fact, barred.level(*fact))
            for fact in sorted(against.same)
            if barred.level(*fact) in ("none", "narrower", "minor", "moderate")
        ]
        show(options.show, lists, ours, snapshot, listed)
    write_result("judges", figures, data=formulary_key())


if __name__ == "__main__":
    main()
