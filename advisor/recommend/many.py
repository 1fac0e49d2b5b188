"""Many descriptions in one file: a JSON object with `text` on each line."""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from pathlib import Path


def texts(path: Path) -> list[str]:
    """The `text` of each line in order; other keys and blank lines at the end are ignored.

    All lines are read before the first is answered, so a broken one is met before any output.
    Raises: BadInput: no such file, or a line that is not an object with a text.
    """
    try:
        lines = path.read_bytes().rstrip().splitlines()
    except OSError as error:
        raise BadInput(f"--file: {str(path)!r} cannot be read ({error.strerror})") from None
    return [_text(line, number, path.name) for number, line in enumerate(lines, start=1)]


def _text(line: bytes, number: int, name: str) -> str:
    try:
        entry = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise BadInput(
            f'{name}, line {number}: not JSON ({error}); write one {{"text": "..."}} a line'
        ) from None
    text = entry.get("text") if isinstance(entry, dict) else None
    if not isinstance(text, str):
        raise BadInput(
            f'{name}, line {number}: no "text" in it; write one {{"text": "..."}} a line'
        )
    return text
