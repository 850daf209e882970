"""Planted hazards: clean patients with one hazard each, and their twins without it.

python benchmarks/planted_hazards.py [--seed 0] [--each N] [--data ../shared/data] [--store URL]
python benchmarks/planted_hazards.py --table        # the table of docs/evidence.md, from the result

Hazards and clean patients come from a reading of the formulary files of its own (``planted/``),
which shares no code with the verifier. Measured: planted hazards found with the right kind, level
and verdict; blocks and other findings on the clean twins; unknown names that passed.
"""

import argparse
import csv
import gzip
import json
import multiprocessing
import random
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from origin import FOLDER, write_result
from planted.facts import Facts
from planted.invented import invent, key, misspell
from planted.oracle import Oracle
from planted.patients import Case, Maker
from planted.plant_doses import plant_doses
from planted.plant_exceptions import plant_exceptions
from planted.plant_pairs import (
    plant_allergies,
    plant_duplicates,
    plant_pairs,
    plant_persisting,
    plant_washout,
    plant_withdrawn,
)
from planted.plant_rules import plant_rules
from planted.plant_unknown import plant_names, plant_unknown
from planted.report import INVENTED, MISSPELT, Row, Tally, figures, table
from planted.said import Expected, Json

from graphrx.kg.linking.resolve import Resolver
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.review import review
from graphrx.kg.verifier.verdict import ORDER, DrugVerdict
from graphrx.kg.verifier.verify import Verifier
from graphrx.pipelines.session import open_snapshot

FORMULARY = Path(__file__).resolve().parents[1] / "kg" / "formulary" / "data"


def cases(maker: Maker, known: set[str]) -> Iterator[Case]:
    """Every hazard of every kind."""
    yield from plant_rules(maker)
    yield from plant_doses(maker)
    yield from plant_pairs(maker)
    yield from plant_washout(maker)
    yield from plant_persisting(maker)
    yield from plant_duplicates(maker)
    yield from plant_allergies(maker)
    yield from plant_withdrawn(maker)
    yield from plant_exceptions(maker)
    yield from plant_unknown(maker)
    yield from plant_names(maker, invent(INVENTED, known), "invented name")
    yield from plant_names(maker, misspell(MISSPELT, maker.facts.orderable, known), "misspelt name")


def sampled(found: Iterable[Case], each: int | None, seed: int) -> list[Case]:
    """At most so many cases of each kind, drawn at random; None keeps all."""
    kinds: dict[str, list[Case]] = {}
    for case in found:
        kinds.setdefault(case.kind, []).append(case)
    rng = random.Random(seed)
    return [
        case for rows in kinds.values()
        for case in (rows if each is None or len(rows) <= each else rng.sample(rows, each))
    ]  # fmt: skip


class Speaker:
    """Says names the way people do: a quarter of them in Chinese or by another name."""

    def __init__(self, facts: Facts, resolver: Resolver) -> None:
        """Speak by these names, save those that tell a route or a strength of their own."""
        self.rng = random.Random()
        self.drugs = {
            name: tuple(
                one for one in (drug.zh, *drug.names)
                if resolver.drug(one).route is None and "%" not in one
            )
            for name, drug in facts.drugs.items()
        }  # fmt: skip
        self.conditions = {name: (row["zh"],) for name, row in facts.conditions.items()}

    def drug(self, name: str) -> str:
        """The name, or for one in four another one."""
        return self._one(self.drugs, name)

    def patient(self, patient: Json) -> Json:
        """The patient with names as spoken."""
        said = dict(patient)
        for field_ in ("diagnoses", "history"):
            if said[field_]:
                said[field_] = [self._one(self.conditions, name) for name in said[field_]]
        if said["current_drugs"]:
            said["current_drugs"] = [
                {**entry, "name": self.drug(entry["name"])} for entry in said["current_drugs"]
            ]
        return said

    def _one(self, names: dict[str, tuple[str, ...]], name: str) -> str:
        if not names.get(name) or self.rng.random() < 0.75:
            return name
        return self.rng.choice(names[name])


class Run(Tally):
    """Puts cases to the verifier and counts."""

    def __init__(self, verifier: Verifier, facts: Facts) -> None:
        """Check with this verifier."""
        super().__init__()
        self.verifier, self.speaker = verifier, Speaker(facts, verifier.resolver)

    def put(self, case: Case, number: int = 0) -> None:
        """Check the patient and the twin.

        :param number: place of the case; it decides how names are said, whoever puts the case.
        """
        self.speaker.rng.seed(number)
        row = self.rows.setdefault(case.kind, Row())
        verdict = self._verdict(case.patient, case.order, case.rest)
        wrong = problem(case, verdict)
        row.cases += 1
        row.found += wrong is None
        row.passed += verdict.verdict == "pass"
        if wrong is None:
            self.reached.update(case.facts)
        else:
            self.misses.append(_shown(case, verdict, wrong))
        if case.called is not None:
            said = decided(verdict)
            row.compared += 1
            row.exact += said == case.called
            if said != case.called:
                self.different.append(_shown(case, verdict, _difference(case.called, said)))
        twin = self._verdict(case.twin, case.twin_order, case.twin_rest)
        silent = twin.verdict == "pass" and not twin.findings
        row.twins["silent" if silent else twin.verdict] += 1
        if not silent:
            self.noisy.append(_shown(case, twin, "clean twin"))

    def _verdict(self, patient: Json, order: str, rest: str) -> DrugVerdict:
        facts = self.verifier.close(parse_patient(self.speaker.patient(patient)))
        match = self.verifier.resolver.drug(f"{self.speaker.drug(order)} {rest}".strip())
        return review(self.verifier, facts, [match]).items[0].verdict


