"""The mapping file that declares a table as a source; see ``docs/sources.md`` for an example."""

import datetime
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from graphrx.kg import schema
from graphrx.kg.errors import InputError, SourceError
from graphrx.kg.sources.base import SourceSpec

Text = Annotated[str, Field(min_length=1)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Value(_Strict):
    """A cell, or a constant.

    :param column: the column it stands in; or ``value``, a constant.
    :param values: words of the column → ours; any other word makes the row a reject.
    """

    column: Text | None = None
    value: str | bool | int | float | None = None
    values: dict[str, Any] | None = None

    @model_validator(mode="after")
    def _one(self) -> "Value":
        if (self.column is None) == (self.value is None):
            raise ValueError("give either column or value")
        return self


class End(_Strict):
    """The subject or the object.

    :param category: of the graph (Drug, Disease, …), or the column that has it.
    :param prefix: written before the cells of ``id``; without it they are CURIEs already.
    :param synonyms: column of more names, parted by ``|``.
    """

    category: str | Value
    id: Text | None = None
    prefix: Text | None = None
    name: Text | None = None
    name_zh: Text | None = None
    synonyms: Text | None = None

    @model_validator(mode="after")
    def _named(self) -> "End":
        if not (self.id or self.name or self.name_zh):
            raise ValueError("give a column for id, name or name_zh")
        if isinstance(self.category, str) and self.category not in schema.CATEGORIES:
            known = ", ".join(schema.CATEGORIES)
            raise ValueError(f"category {self.category!r} is not known; use one of {known}")
        return self


class Mapping(_Strict):
    """A whole mapping file.

    :param file: the table, relative to the mapping file; of KGX the edges.
    :param nodes: KGX only: the nodes, for names and categories.
    """

    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    title: Text
    version: Text
    date: datetime.date
    licence: Text
    noncommercial: bool = False
    url: str = ""
    level: schema.Level = "unknown"
    agent: schema.Agent = "manual_agent"
    trusted: bool = False
    pitfalls: str = "declared by a mapping file"
    format: Literal["csv", "tsv", "kgx"] = "tsv"
    file: Text
    nodes: Text | None = None
    delimiter: str | None = None
    quoted: bool = True
    subject: End | None = None
    predicate: str | Value | None = None
    object: End | None = None
    qualifiers: dict[str, Value] = Field(default_factory=dict)
    notes: dict[str, Text] = Field(default_factory=dict)
    publications: Text | None = None
    confidence: Text | None = None

    @field_validator("delimiter")
    @classmethod
    def _character(cls, value: str | None) -> str | None:
        if value is not None and len(value) != 1:
            raise ValueError("give one character")
        return value

    @model_validator(mode="after")
    def _whole(self) -> "Mapping":
        if self.format == "kgx":
            given = [k for k in ("subject", "predicate", "object") if getattr(self, k) is not None]
            if given:
                raise ValueError(f"KGX names its columns itself; leave out {', '.join(given)}")
            if self.nodes is None:
                raise ValueError("KGX needs nodes, the file with their categories")
        else:
            missing = [k for k in ("subject", "predicate", "object") if getattr(self, k) is None]
            if missing:
                raise ValueError(f"{', '.join(missing)} not given")
            if self.nodes is not None:
                raise ValueError("only KGX has nodes")
        if isinstance(self.predicate, str) and self.predicate not in schema.ALLOWED:
            known = ", ".join(schema.ALLOWED)
            raise ValueError(f"predicate {self.predicate!r} is not known; use one of {known}")
        return self

    @property
    def spec(self) -> SourceSpec:
        """Return what the source is; a mapping file can claim no coverage."""
        files = (self.file,) if self.nodes is None else (self.nodes, self.file)
        return SourceSpec(
            self.name, self.title, self.version, self.date.isoformat(), self.licence,
            self.noncommercial, self.url, None, self.level, self.trusted and not self.noncommercial,
            (), files, self.pitfalls, self.agent,
        )  # fmt: skip


DELIMITERS: Final = {"csv": ",", "tsv": "\t", "kgx": "\t"}


def load(path: Path) -> Mapping:
    """Read a mapping file.

    :raises InputError: it is not there.
    :raises SourceError: it is no YAML, or something in it is wrong; the line says what.
    """
    if not path.is_file():
        raise InputError(f"no mapping file {path}; docs/sources.md shows one")
    try:
        value = yaml.safe_load(path.read_text("utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise SourceError(f"{path} is no YAML: {reason}") from error
    if not isinstance(value, dict):
        raise SourceError(f"{path} is no mapping file; docs/sources.md shows one")
    try:
        return Mapping.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole"
        said = first["msg"].removeprefix("Value error, ")
        raise SourceError(f"{path}: {where}: {said}", field=where) from error
