"""Does building stay linear? Generated graphs of 0.3, 1 and 3 million edges into SQLite.

    python benchmarks/scale.py [EDGES ...]

Each size runs in its own process, so its peak memory is its own. Sizes that are not asked for keep
the figures that they have, each with the commit that it was measured at.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

from origin import commit, write_result

from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Evidence, Name, NodeRecord, Records, Statement, Triple
from graphrx.kg.store.sqlite import SqliteStore

SIZES = (300_000, 1_000_000, 3_000_000)
BATCH = SqliteStore().batch
PREDICATES = (
    ("pharmacologically_interacts_with", '{"severity":"major"}'),
    ("pharmacologically_interacts_with", '{"severity":"moderate"}'),
    ("treats", "{}"),
)


def generated(edges: int) -> Iterator[Records]:
    """A graph with thirty edges a node; drugs interact with drugs and treat diseases."""
    random = Random(1)
    count = edges // 30
    drugs = [f"DRUGBANK:DB{i:07d}" for i in range(count // 2)]
    diseases = [f"DOID:{i:07d}" for i in range(count // 2)]
    for category, ids in (("Drug", drugs), ("Disease", diseases)):
        for at in range(0, len(ids), BATCH):
            yield Records(
                nodes=tuple(
                    NodeRecord(
                        i, category, f"thing {i}", None, (Name(f"thing {i}", "en", "preferred"),),
                        (), "{}", "generated",
                    )
                    for i in ids[at : at + BATCH]
                )
            )  # fmt: skip
    for at in range(0, edges, BATCH):
        statements = []
        for line in range(at, min(at + BATCH, edges)):
            predicate, qualifiers = PREDICATES[random.randrange(3)]
            others = diseases if predicate == "treats" else drugs
            ends = random.choice(drugs), random.choice(others)
            statements.append(
                Statement(
                    Triple(ends[0], predicate, ends[1], qualifiers),
                    Evidence("generated", f"line {line}", "curated_db"),
                )
            )
        yield Records(statements=tuple(statements))


def measure(edges: int) -> dict[str, float | int | str]:
    def cpu() -> float:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return usage.ru_utime + usage.ru_stime

    def peak() -> float:
        return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)

    start = cpu()
    for _ in generated(edges):
        pass
    making = cpu() - start
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "graph.db"
        with SqliteStore(path) as store:
            start, clock = cpu(), time.monotonic()
            ingest(store, generated(edges))
            ingest_cpu, ingest_s, ingest_peak = (
                cpu() - start - making,
                time.monotonic() - clock,
                peak(),
            )
            size = path.stat().st_size
            start, clock = cpu(), time.monotonic()
            snapshot = freeze(store, Path(folder) / "snapshot")
            freeze_cpu, freeze_s = cpu() - start, time.monotonic() - clock
    return {
        "edges": edges,
        "edges_after_merging": snapshot.n_edges,
        "nodes": snapshot.n_nodes,
        "ingest_cpu_s": round(ingest_cpu, 1),
        "ingest_wall_s": round(ingest_s, 1),
        "ingest_cpu_us_per_edge": round(ingest_cpu / edges * 1e6, 1),
        "ingest_peak_mb": ingest_peak,
        "freeze_cpu_s": round(freeze_cpu, 1),
        "freeze_wall_s": round(freeze_s, 1),
        "freeze_cpu_us_per_edge": round(freeze_cpu / edges * 1e6, 1),
        "freeze_peak_mb": peak(),
        "file_mb": round(size / 2**20, 1),
    }


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(int(sys.argv[2]))))
        return
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    path = Path(__file__).parent / "results" / "scale.json"
    known = json.loads(path.read_text("utf-8")) if path.exists() else {"sizes": []}
    rows = {row["edges"]: row for row in known["sizes"]}
    for size in sizes:
        command = [sys.executable, __file__, "--one", str(size)]
        out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rows[size] = json.loads(out) | {"commit": commit()}
        in_order = [rows[edges] for edges in sorted(rows)]
        write_result("scale", {"sizes": in_order}, data="generated, seed 1")


if __name__ == "__main__":
    main()
