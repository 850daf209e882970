"""DrugMechDB: why a drug treats a disease, as a curated path of mechanisms.

The pair becomes ``treats``; its path is kept as the mechanism in the evidence's notes.
"""

import gzip
import re
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import yaml

from graphrx.kg import schema
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import readable

SPEC: Final = SourceSpec(
    name="drugmechdb",
    title="DrugMechDB",
    version="2.0.1",
    date="2023-07-25",
    licence="CC0-1.0",
    noncommercial=False,
    url="https://github.com/SuLab/DrugMechDB",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("drugmechdb.tar.gz",),
    pitfalls="A pair may have several paths, so 4,846 paths are 4,647 pairs; some DrugBank ids are "
    "misspelt (B02362) or name salts (DBSALT…): then the MeSH id and the name serve.",
)

_DRUGBANK: Final = re.compile(r"DB:(DB\d{5})")
_PUBMED: Final = re.compile(r"pubmed[^0-9]*?/(\d+)")
_LONGEST: Final = 1_000_000
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the paths, in the order of the archive."""
    path = file_in(folder, SPEC.files[0], SPEC)
    with readable(path):
        yield from _members(path)


def _members(path: Path) -> Iterator[Item]:
    try:
        with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
            for member in archive:
                name = member.name.rpartition("/")[2]
                if not member.isfile() or not name.endswith(".yaml") or name.startswith("_"):
                    continue
                file = archive.extractfile(member)
                if file is None or member.size > _LONGEST:
                    yield reject(member.name, "path is longer than 1,000,000 bytes")
                    continue
                yield _row(name.removesuffix(".yaml"), file.read())
            while packed.read(_LONGEST):
                pass  # to its end, where gzip says whether the file is whole
    except tarfile.ReadError as error:
        raise EOFError(str(error)) from error


def _row(name: str, data: bytes) -> Item:
    try:
        # Both loaders are the safe ones; the C one is ten times as fast.
        value = yaml.load(data.decode(), _LOADER)  # noqa: S506
        graph = value["graph"]
        drug, disease = str(graph["drug"]), str(graph["disease"])
        ids = (str(graph.get("drugbank") or ""), str(graph.get("drug_mesh") or ""))
        condition = str(graph.get("disease_mesh") or "")
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        return reject(name, f"path is no YAML ({type(error).__name__})")
    except (KeyError, TypeError, AttributeError):
        return reject(name, "path has no graph with drug and disease")
    known = _DRUGBANK.fullmatch(ids[0])
    mesh = ids[1] if ids[1].startswith("MESH:") else ""
    references = [str(text) for text in value.get("references") or ()]
    found = (_PUBMED.search(text) for text in references)
    return Row(
        source_row=f"{name} {drug} treats {disease}",
        subject=Ref(
            schema.DRUG, tuple(filter(None, (known and f"DRUGBANK:{known[1]}", mesh))), drug
        ),
        predicate=schema.TREATS,
        object=Ref(schema.DISEASE, (condition,) if condition else (), disease),
        locator=str(graph.get("_id") or name),
        notes=_mechanism(value),
        publications=tuple(dict.fromkeys(f"PMID:{match[1]}" for match in found if match)),
    )


def _mechanism(value: dict[str, Any]) -> dict[str, str]:
    names = {n.get("id"): str(n.get("name")) for n in value.get("nodes") or ()}
    steps = [
        f"{names.get(link.get('source'))} {link.get('key')} {names.get(link.get('target'))}"
        for link in value.get("links") or ()
    ]
    return {"mechanism": "; ".join(steps)} if steps else {}
