"""The HL7 reference validator, where it lies beside the checkout."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

JUDGE = Path(__file__).parents[3] / "shared" / "judges" / "fhir-validate"


def why_not() -> str | None:
    """Why it can't judge here; None where it can."""
    if not JUDGE.exists():
        return "the HL7 reference validator is not beside this checkout"
    return None if shutil.which("java") else "no java on PATH"


def judged(resources: Iterable[dict[str, Any]]) -> tuple[int, list[str]]:
    """Validate resources in one run: how many were read, and the errors."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(one) + "\n" for one in resources)
        file.flush()
        run = subprocess.run([JUDGE, file.name], capture_output=True, text=True, check=False)
    *errors, last = run.stdout.strip().splitlines() or [run.stderr.strip()[-500:]]
    count = last.split(" ")[0]
    return (int(count) if count.isdigit() else 0), [
        line.removeprefix(file.name).strip() for line in errors if " " in line
    ]
