"""The Hub API's own JSON records (list and detail answers) as tidy rows; whatever they hold, it never crashes."""

from __future__ import annotations

import math
import re
from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson
import polars as pl

from advisor.ingest.hub_models import aliases
from advisor.ingest.model_size_rule import Counts, size_of
from advisor.ingest.reporting import Report

if TYPE_CHECKING:
    from collections.abc import Iterable

API_MODELS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "model_id": pl.String,
        "hub_id": pl.String,
        "downloads_30d": pl.Int64,
        "downloads_all_time": pl.Int64,
        "likes": pl.Int64,
        "pipeline_tag": pl.String,
        "library": pl.String,
        "architecture": pl.String,
        "license": pl.String,
        "base_model": pl.String,
        "base_models": pl.List(pl.String),
        "n_parameters": pl.Int64,
        "n_parameters_basis": pl.String,
        "params_suspect": pl.Boolean,
        "n_active_parameters": pl.Int64,
        "safetensors_total": pl.Int64,
        "safetensors_by_type": pl.String,
        "gguf_total": pl.Int64,
        "gated": pl.Boolean,
        "released": pl.String,
        "last_modified": pl.String,
        "tags": pl.List(pl.String),
        "sha": pl.String,
        "is_test_fixture": pl.Boolean,
        "source_id": pl.String,
    }
)
"""One Hub repository a row. model_id: the id that was asked for; hub_id: the present one. n_parameters and its
basis: by METHOD.md#hub-sizes, from the counts beside it, the tags and the name; safetensors_by_type: elements by
type as JSON. base_model: the single one, base_models: all of them."""

SOURCE_ID: Final = "hub-api"
LARGEST: Final = 2**62
_ID = re.compile(r"[A-Za-z0-9][\w.\-]{0,95}(/[A-Za-z0-9][\w.\-]{0,95})?")
_FIXTURE = re.compile(
    r"tiny[-_.]?(?:random|dummy)|dummy|internal-testing/|/ci-random|unit[-_]test",
    re.IGNORECASE,
)
"""Weights made for tests, which nobody uses as a model."""
COUNTED: Final = ("downloads", "likes", "createdAt")
"""Fields that the Hub gives for every model; where most lack one, its API has changed."""
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
            row = _row(name, record)
            reasons["again"] += str(row["model_id"]) in found
            found[str(row["model_id"])] = row
    lines = Report(SOURCE_ID)
    lines.add("records: read", reasons["read"], action="read", why="one answer, or one of a list")
    lines.add("records: no model id", reasons["no name"], action="set aside", why="`id` or `modelId` must be a repository's name")  # fmt: skip
    lines.add("records: private or disabled", reasons["private"], action="set aside", why="nobody else can use it")  # fmt: skip
    lines.add("records: model again", reasons["again"], action="set aside", why="the later record stands")  # fmt: skip
    lines.add("models: rows", len(found), action="kept", why="one a model")
    rows = pl.DataFrame(list(found.values()), schema=API_MODELS, orient="row")
    return ApiModels(rows.sort("model_id"), lines.frame())


def missing_fields(records: Iterable[object]) -> dict[str, int]:
    """How many of the records lack each field of COUNTED, or hold it in another form than it should have."""
    lacks: Counter[str] = Counter()
    for record in records:
        if isinstance(record, dict):
            lacks["downloads"] += _count(record.get("downloads")) is None
            lacks["likes"] += _count(record.get("likes")) is None
            lacks["createdAt"] += _day(record.get("createdAt")) is None
    return {name: lacks[name] for name in COUNTED if lacks[name]}


def is_model_id(text: str) -> bool:
    """Whether the Hub could have a model of this id."""
    return _ID.fullmatch(text) is not None


