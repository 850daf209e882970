"""The documents are held to the code: what they show is what comes out."""

import re
import shlex
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
import typer

from graphrx.kg.formulary.snapshot import packaged_snapshot
from graphrx.pipelines.cli.app import app

ROOT = Path(__file__).parents[1]
DOCS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```console\n(.*?)^```", re.MULTILINE | re.DOTALL)
SLOW = ("recommend", "train", "setup", "build")


def _shown() -> list[tuple[str, str, list[str]]]:
    """(document, command, lines shown) of every console block."""
    found = []
    for path in DOCS:
        for block in BLOCK.findall(path.read_text(encoding="utf-8")):
            command, *lines = block.splitlines()
            found.append((path.name, command.removeprefix("$ "), lines))
    return found


def _quick(command: str) -> bool:
    words = shlex.split(command)
    return words[0] == "graphrx" and not any(word in SLOW for word in words[1:3])


@pytest.mark.parametrize(
    ("document", "command", "lines"), [one for one in _shown() if _quick(one[1])]
)
def test_a_document_shows_what_comes_out(document: str, command: str, lines: list[str]) -> None:
    words = [sys.executable, "-m", "graphrx.pipelines.cli.app", *shlex.split(command)[1:]]
    run = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    printed = run.stdout.splitlines()
    place = 0
    for line in lines:
        if line.strip() == "…":
            continue
        wanted = line.rstrip()
        rest = [shown.rstrip() for shown in printed[place:]]
        assert wanted in rest, (
            f"{document}: '{command}' does not print {wanted!r}\n{run.stdout}{run.stderr}"
        )
        place += rest.index(wanted) + 1


def test_every_command_is_documented_and_has_help() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in DOCS)
    group = typer.main.get_command(app)
    for name, command in group.commands.items():  # type: ignore[attr-defined]
        assert command.help, f"graphrx {name} has no help"
        assert f"graphrx {name}" in text, f"graphrx {name} is in no document"


def test_the_readme_counts_the_formulary() -> None:
    counted = re.search(
        r"holds (\d+) drugs, (\d+) foods and herbs, (\d+) withdrawn drugs, (\d+) conditions and "
        r"goals, (\d+) side effects and (\d+) regimens",
        (ROOT / "README.md").read_text(encoding="utf-8"),
    )
    assert counted, "README.md does not say how much the formulary holds"
    snapshot = packaged_snapshot()
    kinds = Counter(
        next((k for k in ("withdrawn", "food", "only_in_combination") if k in attributes), "")
        for attributes in (snapshot.node(node).attributes for node in snapshot.nodes_of("Drug"))
    )
    held = [kinds[""], kinds["food"], kinds["withdrawn"]]
    held += [len(snapshot.nodes_of(kind)) for kind in ("Disease", "SideEffect", "Regimen")]
    assert [int(number) for number in counted.groups()] == held


def test_documents_name_files_that_exist() -> None:
    named = re.compile(r"`((?:docs|benchmarks|examples|kg|llm|fusion|pipelines)/[^`\s*…]+)`")
    for path in DOCS:
        for name in named.findall(path.read_text(encoding="utf-8")):
            assert (ROOT / name).exists(), f"{path.name} names {name}, which is not there"
