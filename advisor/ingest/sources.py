"""The list of sources: who said it, at which commit, under which licence. What is not pinned is refused."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import BadInput
from advisor.tables.schema import SOURCES, check_table

if TYPE_CHECKING:
    from pathlib import Path

_FIELDS: Final = ("title", "url", "licence", "date")
_OPTIONAL: Final = ("commit", "release", "file", "sha256", "note")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_DATE: Final = re.compile(r"\d{4}(?:-\d{2}){0,2}")


def read_sources(path: Path) -> pl.DataFrame:
    """The SOURCES table from a sources.toml; `commit` holds the release where there is no commit.

    Raises: BadInput: not TOML, a field is missing or unknown, or a source is pinned by nothing.
    """
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8")).get("sources")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path.name}: not TOML ({error}); see data/sources.toml") from None
    if not isinstance(entries, dict) or not entries:
        raise BadInput(f'{path.name}: no entry; write [sources."<source_id>"] tables')
    rows = [_row(path.name, source_id, entry) for source_id, entry in sorted(entries.items())]
    table = pl.DataFrame(rows, schema=SOURCES, orient="row")
    return check_table("sources", table, SOURCES, ["source_id"])


def _row(file: str, source_id: str, entry: object) -> dict[str, str | None]:
    where = f"{file}: source {source_id!r}"
    if not isinstance(entry, dict):
        raise BadInput(f"{where}: {entry!r} is not a table of {', '.join(_FIELDS)}")
    if unknown := sorted(set(entry) - {*_FIELDS, *_OPTIONAL}):
        raise BadInput(f"{where}: unknown fields {unknown}; it takes {[*_FIELDS, *_OPTIONAL]}")
    if missing := [field for field in _FIELDS if not _text(entry, field)]:
        raise BadInput(f"{where}: missing {', '.join(missing)}")
    _check(where, "date", entry, _DATE, "a day like 2026-08-20, a month or a year")
    _check(where, "commit", entry, _COMMIT, "the 40 digits of a commit")
    _check(where, "sha256", entry, _SHA256, "64 hexadecimal digits")
    pin = _text(entry, "commit") or _text(entry, "release")
    if not pin and not _text(entry, "sha256"):
        raise BadInput(f"{where} is not pinned; give it a commit, a release or a sha256")
    return {
        "source_id": source_id,
        "title": _text(entry, "title"),
        "url": _text(entry, "url"),
        "commit": pin,
        "sha256": _text(entry, "sha256"),
        "licence": _text(entry, "licence"),
        "date": _text(entry, "date"),
    }


def _text(entry: dict[str, Any], field: str) -> str | None:
    value = entry.get(field)
    return value if isinstance(value, str) and value.strip() else None


def _check(
    where: str, field: str, entry: dict[str, Any], form: re.Pattern[str], accepted: str
) -> None:
    value = entry.get(field)
    if value is not None and not (isinstance(value, str) and form.fullmatch(value)):
        raise BadInput(f"{where}: {field} is {value!r}; write {accepted}")
