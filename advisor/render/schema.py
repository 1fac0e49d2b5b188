"""The JSON Schema of the answer, with every field's own docstring as its description."""

from __future__ import annotations

import ast
import inspect
from typing import Any

import orjson
from pydantic import BaseModel

from advisor.core import profile, recommendation

_QUESTION = {
    "title": "Question",
    "description": "What goes back, with exit code 2, when the task cannot be told from what was said.",
    "type": "object",
    "additionalProperties": False,
    "properties": {"question": {"type": "string"}, "why": {"type": "string"}},
    "required": ["question", "why"],
}


def schema() -> dict[str, Any]:
    """JSON Schema of what `json.render` writes, and under `$defs` of the question (exit code 2)."""
    document = recommendation.Recommendation.model_json_schema()
    definitions = document["$defs"]
    words = _docstrings(profile) | _docstrings(recommendation)
    for name, definition in [("Recommendation", document), *definitions.items()]:
        for key, entry in definition["properties"].items():
            if key in words.get(name, {}):
                entry["description"] = words[name][key]
        if name == "Constraints":
            # Only what was stated is written, so a key that is there has a value.
            definition["description"] = "What was stated, and nothing else: other keys are absent."
            definition["properties"] = {
                key: _without_null(entry) for key, entry in definition["properties"].items()
            }
        else:
            # Written only where a date was asked for.
            definition["required"] = [key for key in definition["properties"] if key != "as_of"]
    definitions["Question"] = _QUESTION
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **document}


def schema_text() -> str:
    """The schema as `advisor schema` prints it."""
    options = orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE | orjson.OPT_SORT_KEYS
    return orjson.dumps(schema(), option=options).decode()


def _docstrings(module: Any) -> dict[str, dict[str, str]]:
    """Class → field → the string beneath it; pydantic would read it at every import, here it is read once."""
    found: dict[str, dict[str, str]] = {}
    for part in ast.parse(inspect.getsource(module)).body:
        if isinstance(part, ast.ClassDef) and issubclass(getattr(module, part.name), BaseModel):
            found[part.name] = {
                field.target.id: " ".join(text.value.value.split())
                for field, text in zip(part.body, part.body[1:], strict=False)
                if isinstance(field, ast.AnnAssign)
                and isinstance(field.target, ast.Name)
                and isinstance(text, ast.Expr)
                and isinstance(text.value, ast.Constant)
                and isinstance(text.value.value, str)
            }
    return found


def _without_null(entry: dict[str, Any]) -> dict[str, Any]:
    choices = [choice for choice in entry.get("anyOf", []) if choice.get("type") != "null"]
    kept = {key: value for key, value in entry.items() if key not in {"anyOf", "default"}}
    return {**kept, **choices[0]} if len(choices) == 1 else entry
