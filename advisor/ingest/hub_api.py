"""The Hub API's own JSON records (list and detail answers) as tidy rows; whatever they hold, it never crashes."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import polars as pl

from advisor.ingest.hub_models import aliases
from advisor.ingest.reporting import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

API_MODELS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "downloads_30d": pl.Int64,
        "likes": pl.Int64,
        "pipeline_tag": pl.String,
        "library": pl.String,
        "license": pl.String,
        "base_model": pl.String,
        "n_parameters": pl.Int64,
        "gated": pl.Boolean,
        "released": pl.String,
        "last_modified": pl.String,
        "sha": pl.String,
        "source_id": pl.String,
    }
)
"""One Hub repository a row. n_parameters: the safetensors total, where the answer was asked for it."""

SOURCE_ID: Final = "hub-api"
LARGEST: Final = 2**62
_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}(/[A-Za-z0-9][\w.\-]{0,95})?")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")


class ApiModels(NamedTuple):
    """API_MODELS and the count of what was set aside."""

    models: pl.DataFrame
    report: pl.DataFrame


def read_api_records(records: Iterable[object]) -> ApiModels:
    """Rows of the records that name a public model; the others are counted by reason. A later record wins."""
    found: dict[str, dict[str, object]] = {}
    reasons: Counter[str] = Counter()
    for record in records:
        reasons["read"] += 1
        name = _name(record)
        if not isinstance(record, dict) or name is None:
            reasons["no name"] += 1
        elif record.get("private") is True or record.get("disabled") is True:
            reasons["private"] += 1
        else:
            reasons["again"] += name in found
            found[name] = _row(name, record)
    lines = Report(SOURCE_ID)
    lines.add("records: read", reasons["read"], action="read", why="one answer, or one of a list")
    lines.add("records: no model id", reasons["no name"], action="set aside", why="`id` or `modelId` must be a repository's name")  # fmt: skip
    lines.add("records: private or disabled", reasons["private"], action="set aside", why="nobody else can use it")  # fmt: skip
    lines.add("records: model again", reasons["again"], action="set aside", why="the later record stands")  # fmt: skip
    lines.add("models: rows", len(found), action="kept", why="one a model")
    rows = pl.DataFrame(list(found.values()), schema=API_MODELS, orient="row")
    return ApiModels(rows.sort("model_id"), lines.frame())


def _name(record: object) -> str | None:
    if not isinstance(record, dict):
        return None
    for key in ("id", "modelId"):
        name = record.get(key)
        if isinstance(name, str) and _ID.fullmatch(name):
            return aliases().get(name, name)
    return None


def _row(name: str, record: dict[Any, Any]) -> dict[str, object]:
    tags = _tags(record.get("tags"))
    card = record.get("cardData")
    card = card if isinstance(card, dict) else {}
    weights = record.get("safetensors")
    return {
        "model_id": name,
        "downloads_30d": _count(record.get("downloads")),
        "likes": _count(record.get("likes")),
        "pipeline_tag": _text(record.get("pipeline_tag")),
        "library": _text(record.get("library_name")),
        "license": _text(card.get("license")) or _tagged(tags, "license:"),
        "base_model": _base(card.get("base_model"), tags),
        "n_parameters": _count(weights.get("total")) or None if isinstance(weights, dict) else None,
        "gated": _gated(record.get("gated")),
        "released": _day(record.get("createdAt")),
        "last_modified": _day(record.get("lastModified")),
        "sha": _text(record.get("sha")),
        "source_id": SOURCE_ID,
    }


def _tags(value: object) -> list[str]:
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _tagged(tags: list[str], prefix: str) -> str | None:
    return next((tag.removeprefix(prefix) or None for tag in tags if tag.startswith(prefix)), None)


def _base(stated: object, tags: list[str]) -> str | None:
    """The one base model; null for none and for merges of several, which have no single base."""
    several = stated if isinstance(stated, list) else [stated]
    names = {name for name in several if isinstance(name, str) and _ID.fullmatch(name)}
    if not names:
        marked = (tag.removeprefix("base_model:") for tag in tags if tag.startswith("base_model:"))
        # Tags repeat the base as "base_model:<relation>:<id>".
        names = {name.rpartition(":")[2] for name in marked}
    return next(iter(names)) if len(names) == 1 else None


def _count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value < LARGEST else None


def _text(value: object) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    return value.strip().encode("utf-8", "replace").decode("utf-8")


def _gated(value: object) -> bool | None:
    return value != "False" and bool(value) if isinstance(value, bool | str) else None


def _day(value: object) -> str | None:
    """The day of an ISO time stamp; null where it is no real day."""
    match = _DAY.match(value) if isinstance(value, str) else None
    if match is None:
        return None
    try:
        return date.fromisoformat(match[1]).isoformat()
    except ValueError:
        return None
