"""Load the formulary: strict about every name, complete about every problem.

``python -m graphrx.kg.formulary.loader [DIR] [--only FILE …] [--assume FILE …]`` prints every
problem, one a line, and exits 1; or prints what the formulary holds.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from graphrx.kg.errors import SourceError
from graphrx.kg.formulary.check import cross_check
from graphrx.kg.formulary.compile import compile_records
from graphrx.kg.formulary.names import register
from graphrx.kg.formulary.read import Problem, read_files
from graphrx.kg.model import Records

DATA: Final = Path(__file__).parent / "data"
"""The formulary that ships with the package."""


def load(path: Path = DATA) -> Records:
    """Return the records of a formulary directory.

    :raises SourceError: one line with the first problem and the number of the rest.
    """
    files = read_files(path)
    names, clashes = register(files)
    found = [*files.problems, *clashes, *cross_check(files, names)]
    if found:
        rest = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise SourceError(
            f"{found[0]}{rest}; list all with python -m graphrx.kg.formulary.loader {path}"
        )
    return compile_records(files, names)


def problems(path: Path = DATA, assumed: Iterable[str] = ()) -> list[str]:
    """Return ALL problems of a formulary directory, one line each.

    :param assumed: names taken as known though no file defines them yet.
    """
    return [str(problem) for problem in find_problems(path, assumed)]


def find_problems(path: Path, assumed: Iterable[str] = ()) -> list[Problem]:
    """Return all problems, in file order."""
    files = read_files(path)
    names, clashes = register(files, assumed)
    found = dict.fromkeys([*files.problems, *clashes, *cross_check(files, names)])
    return sorted(found, key=lambda problem: (problem.file, problem.entry))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m graphrx.kg.formulary.loader")
    parser.add_argument("path", nargs="?", type=Path, default=DATA, metavar="DIR")
    parser.add_argument("--only", nargs="+", default=[], metavar="FILE")
    parser.add_argument("--assume", nargs="+", default=[], type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    assumed = {name for file in options.assume for name in _listed(file.read_text("utf-8"))}
    found = find_problems(options.path, assumed)
    if options.only:
        only = {_inside(name, options.path) for name in options.only}
        found = [problem for problem in found if problem.concerns(only)]
    for problem in found:
        print(problem)  # noqa: T201  (a command)
    if found:
        print(f"{len(found)} problems", file=sys.stderr)  # noqa: T201
        return 1
    print("no problems" if options.only or assumed else _summary(options.path))  # noqa: T201
    return 0


def _listed(text: str) -> list[str]:
    """Return the names of a list: one a line or ``;`` between, remarks after ( or < dropped."""
    return [re.split(r" *[(<]", name)[0].strip() for name in re.split(r"[;\n]", text)]


def _inside(name: str, path: Path) -> str:
    """Return a file's name inside the formulary, however the author typed it."""
    file = Path(name)
    if file.exists():
        file = file.resolve()
        if file.is_relative_to(path.resolve()):
            return file.relative_to(path.resolve()).as_posix()
    return Path(name).as_posix()


def _summary(path: Path) -> str:
    records = load(path)
    nodes = Counter(node.category for node in records.nodes)
    edges = Counter(statement.triple.predicate for statement in records.statements)
    counts = [f"{n} {what}" for what, n in sorted((nodes + edges).items())]
    return f"no problems: {', '.join(counts)}, {len(records.coverage)} coverage rows"


if __name__ == "__main__":
    sys.exit(main())
