"""The site's policy: which warnings a hospital shows more quietly, and which it takes as blocks.

A TOML file that says who approved it. It can never soften a block or an open question; what such a
row would do is refused when the file is read.
"""

import datetime
import hashlib
import tomllib
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from graphrx.kg.errors import InputError

Kind = Literal[
    "drug_drug", "drug_disease", "allergy", "pregnancy", "lactation", "duplicate", "renal",
    "hepatic", "age", "qt", "pharmacogenomic", "dose", "food", "lab", "washout",
]  # fmt: skip
"""Kinds that a policy may speak of; the others are always a block or an open question."""
ALWAYS_BLOCKS: Final = frozenset({"allergy", "duplicate"})
"""Kinds whose contraindicated findings are blocks, whatever the evidence."""
SOFTENED: Final = "softened by policy"
"""How the remark of a softened finding begins."""
MAX_BYTES: Final = 1024 * 1024

Text = Annotated[
    str, Field(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f\x7f]*\S[^\x00-\x1f\x7f]*$")
]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class _Row(_Record):
    """What a row is about; a class speaks for its members, a condition for its descendants.

    :param subject: the drug that is checked, or a class; None for any.
    :param object: the other drug, the class or the condition; None for any.
    """

    kind: Kind
    level: Literal["contraindicated", "major", "moderate", "minor"]
    subject: Text | None = None
    object: Text | None = None
    reason: Text


class Soften(_Row):
    """A row that quietens a warning.

    :param to: ``quiet`` leaves it a warning that does not interrupt; ``info`` makes it information.
    """

    level: Literal["contraindicated", "major", "moderate"]
    to: Literal["quiet", "info"]

    @model_validator(mode="after")
    def _never_a_block(self) -> "Soften":
        if self.level == "contraindicated" and self.kind in ALWAYS_BLOCKS:
            raise ValueError(f"a contraindicated {self.kind} is a block, and no policy softens one")
        if self.level != "moderate" and self.subject is None and self.object is None:
            raise ValueError(f"a {self.level} warning is softened by name; give subject or object")
        return self


class Harden(_Row):
    """A row that strengthens a warning or an information.

    :param to: ``interruptive`` makes it a warning that interrupts; ``block`` a block.
    """

    to: Literal["interruptive", "block"]


class Policy(_Record):
    """A policy as its file gives it.

    :param sha256: hash of the file.
    """

    name: Text
    version: Text
    date: datetime.date
    approved_by: Text
    soften: tuple[Soften, ...] = ()
    harden: tuple[Harden, ...] = ()
    sha256: str

    @field_validator("version", mode="before")
    @classmethod
    def _number(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int | float) else value

    @property
    def identity(self) -> dict[str, str]:
        """What a result says of the policy that was in force."""
        return {
            "name": self.name,
            "version": self.version,
            "date": self.date.isoformat(),
            "approved_by": self.approved_by,
            "sha256": self.sha256,
        }


def read_policy(path: str) -> Policy:
    """Read a policy file.

    :raises InputError: when the file can't be read, is not TOML, or has a row that is not allowed.
    """
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"policy {path}: can't be read ({error.strerror})") from None
    if len(data) > MAX_BYTES:
        raise InputError(
            f"policy {path}: larger than {MAX_BYTES // 1024} KiB; is it the right file?"
        )
    try:
        given = tomllib.loads(data.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"policy {path}: not TOML ({error})") from None
    if "sha256" in given:
        raise InputError(f"policy {path}: sha256 is not a key of a policy; it is worked out")
    try:
        return Policy.model_validate({**given, "sha256": hashlib.sha256(data).hexdigest()})
    except ValidationError as error:
        problems = error.errors(include_url=False)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise InputError(f"policy {path}: {_say(problems[0])}{more}") from None


def _say(problem: Any) -> str:
    """One pydantic error in words: which row, counted from 1, which key, what is wrong."""
    where = [f"row {part + 1}" if isinstance(part, int) else str(part) for part in problem["loc"]]
    place = " ".join(where)
    given = repr(problem["input"])
    match problem["type"]:
        case "missing":
            return f"{place} is missing; add it"
        case "extra_forbidden":
            return f"{place} is not a key of a policy; remove it"
        case "literal_error":
            return f"{place}: {given[:60]} is not allowed; use {problem['ctx']['expected']}"
        case "value_error":
            return f"{place}: {problem['ctx']['error']}"
    return f"{place}: {given[:60]}: {problem['msg'].lower()}"
