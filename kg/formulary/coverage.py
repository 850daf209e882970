"""Write ``coverage.tsv``: for which drug and check a silent formulary means "read, nothing found".

``python -m graphrx.kg.formulary.coverage [DIR] [--audit FILE] [--check]`` writes a row

* for every drug and every check that its file accounts for (a rule of its own, of its classes or
  of its ingredients, or a ``no_rule``), and for the allergy and duplicate checks, which classes
  and ingredients decide;
* for the dose check, only of drugs with a maximum for every adult, or ``no_dose_limit``;
* for the drug-drug check, only of drugs without an open pair in the result of
  ``benchmarks/coverage_audit.py``.

It refuses when the formulary has a problem (a check that is not accounted for is one) and when
the audit was made of another formulary. ``--check`` writes nothing and tells whether the file is
up to date.
"""

import argparse
import hashlib
import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import GraphrxError, NotAvailableError, SourceError
from graphrx.kg.formulary import documents as doc
from graphrx.kg.formulary.doses import ADULT
from graphrx.kg.formulary.loader import DATA, find_problems
from graphrx.kg.formulary.read import COVERAGE, COVERAGE_HEADER, formulary_files, read_files
from graphrx.kg.schema import READ_CHECKS

AUDIT: Final = Path(__file__).resolve().parents[2] / "benchmarks/results/coverage_audit.json"
"""Where the audit writes its result in a checkout."""

REVIEWED: Final = "2026-11-21"
"""The day on which the documents were last read for these rows."""

_SMPC: Final = {
    "drug_disease": "4.3, 4.4", "pregnancy": "4.6", "lactation": "4.6", "renal": "4.2, 4.4",
    "hepatic": "4.2, 4.4", "age": "4.2", "qt": "4.4, 4.8", "allergy": "4.3",
    "duplicate": "4.5", "drug_drug": "4.5", "dose": "4.2",
}  # fmt: skip
SECTIONS: Final[dict[str, dict[str, str]]] = {
    "fda-label": {
        "drug_disease": "4, 5", "pregnancy": "8.1", "lactation": "8.2", "renal": "8.6",
        "hepatic": "8.7", "age": "8.4, 8.5", "qt": "5, 12.2", "allergy": "4",
        "duplicate": "7", "drug_drug": "7", "dose": "2",
    },
    "uk-smpc": _SMPC,
    "ema-smpc": _SMPC,
    "nmpa-label": {
        "drug_disease": "禁忌, 注意事项", "pregnancy": "孕妇及哺乳期妇女用药",
        "lactation": "孕妇及哺乳期妇女用药", "renal": "注意事项", "hepatic": "注意事项",
        "age": "儿童用药, 老年用药", "qt": "注意事项", "allergy": "禁忌",
        "duplicate": "药物相互作用", "drug_drug": "药物相互作用", "dose": "用法用量",
    },
}  # fmt: skip
"""Label → check → the sections that speak of it."""


def formulary_digest(path: Path) -> str:
    """Return the sha256 over all formulary files but ``coverage.tsv`` itself."""
    digest = hashlib.sha256()
    for file in formulary_files(path):
        name = file.relative_to(path).as_posix()
        if name != COVERAGE:
            digest.update(f"{name}\n".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


def label_of(drug: doc.DrugDoc) -> str:
    """Return the label that the drug's file cites most; the US one when it cites none."""
    cited = Counter(part.source for part in (*drug.rules, *drug.treats))
    return max(SECTIONS, key=lambda source: cited[source])


def rows(path: Path, audit: dict[str, Any]) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the rows (drug, check, source, section, date), sorted by drug.

    :raises SourceError: the formulary has a problem, or the audit is of another formulary.
    """
    found = [problem for problem in find_problems(path) if problem.file != COVERAGE]
    if found:
        rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise SourceError(f"no coverage without a sound formulary: {found[0]}{rest}")
    if audit.get("formulary_sha256") != formulary_digest(path):
        raise SourceError(
            "the audit was made of another formulary; run "
            "python benchmarks/coverage_audit.py --data DIR --write"
        )
    drugs = sorted((item.entry for item in read_files(path).of(doc.DrugDoc)), key=lambda d: d.drug)
    for drug in drugs:
        label = label_of(drug)
        checks = [*READ_CHECKS, "allergy", "duplicate"]
        if drug.no_dose_limit or any(row.max and row.when == {"age": ADULT} for row in drug.doses):
            checks.append("dose")
        if drug.drug in audit["audited"] and drug.drug not in audit["open"]:
            checks.append("drug_drug")
        for check in checks:
            yield drug.drug, check, label, SECTIONS[label][check], REVIEWED


def table(path: Path, audit_file: Path) -> str:
    """Return the text of ``coverage.tsv``.

    :raises NotAvailableError: there is no audit result.
    :raises SourceError: see :func:`rows`.
    """
    try:
        audit = json.loads(audit_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotAvailableError(
            f"no audit result {audit_file}; run "
            "python benchmarks/coverage_audit.py --data DIR --write"
        ) from None
    lines = [COVERAGE_HEADER, *rows(path, audit)]
    return "".join("\t".join(line) + "\n" for line in lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m graphrx.kg.formulary.coverage")
    parser.add_argument("path", nargs="?", type=Path, default=DATA, metavar="DIR")
    parser.add_argument("--audit", type=Path, default=AUDIT, metavar="FILE")
    parser.add_argument("--check", action="store_true", help="compare, write nothing")
    options = parser.parse_args(arguments)
    try:
        text = table(options.path, options.audit)
    except GraphrxError as error:
        print(error, file=sys.stderr)  # noqa: T201  (a command)
        return error.exit_code
    file = options.path / COVERAGE
    if options.check:
        same = file.exists() and file.read_text(encoding="utf-8") == text
        print("up to date" if same else f"{file} is out of date; run without --check")  # noqa: T201
        return 0 if same else 1
    file.write_text(text, encoding="utf-8")
    count = Counter(line.split("\t")[1] for line in text.splitlines()[1:])
    print(", ".join(f"{number} {check}" for check, number in sorted(count.items())))  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
