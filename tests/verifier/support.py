"""Shared by the tests of the verifier: graphs, patients, random cases, and what to assert."""

import json
import random
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

from graphrx.kg.formulary.loader import load
from graphrx.kg.freeze import freeze
from graphrx.kg.ingest import ingest
from graphrx.kg.model import Evidence, Records, Statement, Triple, canonical_json
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.store.sqlite import SqliteStore
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.review import Review, review
from graphrx.kg.verifier.verdict import DrugVerdict, Finding
from graphrx.kg.verifier.verify import Verifier

FORMULARY = Path(__file__).parents[1] / "fixtures" / "verifier_formulary"
KNOWN: dict[str, Any] = {
    "age_years": 50, "sex": "M", "weight_kg": 70, "diagnoses": [], "history": [], "symptoms": [],
    "current_drugs": [], "allergies": [], "breastfeeding": False, "egfr_ml_min_1_73m2": 90,
    "crcl_ml_min": 95, "child_pugh": None, "qtc_ms": 400, "labs": {}, "genetics": [],
}  # fmt: skip
"""A patient of whom everything is known and nothing is wrong."""
WOMAN = {**KNOWN, "sex": "F", "age_years": 30, "pregnancy": {"status": "not_pregnant"}}


def text_mined(records: Records) -> Records:
    """A machine's reading of a text: paracetamol must not go with warfarin."""
    ids = {node.name: node.id for node in records.nodes}
    said = Evidence(
        "label", "PMID:1", "text_mined", "text_mining_agent", 0.97,
        canonical_json({"reason": "Read in a text"}), model="labeller", run="run-1",
        document="PMID:1", span=(0, 20),
    )  # fmt: skip
    pair = sorted((ids["paracetamol"], ids["warfarin"]))
    triple = Triple(pair[0], "pharmacologically_interacts_with", pair[1],
                    canonical_json({"severity": "contraindicated"}))  # fmt: skip
    return Records(statements=(Statement(triple, said),))


def build(path: Path) -> Snapshot:
    """The small graph, with one text-mined statement brought in the way a pipeline does."""
    records = load(FORMULARY)
    with SqliteStore() as store:
        ingest(store, records)
        ingest(store, text_mined(records))
        return freeze(store, path)


def patient(base: dict[str, Any] = KNOWN, **changes: Any) -> dict[str, Any]:
    return {**base, **changes}


def judge(verifier: Verifier, data: dict[str, Any], drug: str) -> DrugVerdict:
    facts = verifier.close(parse_patient(data))
    return verifier.verdict(facts, verifier.resolver.drug(drug))


def judge_list(verifier: Verifier, data: dict[str, Any], drugs: Iterable[str]) -> Review:
    facts = verifier.close(parse_patient(data))
    return review(verifier, facts, [verifier.resolver.drug(drug) for drug in drugs])


def matched(findings: Iterable[Finding]) -> list[Finding]:
    """Decided findings of a rule: no open question, no gap in the data."""
    gaps = ("data_gap", "unknown_drug", "indication")
    return [f for f in findings if f.question is None and f.kind not in gaps]


def only(verdict: DrugVerdict, kind: str) -> Finding:
    found = [finding for finding in verdict.findings if finding.kind == kind]
    assert len(found) == 1, (kind, verdict.findings)
    return found[0]


# -- evidence that exists ----------------------------------------------------------------------


@cache
def edges_of(snapshot: Snapshot) -> frozenset[tuple[str, str, str]]:
    """Every edge of a graph by its names."""
    return frozenset(
        (snapshot.name(edge.subject), edge.predicate, snapshot.name(edge.object))
        for edge in map(snapshot.edge, range(snapshot.n_edges))
    )


def assert_path_exists(snapshot: Snapshot, nodes: Iterable[str], edges: Iterable[str]) -> None:
    """Every step of an evidence path is an edge of the graph, read in either direction."""
    places, words, known = list(nodes), list(edges), edges_of(snapshot)
    assert len(places) == len(words) + 1, (places, words)
    for here, word, there in zip(places, words, places[1:], strict=False):
        step = (here, word, there)
        assert step in known or (there, word, here) in known, f"not in the graph: {step}"


