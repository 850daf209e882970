"""Build the graph from every source: the formulary first, then the public sets, one run each.

Which node a row maps to depends on the row, the formulary, the DrugBank vocabulary and the Disease
Ontology in the data directory; never on the order of the sources or on what the store holds. So a
second build changes nothing, and a source that is retracted has never been there.
"""

import json
import resource
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from graphrx.kg import conflicts, licences
from graphrx.kg.compose import Composer, Counts
from graphrx.kg.errors import (
    BaselineError,
    GraphrxError,
    InputError,
    NotAvailableError,
    SourceError,
    UsageError,
)
from graphrx.kg.formulary.loader import DATA, load
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Records, SourceInfo, canonical_json
from graphrx.kg.resolution.resolver import Resolver, load_resolver
from graphrx.kg.sources import registry
from graphrx.kg.sources.registry import Source
from graphrx.kg.store.base import GraphStore

FORMULARY: Final = "formulary"
BASELINE: Final = Path(__file__).parent / "sources" / "baseline.json"
"""Source → number of rejects that is known and accepted: what was counted and a hundredth
(at least ten) more, since a name that the formulary gains or loses changes it a little."""

Progress = Callable[[str, int], None]
"""Called with a source's name and the number of records written since the last call."""


@dataclass(frozen=True)
class SourceReport:
    """What became of one source.

    :param read: items of the source; ``mapped`` and ``rejected`` add up to it.
    :param evidence: statements that it makes.
    :param changed: rows that were new in the store.
    :param edges: predicate → statements.
    :param reasons: how its references were mapped: reason → number of different references.
    :param rejects: reason → number, edges of a hierarchy that were left out too.
    :param peak_mb: highest memory of the process up to the end of this source.
    :param error: why it was not read to its end, or is not accepted.
    """

    name: str
    read: int = 0
    mapped: int = 0
    rejected: int = 0
    evidence: int = 0
    changed: int = 0
    edges: tuple[tuple[str, int], ...] = ()
    reasons: tuple[tuple[str, int], ...] = ()
    rejects: tuple[tuple[str, int], ...] = ()
    seconds: float = 0.0
    peak_mb: float = 0.0
    licence: str = ""
    error: str | None = None


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    :param skipped: source → why it was left out.
    :param conflicts: what sources say against each other.
    :param licence: of the whole, in words.
    """

    sources: tuple[SourceReport, ...]
    skipped: tuple[tuple[str, str], ...]
    conflicts: conflicts.Conflicts
    licence: str
    seconds: float
    peak_mb: float
    dry_run: bool
    errors: tuple[GraphrxError, ...] = ()

    @property
    def changed(self) -> int:
        """Return the number of rows that were new in the store."""
        return sum(source.changed for source in self.sources)

    def raise_first(self) -> None:
        """Raise the first error of the build, if there was one."""
        if self.errors:
            raise self.errors[0]


def build(
    store: GraphStore,
    data_dir: Path | None,
    only: Sequence[str] | None = None,
    progress: Progress | None = None,
    dry_run: bool = False,
    rejects_dir: Path | None = None,
    *,
    extra: Sequence[Source] = (),
    formulary: Path = DATA,
    strict: bool = True,
) -> BuildReport:
    """Read the sources into a store.

    A source that can't be read is left as it was and the others are built; its error is raised at
    the end, or with ``strict=False`` left in the report for :meth:`BuildReport.raise_first`.

    :param data_dir: where the sources' folders lie; None builds the formulary alone.
    :param only: names of sources; None is every source that is there.
    :param dry_run: read, map and count; write nothing.
    :param rejects_dir: where ``<source>.jsonl`` with the rejects and ``conflicts.jsonl`` go.
    :param extra: sources that mapping files declare.
    :raises UsageError, InputError, NotAvailableError: as :func:`chosen` says.
    :raises BaselineError: a source has more rejects than its baseline allows.
    :raises SourceError: a source can't be read as told.
    """
    begun = time.monotonic()
    sources, skipped = chosen(data_dir, only)
    core = load(formulary)
    resolver = load_resolver(core, data_dir)
    run = _Run(store, resolver, progress or _no_progress, dry_run, rejects_dir)
    run.formulary(core)
    for source in (*sources, *extra):
        run.source(source)
    if rejects_dir is not None:
        _write(rejects_dir / "conflicts.jsonl", map(asdict, run.conflicts.found().all))
    report = BuildReport(
        sources=tuple(run.reports),
        skipped=tuple(skipped),
        conflicts=run.conflicts.found(),
        licence=licences.of_the_whole(
            {FORMULARY: "Apache-2.0"} | {s.spec.name: s.spec.licence for s in (*sources, *extra)},
            frozenset(s.spec.name for s in (*sources, *extra) if s.spec.noncommercial),
        ),
        seconds=round(time.monotonic() - begun, 2),
        peak_mb=peak_mb(),
        dry_run=dry_run,
        errors=tuple(run.errors),
    )
    if strict:
        report.raise_first()
    return report


def peak_mb() -> float:
    """Return the highest memory of this process so far, in MiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def baselines() -> dict[str, int]:
    """Return source → number of rejects that is known and accepted."""
    found: dict[str, int] = json.loads(BASELINE.read_text("utf-8"))
    return found


