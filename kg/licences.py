"""Under which terms a graph made of several sources may be used, in words."""

from collections.abc import Mapping


def of_the_whole(licences: Mapping[str, str], noncommercial: frozenset[str]) -> str:
    """Return what binds whoever passes the graph on.

    The strictest terms bind the whole; retracting the sources that carry them frees the rest.

    :param licences: source → its licence.
    :param noncommercial: the sources that forbid commercial use.
    """
    said = []
    if names := sorted(noncommercial & licences.keys()):
        said.append(f"no commercial use ({', '.join(names)})")
    if names := sorted(n for n, text in licences.items() if "-SA" in text.upper()):
        said.append(f"share under the same licence ({', '.join(names)})")
    if names := sorted(n for n, text in licences.items() if "-BY" in text.upper()):
        said.append(f"name the source ({', '.join(names)})")
    if names := sorted(n for n, text in licences.items() if _unclear(text)):
        said.append(f"no clear licence, for local use only ({', '.join(names)})")
    if not said:
        return "free to use: " + ", ".join(sorted(set(licences.values())))
    return "; ".join(said) + "; retract a source to be free of its terms"


def _unclear(text: str) -> bool:
    return text == "" or text.casefold().startswith(("none", "unconfirmed", "unknown", "no "))
