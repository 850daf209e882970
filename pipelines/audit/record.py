"""One override as the audit log keeps it. It holds drug names and hashes, and no patient data."""

import hashlib
from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from graphrx.kg.model import canonical_json, digest

Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
START: Final = "0" * 64
"""What the first record carries in place of the hash of the one before."""
ORDERED: Final = "ordered: "
"""How the remark of a dose finding begins that says what was ordered."""
_SYMMETRIC: Final = frozenset({"drug_drug", "duplicate"})
_OF_DRUGS: Final = frozenset({"drug_drug", "duplicate", "washout"})


class Record(BaseModel):
    """An override.

    :param number: place in the log, from 1.
    :param previous: ``sha256`` of the record before; 64 zeros in the first.
    :param when_utc: time of the override, to the second, UTC.
    :param verdict: what was overridden.
    :param patient: key of the patient as the result gives it: a hash, never the id or a fact.
    :param finding: identity of the finding, see :func:`identity`.
    :param drugs: the drugs that the finding is about; never a condition or an allergen.
    :param graph: hash of the graph.
    :param policy: hash of the site policy that was in force, or None.
    :param signature: HMAC-SHA256 (hex) of the site's key over all but ``signature`` and
        ``sha256``; None for a warning that was overridden without a key.
    :param sha256: hash of the record's canonical JSON without this field.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    number: Annotated[int, Field(ge=1)]
    previous: Hash
    when_utc: str
    user: str
    code: str
    comment: str
    run_id: str
    verdict: Literal["warn", "block"]
    kind: str
    level: str
    drugs: tuple[str, ...]
    patient: str
    finding: Hash
    graph: Hash
    policy: Hash | None = None
    signature: Hash | None = None
    sha256: Hash = START

    @property
    def line(self) -> str:
        """The record's line in the log: its canonical JSON."""
        return canonical_json(self.model_dump(mode="json"))

    @property
    def signed_text(self) -> bytes:
        """What a signature is made over."""
        return self._text("signature", "sha256")

    def hashed(self) -> str:
        """The sha256 that the record should carry."""
        return hashlib.sha256(self._text("sha256")).hexdigest()

    def sealed(self) -> "Record":
        """The record with its hash."""
        return self.model_copy(update={"sha256": self.hashed()})

    def _text(self, *left_out: str) -> bytes:
        return canonical_json(self.model_dump(mode="json", exclude=set(left_out))).encode()


def identity(finding: dict[str, Any]) -> str:
    """Hash of what makes a finding the same one in another result: its rule, not its place.

    Kind, level, subject, object and the evidence (path, source, locator, level); of a dose the
    order as well. Two drugs that interact may stand in either order.

    :param finding: a finding of a result, as JSON values.
    """
    both_ways = finding["kind"] in _SYMMETRIC
    ends = [finding["subject"], finding["object"]]
    return digest(
        {
            "kind": finding["kind"],
            "level": finding["level"],
            "ends": sorted(ends) if both_ways else ends,
            "ordered": [words for words in finding["modifiers"] if words.startswith(ORDERED)],
            "evidence": sorted(_path(path, both_ways) for path in finding["evidence"]),
        }
    )


def _path(path: dict[str, Any], both_ways: bool) -> str:
    ways = [(path["nodes"], path["edges"])]
    if both_ways:
        ways.append((path["nodes"][::-1], path["edges"][::-1]))
    said = [path["source"], path.get("source_locator", ""), path.get("evidence_level", "unknown")]
    return canonical_json([*min(ways), *said])


def drugs_of(finding: dict[str, Any]) -> tuple[str, ...]:
    """The drugs that a finding names; the object of other kinds would tell of the patient."""
    drugs = (finding["subject"], finding["object"])
    return drugs if finding["kind"] in _OF_DRUGS else drugs[:1]


def findings_of(result: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every finding of a result, of its items and of its pairs; one may come several times."""
    for item in result["items"]:
        yield from item["findings"]
    yield from result["pairs"]
