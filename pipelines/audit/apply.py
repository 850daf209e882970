"""Which overrides of a log hold for the findings of a result."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphrx.kg.errors import IntegrityError
from graphrx.pipelines.audit.log import read_log
from graphrx.pipelines.audit.record import Record, findings_of, identity


@dataclass(frozen=True, slots=True)
class Overrides:
    """The overrides of a log that holds.

    :param verified: signatures were checked; without that no override of a block is shown.
    """

    records: Sequence[Record] = ()
    verified: bool = False

    @classmethod
    def read(cls, path: Path, key: bytes | None) -> "Overrides":
        """Read a log.

        :raises InputError: when there is no such log.
        :raises IntegrityError: when it was tampered with or is damaged.
        """
        chain = read_log(path, key)
        if chain.fault is not None:
            raise IntegrityError(f"{path}: {chain.fault}; see graphrx audit verify")
        return cls(chain.records, chain.key_used)

    @property
    def unverified_blocks(self) -> int:
        """Overrides of blocks that can't be shown for want of the key."""
        return 0 if self.verified else sum(one.verdict == "block" for one in self.records)

    def of(self, result: dict[str, Any]) -> list[dict[str, Any]]:
        """The overrides that hold for a result, as the result lists them.

        An override holds for the same finding of the same patient. What it overrides stays: the
        finding, its verdict and the exit code.
        """
        key = result["patient_echo"]["key"]
        known: dict[str, list[Record]] = {}
        for record in self.records:
            if record.patient == key:
                known.setdefault(record.finding, []).append(record)
        if not known:
            return []
        findings = {finding["id"]: finding for finding in findings_of(result)}
        return [
            {
                "finding_id": name,
                "reason_code": record.code,
                "comment": record.comment,
                "who": record.user,
                "when_utc": record.when_utc,
            }
            for name, finding in sorted(findings.items(), key=lambda one: int(one[0][1:]))
            for record in known.get(identity(finding), ())
            if self._holds(record, finding["verdict"])
        ]

    def _holds(self, record: Record, verdict: str) -> bool:
        if verdict == "block":
            return record.verdict == "block" and self.verified
        return verdict == "warn"
