"""SIDER 4.1: side effects that drug labels list, with how often.

Drugs are PubChem compounds in STITCH's spelling, joined to DrugBank by the PubChem mapping of the
DrugBank slim set: first by the compound with its stereochemistry, then without; and by SIDER's own
``drug_names.tsv`` where that lies beside. Effects are MedDRA preferred terms (PT); lowest-level
terms only repeat them.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table
from graphrx.kg.sources.headerless import cells_of

SPEC: Final = SourceSpec(
    name="sider4",
    title="SIDER 4.1: side effects from drug labels",
    version="4.1",
    date="2015-10-21",
    licence="CC-BY-NC-SA-4.0",
    noncommercial=True,
    url="https://github.com/dhimmel/SIDER4",
    sha256=None,
    level="text_mined",
    trusted=False,
    checks=(),
    files=("meddra_all_se.tsv.gz", "meddra_freq.tsv.gz"),
    pitfalls="Read from labels by a program. LLT rows repeat PT rows, placebo rows are no effect, "
    "and arms of trials differ: the highest frequency counts, all stay in the notes. Needs "
    "drugbank_slim/pubchem-mapping.tsv beside it. The mined indications are not taken.",
    agent="text_mining_agent",
)

MAPPING: Final = "pubchem-mapping.tsv"
_NAMES: Final = "drugbank-slim.tsv"
_OWN_NAMES: Final = "drug_names.tsv"
_STITCH: Final = re.compile(r"CID\d{9}")
_WORDS: Final = {
    "very common": 5, "very frequent": 5, "common": 4, "frequent": 4, "uncommon": 3,
    "infrequent": 3, "rare": 2, "very rare": 1, "postmarketing": 0,
}  # fmt: skip
_FREQUENCY: Final = ("unknown", "very rare", "rare", "uncommon", "common", "very common")
_BOUNDS: Final = ((0.1, 5), (0.01, 4), (0.001, 3), (0.0001, 2))
"""Share of patients from which on a frequency has a rank (CIOMS)."""

Said = tuple[int, tuple[str, ...]]


def locate(data_dir: Path) -> Path:
    """Return ``DIR/sider4``.

    :raises NotAvailableError: the mapping of PubChem to DrugBank is not there.
    """
    folder = data_dir / SPEC.name
    file_in(_mapping(folder), MAPPING, SPEC)
    return folder


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the pairs of drug and effect, drug by drug."""
    effects, often = (file_in(folder, name, SPEC) for name in SPEC.files)
    drugs = _drugs(folder)
    if (folder / _OWN_NAMES).is_file():
        for item in cells_of(folder / _OWN_NAMES, 2):
            if not isinstance(item, Reject):
                drugs.setdefault(_pubchem(item[1][0]), (Ref(schema.DRUG, (), item[1][1]),))
    frequencies: dict[tuple[str, str], Said] = {}
    for item in cells_of(often, 10):
        if isinstance(item, Reject):
            yield item
        elif bad := _frequency(item[1], frequencies):
            yield bad
    for drug, group in groupby(cells_of(effects, 6), key=_flat):
        yield from _of_drug(drug, group, drugs, frequencies)


def _flat(item: tuple[int, list[str]] | Reject) -> str:
    return "" if isinstance(item, Reject) else item[1][0]


def _of_drug(
    flat: str,
    group: Iterator[tuple[int, list[str]] | Reject],
    drugs: dict[str, tuple[Ref, ...]],
    frequencies: dict[tuple[str, str], Said],
) -> Iterator[Item]:
    """The effects of one compound: each preferred term once for each drug that it is."""
    found: dict[str, tuple[str, set[str]]] = {}
    for item in group:
        if isinstance(item, Reject):
            yield item
            continue
        _, (_, stereo, label_concept, kind, concept, name) = item
        if kind == "PT" and concept and name:
            found.setdefault(concept, (name, set()))[1].add(stereo)
        elif kind not in ("LLT", "PT"):
            yield reject([flat, stereo, label_concept], "effect has no MedDRA term")
        elif kind == "PT":
            yield reject([flat, stereo, concept, name], "preferred term has no concept or no name")
    if not _STITCH.fullmatch(flat):
        for concept, (name, _) in found.items():
            yield reject([flat, concept, name], f"{flat!r} is no STITCH id")
        return
    for concept, (name, stereos) in found.items():
        here = {ref for stereo in sorted(stereos) for ref in drugs.get(_pubchem(stereo), ())}
        here = here or set(drugs.get(_pubchem(flat), ()))
        if not here:
            reason = "PubChem compound has no DrugBank id in the mapping"
            yield reject([flat, concept, name], reason)
        rank, texts = frequencies.get((flat, concept), (None, ()))
        qualifiers: dict[str, Any] = {} if rank is None else {"frequency": _FREQUENCY[rank]}
        for ref in sorted(here, key=lambda ref: (ref.ids, ref.name or "")):
            yield Row(
                source_row=f"{flat} {ref.name or ref.ids[0]}: {name}",
                subject=ref,
                predicate=schema.HAS_SIDE_EFFECT,
                object=Ref(schema.SIDE_EFFECT, (f"UMLS:{concept}",), name),
                qualifiers=qualifiers,
                locator=f"{flat} {concept}",
                notes={"frequencies": "; ".join(texts)} if texts else {},
            )


def _frequency(cells: list[str], found: dict[tuple[str, str], Said]) -> Reject | None:
    """Add a saying to ``found``: the highest rank so far, and all texts."""
    flat, _, _, placebo, text, lower, upper, kind, concept, _ = cells
    if kind != "PT" or placebo:
        return None
    text = text.strip()
    rank = _WORDS.get(text)
    if rank is None:
        try:
            share = (float(lower) + float(upper)) / 2
        except ValueError:
            return reject(cells, f"frequency {text!r} has no bounds")
        rank = next((rank for bound, rank in _BOUNDS if share >= bound), 1)
    before, texts = found.get((flat, concept), (0, ()))
    if text not in texts:
        texts = tuple(sorted((*texts, text)))
    found[flat, concept] = (max(before, rank), texts)
    return None


def _pubchem(stitch: str) -> str:
    """Return the PubChem id in a STITCH id: CID1 and CID0, then eight digits.

    >>> _pubchem("CID100000085"), _pubchem("CID000010917")
    ('85', '10917')
    """
    return stitch[4:].lstrip("0")


def _mapping(folder: Path) -> Path:
    return folder if (folder / MAPPING).is_file() else folder.parent / "drugbank_slim"


def _drugs(folder: Path) -> dict[str, tuple[Ref, ...]]:
    """PubChem id → the drugs that have it, when that is one."""
    place = _mapping(folder)
    names = {}
    if (place / _NAMES).is_file():
        for item in table(place / _NAMES, ("drugbank_id", "name"), quoted=False):
            if not isinstance(item, Reject):
                names[item[1]["drugbank_id"]] = item[1]["name"]
    found: dict[str, set[str]] = defaultdict(set)
    for item in table(file_in(place, MAPPING, SPEC), ("drugbank_id", "pubchem_cid")):
        if not isinstance(item, Reject):
            found[item[1]["pubchem_cid"]].add(item[1]["drugbank_id"])
    return {
        compound: tuple(Ref(schema.DRUG, (f"DRUGBANK:{drug}",), names.get(drug)) for drug in drugs)
        for compound, drugs in found.items()
        if len(drugs) == 1
    }
