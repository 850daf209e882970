"""The audit log: one record a line, each with the hash of the one before, appended and never cut.

Writers and readers lock the file, so any number of processes may append. An append is one write
and an fsync; a process killed in the middle of it leaves half a line, which is reported, and
nothing is appended to a log that does not hold.
"""

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from io import FileIO
from pathlib import Path

from graphrx.kg.errors import InputError, IntegrityError, StoreFullError, StoreReadOnlyError
from graphrx.pipelines.audit.chain import Chain, follow
from graphrx.pipelines.audit.record import Record


def default_log() -> Path:
    """Where overrides go when no log is named: the user's data folder."""
    from platformdirs import user_data_path

    return user_data_path("graphrx") / "overrides.jsonl"


def read_log(path: Path, key: bytes | None = None) -> Chain:
    """Read a log and follow its chain, as far as it holds.

    :param key: with it, signatures are checked too.
    :raises InputError: when there is no such log.
    """
    try:
        with path.open("rb", buffering=0) as file, _locked(file, fcntl.LOCK_SH):
            return follow(file.read(), key)
    except FileNotFoundError:
        raise InputError(
            f"{path}: no such audit log; name one that graphrx override wrote"
        ) from None
    except OSError as error:
        raise InputError(f"{path}: can't be read ({error.strerror})") from None


def append(path: Path, make: Callable[[int, str], Record]) -> Record:
    """Append one record; when this returns, it is on the disk.

    :param make: makes the record from its number and the hash of the one before.
    :raises IntegrityError: when the log does not hold; nothing is written.
    :raises StoreFullError: when the disk is full; nothing is written.
    """
    with _opened(path) as file, _locked(file, fcntl.LOCK_EX):
        data = file.read()
        chain = follow(data)
        if chain.fault is not None:
            raise IntegrityError(f"{path}: {chain.fault}; nothing was written")
        record = make(len(chain.records) + 1, chain.head)
        _write(file, path, len(data), f"{record.line}\n".encode())
    return record


@contextmanager
def _opened(path: Path) -> Iterator[FileIO]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        new = not path.exists()
        handle = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        if new:
            _sync_folder(path.parent)
    except OSError as error:
        raise StoreReadOnlyError(
            f"{path}: the audit log can't be written ({error.strerror}); name another with --log"
        ) from None
    with os.fdopen(handle, "r+b", buffering=0) as file:
        yield file


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _locked(file: FileIO, how: int) -> Iterator[None]:
    fcntl.flock(file, how)
    try:
        yield
    finally:
        fcntl.flock(file, fcntl.LOCK_UN)


def _write(file: FileIO, path: Path, size: int, line: bytes) -> None:
    """Write a whole line or nothing; ``size`` is the length of the log before."""
    try:
        if os.write(file.fileno(), line) == len(line):
            os.fsync(file.fileno())
            return
        reason = "only a part was written"
    except OSError as error:
        reason = error.strerror or type(error).__name__
    os.ftruncate(file.fileno(), size)
    raise StoreFullError(f"{path}: the override was not recorded ({reason}); free some space")
