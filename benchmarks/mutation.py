"""Break the verifier one change at a time (mutmut): do its quick tests notice?

python benchmarks/mutation.py [--seed 1] [--sample 600] [--whole FILE …] [--again]

The mutants are made from ``kg/verifier`` in the folder ``mutants``; a seeded sample of them is
tested, drawn from each file by its share, and every mutant of the files named by ``--whole``.
``--again`` keeps what was tested before and reports it. Which tests run: ``[tool.mutmut]`` in
pyproject.toml. Needs the extra ``mutation``.
"""

import argparse
import hashlib
import json
import math
import random
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from origin import write_result

ROOT = Path(__file__).resolve().parents[1]
MADE = ROOT / "mutants" / "src" / "graphrx" / "kg" / "verifier"
MUTMUT = Path(sys.executable).with_name("mutmut")
LEFT_OUT = 34
"""Exit code by which mutmut marks a mutant that is skipped."""
KILLED, TIMEOUT = {1, 3}, {-24, 24, 36, 152, 255}
DECISIVE = ("interval", "review", "verdict", "when")


def mutmut(*arguments: str) -> None:
    MADE.parents[3].mkdir(exist_ok=True)
    with (MADE.parents[3] / "run.log").open("a") as log:
        done = subprocess.run([MUTMUT, "run", *arguments], cwd=ROOT, stdout=log, check=False)
    if done.returncode:
        sys.exit(f"mutmut run {' '.join(arguments)} failed; run it by hand to see why")


def records() -> dict[str, dict[str, Any]]:
    """File → what mutmut knows of its mutants."""
    found = {path.name.removesuffix(".py.meta"): json.loads(path.read_text(encoding="utf-8"))
             for path in sorted(MADE.glob("*.meta"))}  # fmt: skip
    return {name: known for name, known in found.items() if known["exit_code_by_key"]}


def draw(seed: int, size: int, whole: list[str]) -> None:
    """Leave every mutant out but those of the sample, which are to be tested anew."""
    known = records()
    rest = {
        name: sorted(data["exit_code_by_key"]) for name, data in known.items() if name not in whole
    }
    every = sum(map(len, rest.values()))
    for name, data in known.items():
        names = sorted(data["exit_code_by_key"])
        if name not in whole:
            share = max(5, round(size * len(names) / every))
            names = random.Random(f"{seed} {name}").sample(names, min(share, len(names)))
        chosen = set(names)
        data["exit_code_by_key"] = {
            one: None if one in chosen else LEFT_OUT for one in data["exit_code_by_key"]
        }
        path = MADE / f"{name}.py.meta"
        path.write_text(json.dumps(data), encoding="utf-8")


def wilson(hits: int, of: int, z: float = 1.96) -> list[float]:
    """95 % interval of a share (Wilson, 1927)."""
    share, spread = hits / of, z * z / of
    middle = share + spread / 2
    half = z * math.sqrt(share * (1 - share) / of + spread / (4 * of))
    return [round((middle + sign * half) / (1 + spread), 4) for sign in (-1, 1)]


def told(counts: Counter[str]) -> dict[str, Any]:
    tested = counts.total()
    dead = counts["killed"] + counts["timeout"]
    return {"tested": tested, **{word: counts[word] for word in ("killed", "timeout", "survived")},
            "share": round(dead / tested, 4), "interval_95": wilson(dead, tested)}  # fmt: skip


def shown(name: str) -> str:
    """The lines that a mutant changes."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    path = "src/graphrx/kg/verifier/" + name.split(".")[3] + ".py"
    lines = get_diff_for_mutant(name, path=path).splitlines()
    return "\n".join(line for line in lines if re.match(r"[-+](?![-+])", line))


def report(seed: int) -> dict[str, Any]:
    files: dict[str, Any] = {}
    whole: Counter[str] = Counter()
    survivors: dict[str, str] = {}
    for name, data in records().items():
        counts: Counter[str] = Counter()
        for mutant, code in data["exit_code_by_key"].items():
            if code in (LEFT_OUT, None):
                continue
            word = "killed" if code in KILLED else "timeout" if code in TIMEOUT else "survived"
            counts[word] += 1
            if word == "survived":
                survivors[mutant] = shown(mutant)
        if counts:
            files[name] = {"mutants": len(data["exit_code_by_key"]), **told(counts)}
            whole += counts
    return {"seed": seed, **told(whole), "files": files, "survivors": survivors}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sample", type=int, default=600)
    parser.add_argument("--whole", nargs="*", default=list(DECISIVE))
    parser.add_argument("--children", default="2")
    parser.add_argument("--again", action="store_true")
    options = parser.parse_args()
    if not options.again:
        if not MADE.is_dir():
            mutmut("graphrx.kg.verifier.words.*")  # makes the mutants, tests nine of them
        draw(options.seed, options.sample, options.whole)
        mutmut("--max-children", options.children)
    figures = report(options.seed)
    digest = hashlib.sha256()
    for path in sorted((ROOT / "kg" / "verifier").glob("*.py")):
        digest.update(path.read_bytes())
    write_result("mutation", figures, data=digest.hexdigest())
    print(
        json.dumps({key: value for key, value in figures.items() if key != "survivors"}, indent=1)
    )
    for name, lines in figures["survivors"].items():
        print(f"\n{name}\n{lines}")


if __name__ == "__main__":
    main()
