"""Finding tasks and models in the catalogue by words, family and language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import UnknownName
from advisor.core.ids import TASK_FAMILIES
from advisor.core.languages import parse_language
from advisor.core.ranges import whole
from advisor.recommend.names import hint

if TYPE_CHECKING:
    from advisor.tables.snapshot import Snapshot

TASK_COLUMNS: Final = ["task_id", "task_family", "metric", "languages", "n_models", "description"]
MODEL_COLUMNS: Final = ["model_id", "kind", "n_parameters", "license", "downloads_30d", "released"]


def find_tasks(
    snapshot: Snapshot, query: str = "", *, family: str | None = None, language: str | None = None
) -> pl.DataFrame:
    """Text tasks that hold every word of `query`, the most measured first; columns TASK_COLUMNS.

    Raises: UnknownName: no such task family or language.
    """
    if family is not None and family not in TASK_FAMILIES:
        accepted = hint(
            family, TASK_FAMILIES, otherwise=f"the families are {', '.join(TASK_FAMILIES)}"
        )
        raise UnknownName(f"--family: unknown task family {family!r}{accepted}")
    tasks = snapshot.scan("tasks").filter(pl.col("task_family").is_not_null())
    if family is not None:
        tasks = tasks.filter(pl.col("task_family") == family)
    tasks = _in_language(
        _with_words(tasks, query, ["task_id", "task_type", "description"]), language
    )
    order = pl.col("n_models").fill_null(0)
    return snapshot.collect(
        tasks.sort([order, "task_id"], descending=[True, False]).select(TASK_COLUMNS)
    )


def find_models(
    snapshot: Snapshot, query: str = "", *, family: str | None = None, language: str | None = None
) -> pl.DataFrame:
    """Models that hold every word of `query`, the most downloaded first; columns MODEL_COLUMNS."""
    models = snapshot.scan("models")
    if family is not None:
        models = models.filter(pl.col("family").str.to_lowercase() == family.lower())
    models = _in_language(_with_words(models, query, ["model_id", "family", "kind"]), language)
    order = pl.col("downloads_30d").fill_null(-1)
    return snapshot.collect(
        models.sort([order, "model_id"], descending=[True, False]).select(MODEL_COLUMNS)
    )


def check_limit(limit: str | int) -> int:
    """How many rows to list. Raises: BadInput: not a whole number of at least 1."""
    return whole("--limit", limit, least=1, example="20")


def _with_words(table: pl.LazyFrame, query: str, columns: list[str]) -> pl.LazyFrame:
    text = pl.concat_str([pl.col(name).fill_null("") for name in columns], separator=" ")
    for word in query.lower().split():
        table = table.filter(text.str.to_lowercase().str.contains(word, literal=True))
    return table


def _in_language(table: pl.LazyFrame, language: str | None) -> pl.LazyFrame:
    if language is None:
        return table
    code = parse_language(language, field="--language")
    return table.filter(pl.col("languages").list.contains(code))
