"""YAML as we mean it: strict, fast, and without the surprises.

Only ``true``/``false``, whole numbers and null are typed; everything else stays the text that was
written, so ``at: 4.10``, ``sex: F``, ``no`` and dates keep their letters. A key given twice is an
error, where plain YAML lets the last one win in silence.
"""

import re
from typing import Any, ClassVar

import yaml

try:
    from yaml import CSafeLoader as _Base
except ImportError:  # libyaml is missing: slower, same result
    from yaml import SafeLoader as _Base  # type: ignore[assignment]


class _Loader(_Base):  # type: ignore[misc, unused-ignore]
    yaml_implicit_resolvers: ClassVar[dict[str, list[Any]]] = {}  # type: ignore[misc, unused-ignore]


for _tag, _pattern, _first in (
    ("bool", r"(?:true|false)$", [*"tf"]),
    ("int", r"-?(?:0|[1-9][0-9]*)$", [*"-0123456789"]),
    ("null", r"(?:~|null|)$", ["~", "n", ""]),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), _first)


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    result: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in result:
            raise yaml.constructor.ConstructorError(
                None, None, f'key "{key}" is given twice; keep one', key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def parse(text: str) -> Any:
    """Return the value of a YAML text.

    :raises ValueError: one line with the place in the text and the reason.
    """
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506  (a SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        reason = getattr(error, "problem", None) or str(error)
        raise ValueError(
            f"{where}{' '.join(str(reason).split())}; quote text that holds : # > or brackets"
        ) from None
