"""Prompt templates are data: one text file each, read by name.

`<graph>` in a template marks where the soft tokens go; `$name` is a field to fill.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template

GRAPH_MARK = "<graph>"


def template(name: str) -> Template:
    """Return the template `name`.

    Raises:
        FileNotFoundError: no such template in this folder.
    """
    return Template((files(__package__) / f"{name}.txt").read_text("utf-8").rstrip("\n"))


def fill(name: str, **values: str) -> tuple[str, str]:
    """Fill the template `name` and cut it at the mark.

    A value can't move the mark or smuggle in one: the template is cut before it is filled.

    Returns:
        The text before the soft tokens, and the text after them.

    Raises:
        KeyError: a field of the template has no value.
    """
    before, _, after = template(name).template.partition(GRAPH_MARK)
    return Template(before).substitute(values), Template(after).substitute(values)
