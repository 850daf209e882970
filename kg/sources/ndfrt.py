"""NDF-RT: substances with their DrugBank ids, and interactions where the user has exported them.

The public mapping file has no interactions. They come from a SPARQL end point that serves NDF-RT,
as CSV with one row for each participant: ``s`` (the interaction), ``label``, ``severity``,
``targetDrug``; such a file is read when it lies beside the mapping as ``ndfrt-interactions.csv``.
Critical is major and Significant is moderate: NDF-RT says how grave, not that it is forbidden.
"""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from graphrx.kg import schema
from graphrx.kg.ingest import Reject
from graphrx.kg.sources.base import EntityRow, Item, Ref, Row, SourceSpec, file_in, reject
from graphrx.kg.sources.files import table

SPEC: Final = SourceSpec(
    name="ndfrt",
    title="NDF-RT substances and interactions, mapped to DrugBank",
    version="2014 (last release with interactions)",
    date="2014-07-01",
    licence="US government work (public domain)",
    noncommercial=False,
    url="https://raw.githubusercontent.com/dbmi-pitt/public-PDDI-analysis/b68ffcf13d3236cbfc6301e38acab75da70a6ee9/PDDI-Datasets/Ndf-rt/Ndfrt-Drugbank-Mapped.csv",
    sha256="fcb761b29a04f39ed9b6ab9a4de36b149557692985b37975533eef8916b93ad6",
    level="curated_db",
    trusted=False,
    checks=(),
    files=("Ndfrt-Drugbank-Mapped.csv",),
    pitfalls="The mapping file alone has no interactions (1,876 in the release: Critical 688, "
    "Significant 1,188). Some NDF-RT ids are given two DrugBank ids, and some DrugBank ids two "
    "substances (zonisamide also stands as diltiazem): those are rejected, not guessed.",
)

INTERACTIONS: Final = "ndfrt-interactions.csv"
_COLUMNS: Final = ("NUI", "FDASubstancePrefName", "Drugbank_Bio2rdf")
_SEVERITY: Final = {"critical": "major", "significant": "moderate"}
_NUI: Final = re.compile(r"N\d{10}")
_DRUGBANK: Final = re.compile(r"DB\d{5}")


@dataclass(frozen=True, slots=True)
class _Link:
    line: int
    nui: str
    name: str
    drugbank: str

    @property
    def said(self) -> list[str]:
        return [self.nui, self.name, self.drugbank]


def read(folder: Path) -> Iterator[Item]:
    """Iterate over the substances, then over the interactions if they are there."""
    links: list[_Link] = []
    for item in table(file_in(folder, SPEC.files[0], SPEC), _COLUMNS, delimiter=","):
        if isinstance(item, Reject):
            yield item
            continue
        line, cells = item
        nui, name, drugbank = (cells[column].rpartition("/")[2] for column in _COLUMNS)
        link = _Link(line, nui, name, drugbank.rpartition(":")[2])
        if _NUI.fullmatch(link.nui) and _DRUGBANK.fullmatch(link.drugbank):
            links.append(link)
        else:
            yield reject(link.said, "row has no NDF-RT id and DrugBank id")
    drugs: dict[str, Ref] = {}
    yield from _substances(links, drugs)
    if (folder / INTERACTIONS).is_file():
        yield from _interactions(folder / INTERACTIONS, drugs)


def _substances(links: list[_Link], drugs: dict[str, Ref]) -> Iterator[Item]:
    """One entity for each DrugBank id; ``drugs`` gets NDF-RT id → drug."""
    of_nui: dict[str, set[str]] = defaultdict(set)
    of_drug: dict[str, list[_Link]] = defaultdict(list)
    for link in links:
        of_nui[link.nui].add(link.drugbank)
        of_drug[link.drugbank].append(link)
    for drugbank, group in of_drug.items():
        clear = []
        stems = {link.name.split()[0] for link in group if len(of_nui[link.nui]) == 1}
        for link in group:
            if len(of_nui[link.nui]) > 1:
                both = " and ".join(sorted(of_nui[link.nui]))
                yield reject(link.said, f"ambiguous: {link.nui} is given to {both}")
            elif len(stems) > 1:
                both = " and ".join(sorted(stems))
                yield reject(link.said, f"ambiguous: {drugbank} is given to {both}")
            else:
                clear.append(link)
        if not clear:
            continue
        names = sorted({link.name.casefold() for link in clear}, key=lambda text: (len(text), text))
        ids = (f"DRUGBANK:{drugbank}", *dict.fromkeys(f"NDFRT:{link.nui}" for link in clear))
        ref = Ref(schema.DRUG, ids, names[0])
        drugs.update((link.nui, ref) for link in clear)
        yield EntityRow(ref, source_row=f"{names[0]} {' '.join(ids)}", locator=drugbank)


def _interactions(path: Path, drugs: dict[str, Ref]) -> Iterator[Item]:
    found: dict[str, tuple[str, str, list[str]]] = {}
    for item in table(path, ("s", "label", "severity", "targetDrug"), delimiter=","):
        if isinstance(item, Reject):
            yield item
            continue
        cells = item[1]
        uri = cells["s"].rpartition("/")[2]
        entry = found.setdefault(uri, (cells["label"], cells["severity"], []))
        nui = cells["targetDrug"].rpartition("/")[2]
        if nui not in entry[2]:
            entry[2].append(nui)
    for uri, (label, word, participants) in found.items():
        said = [uri, label, word, *participants]
        severity = _SEVERITY.get(word.casefold())
        if severity is None:
            yield reject(said, f"severity {word!r} is not known")
        elif len(participants) != 2:
            yield reject(said, f"interaction has {len(participants)} participants, not 2")
        elif missing := [nui for nui in participants if nui not in drugs]:
            yield reject(said, f"no one DrugBank id for {' and '.join(missing)}")
        else:
            yield Row(
                source_row=f"{label}: {word}",
                subject=drugs[participants[0]],
                predicate=schema.INTERACTS_WITH,
                object=drugs[participants[1]],
                qualifiers={"severity": severity},
                locator=uri,
            )
