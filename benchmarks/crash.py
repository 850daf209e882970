"""Kill -9 an SQLite ingest at random points, many times, then finish: is it the same snapshot?

python benchmarks/crash.py [--times 50] [--edges 6000]
"""
# ruff: noqa: E402  (the child process of the tests is found by its folder)

import argparse
import sqlite3
import sys
import tempfile
from dataclasses import astuple
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "kg"))

from crash import delays, kill_while_ingesting, lay_out
from generated_graph import generated
from origin import write_result

from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import digest
from graphrx.kg.store.open import open_store


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--edges", type=int, default=6000)
    arguments = parser.parse_args()
    batches = list(generated(arguments.edges, batch=200))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        lay_out(batches, folder / "batches")
        with open_store("sqlite://") as store:
            ingest(store, batches)
            expected = freeze(store, folder / "whole").sha256
        url, killed, rows = f"sqlite:///{folder}/graph.db", 0, []
        for delay in delays(arguments.times, 0.6):
            killed += kill_while_ingesting(url, folder / "batches", [delay])
            with open_store(url) as store:
                rows.append(store.counts()["evidence"])
            if rows[-1] == sum(len(batch.statements) for batch in batches):
                Path(folder / "graph.db").unlink()  # all in: start over
        with open_store(url) as store:
            ingest(store, batches)
            finished = freeze(store, folder / "finished").sha256
            again = ingest(store, batches).changes.total
        with sqlite3.connect(folder / "graph.db") as db:
            intact = db.execute("PRAGMA integrity_check").fetchone()[0]
        db.close()
    figures = {
        "times": arguments.times,
        "killed_before_the_end": killed,
        "evidence_after_each_kill": rows,
        "snapshot_never_interrupted": expected,
        "snapshot_finished": finished,
        "same": finished == expected,
        "second_ingest_changes": again,
        "integrity_check": intact,
    }
    write_result("crash", figures, data=digest([astuple(batch) for batch in batches]))
    sys.exit(0 if finished == expected else 1)


if __name__ == "__main__":
    main()
