"""How fast is the verifier on one core, and how long does `graphrx check` take to start?

python benchmarks/verifier_speed.py [--rounds 10] [--lists 300]

A patient with five current drugs and five diagnoses meets every drug of the packaged formulary,
findings included, JSON not. Aims: 5,000 verdicts a second, no torch on the way, start under 0.5 s,
a thousand patients in a batch under 10 s.
"""

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from origin import write_result

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "verifier"))

from support import Names, random_patient

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.kg.linking.match import DrugMatch
from graphrx.kg.snapshot import Snapshot
from graphrx.kg.verifier.patient import parse_patient
from graphrx.kg.verifier.review import review
from graphrx.kg.verifier.verify import Verifier

SEED = 0
PATIENT: dict[str, Any] = {
    "age_years": 70, "sex": "F", "weight_kg": 60,
    "diagnoses": ["hypertension", "type 2 diabetes mellitus", "heart failure NYHA class III",
                  "asthma", "chronic kidney disease stage 4"],
    "history": ["myocardial infarction"], "symptoms": [], "genetics": [], "labs": {},
    "current_drugs": ["metformin", "amlodipine", "warfarin", "amiodarone", "omeprazole"],
    "allergies": ["penicillin"], "egfr_ml_min_1_73m2": 24, "crcl_ml_min": 26, "qtc_ms": 430,
}  # fmt: skip


def start(*arguments: str, runs: int = 5) -> float:
    """Best of some runs of the command, in seconds; interpreter and imports included."""
    taken = []
    for _ in range(runs):
        begin = time.perf_counter()
        command = [sys.executable, "-m", "graphrx.pipelines.cli.app", *arguments]
        subprocess.run(command, capture_output=True, check=False)
        taken.append(time.perf_counter() - begin)
    return min(taken)


def imports_torch(*arguments: str) -> bool:
    script = (
        "import sys\nfrom graphrx.pipelines.cli.app import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
        "sys.exit('torch' in sys.modules)"
    )
    command = [sys.executable, "-c", script, *arguments]
    return subprocess.run(command, capture_output=True, check=False).returncode != 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--lists", type=int, default=300)
    options = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    snapshot = packaged_snapshot()
    verifier = Verifier(snapshot)
    facts = verifier.close(parse_patient(PATIENT))
    names = [snapshot.name(node) for node in snapshot.nodes_of("Drug")]
    matches = [DrugMatch(snapshot.name(n), (n,), "exact") for n in snapshot.nodes_of("Drug")]

    begin = time.process_time()
    for match in matches:
        verifier.verdict(facts, match)
    cold = len(matches) / (time.process_time() - begin)
    rounds, findings = [], 0
    for _ in range(options.rounds):
        begin = time.process_time()
        findings = sum(len(verifier.verdict(facts, match).findings) for match in matches)
        rounds.append(len(matches) / (time.process_time() - begin))

    rng = random.Random(SEED)
    lists = [rng.sample(names, 20) for _ in range(options.lists)]
    looks = []
    for _ in range(2):  # the first look at a pair compiles it; a service has seen most before
        taken = []
        for drugs in lists:
            begin = time.perf_counter()
            closed = verifier.close(parse_patient(PATIENT))
            review(verifier, closed, [verifier.resolver.drug(drug) for drug in drugs])
            taken.append(1000 * (time.perf_counter() - begin))
        cuts = statistics.quantiles(taken, n=100)
        looks.append({"p50": round(cuts[49], 2), "p99": round(cuts[98], 2)})

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "patient.json"
        path.write_text(json.dumps(PATIENT), encoding="utf-8")
        asked = ("check", str(path), "lisinopril", "--format", "json")
        figures = {
            "seed": SEED,
            "drugs": len(matches),
            "findings_per_verdict": round(findings / len(matches), 2),
            "verdicts_per_cpu_second": {
                "median": round(statistics.median(rounds)), "best": round(max(rounds)),
                "first_use_of_each_drug": round(cold),
            },
            "check_of_20_drugs_ms": {"pairs_never_seen": looks[0], "pairs_seen_before": looks[1]},
            "start_s_best_of_5": {
                "check": round(start(*asked), 3),
                "check --help": round(start("check", "--help"), 3),
                "python -c pass": round(bare(), 3),
            },
            "batch_of_1000_patients_s": round(batch(snapshot, Path(folder)), 2),
            "check_imports_torch": imports_torch(*asked),
        }  # fmt: skip
    write_result("verifier_speed", figures, data=snapshot.sha256)
    if figures["check_imports_torch"] or statistics.median(rounds) < 5000:
        sys.exit("short of the aim")


def batch(snapshot: Snapshot, folder: Path) -> float:
    """Random patients with one to eight drugs each through the command, start-up included."""
    names, rng = Names(snapshot), random.Random(SEED)
    path = folder / "batch.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for _ in range(1000):
            row = {"patient": random_patient(rng, names),
                   "drugs": rng.sample(names.drugs, rng.randint(1, 8))}  # fmt: skip
            file.write(json.dumps(row) + "\n")
    return start("check", "--batch", str(path), "--format", "json", runs=2)


def bare() -> float:
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-c", "pass"], check=False)
        taken.append(time.perf_counter() - begin)
    return min(taken)


if __name__ == "__main__":
    main()
