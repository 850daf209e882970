"""Build the graph from every source in a data directory into SQLite, and hold it to its counts.

    python benchmarks/build_all.py DATA [--parts full,orders,retract]

Full build: seconds, peak memory, evidence per source and relation against the counts that the data
came with, a second build that must change nothing, the freeze. Then, with every tenth item of every
source: twenty orders of the sources must give one snapshot, and each source taken out again must
leave the snapshot of a build without it.
"""

import argparse
import json
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

from origin import write_result

import graphrx.kg.build as building
from graphrx.kg.errors import NotAvailableError
from graphrx.kg.freeze import freeze
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.sources import registry
from graphrx.kg.sources.registry import Source
from graphrx.kg.store.sqlite import SqliteStore

# Every build of a run has the same formulary and data directory.
building.load = cache(building.load)
_load_resolver = building.load_resolver

ORDERS = 20
EXPECTED = json.loads((Path(__file__).parent / "expected_counts.json").read_text("utf-8"))
"""Source → relation → count said of the data, and why ours differs where it does."""


def clock() -> tuple[float, float]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return time.monotonic(), usage.ru_utime + usage.ru_stime


def since(start: tuple[float, float]) -> dict[str, float]:
    now = clock()
    return {"seconds": round(now[0] - start[0], 1), "cpu_seconds": round(now[1] - start[1], 1)}


def full(data: Path, figures: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        with SqliteStore(place / "graph.db") as store:
            start = clock()
            report = building.build(store, data, rejects_dir=place / "rejects", strict=False)
            built = since(start)
            start = clock()
            snapshot = freeze(store, place / "snapshot")
            frozen = since(start)
            evidence = Counter((s.evidence.source, s.triple.predicate) for s in store.statements())
            pairs = Counter(
                (source, predicate)
                for source, predicate, _, _ in {
                    (s.evidence.source, s.triple.predicate, s.triple.subject, s.triple.object)
                    for s in store.statements()
                }
            )
            size_mb = round((place / "graph.db").stat().st_size / 2**20, 1)
            figures["full"] = described(report, built, frozen, snapshot, evidence, pairs, size_mb)
            save(figures)
            start = clock()
            again = building.build(store, data, strict=False)
            figures["full"]["second_build"] = since(start) | {"changed": again.changed}


def described(
    report: building.BuildReport,
    built: dict[str, float],
    frozen: dict[str, float],
    snapshot: Snapshot,
    evidence: Counter[tuple[str, str]],
    pairs: Counter[tuple[str, str]],
    size_mb: float,
) -> dict[str, Any]:
    names = {source.name for source in report.sources}
    return {
        "build": built | {"peak_mb": report.peak_mb, "file_mb": size_mb},
        "freeze": frozen | {"peak_mb": building.peak_mb()},
        "snapshot": snapshot.sha256,
        "counts": snapshot.counts,
        "licence": report.licence,
        "skipped": dict(report.skipped),
        "conflicts": report.conflicts.counts(),
        "sources": [
            {
                "name": s.name, "read": s.read, "mapped": s.mapped, "rejected": s.rejected,
                "evidence": s.evidence, "seconds": s.seconds, "peak_mb": s.peak_mb,
                "error": s.error, "rejects": dict(s.rejects), "references": dict(s.reasons),
            }
            for s in report.sources
        ],
        "evidence": nested(evidence, names),
        "pairs": nested(pairs, names),
        "against_the_data_sheet": compare(evidence, pairs),
    }  # fmt: skip


def nested(counts: Counter[tuple[str, str]], names: set[str]) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for (source, predicate), n in sorted(counts.items()):
        if source in names:
            found.setdefault(source, {})[predicate] = n
    return found


def compare(
    evidence: Counter[tuple[str, str]], pairs: Counter[tuple[str, str]]
) -> list[dict[str, Any]]:
    lines = []
    for source, relations in EXPECTED.items():
        for relation, said in relations.items():
            counted = (pairs if said.get("count") == "pairs" else evidence)[source, relation]
            line = {"source": source, "relation": relation, "said": said["said"], "built": counted}
            if counted != said["said"]:
                line["why"] = said.get("why", "NOT EXPLAINED")
            lines.append(line)
    return lines


def tenth(data: Path) -> list[Source]:
    """Return every source with every tenth of its items, kept in memory."""
    found = []
    for name in registry.SOURCES:
        try:
            source = registry.source(name, data)
            items = [item for n, item in enumerate(source.read()) if n % 10 == 0]
        except NotAvailableError:
            continue
        found.append(Source(replace(source.spec, files=()), data, _Kept(items)))
    return found


class _Kept:
    def __init__(self, items: list[Any]) -> None:
        self.items = items

    def __call__(self, _folder: Path) -> Iterator[Any]:
        return iter(self.items)


def snapshot_of(data: Path, sources: Sequence[Source], without: str | None = None) -> str:
    """Build the sources in this order; retract one; return the hash of what is left."""
    with SqliteStore() as store, tempfile.TemporaryDirectory() as folder:
        building.build(store, data, only=(), extra=sources, strict=False)
        if without is not None:
            store.retract(source=without)
        return freeze(store, Path(folder) / "snapshot").sha256


def orders(data: Path, figures: dict[str, Any]) -> None:
    resolver = _load_resolver(building.load(building.DATA), data)
    building.load_resolver = lambda _core, _data: resolver
    sources = tenth(data)
    start = clock()
    hashes = set()
    for seed in range(ORDERS):
        shuffled = list(sources)
        Random(seed).shuffle(shuffled)
        hashes.add(snapshot_of(data, shuffled))
        print(f"order {seed}: {len(hashes)} different", flush=True)
        figures["orders"] = {
            "orders": seed + 1, "different_snapshots": len(hashes),
            "sources": [source.spec.name for source in sources], **since(start),
        }  # fmt: skip
        save(figures)


def retractions(data: Path, figures: dict[str, Any]) -> None:
    resolver = _load_resolver(building.load(building.DATA), data)
    building.load_resolver = lambda _core, _data: resolver
    sources = tenth(data)
    start = clock()
    same = {}
    for source in sources:
        name = source.spec.name
        rest = [other for other in sources if other.spec.name != name]
        same[name] = snapshot_of(data, sources, without=name) == snapshot_of(data, rest)
        print(f"retract {name}: {same[name]}", flush=True)
        figures["retract"] = {"as_if_never_built": same, **since(start)}
        save(figures)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--parts", default="full,orders,retract")
    options = parser.parse_args()
    parts = options.parts.split(",")
    for part, run in {"full": full, "orders": orders, "retract": retractions}.items():
        if part in parts:
            figures: dict[str, Any] = {}
            run(options.data, figures)
            save(figures)


def save(figures: dict[str, Any]) -> None:
    """Put the figures beside those of other parts that are there already."""
    path = Path(__file__).parent / "results" / "build_all.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {}
    known.pop("origin", None)
    known |= figures
    write_result("build_all", known, data=known.get("full", {}).get("snapshot", ""))


if __name__ == "__main__":
    main()
