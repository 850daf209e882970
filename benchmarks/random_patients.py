"""A thousand random patients, each with a random list, on the packaged formulary.

python benchmarks/random_patients.py [--patients 1000] [--seed 0]

Of every result: no blocked drug is in the plan, every block and warning rests on a path whose
edges exist, the contract holds (where it lies beside the checkout), and a second run gives the
same bytes. Exit code 1 when any of these fails.
"""
# ruff: noqa: E402  (the tests' random patients are found by their folder)

import argparse
import hashlib
import json
import random
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import jsonschema
from origin import write_result

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "verifier"))

from support import Names, audit, random_patient

from graphrx.pipelines.check import check
from graphrx.pipelines.envelope import to_json
from graphrx.pipelines.session import Session

CONTRACT = ROOT.parent / "shared" / "contracts" / "result.schema.json"


def contract() -> jsonschema.Draft202012Validator | None:
    if not CONTRACT.exists():
        return None
    return jsonschema.Draft202012Validator(json.loads(CONTRACT.read_text(encoding="utf-8")))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    session, again = Session(), Session()
    names, rng, schema = Names(session.snapshot), random.Random(options.seed), contract()
    failures: Counter[str] = Counter()
    verdicts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    digest = hashlib.sha256()
    paths = 0
    for _ in range(options.patients):
        data, drugs = random_patient(rng, names), rng.sample(names.drugs, rng.randint(1, 8))
        result: dict[str, Any] = check(session, data, drugs)
        text = to_json(result)
        digest.update(text.encode())
        if to_json(check(again, data, drugs)) != text:
            failures["bytes differ"] += 1
        try:
            audit(session.snapshot, result)
        except AssertionError as error:
            failures[f"audit: {str(error)[:120]}"] += 1
        if schema is not None and not schema.is_valid(result):
            failures["contract"] += 1
        for item in result["items"]:
            verdicts[item["verdict"]] += 1
            for finding in item["findings"]:
                kinds[finding["kind"]] += finding["verdict"] == "block"
                paths += len(finding["evidence"])
    figures = {
        "seed": options.seed,
        "patients": options.patients,
        "verdicts": dict(sorted(verdicts.items())),
        "blocks_by_kind": {kind: count for kind, count in sorted(kinds.items()) if count},
        "paths_found_in_the_graph": paths,
        "contract": "validated" if schema is not None else "not beside this checkout",
        "failures": dict(failures),
        "sha256_of_all_results": digest.hexdigest(),
    }
    write_result("random_patients", figures, data=session.snapshot.sha256)
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
