"""Checked access to FHIR JSON: each element knows its place, and which of its keys were read."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from graphrx.kg.errors import InputError

Json = dict[str, Any]

_DATE: Final = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2}(?:T.+)?)?)?", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Moment:
    """A FHIR date, dateTime or instant; what it leaves open is taken as early as can be.

    :param instant: in UTC.
    :param day: the calendar day as written.
    :param text: as written.
    """

    instant: datetime
    day: date
    text: str


def moment(text: str, path: str) -> Moment:
    """Read a FHIR date.

    :raises InputError: when it is none.
    """
    if _DATE.fullmatch(text):
        full = text + {4: "-01-01", 7: "-01"}.get(len(text), "")
        try:
            day = date.fromisoformat(full[:10])
            when = datetime.fromisoformat(full)
            zoned = when if when.tzinfo else when.replace(tzinfo=UTC)
            return Moment(zoned.astimezone(UTC), day, text)
        except (ValueError, OverflowError):
            pass
    raise InputError(f"{path}: {text[:40]!r} is not a FHIR date; write YYYY-MM-DD", field=path)


class Element:
    """A JSON object of a resource. Reading a key checks its type and marks it as read."""

    def __init__(self, data: Json, path: str) -> None:
        """:param path: where it stands, for errors."""
        self.data = data
        self.path = path
        self.seen: set[str] = set()

    def _value(self, key: str, kinds: tuple[type, ...], wanted: str) -> Any:
        self.seen.add(key)
        value = self.data.get(key)
        if value is None:
            return None
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise self.wrong(key, value, wanted)
        return value

    def wrong(self, key: str, value: Any, wanted: str) -> InputError:
        """The error for a value of the wrong kind."""
        path = f"{self.path}.{key}"
        shown = repr(value)
        shown = shown if len(shown) <= 40 else shown[:37] + "…"
        return InputError(f"{path}: {shown} is not {wanted}; send FHIR R4", field=path)

    def has(self, key: str) -> bool:
        """True when the key is there; it then counts as read."""
        self.seen.add(key)
        return self.data.get(key) is not None

    def text(self, key: str) -> str | None:
        """A text without the spaces around it; None where it is absent or blank."""
        value = self._value(key, (str,), "a text")
        if value is None:
            return None
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise self.wrong(key, value, "a text of Unicode characters")
        return value.strip() or None

    def flag(self, key: str) -> bool | None:
        """A boolean."""
        found = self._value(key, (bool,), "true or false")
        return None if found is None else bool(found)

    def number(self, key: str) -> float | None:
        """A finite number."""
        value = self._value(key, (int, float), "a number")
        if value is None:
            return None
        try:
            number = float(value)
        except OverflowError:
            number = math.inf
        if not math.isfinite(number):
            raise self.wrong(key, value, "a number of this world")
        return number

    def date(self, key: str) -> Moment | None:
        """A date, dateTime or instant."""
        text = self.text(key)
        return None if text is None else moment(text, f"{self.path}.{key}")

    def part(self, key: str) -> "Element | None":
        """An object."""
        value = self._value(key, (dict,), "an object")
        return None if value is None else Element(value, f"{self.path}.{key}")

    def parts(self, key: str) -> "list[Element]":
        """A list of objects."""
        found = []
        for place, value in enumerate(self._value(key, (list,), "a list") or ()):
            if not isinstance(value, dict):
                raise self.wrong(f"{key}.{place}", value, "an object")
            found.append(Element(value, f"{self.path}.{key}.{place}"))
        return found

    def left(self, harmless: frozenset[str]) -> Iterator[str]:
        """Keys that nothing has read and that are not known to be harmless."""
        for key in sorted(self.data):
            if key not in self.seen and key not in harmless and not key.startswith("_"):
                yield key


def holds(data: Any, keys: frozenset[str]) -> set[str]:
    """Which of the keys stand anywhere in a JSON value."""
    found: set[str] = set()
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            found.update(key for key in keys & one.keys() if one[key])
            waiting.extend(value for value in one.values() if isinstance(value, dict | list))
        else:
            waiting.extend(value for value in one if isinstance(value, dict | list))
    return found
