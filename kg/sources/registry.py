"""The sources by name; a module is imported when it is asked for."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from graphrx.kg.errors import NotAvailableError, UsageError
from graphrx.kg.sources.base import Item, Reader, SourceSpec, file_in

SOURCES: Final[dict[str, str]] = {
    name: f"graphrx.kg.sources.{name}"
    for name in (
        "disease_ontology", "drugbank_open", "drugbank_slim", "drugcentral_rephetio",
        "pharmacotherapydb", "hetionet", "drugmechdb", "everycure", "wikidata_med", "hpo",
        "ddinter", "onc", "ndfrt", "ansm", "sider4", "cmekg", "cn_medical_json",
        "primekg", "optimuskg",
    )
}  # fmt: skip
"""Name → module, in the order in which they are built."""

USERS_OWN: Final = frozenset({"primekg", "optimuskg"})
"""Read only where the user has put the files; never missed when they are not there."""


@dataclass(frozen=True)
class Source:
    """A source ready to be read: one of :data:`SOURCES`, or one that a mapping file declares."""

    spec: SourceSpec
    folder: Path
    reader: Reader

    def read(self) -> Iterator[Item]:
        """Iterate over what it says.

        :raises NotAvailableError: a file is not there.
        :raises SourceError: a file can't be read as told.
        """
        self.check_files()
        return self.reader(self.folder)

    def check_files(self) -> None:
        """Raise :class:`NotAvailableError` unless every file is there."""
        for name in self.spec.files:
            file_in(self.folder, name, self.spec)


def spec(name: str) -> SourceSpec:
    """Return what a source is.

    :raises UsageError: there is none so called; the line lists them.
    """
    found: SourceSpec = _module(name).SPEC
    return found


def source(name: str, data_dir: Path) -> Source:
    """Return a source whose files lie in a data directory.

    They lie in ``data_dir/<name>/``, or in ``data_dir`` itself (an archive), unless the module
    knows better.
    """
    module = _module(name)
    if hasattr(module, "locate"):
        folder = module.locate(data_dir)
    else:
        folder = data_dir / name
        if not folder.is_dir() and any((data_dir / f).is_file() for f in module.SPEC.files):
            folder = data_dir
    return Source(module.SPEC, folder, module.read)


def read(name: str, data_dir: Path) -> Iterator[Item]:
    """Iterate over what a source says; see :meth:`Source.read`."""
    return source(name, data_dir).read()


def _module(name: str) -> Any:
    if name not in SOURCES:
        raise UsageError(f"source {name!r} is not known; use one of {', '.join(SOURCES)}")
    try:
        return import_module(SOURCES[name])
    except ModuleNotFoundError as error:
        raise NotAvailableError(f"source {name} is not part of this version ({error})") from error
