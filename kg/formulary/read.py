"""Read the formulary files into entries; every problem of shape becomes one line."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Generic, TypeVar

from pydantic import ValidationError

from graphrx.kg.formulary import documents as doc
from graphrx.kg.formulary.yamlio import parse
from graphrx.kg.linking.normalise import normalise

EntryT = TypeVar("EntryT", bound=doc.Entry)

KINDS: Final[dict[str, tuple[str, type[doc.Entry]]]] = {
    "sources.yaml": ("id", doc.SourceDoc),
    "symptoms.yaml": ("symptom", doc.SymptomDoc),
    "side_effects.yaml": ("side_effect", doc.SideEffectDoc),
    "allergens.yaml": ("allergen", doc.AllergenDoc),
    "cross_reactivity.yaml": ("between", doc.CrossReactivityDoc),
    "regimens.yaml": ("regimen", doc.RegimenDoc),
    "withdrawn.yaml": ("drug", doc.WithdrawnDoc),
    "foods.yaml": ("food", doc.FoodDoc),
    "classes/": ("class", doc.ClassDoc),
    "conditions/": ("condition", doc.ConditionDoc),
    "interactions/": ("between", doc.InteractionDoc),
    "ingredients/": ("drug", doc.IngredientDoc),
    "drugs/": ("drug", doc.DrugDoc),
}
"""File or folder → key that names an entry, model of an entry."""

NOT_OURS: Final = frozenset({"dismissed.yaml"})
"""Files that lie beside the formulary for other readers; nothing of them enters the graph."""

COVERAGE: Final = "coverage.tsv"
COVERAGE_HEADER: Final = ["drug", "check", "source", "section", "date"]

DISMISSED: Final = "dismissed.yaml"
"""Pairs that the coverage audit set aside; no entries of the graph (``dismissed.py`` reads it)."""

_OURS = {"value_error", "assertion_error"}


@dataclass(frozen=True)
class Problem:
    """One line for the author: where, which entry, which value, what to do."""

    file: str
    entry: str
    text: str
    also: str | None = None

    def __str__(self) -> str:
        """Return the line."""
        return (
            f"{self.file}: {self.entry}: {self.text}" if self.entry else f"{self.file}: {self.text}"
        )

    def concerns(self, files: Iterable[str]) -> bool:
        """Tell whether one of the files can solve it."""
        return any(name in (self.file, self.also) for name in files)


@dataclass(frozen=True)
class Located(Generic[EntryT]):
    """An entry, and where it stands."""

    file: str
    label: str
    entry: EntryT


@dataclass(frozen=True)
class CoverageRow:
    """A line of ``coverage.tsv``."""

    line: int
    drug: str
    check: str
    source: str
    section: str
    date: str


@dataclass
class Files:
    """All that the formulary files say, and what could not be read of them."""

    entries: list[Located[Any]] = field(default_factory=list)
    coverage: list[CoverageRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def of(self, model: type[EntryT]) -> Iterator[Located[EntryT]]:
        """Iterate over the entries of one kind, in file order."""
        return (item for item in self.entries if type(item.entry) is model)


def formulary_files(path: Path) -> list[Path]:
    """Return the files of a formulary, sorted by their name inside it."""
    found = [
        p
        for p in path.rglob("*")
        if p.suffix in (".yaml", ".yml", ".tsv") and p.is_file() and p.name not in NOT_OURS
    ]
    return sorted(found, key=lambda p: p.relative_to(path).as_posix())


def read_files(path: Path) -> Files:
    """Read a formulary directory; never raises for its content, collects problems instead."""
    files = Files()
    for file in formulary_files(path):
        name = file.relative_to(path).as_posix()
        try:
            text = file.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            files.problems.append(
                Problem(name, "", f"is not UTF-8 (byte {error.start}); save it so")
            )
            continue
        if name == DISMISSED:
            continue
        if name == COVERAGE:
            _read_coverage(name, text, files)
        else:
            _read_yaml(name, text, files)
    return files


def _read_yaml(name: str, text: str, files: Files) -> None:
    folder, slash, stem = name.rpartition("/")
    kind = KINDS.get(folder + slash if slash else name)
    if kind is None:
        known = ", ".join([*KINDS, COVERAGE])
        files.problems.append(Problem(name, "", f"is no formulary file; known: {known}"))
        return
    key, model = kind
    try:
        value = parse(text)
    except ValueError as error:
        files.problems.append(Problem(name, "", str(error)))
        return
    single = model is doc.DrugDoc
    if value is None and not single:
        return
    if single != isinstance(value, dict) or not isinstance(value, dict | list):
        wanted = "one mapping that starts with drug:" if single else f"a list of - {key}: ..."
        files.problems.append(Problem(name, "", f"holds {type(value).__name__}; write {wanted}"))
        return
    for number, item in enumerate(value if isinstance(value, list) else [value], start=1):
        label = _label(item, key, number)
        _read_entry(name, label, item, model, files)
    if single and label_differs(stem, _label(value, key, 1)):
        wanted = _label(value, key, 1).replace("/", "+") + ".yaml"
        files.problems.append(
            Problem(name, _label(value, key, 1), f"the file is named {stem}; rename it {wanted}")
        )


def label_differs(stem: str, drug: str) -> bool:
    """Tell whether a file's name is not that of its drug (``/`` is written ``+``)."""
    return normalise(stem.rpartition(".")[0]) != normalise(drug)


