"""What the ``kg`` commands write: stores and files, each with a report in plain JSON values."""

import shlex
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path

from graphrx.kg.errors import GraphrxError, UsageError
from graphrx.kg.store.base import Changes
from graphrx.kg.store.open import open_store
from graphrx.pipelines.graph import Json, retraction, whole_store
from graphrx.pipelines.stored import sqlite_file, stored_snapshot


def build(
    url: str,
    data: Path | None,
    only: Sequence[str] | None,
    mappings: Sequence[Path],
    rejects: Path | None,
    *,
    dry_run: bool,
    progress: Callable[[str, int], None],
) -> tuple[Json, GraphrxError | None]:
    """Build a store, and freeze it so that the next command finds its snapshot ready.

    :return: the report, and the first error of a source that could not be built.
    """
    from graphrx.kg.build import build as run
    from graphrx.kg.build import chosen, peak_mb
    from graphrx.kg.sources.mapped import source

    begun = time.monotonic()
    extra = [source(path) for path in mappings]
    chosen(data, only)  # a wrong name leaves no empty store behind
    path = sqlite_file(url)
    # A dry run leaves no new file behind.
    new = dry_run and path is not None and not path.exists()
    with open_store("sqlite://" if new else url, read_only=dry_run and not new) as store:
        report = run(store, data, only, progress, dry_run, rejects, extra=extra, strict=False)
    snapshot = None if dry_run else stored_snapshot(url).sha256
    sources = [
        {**asdict(s), **{key: dict(getattr(s, key)) for key in ("edges", "reasons", "rejects")}}
        for s in report.sources
    ]
    result: Json = {
        "changed": report.changed,
        "snapshot": snapshot,
        "seconds": round(time.monotonic() - begun, 2),
        "peak_mb": peak_mb(),
        "sources": sources,
        "skipped": dict(report.skipped),
        "conflicts": report.conflicts.counts(),
        "licence": report.licence,
        "dry_run": dry_run,
    }
    return result, report.errors[0] if report.errors else None


def retract(
    url: str, source: str | None, licence: str | None, run: str | None, *, dry_run: bool
) -> Json:
    """Remove what a source, a licence's sources, or a run has said.

    :raises UsageError: unless exactly one of them is given.
    """
    if sum(value is not None for value in (source, licence, run)) != 1:
        raise UsageError("what to retract? name exactly one of --source, --licence and --run")
    path = sqlite_file(url)
    missing = path is not None and not path.exists()  # opened for reading, it says so
    with open_store(url, read_only=dry_run or missing) as store:
        if dry_run:
            removed = retraction(store, source, licence, run)
        else:
            removed = store.retract(source=source, licence=licence, run=run)
    return {
        "removed": removed.total,
        "rows": asdict(removed),
        "snapshot": None if dry_run else stored_snapshot(url).sha256,
        "dry_run": dry_run,
    }


def import_file(url: str, path: Path, *, dry_run: bool, progress: Callable[[int], None]) -> Json:
    """Read an exported file into a store; a dry run reads all of it into memory instead."""
    from graphrx.kg.ingest import ingest
    from graphrx.kg.rdf.files import read_file

    begun, read = time.monotonic(), 0

    def count(rows: int) -> None:
        nonlocal read
        read += rows
        progress(rows)

    batches = read_file(path, count)
    changes, rejects = Changes(), Counter[str]()
    if dry_run:
        for _ in batches:
            pass
    else:
        first = next(batches)  # a file that is none leaves no store behind
        with open_store(url) as store:
            for batch in chain([first], batches):
                report = ingest(store, batch)
                changes += report.changes
                rejects.update(report.reasons)
    return {
        "changed": changes.total,
        "read": read,
        "rejected": rejects.total(),
        "rejects": dict(rejects),
        "snapshot": None if dry_run else stored_snapshot(url).sha256,
        "seconds": round(time.monotonic() - begun, 2),
        "dry_run": dry_run,
    }


def export_file(store: str | None, path: Path, progress: Callable[[int], None]) -> Json:
    """Write all of a store, or of the packaged formulary, to a file.

    A name without an ending is a folder, and gets the CSV of ``neo4j-admin database import``.

    :raises UsageError: the ending of the file is not known.
    """
    begun = time.monotonic()
    with whole_store(store) as opened:
        if path.suffix:
            from graphrx.kg.rdf.files import export_file as write

            found: Json = {"file": str(path), "records": write(opened, path, progress)}
        else:
            from graphrx.kg.store.admin_csv import import_command, write_csv

            write_csv(opened, path)
            command = shlex.join(import_command(path))
            counts = opened.counts()
            found = {"file": str(path), "records": sum(counts.values()), "load_with": command}
    return found | {"seconds": round(time.monotonic() - begun, 2)}
