"""A file of the user's as the task: read where it is looked at, kept as what was read of it, never as a file."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from advisor.core.errors import AdvisorError, BadInput
from advisor.render.escape import plain

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.request import Asked
    from advisor.tables.snapshot import Snapshot

MAX_MB: Final = 20
ENDINGS: Final = ("csv", "tsv", "parquet", "jsonl", "ndjson")
_LONGEST: Final = 80
"""Characters of a file's name that are kept."""


def profile_of(name: str, content: bytes, *, snapshot: Snapshot, asked: Asked) -> TaskProfile:
    """What the file is read as; the copy that the reader needs is gone when this returns, whatever happens.

    asked: the options that reading depends on: target, language.
    Raises: BadInput: too large, or no table that can be read; the message names the file as the user does.
    """
    from advisor.recommend import api

    shown = file_name(name)
    if len(content) > MAX_MB * 1_000_000:
        raise BadInput(
            f"{shown} has {len(content) / 1e6:,.0f} MB; at most {MAX_MB} MB are read here. Give a sample of its rows"
        )
    with tempfile.TemporaryDirectory(prefix="advisor-upload-") as folder:
        path = Path(folder) / shown
        path.write_bytes(content)
        try:
            found = api.read(path, snapshot=snapshot, **asked)
        except AdvisorError as error:
            error.args = tuple(str(part).replace(str(path), shown) for part in error.args)
            raise
    return found.model_copy(update={"text": shown})


def file_name(name: str) -> str:
    """The last part of a path on any system, harmless as a file's name here, its ending kept."""
    last = plain(name.replace("\\", "/").rpartition("/")[2]).lstrip(".-~ ")
    stem, dot, ending = last.rpartition(".")
    return f"{stem[:_LONGEST]}.{ending}" if dot and stem else "table.csv"