def model_name(record: object) -> str | None:
    """The present id of the model that a record is about; None where it names none."""
    return _name(record)


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
    card = _table(record.get("cardData"))
    config = _table(record.get("config"))
    asked = record.get("asked_as")
    bases = _bases(record.get("baseModels"), card.get("base_model"), tags)
    counts = _counts(record)
    name = asked if isinstance(asked, str) else name
    size = size_of(name, counts, [*tags, *_quantisation(config)])
    architectures = config.get("architectures")
    first = architectures[0] if isinstance(architectures, list) and architectures else None
    return {
        "model_id": name,
        "hub_id": _name(record),
        "downloads_30d": _count(record.get("downloads")),
        "downloads_all_time": _count(record.get("downloadsAllTime")),
        "likes": _count(record.get("likes")),
        "pipeline_tag": _text(record.get("pipeline_tag")),
        "library": _text(record.get("library_name")),
        "architecture": _text(first) or _text(config.get("model_type")),
        "license": _licence(card.get("license")) or _tagged(tags, "license:"),
        "base_model": bases[0] if len(bases) == 1 else None,
        "base_models": bases,
        "n_parameters": size.n_parameters,
        "n_parameters_basis": size.basis,
        "params_suspect": size.suspect,
        "n_active_parameters": size.n_active,
        "safetensors_total": counts.total,
        "safetensors_by_type": orjson.dumps(counts.by_type, option=orjson.OPT_SORT_KEYS).decode()
        if counts.by_type
        else None,
        "gguf_total": counts.gguf,
        "gated": _gated(record.get("gated")),
        "released": _day(record.get("createdAt")),
        "last_modified": _day(record.get("lastModified")),
        "tags": tags,
        "sha": _text(record.get("sha")),
        "is_test_fixture": _FIXTURE.search(name) is not None,
        "source_id": SOURCE_ID,
    }


def _table(value: object) -> dict[Any, Any]:
    return value if isinstance(value, dict) else {}


def _counts(record: dict[Any, Any]) -> Counts:
    weights, gguf = _table(record.get("safetensors")), _table(record.get("gguf"))
    by_type = {
        str(kind): n
        for kind, value in _table(weights.get("parameters")).items()
        if isinstance(kind, str) and (n := _count(value))
    }
    return Counts(
        total=_count(weights.get("total")) or None, by_type=by_type, gguf=_count(gguf.get("total")) or None
    )  # fmt: skip


def _quantisation(config: dict[Any, Any]) -> list[str]:
    """Method and bits of a declared quantisation, as words."""
    said = _table(config.get("quantization_config"))
    method, bits = _text(said.get("quant_method")), _count(said.get("bits"))
    if bits is None and said.get("load_in_4bit") is True:
        bits = 4
    return [*([method] if method else []), *([f"{bits}-bit"] if bits else [])]


def _licence(value: object) -> str | None:
    """A licence, of several the only one: which of them binds cannot be told."""
    if isinstance(value, list):
        value = value[0] if len(value) == 1 else None
    return _text(value)


def _tags(value: object) -> list[str]:
    return [tag for tag in value if isinstance(tag, str)] if isinstance(value, list) else []


def _tagged(tags: list[str], prefix: str) -> str | None:
    return next((tag.removeprefix(prefix) or None for tag in tags if tag.startswith(prefix)), None)


def _bases(stated: object, declared: object, tags: list[str]) -> list[str]:
    """The base models: as the Hub found them, as the card declares them, else as the tags say."""
    found = stated if isinstance(stated, list) else _table(stated).get("models")
    several = found if isinstance(found, list) else declared if isinstance(declared, list) else [declared]  # fmt: skip
    names = [_text(part.get("id") if isinstance(part, dict) else part) for part in several]
    good = {name for name in names if name and _ID.fullmatch(name)}
    if not good:
        marked = (tag.removeprefix("base_model:") for tag in tags if tag.startswith("base_model:"))
        # Tags repeat the base as "base_model:<relation>:<id>".
        good = {name for mark in marked if _ID.fullmatch(name := mark.rpartition(":")[2])}
    return sorted(good)


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
