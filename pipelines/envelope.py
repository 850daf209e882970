"""How an answer leaves: as one line of JSON, or as the result that says why there is none.

Kept apart from the results themselves, so that a command can fail or help without loading a graph.
"""

import json
from typing import Any

from graphrx.kg.errors import GraphrxError

Json = dict[str, Any]


def to_json(result: Json) -> str:
    """One line of JSON; Chinese stays readable."""
    return json.dumps(result, ensure_ascii=False)


def error_result(command: str, error: GraphrxError, request_id: str | None = None) -> Json:
    """The result of a request that could not be answered."""
    code = error.exit_code
    found: Json = {
        "schema_version": "1.0",
        "command": command,
        "status": "error",
        "exit_code": code,
        "error": {"code": code, "message": error.message, "field": error.field},
    }
    if request_id is not None:
        found["id"] = request_id
    return found
