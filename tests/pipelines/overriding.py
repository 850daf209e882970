"""Results to override, keys, and logs with a few records; shared by the tests of overriding."""

from pathlib import Path
from typing import Any

from tests.verifier.support import patient

from graphrx.pipelines.audit.override import override
from graphrx.pipelines.audit.record import Record
from graphrx.pipelines.check import check
from graphrx.pipelines.session import Session

KEY = b"0123456789abcdef0123456789abcdef"
OTHER_KEY = b"fedcba9876543210fedcba9876543210"
PATIENT: dict[str, Any] = patient(
    id="MRN-4711",
    diagnoses=["heart failure"],
    current_drugs=["warfarin", "isosorbide mononitrate"],
    allergies=["penicillin (rash)"],
    egfr_ml_min_1_73m2=None,
    free_text_note="Lives in Little Hangleton.",
)
DRUGS = ["sildenafil", "ibuprofen", "metformin", "cefalexin", "cilostazol"]


def checked(session: Session, data: dict[str, Any] = PATIENT) -> dict[str, Any]:
    return check(session, data, DRUGS)


def found(result: dict[str, Any], verdict: str, about: str = "") -> dict[str, Any]:
    """The first finding of a verdict, about a drug or condition if one is named."""
    for item in result["items"]:
        for finding in item["findings"]:
            ends = (finding["subject"], finding["object"])
            if finding["verdict"] == verdict and (not about or about in ends):
                return dict(finding)
    raise AssertionError(f"no {verdict} about {about or 'anything'}")


def overrule(
    result: dict[str, Any], log: Path, finding: dict[str, Any], key: bytes | None = None,
    comment: str = "INR is checked weekly",
) -> Record:  # fmt: skip
    return override(result, finding["id"], "monitored", comment, "A. Chen", log, key)


def four_records(result: dict[str, Any], log: Path) -> list[Record]:
    """A warning without a key, a signed block, and two signed warnings."""
    warn, block = found(result, "warn", "warfarin"), found(result, "block")
    return [
        overrule(result, log, warn),
        overrule(result, log, block, KEY, "Last nitrate a week ago"),
        overrule(result, log, warn, KEY, "Again"),
        overrule(result, log, warn, KEY, "And again"),
    ]
