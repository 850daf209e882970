"""Write a result with where it came from: command, commit, versions, machine, hash of the data."""

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"


def commit() -> str:
    """Return the commit of the code as it stands."""
    git = ["git", "-C", str(FOLDER), "rev-parse", "HEAD"]
    return subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip()


def write_result(
    name: str, figures: dict[str, Any], *, data: str, packages: tuple[str, ...] = ()
) -> None:
    """Print the figures, and write them into ``results/NAME.json``."""
    origin = {
        "command": " ".join(["python", f"benchmarks/{Path(sys.argv[0]).name}", *sys.argv[1:]]),
        "commit": commit(),
        "data_sha256": data,
        "date": datetime.now(UTC).date().isoformat(),
        "python": platform.python_version(),
        "packages": {package: version(package) for package in packages},
        "cores": os.cpu_count(),
        "load_before": os.getloadavg()[2],
    }
    text = json.dumps({"origin": origin, **figures}, indent=1, ensure_ascii=False) + "\n"
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.json").write_text(text, encoding="utf-8")
    print(text)