def put_all(verifier: Verifier, facts: Facts, found: list[Case], seed: int, jobs: int) -> Tally:
    """Put every case, in so many processes; the number of processes changes nothing."""
    numbered = list(enumerate(found, start=seed * 1_000_000))
    fork = multiprocessing.get_context("fork")
    answers: Any = fork.Queue()

    def put(share: list[tuple[int, Case]]) -> None:
        run = Run(verifier, facts)
        try:
            for number, case in share:
                run.put(case, number)
        except Exception as error:
            answers.put(error)  # or the parent would wait for ever
            raise
        answers.put(Tally(run.rows, run.misses, run.noisy, run.different, run.reached))

    workers = [fork.Process(target=put, args=(numbered[n::jobs],)) for n in range(jobs)]
    for worker in workers:
        worker.start()
    whole = Tally()
    for _ in workers:
        answer = answers.get()
        if isinstance(answer, Exception):
            raise answer
        whole.add(answer)
    return whole


def decided(verdict: DrugVerdict) -> set[Expected]:
    """Findings of rules that are settled; no questions, no gaps."""
    return {
        Expected(f.kind, f.object, f.level, f.effect)
        for f in verdict.findings if f.question is None and f.kind != "data_gap"
    }  # fmt: skip


def problem(case: Case, verdict: DrugVerdict) -> str | None:
    """What is wrong with the answer to a planted hazard; None when it is found as told."""
    wanted = case.expected
    if wanted is None and case.called is not None:
        said = decided(verdict)
        return None if said == case.called else _difference(case.called, said)
    if wanted is None:
        return None if verdict.verdict in case.verdicts else f"verdict {verdict.verdict}"
    if wanted.effect != "info" and ORDER[verdict.verdict] < ORDER[wanted.effect]:
        return f"verdict {verdict.verdict}, not {wanted.effect}"
    same = [f for f in verdict.findings if (f.kind, f.object) == (wanted.kind, wanted.object)]
    if not same:
        return "not found"
    if not any((f.level, f.effect) == (wanted.level, wanted.effect) for f in same):
        return f"as {same[0].level} {same[0].effect}"
    return None


def _difference(called: frozenset[Expected], said: set[Expected]) -> str:
    more = [f"+{one.kind} {one.object} {one.level}" for one in said - called]
    less = [f"-{one.kind} {one.object} {one.level}" for one in called - said]
    return ", ".join(sorted(more + less))


def _shown(case: Case, verdict: DrugVerdict, wrong: str) -> Json:
    wanted, told = case.expected, case.patient.items()
    return {
        "kind": case.kind, "order": f"{case.order} {case.rest}".strip(), "problem": wrong,
        "expected": f"{wanted.kind} {wanted.object} {wanted.level}" if wanted else "not known",
        "patient": {key: value for key, value in told if key != "labs" and value not in (None, [])},
        "findings": [f"{f.kind} {f.object} {f.level} {f.effect}" for f in verdict.findings],
    }  # fmt: skip


def known_names(snapshot: Snapshot, data: Path | None) -> tuple[set[str], int]:
    """Keys of every name of the graph, and of DrugBank's open vocabulary where it is at hand."""
    known = {key(text) for text in snapshot.name_keys()}
    real: set[str] = set()
    file = None if data is None else data / "drugbank_open" / "drugbank_vocab.csv.gz"
    if file is not None and file.exists():
        with gzip.open(file, "rt", encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                real |= {key(n) for n in (row["Common name"], *row["Synonyms"].split(" | ")) if n}
    return known | real, len(real)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--each", type=int, help="at most so many patients a kind, and write nothing"
    )
    parser.add_argument(
        "--data", type=Path, help="folder with drugbank_open, to check invented names"
    )
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--store", help="store URL; without it the packaged formulary")
    parser.add_argument("--table", action="store_true", help="print the table of the last result")
    options = parser.parse_args()
    if options.table:
        print("\n".join(table(json.loads((FOLDER / "planted_hazards.json").read_text()))))
        return
    began = time.perf_counter()
    facts, snapshot = Facts(FORMULARY), open_snapshot(options.store)
    maker = Maker(facts, Oracle(facts), random.Random(options.seed))
    known, real = known_names(snapshot, options.data)
    found_cases = sampled(cases(maker, known), options.each, options.seed)
    run = put_all(Verifier(snapshot), facts, found_cases, options.seed, options.jobs)
    found = figures(run, maker, options.seed, real, time.perf_counter() - began)
    if options.each is None and options.store is None:
        write_result("planted_hazards", found, data=snapshot.sha256)
    else:
        print(json.dumps(found, indent=1, ensure_ascii=False))
    sys.exit(bool(run.misses or run.different or found["false_blocks_on_twins"]["n"]))


if __name__ == "__main__":
    main()
