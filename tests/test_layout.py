"""The layout that everything else relies on: folders, import name, what is imported when."""

import ast
import importlib
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FOLDERS = ("kg", "llm", "fusion", "pipelines")
HEAVY = ("torch", "torch_geometric", "transformers", "peft", "sklearn", "scipy", "neo4j", "rdflib")
MAX_LINES = 400
MAX_HELP_SECONDS = 0.5

MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))


def _python(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def _loaded_after(statement: str) -> set[str]:
    """Which of the heavy packages one statement loads in a fresh interpreter."""
    printed = _python(
        f"{statement}\nimport sys\nprint(*(m for m in {HEAVY!r} if m in sys.modules))"
    )
    return set(printed.split())


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_import_name_leads_to_the_folder(folder: str) -> None:
    module = importlib.import_module(f"graphrx.{folder}")
    assert module.__file__ is not None
    assert Path(module.__file__).resolve() == ROOT / folder / "__init__.py"


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_link_is_relative(folder: str) -> None:
    link = ROOT / "src" / "graphrx" / folder
    assert link.is_symlink()
    assert link.readlink() == Path("../..", folder)


@pytest.mark.parametrize("folder", FOLDERS)
def test_the_bare_folder_name_is_not_installed(folder: str) -> None:
    # From elsewhere, so that the checkout itself is not on the path.
    code = f"import importlib.util; print(importlib.util.find_spec({folder!r}))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], cwd="/", capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "None"


def test_every_folder_of_modules_is_a_package() -> None:
    """Without its __init__.py a folder would be left out of the import contracts."""
    missing = {path.parent for path in MODULES if not (path.parent / "__init__.py").exists()}
    assert not missing


def test_no_module_is_longer_than_a_sitting() -> None:
    lines = {path: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {str(path.relative_to(ROOT)): n for path, n in lines.items() if n > MAX_LINES} == {}


def test_no_relative_imports() -> None:
    relative = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in MODULES
        for node in ast.walk(ast.parse(path.read_text("utf-8"), path))
        if isinstance(node, ast.ImportFrom) and node.level > 0
    ]
    assert relative == []


def test_nothing_of_ours_is_loaded_by_the_package_itself() -> None:
    loaded = _python("import graphrx, sys; print(*(m for m in sys.modules if m[:8] == 'graphrx.'))")
    assert loaded == ""


def test_the_graph_loads_no_model() -> None:
    assert _loaded_after("import graphrx.kg") == set()


def test_no_module_of_the_graph_loads_a_model() -> None:
    names = [
        ".".join(("graphrx", *path.relative_to(ROOT).with_suffix("").parts))
        for path in MODULES
        if path.is_relative_to(ROOT / "kg") and path.stem not in {"neo4j", "rdf"}
    ]
    assert "graphrx.kg.verifier.verify" in names
    loaded = _loaded_after(
        f"import importlib\nfor name in {names!r}: importlib.import_module(name)"
    )
    assert not loaded & {"torch", "torch_geometric", "transformers", "peft", "neo4j"}


def test_the_command_line_loads_no_model() -> None:
    assert _loaded_after("import graphrx.pipelines.cli.app") == set()


def test_checking_a_patient_loads_no_model() -> None:
    code = """
import contextlib, io, sys
from graphrx.pipelines.cli.app import main
sys.argv = ["graphrx", "check", "-", "metformin", "--format", "json"]
sys.stdin = io.TextIOWrapper(io.BytesIO(b"{}"))
with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.suppress(SystemExit):
    main()
assert '"items"' in out.getvalue(), out.getvalue()
"""
    assert _loaded_after(code) == set()


def test_the_installed_script_answers_at_once() -> None:
    script = Path(sys.executable).with_name("graphrx")
    seconds = []
    for _ in range(5):  # processor time, and the best of five: the machine may be busy
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run([script, "check", "--help"], capture_output=True, check=False)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        assert done.returncode == 0, done.stderr
        if seconds[-1] < MAX_HELP_SECONDS:
            return
    pytest.fail(f"check --help took {min(seconds):.2f} s at best, allowed {MAX_HELP_SECONDS} s")
