"""``audit verify``: does a log hold?"""

import re
from pathlib import Path
from typing import Any

from graphrx.kg.errors import IntegrityError, UsageError
from graphrx.pipelines.audit.chain import Fault
from graphrx.pipelines.audit.log import read_log
from graphrx.pipelines.audit.record import START


def verify(path: Path, key: bytes | None = None, head: str | None = None) -> dict[str, Any]:
    """Check a log: every record, the chain, and the signatures.

    :param head: hash of a record that the log must hold, as the last one or before later ones.
    :returns: the number of records and of signatures, and the head to keep for the next time.
    :raises IntegrityError: with the first record that does not hold and what is wrong.
    """
    wanted = None if head is None else head.strip().lower()
    if wanted is not None and not re.fullmatch("[0-9a-f]{64}", wanted):
        raise UsageError(f"--head {head!r} is not the hash of a record; it has 64 hex digits")
    chain = read_log(path, key)
    if chain.fault is not None:
        raise broken(path, chain.fault)
    hashes = [START, *(record.sha256 for record in chain.records)]
    if wanted is not None and wanted not in hashes:
        fault = Fault(len(chain.records) + 1, "was removed: the log ends before the expected head")
        raise broken(path, fault)
    if chain.signed and key is None:
        first = next(one.number for one in chain.records if one.signature is not None)
        raise IntegrityError(
            f"{path}: record {first} is signed and there is no key to check it with; name it with "
            "--key or GRAPHRX_AUDIT_KEY"
        )
    return {
        "log": str(path),
        "records": len(chain.records),
        "signed": chain.signed,
        "head": chain.head,
        "since_head": None if wanted is None else len(chain.records) - hashes.index(wanted),
    }


def broken(path: Path, fault: Fault) -> IntegrityError:
    """The error that says where a log does not hold."""
    return IntegrityError(f"{path}: {fault}")
