"""Break the verifier in one line at a time: do its quick tests notice?

python benchmarks/mutation.py [--only NAME]

Each mutation is made in a temporary copy of the checkout, where the tests of the verifier that
need the small graph only are run. Exit code 1 when a mutant lives.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from origin import write_result

ROOT = Path(__file__).resolve().parents[1]
TESTS = (
    "test_rules.py",
    "test_dose.py",
    "test_pairs.py",
    "test_when.py",
    "test_plan.py",
    "test_labs.py",
)
PARTS = ("kg", "llm", "fusion", "pipelines", "src", "tests", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """One line of ``kg/verifier`` made wrong; ``old`` occurs exactly once."""

    name: str
    file: str
    old: str
    new: str


MUTATIONS = (
    Mutation("untrusted sources block", "verdict.py",
             'return "block" if trusted else "warn"', 'return "block"'),
    Mutation("contraindicated only warns", "verdict.py",
             'return "block" if trusted else "warn"', 'return "warn"'),
    Mutation("an open question warns only", "verdict.py",
             'return "unverified"\n    return "warn" if level == "moderate"',
             'return "warn"\n    return "warn" if level == "moderate"'),
    Mutation("unverified below warn", "verdict.py",
             '"warn": 1, "unverified": 2', '"warn": 2, "unverified": 1'),
    Mutation("text mining is trusted", "rules.py", "trusted and not machine", "trusted"),
    Mutation("exempt members are hit", "rules.py",
             "if drug in exempt or any(one in component.lineage for one in exempt):", "if False:"),
    Mutation("classes are not inherited", "rules.py",
             "if parent not in ways:", "if False and parent not in ways:"),
    Mutation("history never counts", "patient_rules.py",
             "if rule.active and not hit.active:", "if not hit.active:"),
    Mutation("history always counts", "patient_rules.py",
             "if rule.active and not hit.active:", "if False:"),
    Mutation("exceptions by condition forgotten", "patient_rules.py",
             "if any(node in facts.conditions for node in rule.unless):", "if False:"),
    Mutation("unknown pregnancy is none", "patient_rules.py",
             "if known is False or answer.holds is False:",
             "if known is not True or answer.holds is False:"),
    Mutation("an unknown measure is absent", "when.py",
             "return NO if verdict is False else Answer(None, question=ask(own))", "return NO"),
    Mutation("the other measure decides at the full limit", "when.py",
             "Interval(high=upper / 2, high_in=True)", "Interval(high=upper, high_in=True)"),
    Mutation("limits are inclusive", "interval.py",
             "return Interval(high=value), unit",
             "return Interval(high=value, high_in=True), unit"),
    Mutation("one trimester for another", "when.py",
             "2: Interval(14, 28)", "2: Interval(12, 28)"),
    Mutation("potassium in another unit", "labs.py",
             '_MMOL = _same("mmol/l"', '_MMOL = _same("mg/dl", "mmol/l"'),
    Mutation("washout is forgotten", "interaction.py",
             "return days < (stopped.persists_days if rule.washout is None else rule.washout)",
             "return days < stopped.persists_days"),
    Mutation("pair exceptions are forgotten", "interaction.py",
             "if any(node in mine.lineage or node in theirs.lineage for node in self.exempt):",
             "if False:"),
    Mutation("cross-reactivity ignores severity", "allergy.py",
             'level = "contraindicated" if entry.severe else "major"', 'level = "major"'),
    Mutation("an intolerance blocks", "allergy.py", "if entry.intolerance:", "if False:"),
    Mutation("unknown allergies pass", "allergy.py",
             "if not facts.allergies_known:", "if False:"),
    Mutation("the allow list is forgotten", "duplicate.py",
             "if not action or self._allowed(", "if not action or False and self._allowed("),
    Mutation("two of a class only warn", "duplicate.py",
             'level: Level = "contraindicated" if contraindicated else "moderate"',
             'level: Level = "moderate"'),
    Mutation("unknown current drugs pass", "verify.py",
             "if not facts.current_known:", "if False:"),
    Mutation("no coverage is no matter", "verify.py",
             'if states[check] == "no_data" and check not in drug.coverage:', "if False:"),
    Mutation("a forbidden pair is kept", "plan.py",
             "self.solve(part - self.neighbours[pivot] - {pivot})", "self.solve(part - {pivot})"),
    Mutation("a recorded stage is not implied", "close.py",
             "egfr=Measure(egfr, implied_egfr.implied)", "egfr=Measure(egfr)"),
    Mutation("a dose without frequency is within the day's limit", "limit.py",
             'Answer(None, question=ask("frequency"))', "NO"),
    Mutation("grams are milligrams", "limit.py", '"g": ("mg", 1000.0)', '"g": ("mg", 1.0)'),
    Mutation("an unknown weight is forgiven", "limit.py",
             'else Answer(None, question=ask("weight"))', "else NO"),
    Mutation("a dose that can't be read is silent", "dose.py",
             "open_.append((rule, ask(NOT_READ)))", "continue"),
    Mutation("an undecided limit is dropped", "dose.py",
             "undecided.append(Outcome(rule, None, holds.modifiers, question))", "pass"),
    Mutation("a combination takes its parts' limits", "rules.py", "if place != drug:", "if False:"),
    Mutation("a bare problem raises no question", "derive.py",
             "raised[node] = hit.text", "pass"),
)  # fmt: skip


def copied(folder: Path) -> Path:
    for part in PARTS:
        source, target = ROOT / part, folder / part
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "weights", "data")
            shutil.copytree(source, target, symlinks=True, ignore=ignored)
        else:
            shutil.copy(source, target)
    return folder


def run_tests(folder: Path) -> bool:
    """Whether the quick tests pass in the copy."""
    env = {**os.environ, "PYTHONPATH": str(folder / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
    names = [str(folder / "tests" / "verifier" / name) for name in TESTS]
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *names]
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, check=False)
    if done.returncode > 1:
        sys.exit(done.stdout.decode() + done.stderr.decode())
    return done.returncode == 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only")
    options = parser.parse_args()
    digest = hashlib.sha256()
    for path in sorted((ROOT / "kg" / "verifier").glob("*.py")):
        digest.update(path.read_bytes())
    killed: dict[str, bool] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = copied(Path(name))
        if not run_tests(folder):
            sys.exit("the tests fail before anything is broken")
        for mutation in MUTATIONS:
            if options.only not in (None, mutation.name):
                continue
            path = folder / "kg" / "verifier" / mutation.file
            text = path.read_text(encoding="utf-8")
            if text.count(mutation.old) != 1:
                sys.exit(f"{mutation.name}: {mutation.file} no longer holds {mutation.old!r} once")
            path.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
            killed[mutation.name] = not run_tests(folder)
            path.write_text(text, encoding="utf-8")
            print("killed" if killed[mutation.name] else "LIVES ", mutation.name, flush=True)
    figures = {"tests": list(TESTS), "mutations": len(killed), "killed": sum(killed.values()),
               "lives": [name for name, dead in killed.items() if not dead]}  # fmt: skip
    if options.only is None:
        write_result("mutation", figures, data=digest.hexdigest())
    sys.exit(bool(figures["lives"]))


if __name__ == "__main__":
    main()
