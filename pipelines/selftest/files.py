"""Whether the installed files are those that were shipped, by the hashes of the installation."""

import base64
import csv
import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Final


@dataclass(frozen=True, slots=True)
class Compared:
    """How many files were compared with what record, and what differs."""

    compared: int
    record: str
    problems: tuple[str, ...]


_CHECKOUT: Final = Compared(0, "no record: this is a checkout, ask git status", ())


def shipped_files(name: str = "graphrx") -> Compared:
    """Hash every installed file of the package and compare it with the wheel's RECORD.

    A checkout has no such record: there, version control says what was changed.
    """
    try:
        installed = distribution(name)
    except PackageNotFoundError:
        return _CHECKOUT
    # the file itself: some versions of the reader leave out what is no longer there
    rows = csv.reader((installed.read_text("RECORD") or "").splitlines())
    ours = [(row[0], row[1]) for row in rows if row[0].split("/")[0] == name and row[1]]
    if not ours:
        return _CHECKOUT
    problems = []
    for path, told in ours:
        mode, _, value = told.partition("=")
        try:
            content = Path(str(installed.locate_file(path))).read_bytes()
        except OSError:
            problems.append(f"{path} is missing; install {name} anew")
            continue
        digest = base64.urlsafe_b64encode(hashlib.new(mode, content).digest())
        if digest.rstrip(b"=").decode() != value:
            problems.append(f"{path} was changed; install {name} anew")
    return Compared(len(ours), "RECORD of the installed wheel", tuple(problems))
