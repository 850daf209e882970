"""``override``: one finding of a result, overridden by a person for a reason."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from graphrx.kg.errors import InputError, UsageError
from graphrx.pipelines.audit.log import append
from graphrx.pipelines.audit.reasons import REASONS
from graphrx.pipelines.audit.record import START, Record, drugs_of, findings_of, identity
from graphrx.pipelines.audit.sign import signature

MAX_USER: Final = 200
MAX_COMMENT: Final = 2000


def override(
    result: Any, finding_id: str, code: str, comment: str, user: str, log: Path, key: bytes | None
) -> Record:
    """Record that a finding is overridden.

    :param result: a result of ``check`` or ``recommend``, as JSON values.
    :param finding_id: the finding's id in that result, such as ``F3``.
    :param code: one of :data:`REASONS`.
    :param comment: why, in a line; no patient data.
    :param user: who overrides.
    :param log: the audit log; made where there is none.
    :param key: the site's key; a block can't be overridden without it, a warning is signed too.
    :returns: the record as written.
    :raises InputError: when the result has no such finding, or it can't be overridden.
    :raises UsageError: when code, comment, user or key are missing.
    """
    if code not in REASONS:
        said = f"{code!r} is not a reason code" if code else "no reason code"
        raise UsageError(f"{said}; give --code one of {', '.join(REASONS)}")
    _require("--comment", comment, MAX_COMMENT)
    _require("--user", user, MAX_USER)
    finding = _finding(result, finding_id)
    if finding["verdict"] == "block" and key is None:
        raise UsageError(
            f"{finding_id} is a block; overriding it needs a signature: name the site's key file "
            "with --key or GRAPHRX_AUDIT_KEY"
        )
    draft = _draft(result, finding, code, comment, user)

    def make(number: int, previous: str) -> Record:
        record = draft.model_copy(update={"number": number, "previous": previous})
        if key is not None:
            record = record.model_copy(update={"signature": signature(record, key)})
        return record.sealed()

    return append(log, make)


def _require(option: str, text: str, most: int) -> None:
    if not text.strip():
        raise UsageError(f"an override needs {option}; give it a text")
    if len(text) > most or not text.isprintable():
        raise UsageError(f"{option}: one line of at most {most} characters, please")


def _draft(
    result: dict[str, Any], finding: dict[str, Any], code: str, comment: str, user: str
) -> Record:
    """The record, but for its place in the log, its signature and its hash."""
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    try:
        return Record(
            number=1, previous=START, when_utc=now, user=user, code=code, comment=comment,
            run_id=result["run_id"], verdict=finding["verdict"], kind=finding["kind"],
            level=finding["level"], drugs=drugs_of(finding), finding=identity(finding),
            patient=result["patient_echo"]["key"], graph=result["kb"]["sha256"],
            policy=(result["kb"].get("policy") or {}).get("sha256"),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError, ValidationError):
        raise _not_a_result() from None


def _not_a_result() -> InputError:
    return InputError(
        "not a result of graphrx; save one with: graphrx check … --format json > RESULT.json"
    )


def _finding(result: Any, finding_id: str) -> dict[str, Any]:
    """The finding, when it is one that a person may override."""
    try:
        findings = {str(finding["id"]): finding for finding in findings_of(result)}
    except (KeyError, TypeError):
        raise _not_a_result() from None
    if finding_id not in findings:
        there = ", ".join(sorted(findings, key=lambda name: (len(name), name))) or "none"
        raise InputError(f"the result has no finding {finding_id!r}; it has {there}")
    finding = findings[finding_id]
    if finding["verdict"] == "unverified":
        question = finding.get("question")
        asked = f"answer it: {question}" if question else "it has to be settled, not overridden"
        raise InputError(f"{finding_id} is an open question; {asked}")
    if finding["verdict"] not in ("warn", "block"):
        raise InputError(f"{finding_id} is information; there is nothing to override")
    return finding
