"""The pieces of an lm-eval results file, each read as tolerantly as the files in the wild need."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNKNOWN: Final = "unknown"
_NUMPY: Final = re.compile(r"(?:np|numpy)\.float\d*\((?P<number>[^()]*)\)")
_STAMP: Final = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d)[-:](\d\d)[-:](\d\d)")
_PRECISION: Final = {
    "float16": "float16", "half": "float16", "fp16": "float16", "bfloat16": "bfloat16", "bf16": "bfloat16",
    "float32": "float32", "float": "float32", "fp8": "float8", "float8_e4m3fn": "float8",
}  # fmt: skip
_LATEST_YEAR: Final = 9999


def load_json(data: bytes) -> Any:
    """The content of a JSON document, bare NaN and Infinity included (lm-eval writes them).

    Raises: BadInput: not JSON, or nested deeper than can be read.
    """
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(data)
    except (ValueError, RecursionError) as error:
        line = (str(error).splitlines() or [type(error).__name__])[0]
        raise BadInput(f"not JSON ({line})") from None


def number(value: object) -> float | None:
    """A finite number, or None: for "N/A", NaN, booleans and everything else.

    A NumPy number that was written as text ("np.float64(0.5)") is read as what it is.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        match = _NUMPY.fullmatch(value.strip())
        value = match["number"] if match else None
    if not isinstance(value, int | float | str):
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def whole(value: object, *, at_most: int) -> int | None:
    """A count from 0 to `at_most`, or None."""
    found = number(value)
    if found is None or not 0 <= found <= at_most or found != int(found):
        return None
    return int(found)


def mapping(value: object) -> dict[str, Any]:
    """`value` if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def text(value: object) -> str | None:
    """A string that is not blank, or None."""
    return value.strip() if isinstance(value, str) and value.strip() else None


def model_arguments(value: object) -> dict[str, str]:
    """`model_args` as a mapping: format 0.3 and 0.4 write "a=1,b=2", newer versions an object."""
    if isinstance(value, dict):
        return {str(key): str(item) for key, item in value.items() if item is not None}
    pairs = (part.partition("=") for part in value.split(",")) if isinstance(value, str) else ()
    return {key.strip(): item.strip() for key, _, item in pairs if key.strip()}


def short_model_id(path: str) -> str:
    """The last two parts of a Hub id or a path: other people's folders are theirs."""
    parts = [part for part in re.split(r"[/\\]+", path) if part not in {"", ".", ".."}]
    return "/".join(parts[-2:])


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRun:
    """Which model a file measured, and how it was run; the words of the evidence's key columns."""

    model_id: str
    model_revision: str
    precision: str
    settings: tuple[str, ...]
    """What else may change a score, e.g. "chat_template=on"; sorted."""


def model_run(content: Mapping[str, Any]) -> ModelRun:
    """The model of a results file.

    Raises: BadInput: no model is named.
    """
    config = mapping(content.get("config"))
    arguments = model_arguments(config.get("model_args"))
    named = [arguments.get(key) for key in ("pretrained", "model", "engine", "path")]
    named = [*named, text(content.get("model_name"))]
    model_id = next((short for name in named if name and (short := short_model_id(name))), None)
    if model_id is None:
        raise BadInput("no model is named in config.model_args or model_name")
    return ModelRun(
        model_id=model_id,
        model_revision=_revision(arguments, config),
        precision=_precision(arguments, config),
        settings=tuple(sorted(_settings(content, arguments))),
    )


def _revision(arguments: Mapping[str, str], config: Mapping[str, Any]) -> str:
    mode = arguments.get("enable_thinking")
    if mode is not None:
        return "mode=thinking" if mode.lower() == "true" else "mode=no-thinking"
    given = arguments.get("revision")
    if given and given != "main":
        return given
    return text(config.get("model_sha")) or given or text(config.get("model_revision")) or UNKNOWN


def _precision(arguments: Mapping[str, str], config: Mapping[str, Any]) -> str:
    for bits in ("4bit", "8bit"):
        if arguments.get(f"load_in_{bits}", "").lower() == "true":
            return bits
    if "gptq" in "".join(arguments).lower():
        return "gptq"
    for name in (arguments.get("dtype"), text(config.get("model_dtype"))):
        if name and (known := _PRECISION.get(name.lower().removeprefix("torch."))):
            return known
    return UNKNOWN


def _settings(content: Mapping[str, Any], arguments: Mapping[str, str]) -> list[str]:
    found = []
    if text(content.get("chat_template")):
        found.append("chat_template=on")
    if text(content.get("system_instruction")):
        found.append("system_prompt=own")
    if arguments.get("peft"):
        found.append(f"peft={short_model_id(arguments['peft'])}")
    return found


def measured_at(file: Path, content: Mapping[str, Any]) -> str | None:
    """When the run was made: from the file's name, else from the `date` in it (UTC); ISO 8601."""
    if match := _STAMP.search(file.name):
        return f"{match[1]}T{match[2]}:{match[3]}:{match[4]}"
    seconds = number(content.get("date"))
    if seconds is None or not 0 < seconds < datetime(_LATEST_YEAR, 1, 1, tzinfo=UTC).timestamp():
        return None
    return datetime.fromtimestamp(seconds, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S")
