"""How much of each source maps to known nodes, and a sample of mappings to read by eye.

    python benchmarks/resolution.py DATA [--seed 7] # shares → resolution.json, sample → .tsv
    python benchmarks/resolution.py --verdicts TSV  # adds the precision of a sample that was read

A sample after which rules were changed measures nothing any more; draw another with a new seed.

The sample is drawn among mappings that some judgement went into: rows whose id is the node's own
are right by definition and are left out. A verdict is y (the same thing), b (the node is broader
or narrower), n (another thing); ids and verdicts go into the results.
"""

import argparse
import csv
import json
from collections import Counter, defaultdict
from pathlib import Path
from random import Random

from graphrx.kg.errors import NotAvailableError
from graphrx.kg.formulary.loader import load
from graphrx.kg.resolution.resolver import Ambiguous, Resolved, load_resolver
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import EntityRow, Ref, Row

RESULTS = Path(__file__).parent / "results"
SAMPLE = 300
VOCABULARIES = frozenset({"drugbank_open", "disease_ontology"})


def shares(data: Path, seed: int) -> dict[str, dict[str, object]]:
    """Map every reference of every source; write the sample."""
    resolver = load_resolver(load(), data)
    found: dict[str, dict[str, object]] = {}
    mapped: dict[tuple[str, str, str, str], tuple[str, str]] = {}
    for name in registry.SOURCES:
        kinds: dict[str, Counter[str]] = defaultdict(Counter)
        try:
            for item in registry.read(name, data):
                for ref in refs(item):
                    result = resolver.resolve(ref)
                    reason = (
                        result.reason if isinstance(result, Resolved)
                        else "ambiguous" if isinstance(result, Ambiguous)
                        else "own id" if ref.ids else "not known"
                    )  # fmt: skip
                    kinds[ref.category][reason] += 1
                    if isinstance(result, Resolved) and reason != "same id":
                        key = (name, ref.category, ref.ids[0] if ref.ids else "",
                               ref.name or ref.name_zh or "")  # fmt: skip
                        mapped[key] = (result.node_id, reason)
        except NotAvailableError as error:
            found[name] = {"skipped": error.message}
            continue
        found[name] = {
            category: {
                "references": sum(reasons.values()),
                "mapped": share(reasons),
                "reasons": dict(reasons.most_common()),
            }
            for category, reasons in sorted(kinds.items())
        }
    write_sample(mapped, resolver.known.names, seed)
    return found


def refs(item: object) -> tuple[Ref, ...]:
    if isinstance(item, Row):
        return item.subject, item.object
    return (item.ref,) if isinstance(item, EntityRow) else ()


def share(reasons: Counter[str]) -> float:
    """Of all references, those that map to a node of the reference vocabularies."""
    unmapped = sum(reasons[r] for r in ("ambiguous", "own id", "not known"))
    return round(1 - unmapped / sum(reasons.values()), 4)


def write_sample(
    mapped: dict[tuple[str, str, str, str], tuple[str, str]], names: dict[str, str], seed: int
) -> None:
    rows = [
        (source, category, own, name, node, names[node], reason)
        for (source, category, own, name), (node, reason) in sorted(mapped.items())
        if source not in VOCABULARIES
    ]
    chosen = Random(seed).sample(rows, min(SAMPLE, len(rows)))
    with (RESULTS / "resolution_sample.tsv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(
            ["source", "category", "id", "name", "node", "node_name", "reason", "verdict"]
        )
        writer.writerows([*row, ""] for row in sorted(chosen))


def precision(table: Path) -> dict[str, object]:
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    if any(row["verdict"] not in ("y", "b", "n") for row in rows):
        raise SystemExit("a row has no verdict; write y, b or n")
    by_reason: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        by_reason[row["reason"]][row["verdict"]] += 1
    total = Counter(row["verdict"] for row in rows)
    return {
        "read": len(rows),
        "same": total["y"],
        "broader_or_narrower": total["b"],
        "wrong": total["n"],
        "precision": round(total["y"] / len(rows), 4),
        "precision_by_reason": {
            reason: {"same": c["y"], "of": sum(c.values())}
            for reason, c in sorted(by_reason.items())
        },
        "not_the_same": [
            {k: row[k] for k in ("source", "id", "name", "node", "reason", "verdict")}
            for row in rows
            if row["verdict"] != "y"
        ],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, nargs="?")
    parser.add_argument("--verdicts", type=Path)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    path = RESULTS / "resolution.json"
    results = json.loads(path.read_text("utf-8")) if path.exists() else {}
    if options.data:
        results["sources"] = shares(options.data, options.seed)
        results["sample"] = {"seed": options.seed, "read": 0}
    if options.verdicts:
        results["sample"] = {"seed": results["sample"]["seed"]} | precision(options.verdicts)
    path.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    print(json.dumps(results.get("sample"), indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main()
