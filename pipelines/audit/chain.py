"""Following the chain of an audit log: the first record that does not hold, and what is wrong."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import ValidationError

from graphrx.pipelines.audit.record import START, Record
from graphrx.pipelines.audit.sign import is_signed


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a log.

    :param number: the first record that does not hold, by its place in the log from 1.
    """

    number: int
    what: str

    def __str__(self) -> str:
        """One line."""
        return f"record {self.number} {self.what}"


@dataclass(frozen=True, slots=True)
class Chain:
    """A log as far as it holds.

    :param records: the records before the fault, or all of them.
    :param key_used: signatures were checked.
    """

    records: tuple[Record, ...]
    fault: Fault | None = None
    key_used: bool = False

    @property
    def head(self) -> str:
        """Hash of the last record that holds; whoever keeps it can tell a cut log."""
        return self.records[-1].sha256 if self.records else START

    @property
    def signed(self) -> int:
        """Number of records that carry a signature."""
        return sum(record.signature is not None for record in self.records)


def follow(data: bytes, key: bytes | None = None) -> Chain:
    """Follow a log from its first record.

    :param data: the whole log.
    :param key: with it, signatures are checked.
    """
    lines = data.split(b"\n")
    rest = lines.pop()
    read = [_record(line) for line in lines]
    good: list[Record] = []
    fault: Fault | None = None
    for place, record in enumerate(read, start=1):
        what = _wrong(record, good, read, key)
        if what or record is None:
            fault = Fault(place, what or "is not a record")
            break
        good.append(record)
    if fault is None and rest:
        fault = Fault(len(lines) + 1, _half(len(data) - len(rest)))
    return Chain(tuple(good), fault, key is not None)


def _half(whole: int) -> str:
    return (
        "is half written (its command was killed, or the log was cut); keep a copy of the log and "
        f"cut it to its whole records, {whole} bytes: truncate -s {whole} LOG"
    )


def _record(line: bytes) -> Record | None:
    """The record of a line, or None where the line is not as the log writes it."""
    try:
        record = Record.model_validate(json.loads(line))
    except (ValueError, RecursionError, ValidationError):
        return None
    return record if record.line.encode() == line else None


def _wrong(
    record: Record | None,
    good: Sequence[Record],
    read: Sequence[Record | None],
    key: bytes | None,
) -> str | None:
    """What is wrong with the record that follows the good ones, or None."""
    if record is None:
        return "was changed: it is not written as the log writes"
    if record.sha256 != record.hashed():
        return "was changed: it does not have the hash that it carries"
    place = len(good) + 1
    if record.number != place:
        if any(other is not None and other.number == place for other in read):
            return f"is out of order: here stands number {record.number}"
        if record.number > place:
            return f"was removed: here stands number {record.number}"
        return f"was added: here stands number {record.number} again"
    if record.previous != (good[-1].sha256 if good else START):
        return "does not follow the one before: that one was changed or replaced"
    if record.verdict == "block" and record.signature is None:
        return "overrides a block without a signature"
    if key is not None and record.signature is not None and not is_signed(record, key):
        return "has a bad signature: it was changed, or signed with another key"
    return None
