"""Whether the installed files are those that were shipped, by the hashes of the installation."""

import base64
import hashlib
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Compared:
    """How many files were compared with what record, and what differs."""

    compared: int
    record: str
    problems: tuple[str, ...]


def shipped_files(name: str = "graphrx") -> Compared:
    """Hash every installed file of the package and compare it with the wheel's RECORD.

    A checkout has no such record: there, version control says what was changed.
    """
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        files = []
    ours = [(path, path.hash) for path in files if path.hash is not None and path.parts[0] == name]
    if not ours:
        return Compared(0, "no record: this is a checkout, ask git status", ())
    problems = []
    for path, told in ours:
        try:
            digest = hashlib.new(told.mode, Path(path.locate()).read_bytes()).digest()
        except OSError:
            problems.append(f"{path} is missing; install {name} anew")
            continue
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != told.value:
            problems.append(f"{path} was changed; install {name} anew")
    return Compared(len(ours), "RECORD of the installed wheel", tuple(problems))
