"""DDInter: drug–drug interactions with a severity, one CSV for each letter of the ATC.

A pair stands in the file of either drug's letter, in any direction; it is taken once. A form
("Betamethasone (topical)") becomes its drug, and the edge says of which side it holds:
``subject_form`` or ``object_form``.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="ddinter",
    title="DDInter: drug–drug interactions",
    version="1.0",
    date="2021-10-18",
    licence="CC-BY-NC-SA-4.0",
    noncommercial=True,
    url="https://ddinter.scbdd.com/download/",
    sha256=None,
    level="curated_db",
    trusted=False,
    checks=(),
    files=tuple(f"ddinter_downloads_code_{letter}.csv.gz" for letter in "ABDHLPRV"),
    pitfalls="A pair stands in up to two files: 222,383 rows are 160,235 pairs. Unknown is a "
    "severity nobody has graded, so it warns. Names only, no public ids; forms stand in "
    "brackets.",
)

_COLUMNS: Final = ("DDInterID_A", "Drug_A", "DDInterID_B", "Drug_B", "Level")
_SEVERITY: Final = {
    "Major": "major", "Moderate": "moderate", "Minor": "minor", "Unknown": "unknown",
}  # fmt: skip
_BRACKETS: Final = re.compile(r"\s*\(([^)]*)\)\s*$")
_FORMS: Final = frozenset(
    ("topical", "topiclal", "ophthalmic", "nasal", "otic", "liposomal", "liposome", "lipid complex",
     "cholesteryl sulfate", "protein-bound", "flush", "intravenous and subcutaneous", "potassium",
     "sodium", "calcium", "zinc", "zinc extended", "chloride", "sulfate", "bismuth citrate",
     "aspart", "aspart protamine", "isophane", "inhalation, rapid acting", "-1", "I-123", "I-131",
     "p32", "high molecular weight", "low molecular weight", "3350 with electrolytes"),
)  # fmt: skip
"""Brackets that name a form, a salt or a label; other brackets are part of a name."""


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the pairs, each severity of a pair once."""
    seen: set[tuple[str, str, str]] = set()
    for name in SPEC.files:
        for item in table(file_in(folder, name, SPEC), _COLUMNS, delimiter=","):
            if isinstance(item, Reject):
                yield item
                continue
            line, cells = item
            first, second = cells["DDInterID_A"], cells["DDInterID_B"]
            key = (min(first, second), max(first, second), cells["Level"])
            if key in seen:
                continue
            found = _row(f"{name.removesuffix('.gz')} line {line}", cells)
            if isinstance(found, Row):
                seen.add(key)
            yield found


def _row(locator: str, cells: dict[str, str]) -> Item:
    severity = _SEVERITY.get(cells["Level"])
    if severity is None:
        return reject(cells, f"severity {cells['Level']!r} is not known")
    if not cells["Drug_A"].strip() or not cells["Drug_B"].strip():
        return reject(cells, "row names only one drug")
    if cells["DDInterID_A"] == cells["DDInterID_B"]:
        return reject(cells, "a drug beside itself is no interaction")
    subject, subject_form = _drug(cells["Drug_A"])
    object_, object_form = _drug(cells["Drug_B"])
    qualifiers: dict[str, Any] = {"severity": severity}
    if subject_form:
        qualifiers["subject_form"] = subject_form
    if object_form:
        qualifiers["object_form"] = object_form
    return Row(
        source_row=f"{cells['Drug_A']} + {cells['Drug_B']}: {cells['Level']}",
        subject=subject,
        predicate=schema.INTERACTS_WITH,
        object=object_,
        qualifiers=qualifiers,
        locator=locator,
    )


@lru_cache(maxsize=4096)
def _drug(name: str) -> tuple[Ref, str | None]:
    """Return the drug, and its form if the name has one in brackets."""
    name = name.strip()
    bracket = _BRACKETS.search(name)
    if bracket is None or bracket[1] not in _FORMS:
        return Ref(schema.DRUG, (), name), None
    form = "topical" if bracket[1] == "topiclal" else bracket[1]
    return Ref(schema.DRUG, (), name[: bracket.start()]), form
