"""What the audit commands print for people."""

from collections.abc import Iterable
from typing import Any


def overridden(found: dict[str, Any]) -> Iterable[str]:
    """After an override: what was recorded, and the head of the log."""
    record = found["record"]
    yield _said(record)
    yield f"record {record['number']} of {found['log']}"
    yield f"head {record['sha256']}"


def verified(found: dict[str, Any]) -> Iterable[str]:
    """After a check that found nothing wrong."""
    later = found["since_head"]
    since = "" if later is None else f"; {later} after the expected head"
    yield f"{found['log']}: the chain of {found['records']} records holds{since}"
    yield f"signatures checked: {found['signed']}"
    yield f"head {found['head']}"


def listed(found: dict[str, Any]) -> Iterable[str]:
    """The records of a log."""
    yield f"{found['log']}: {len(found['records'])} records"
    for record in found["records"]:
        yield f"{record['number']}. {_said(record)}"
        yield f"   run {record['run_id']}, graph {record['graph'][:12]}"


def _said(record: dict[str, Any]) -> str:
    what = f"{record['level']} {record['kind'].replace('_', ' ')} of {' + '.join(record['drugs'])}"
    signed = ", signed" if record["signature"] else ""
    return (
        f"{record['when_utc']} {record['user']} overrode a {record['verdict']} ({what}): "
        f"{record['code']} — {record['comment']}{signed}"
    )
