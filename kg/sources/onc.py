"""ONC high-priority interactions, spelt out for single drugs by the public-PDDI project.

The list says of fifteen pairs of classes that they should never be prescribed together. Most of its
rows pair two QT-prolonging drugs; those are major, the others contraindicated. Because the classes
were filled by a program (ciprofloxacin stands among the strong inhibitors of CYP1A2), the source is
not trusted to block: it warns.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.headerless import cells_of

SPEC: Final = SourceSpec(
    name="onc",
    title="ONC high-priority drug–drug interactions, mapped to DrugBank",
    version="2012 (mapped 2015)",
    date="2015-06-30",
    licence="US government work (public domain)",
    noncommercial=False,
    url="https://raw.githubusercontent.com/dbmi-pitt/public-PDDI-analysis/66ba0cfb9869b4d62b43b26eea2c1bbb8bc83fff/PDDI-Datasets/ONC-High-Priority/ONC_High_Priority_Mapped.csv",
    sha256="6478cc0ff57244ed66f84a6f534596f8d3f6267af5fb2bad869c60aa53ef37e7",
    level="expert_list",
    trusted=False,
    checks=(),
    files=("ONC_High_Priority_Mapped.csv",),
    pitfalls="1,930 rows in both directions are 1,150 pairs; 780 of them pair two QT-prolonging "
    "drugs and only warn. Cells are parted by $, a byte-order mark comes first. A misspelt name "
    "without a DrugBank id is rejected, never repaired.",
)

_ID: Final = re.compile(r"DB\d{5}")
_QT: Final = frozenset(
    ("DB00199", "DB00204", "DB00207", "DB00215", "DB00218", "DB00261", "DB00280", "DB00308",
     "DB00333", "DB00342", "DB00391", "DB00450", "DB00477", "DB00489", "DB00502", "DB00604",
     "DB00608", "DB00637", "DB00679", "DB00738", "DB00904", "DB00907", "DB00908", "DB00933",
     "DB01035", "DB01100", "DB01118", "DB01169", "DB01175", "DB01184", "DB01195", "DB01208",
     "DB01211", "DB01218", "DB01227", "DB01236", "DB01244", "DB01599", "DB04855", "DB05294",)
)  # fmt: skip
"""The list's forty QT-prolonging drugs: each is paired with each other one."""


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the pairs, each once."""
    seen: set[tuple[str, str]] = set()
    for item in cells_of(file_in(folder, SPEC.files[0], SPEC), 5, delimiter="$"):
        if isinstance(item, Reject):
            yield item
            continue
        line, (name, drug, other_name, other, _) = item
        if not name.strip() or not other_name.strip():
            yield reject([name, drug, other_name, other], "row names only one drug")
            continue
        keys = (drug or name.casefold(), other or other_name.casefold())
        if keys[0] == keys[1]:
            yield reject([name, drug, other_name, other], "a drug beside itself is no interaction")
            continue
        if (min(keys), max(keys)) in seen:
            continue
        if bad := next((i for i in (drug, other) if i and not _ID.fullmatch(i)), None):
            yield reject([name, drug, other_name, other], f"{bad!r} is no DrugBank id")
            continue
        seen.add((min(keys), max(keys)))
        qt = drug in _QT and other in _QT
        yield Row(
            source_row=f"{name} ({drug}) + {other_name} ({other})",
            subject=_drug(name, drug),
            predicate=schema.INTERACTS_WITH,
            object=_drug(other_name, other),
            qualifiers={"severity": "major" if qt else "contraindicated"},
            locator=f"line {line}",
            notes={"mechanism": "Both prolong the QT interval", "mechanism_zh": "均可延长QT间期"}
            if qt
            else {},
        )


def _drug(name: str, drugbank: str) -> Ref:
    return Ref(schema.DRUG, (f"DRUGBANK:{drugbank}",) if drugbank else (), name.strip())
