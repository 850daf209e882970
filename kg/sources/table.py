"""The table of sources in ``docs/sources.md``, from their specs and counted rows.

``python -m graphrx.kg.sources.table --write docs/sources.md`` renews the part between the markers;
``--data DIR`` first counts again what each source says and keeps that in ``counts.json``.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from graphrx.kg.errors import NotAvailableError, UsageError
from graphrx.kg.sources import registry
from graphrx.kg.sources.base import EntityRow, Row, SourceSpec

COUNTS: Final = Path(__file__).parent / "counts.json"
BEGIN: Final = "<!-- begin: python -m graphrx.kg.sources.table -->"
END: Final = "<!-- end -->"
_OTHER: Final = ("entity", "reject")
_LEVEL: Final = {
    "label": "label", "guideline": "guideline", "expert_list": "expert list",
    "curated_db": "curated", "text_mined": "text-mined", "unknown": "unknown",
}  # fmt: skip

Counts = dict[str, dict[str, int]]


def count(data_dir: Path) -> Counts:
    """Count what each source in a data directory says: predicate, "entity", "reject" → number."""
    found: Counts = {}
    for name in registry.SOURCES:
        numbers: Counter[str] = Counter()
        try:
            for item in registry.read(name, data_dir):
                kind = "entity" if isinstance(item, EntityRow) else "reject"
                numbers[item.predicate if isinstance(item, Row) else kind] += 1
        except NotAvailableError as error:
            sys.stderr.write(f"{error.message}\n")
            continue
        found[name] = dict(sorted(numbers.items()))
    return found


def markdown(counts: Counts) -> str:
    """Return the table and what is taken of each source, as Markdown."""
    return "\n".join([*_table(counts), "", *_sections()])


def _table(counts: Counts) -> Iterator[str]:
    yield "| source | licence | version | level | may block | statements read | rejects |"
    yield "|---|---|---|---|---|---|---:|"
    for name in registry.SOURCES:
        spec = registry.spec(name)
        numbers = counts.get(name, {})
        said = [f"{key} {n:,}" for key, n in numbers.items() if key not in _OTHER]
        if "entity" in numbers:
            said.append(f"{numbers['entity']:,} things described")
        rejects = f"{numbers.get('reject', 0):,}" if numbers else ""
        licence = spec.licence + (" **(accept by name)**" if spec.noncommercial else "")
        cells = (
            f"[{name}](#{name})", licence, spec.version, _LEVEL[spec.level],
            "yes" if spec.trusted else "no, warns", "<br>".join(said) or "not measured", rejects,
        )  # fmt: skip
        yield f"| {' | '.join(cells)} |"


def _sections() -> Iterator[str]:
    for name, path in registry.SOURCES.items():
        spec = registry.spec(name)
        about = (import_module(path).__doc__ or "").strip().replace("``", "`")
        yield f"### {name}"
        yield ""
        yield f"{spec.title}. From <{spec.url}>{_checksum(spec)}."
        yield ""
        yield about
        yield ""
        yield f"*Pitfalls:* {spec.pitfalls}"
        yield ""


def _checksum(spec: SourceSpec) -> str:
    return f" (sha256 `{spec.sha256}`)" if spec.sha256 else ""


def renewed(text: str, counts: Counts) -> str:
    """Return the document with the part between its markers renewed.

    :raises UsageError: it has no markers.
    """
    head, begin, rest = text.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise UsageError(f"the document has not both markers {BEGIN} and {END}")
    return f"{head}{BEGIN}\n\n{markdown(counts)}\n{END}{tail}"


def known_counts() -> Counts:
    """Return the counts of the last measurement."""
    found: Counts = json.loads(COUNTS.read_text("utf-8"))
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Write the table to stdout, or into a document."""
    parser = argparse.ArgumentParser(description="The table of sources.")
    parser.add_argument("--data", type=Path, help="count again what lies in this directory")
    parser.add_argument("--write", type=Path, help="the document to renew")
    options = parser.parse_args(argv)
    if options.data is not None:
        COUNTS.write_text(json.dumps(count(options.data), indent=1) + "\n", encoding="utf-8")
    counts = known_counts()
    if options.write is None:
        sys.stdout.write(markdown(counts) + "\n")
    else:
        text = options.write.read_text("utf-8")
        options.write.write_text(renewed(text, counts), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