def assert_evidence_exists(snapshot: Snapshot, findings: Iterable[Finding]) -> None:
    """Blocks and warnings rest on paths of the graph."""
    sources = {source.id for source in snapshot.sources}
    for finding in findings:
        assert finding.evidence or finding.effect not in ("block", "warn"), finding
        for path in finding.evidence:
            assert_path_exists(snapshot, path.nodes, path.edges)
            assert path.source in sources, path


def audit(snapshot: Snapshot, result: dict[str, Any]) -> None:
    """No blocked drug is kept; every block and warning rests on edges of the graph."""
    verdicts = {item["drug"]["inn"]: item["verdict"] for item in result["items"]}
    for name in result["plan"]["kept"]:
        assert verdicts[name] != "block", name
    for gone in result["plan"]["removed"]:
        assert gone["because"], gone
    ids: set[str] = set()
    for item in result["items"]:
        effects = [finding["verdict"] for finding in item["findings"]]
        assert (item["verdict"] == "block") == ("block" in effects)
        for finding in item["findings"]:
            ids.add(finding["id"])
            assert finding["evidence"] or finding["verdict"] not in ("block", "warn"), finding
            for path in finding["evidence"]:
                assert_path_exists(snapshot, path["nodes"], path["edges"])
    assert {one for gone in result["plan"]["removed"] for one in gone["because"]} <= ids
    sources = {source["id"] for source in result["kb"]["sources"]}
    cited = {p["source"] for i in result["items"] for f in i["findings"] for p in f["evidence"]}
    assert cited <= sources


# -- random patients ---------------------------------------------------------------------------


class Names:
    """Names to draw random patients from: every drug, and conditions, mostly those with rules."""

    def __init__(self, snapshot: Snapshot) -> None:
        self.snapshot = snapshot
        self.drugs = [snapshot.name(node) for node in snapshot.nodes_of("Drug")]
        self.classes = [
            snapshot.name(node)
            for node in snapshot.nodes_of("DrugClass")
            if snapshot.node(node).attributes.get("allergen")
        ]
        problems = [n for c in ("Disease", "PhenotypicFeature") for n in snapshot.nodes_of(c)]
        ruled = {snapshot.name(n) for n in problems if snapshot.into(n, "contraindicated_in")}
        grown = {"pregnancy", "breastfeeding", "childhood", "old age"}
        self.ruled = sorted(ruled - grown)
        self.problems = [
            snapshot.name(n)
            for n in problems
            if snapshot.name(n) not in grown
            and snapshot.node(n).attributes.get("kind") not in ("goal", "allergen")
        ]

    def problem(self, rng: random.Random) -> str:
        return rng.choice(self.ruled if rng.random() < 0.7 else self.problems)


def random_patient(rng: random.Random, names: Names, *, unknowns: float = 0.1) -> dict[str, Any]:
    """A patient by the contract; each field is left unknown with probability ``unknowns``.

    Problems that imply a pregnancy are given to women only, as the reader refuses them else.
    """
    sex = rng.choice(["F", "M", "F", "M", "X"])
    found: dict[str, Any] = {
        "age_years": rng.choice([0.05, 2, 8, 13, 17, 25, 34, 45, 54, 60, 66, 77, 91]),
        "sex": sex,
        "weight_kg": rng.choice([3.5, 30, 48, 60, 75, 110]),
        "diagnoses": _some(rng, lambda: names.problem(rng), 4),
        "history": _some(rng, lambda: names.problem(rng), 2),
        "symptoms": _some(rng, lambda: names.problem(rng), 1),
        "current_drugs": _some(rng, lambda: _taken(rng, names), 5),
        "allergies": _some(rng, lambda: _allergy(rng, names), 2),
        "egfr_ml_min_1_73m2": rng.choice([8, 14, 24, 33, 50, 75, 110]),
        "crcl_ml_min": rng.choice([9, 14, 26, 35, 55, 80, 120]),
        "child_pugh": rng.choice([None, None, "A", "B", "C"]),
        "qtc_ms": rng.choice([390, 440, 465, 480, 510]),
        "labs": {"potassium": {"value": rng.choice([3.0, 4.2, 5.8]), "unit": "mmol/L"}},
        "genetics": _some(rng, lambda: "HLA-B*57:01 positive", 1),
    }
    if sex != "M":
        found["pregnancy"] = rng.choice(
            [{"status": "not_pregnant"}, {"status": "unknown"}, {"status": "pregnant"},
             {"status": "pregnant", "gestation_weeks": rng.choice([8, 20, 32])}]
        )  # fmt: skip
        found["breastfeeding"] = rng.choice([True, False])
    else:
        carries = _needs_a_woman(names)
        for field in ("diagnoses", "history", "symptoms"):
            found[field] = [text for text in found[field] if text not in carries]
    for field in sorted(found):
        if rng.random() < unknowns:
            found[field] = None
    return found