def _label(item: object, key: str, number: int) -> str:
    value = item.get(key) if isinstance(item, dict) else None
    if isinstance(value, list):
        return " x ".join(map(str, value))
    return str(value) if value else f"entry {number}"


def _read_entry(file: str, label: str, item: object, model: type[doc.Entry], files: Files) -> None:
    try:
        files.entries.append(Located(file, label, model.model_validate(item)))
    except ValidationError as error:
        lines = dict.fromkeys(_line(one) for one in error.errors())
        files.problems.extend(Problem(file, label, line) for line in lines)


def _line(error: Any) -> str:
    """Turn one pydantic error into a line with place, value and remedy."""
    loc = list(error["loc"])
    value = error.get("input")
    if "except" in loc and error["type"] not in _OURS:
        at = loc.index("except")
        place = _place(loc[: at + 2])
        return (
            f"{place}: not an exception; write a drug or class name, a pair [a, b], "
            "{condition: name} or {route: [...]}"
        )
    place = _place(loc)
    if error["type"] == "missing":
        hint = "the Chinese wording" if str(loc[-1]).startswith("zh") else "it is required"
        return f"{place}: key is missing; add it ({hint})"
    if error["type"] == "extra_forbidden":
        return f"{place}: unknown key; remove it or correct its spelling"
    if error["type"] in _OURS:
        message = error["msg"].partition(", ")[2] or error["msg"]
        shown = f'"{value}" ' if isinstance(value, str) and f'"{value}"' not in message else ""
        return f"{place}: {shown}{message}" if place else message
    shown = "empty" if value in (None, "", [], {}) else f'"{value}"'
    return f"{place}: {shown}: {error['msg'][:1].lower()}{error['msg'][1:]}"


def _place(loc: list[Any]) -> str:
    place = ""
    for part in loc:
        if isinstance(part, int):
            place += f"[{part}]"
        else:
            place += f".{part}" if place else str(part)
    return place


def _read_coverage(name: str, text: str, files: Files) -> None:
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip() for cell in line.split("\t")]
        if number == 1 and cells == COVERAGE_HEADER:
            continue
        if number == 1:
            files.problems.append(
                Problem(name, "", f"first line must be {' TAB '.join(COVERAGE_HEADER)}")
            )
            return
        if not line.strip() or line.startswith("#"):
            continue
        if len(cells) != len(COVERAGE_HEADER) or not all(cells):
            files.problems.append(
                Problem(name, f"line {number}", f'"{line}" must have 5 filled cells, TAB between')
            )
            continue
        files.coverage.append(CoverageRow(number, *cells))
