"""A Chinese encyclopaedia of 8,792 diseases: symptoms, and drugs in common use.

Symptoms become ``has_phenotype``, common drugs ``treats`` from drug to disease. Complications and
tests have no relation in the schema and are rejects; the texts (cause, prevention, diet) are not
read.
"""

import gzip
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import LONGEST_LINE, readable
from graphrx.kg.sources.zh_names import drug

SPEC: Final = SourceSpec(
    name="cn_medical_json",
    title="Chinese disease encyclopaedia (JSON)",
    version="2019",
    date="2019-01-01",
    licence="none (scraped): local use only",
    noncommercial=True,
    url="https://github.com/Tonystark-001/MedicalKGQA",
    sha256=None,
    level="text_mined",
    trusted=False,
    checks=(),
    files=("cn_medical_json.tar.gz",),
    pitfalls="Scraped from a site for patients, without a licence: nothing built from it may be "
    "passed on. Many common drugs are traditional products. Names are Chinese.",
    agent="text_mining_agent",
)


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the diseases, in the order of the archive."""
    path = file_in(folder, SPEC.files[0], SPEC)
    with readable(path), gzip.open(path) as packed:
        try:
            with tarfile.open(fileobj=packed, mode="r|") as archive:
                for member in archive:
                    file = archive.extractfile(member) if member.name.endswith(".json") else None
                    if file is not None:
                        name = member.name.rpartition("/")[2]
                        yield from _lines(name, file.read().decode("utf-8-sig"))
        except tarfile.ReadError as error:
            raise EOFError(str(error)) from error
        while packed.read(65536):  # a cut after the last member shows only at the end
            pass


def _lines(file: str, text: str) -> Iterator[Item]:
    """A file is one JSON object with an entry a line: ``"17":{…},``."""
    for number, line in enumerate(text.split("\n"), start=1):
        entry = line.strip().removesuffix(",")
        if entry in ("", "{", "}"):
            continue
        if len(entry) > LONGEST_LINE:
            yield reject(entry[:50], f"entry is longer than {LONGEST_LINE:,} characters")
            continue
        try:
            ((key, value),) = json.loads("{" + entry + "}").items()
            disease = value["gaishu_info"]["name"]
        except (ValueError, KeyError, TypeError, AttributeError):
            yield reject(f"{file} line {number}: {entry[:100]}", "entry is no disease in JSON")
            continue
        yield from _disease(f"{file} {key}", str(disease), value)


def _disease(locator: str, name: str, value: dict[str, Any]) -> Iterator[Item]:
    disease = Ref(schema.DISEASE, (), None, name)
    about = value["gaishu_info"]
    for symptom in _words(value.get("symptom_data"), "symptoms"):
        yield Row(
            source_row=f"{name} 症状 {symptom}",
            subject=disease,
            predicate=schema.HAS_PHENOTYPE,
            object=Ref(schema.PHENOTYPE, (), None, symptom),
            locator=locator,
        )
    for product in _words(about, "common_drug"):
        yield Row(
            source_row=f"{name} 常用药 {product}",
            subject=drug(product),
            predicate=schema.TREATS,
            object=disease,
            locator=locator,
        )
    for other in _words(about, "has_complication"):
        yield reject([name, "并发症", other], "complications have no relation in the schema")
    for test in _words(value, "inspect_info"):
        yield reject([name, "检查", test], "tests have no relation in the schema")


def _words(value: object, key: str) -> list[str]:
    """The names in a list, without blanks."""
    listed = value.get(key) if isinstance(value, dict) else None
    return [str(word).strip() for word in listed or () if str(word).strip()]