def chosen(
    data_dir: Path | None, only: Sequence[str] | None
) -> tuple[list[Source], list[tuple[str, str]]]:
    """Return the sources to build, and those that are not there with the reason.

    :raises UsageError: a name is not known, or no data directory is given to find it in.
    :raises InputError: there is no such data directory.
    :raises NotAvailableError: a source that ``only`` names is not there.
    """
    wanted = [n for n in registry.SOURCES if data_dir and (only is None or n in only)]
    unknown = [n for n in only or () if n not in registry.SOURCES and n != FORMULARY]
    if unknown:
        raise UsageError(
            f"source {unknown[0]!r} is not known; use one of {', '.join(registry.SOURCES)}"
        )
    if data_dir is None:
        if named := [n for n in only or () if n != FORMULARY]:
            raise UsageError(f"source {named[0]!r} needs --data, the folder where its files lie")
        return [], []
    if not data_dir.is_dir():
        raise InputError(f"no data directory {data_dir}; name the one with the sources")
    found, skipped = [], []
    for name in wanted:
        try:
            source = registry.source(name, data_dir)
            source.check_files()
        except NotAvailableError as error:
            if only is not None:
                raise
            skipped.append((name, error.message))
        else:
            found.append(source)
    return found, skipped


class _Run:
    def __init__(
        self,
        store: GraphStore,
        resolver: Resolver,
        progress: Progress,
        dry_run: bool,
        rejects_dir: Path | None,
    ) -> None:
        self.store = store
        self.resolver = resolver
        self.progress = progress
        self.dry_run = dry_run
        self.rejects_dir = rejects_dir
        self.baseline = baselines()
        self.reports: list[SourceReport] = []
        self.errors: list[GraphrxError] = []
        self.conflicts = conflicts.Collector()

    def formulary(self, core: Records) -> None:
        """Write the formulary."""
        begun = time.monotonic()
        rows = len(core.nodes) + len(core.statements) + len(core.coverage)
        counts = Counts(read=rows, mapped=rows, evidence=len(core.statements))
        counts.edges.update(s.triple.predicate for s in core.statements)
        changed = self._write(FORMULARY, _split(core, self.store.batch))
        self._report(FORMULARY, "Apache-2.0", counts, changed, begun, None)

    def source(self, source: Source) -> None:
        """Write a source; if it can't be read to its end and is new, take it out again."""
        begun = time.monotonic()
        spec = source.spec
        composer = Composer(spec, self.resolver)
        was_there = self._is_there(spec.info)
        changed, error = 0, None
        try:
            changed = self._write(spec.name, composer.batches(source.read(), self.store.batch))
            self._hold_to_baseline(composer)
        except (SourceError, NotAvailableError) as caught:
            error = caught
            self.errors.append(caught)
            if not was_there and not self.dry_run and not isinstance(caught, BaselineError):
                self.store.retract(source=spec.name)
        if self.rejects_dir is not None:
            path = self.rejects_dir / f"{spec.name}.jsonl"
            _write(path, map(asdict, sorted(composer.rejected, key=lambda r: (r.reason, r.row))))
        self._report(spec.name, spec.licence, composer.counts, changed, begun, error)

    def _is_there(self, info: SourceInfo) -> bool:
        return any(known.id == info.id for known in self.store.sources())

    def _write(self, name: str, batches: Iterable[Records]) -> int:
        changed = 0
        for batch in batches:
            self.conflicts.add(batch.statements)
            if not self.dry_run:
                changed += ingest(self.store, batch).changes.total
            self.progress(name, len(batch.nodes) + len(batch.statements))
        return changed

    def _hold_to_baseline(self, composer: Composer) -> None:
        name, rejected = composer.spec.name, composer.rejected
        allowed = self.baseline.get(name)
        if allowed is not None and len(rejected) > allowed:
            where = (
                f"read {self.rejects_dir / name}.jsonl"
                if self.rejects_dir
                else ("see them with --rejects DIR")
            )
            raise BaselineError(
                f"{name}: {len(rejected)} rows rejected, the baseline allows {allowed}; {where}, "
                f"then raise it in {BASELINE.name} if they are right"
            )

    def _report(
        self, name: str, licence: str, counts: Counts, changed: int, begun: float,
        error: GraphrxError | None,
    ) -> None:  # fmt: skip
        self.reports.append(
            SourceReport(
                name=name,
                read=counts.read,
                mapped=counts.mapped,
                rejected=counts.rejected,
                evidence=counts.evidence,
                changed=changed,
                edges=tuple(sorted(counts.edges.items())),
                reasons=tuple(counts.reasons.most_common()),
                rejects=tuple(counts.rejects.most_common()),
                seconds=round(time.monotonic() - begun, 2),
                peak_mb=peak_mb(),
                licence=licence,
                error=error.message if error else None,
            )
        )


def _split(core: Records, size: int) -> Iterator[Records]:
    yield Records(nodes=core.nodes, coverage=core.coverage)
    for at in range(0, len(core.statements), size):
        yield Records(statements=core.statements[at : at + size])
    yield Records(sources=core.sources)


def _write(path: Path, rows: Iterable[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8") as file:
        file.writelines(canonical_json(row) + "\n" for row in rows)


def _no_progress(_name: str, _rows: int) -> None:
    """Say nothing."""