@cache
def _needs_a_woman(names: Names) -> frozenset[str]:
    snapshot = names.snapshot
    below: set[str] = set()
    for state in ("pregnancy", "breastfeeding"):
        for node, _ in snapshot.lookup(state):
            below.add(snapshot.name(node))
            below |= {snapshot.name(n) for n in snapshot.closure(node, "subclass_of", reverse=True)}
    return frozenset(below)


def _some(rng: random.Random, draw: Any, most: int) -> list[Any]:
    return [draw() for _ in range(rng.randint(0, most))]


ORDERS = ("", "", "", "500 mg bd", "3 g tid", "1 g", "20 mg/kg q6h", "10 mg weekly", "2 tablets od")
"""Doses to draw from; most drugs are typed without one."""


def ordered(rng: random.Random, names: Names) -> str:
    """A drug as it may be typed, with a dose or without."""
    return f"{rng.choice(names.drugs)} {rng.choice(ORDERS)}".strip()


def _taken(rng: random.Random, names: Names) -> Any:
    name = rng.choice(names.drugs)
    if rng.random() < 0.15:
        return {"name": name, "stopped_days_ago": rng.choice([1, 6, 13, 30])}
    if rng.random() < 0.2:
        return {"name": name, "dose": rng.choice(ORDERS) or None}
    return name


def _allergy(rng: random.Random, names: Names) -> Any:
    substance = rng.choice(names.classes if rng.random() < 0.5 else names.drugs)
    if rng.random() < 0.5:
        return substance
    return {
        "substance": substance,
        "reaction": rng.choice(["rash", "anaphylaxis", "nausea", None]),
        "severity": rng.choice(["mild", "severe", None]),
    }


def canonical(result: dict[str, Any]) -> str:
    """A result without what echoes the input: its names as typed, and the hash of them."""
    data = json.loads(json.dumps(result))
    data.pop("run_id", None)
    data["patient_echo"]["facts"] = sorted(
        (fact["field"], fact["curie"] or "", fact["state"], fact["source"])
        for fact in data["patient_echo"]["facts"]
    )
    for item in data["items"]:
        del item["drug"]["input"], item["drug"]["resolution"]
    # two entries may mean one drug
    data["items"].sort(key=lambda item: (str(item["drug"]["inn"]), json.dumps(item)))
    data["plan"]["kept"].sort()
    data["plan"]["removed"].sort(key=str)
    for row in data["patient_echo"]["questions"]:
        _without_entry(row, row.pop("about"))
    for row in data["patient_echo"]["unrecognised"]:  # "current_drugs.2.dose" tells the place
        row["field"] = re.sub(r"\.\d+\.", ".…", row["field"])
    data["patient_echo"]["unrecognised"].sort(key=str)
    for finding in _findings(data):
        _without_entry(finding, finding.pop("question_about", None))
        for key in ("modifiers", "modifiers_zh"):
            finding[key] = [
                words.split(" '")[0].split("“")[0]
                if words.startswith(("decided on the diagnosis", "按诊断"))
                else words
                for words in finding[key]
            ]
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def _without_entry(asked: dict[str, Any], entry: str | None) -> None:
    """A question quotes the entry that it asks about as it was typed."""
    for key in ("question", "question_zh"):
        if entry and asked.get(key):
            asked[key] = asked[key].replace(entry, "…")


def _findings(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for item in result["items"]:
        yield from item["findings"]
    yield from result["pairs"]
