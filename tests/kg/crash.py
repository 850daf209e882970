"""Ingest that is killed: a child process writes a made-up graph, batch by batch.

As a program: ``python crash.py URL FOLDER`` ingests ``FOLDER/*.pickle`` in order and prints a line
for each batch that is in.
"""

import pickle
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records
from graphrx.kg.store.base import GraphStore
from graphrx.kg.store.open import open_store

PATIENCE_S = 240.0


def lay_out(batches: Iterable[Records], folder: Path) -> list[Path]:
    """Write the batches where the child finds them."""
    folder.mkdir(parents=True)
    files = []
    for i, batch in enumerate(batches):
        files.append(folder / f"{i:04}.pickle")
        files[-1].write_bytes(pickle.dumps(batch))
    return files


def child(url: str, folder: Path) -> "subprocess.Popen[str]":
    """Start the ingest in a process of its own."""
    return subprocess.Popen(
        [sys.executable, __file__, url, folder], stdout=subprocess.PIPE, text=True
    )


def kill_while_ingesting(url: str, folder: Path, delays_s: Iterable[float]) -> int:
    """Start the ingest once for each delay and kill -9 it after that; return how many it cut.

    The delay counts from the first line of the child, so that the kill falls into the writing.
    """
    cut = 0
    for delay in delays_s:
        with child(url, folder) as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(delay)
            process.kill()
            process.wait()
            cut += process.returncode != 0
    return cut


def kill_after_batches(url: str, folder: Path, batches: Iterable[int]) -> int:
    """Like :func:`kill_while_ingesting`, but kill once so many batches are in, on any machine."""
    cut = 0
    for number in batches:
        with child(url, folder) as process:
            assert process.stdout is not None
            for _ in range(number + 1):
                process.stdout.readline()
            process.kill()
            process.wait()
            cut += process.returncode != 0
    return cut


def delays(times: int, most_s: float, seed: int = 0) -> list[float]:
    """Return random moments within an ingest that takes so long."""
    source = random.Random(seed)
    return [source.uniform(0, most_s) for _ in range(times)]


def opened(url: str) -> GraphStore:
    """Open the store; a writer on a server waits for a restart that a busy machine draws out."""
    if url.startswith("sqlite:"):
        return open_store(url)
    from graphrx.kg.store.neo4j import Neo4jStore

    return Neo4jStore.open(url, retry_s=PATIENCE_S)


def main(url: str, folder: str) -> None:
    with opened(url) as store:
        sys.stdout.write("open\n")
        sys.stdout.flush()
        for path in sorted(Path(folder).glob("*.pickle")):
            ingest(store, pickle.loads(path.read_bytes()))
            sys.stdout.write(f"{path.stem}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
