"""Each stated limit against each model: holds, fails, or is not known to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.score.interpretability import is_own_explanation

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.core.profile import TaskProfile
    from advisor.recommend.options import Options

SIZE_LIMITS: Final = frozenset(
    {"max_parameters", "max_memory_gb", "max_latency_ms", "max_cost_usd_per_1k"}
)
"""Limits that the large reference and the size ladder ignore."""


def judge(
    models: pl.DataFrame, quantities: pl.DataFrame, profile: TaskProfile, options: Options
) -> pl.DataFrame:
    """One row per model and stated limit: model_id, constraint, judgement, why.

    judgement: "holds", "fails" or "unknown"; a limit inside an interval is not known to hold.
    models: MODELS columns plus `measured_languages` (list of ISO 639-3). No limits: no rows.
    """
    limits = profile.constraints
    parts: list[pl.DataFrame] = []
    if limits.max_parameters is not None:
        parts.append(_size(models, limits.max_parameters))
    for name, quantity, limit, words in (
        ("max_memory_gb", "memory_bytes", _times(limits.max_memory_gb, 1e9), format_bytes),
        ("max_latency_ms", "latency_p95_s", _times(limits.max_latency_ms, 1e-3), format_seconds),
        ("max_cost_usd_per_1k", "cost_usd_per_1k_items", limits.max_cost_usd_per_1k, _usd),
    ):
        if limit is not None:
            parts.append(_quantity(models, quantities, (name, quantity, limit), words))
    if options.license == "commercial" or limits.commercial_licence:
        parts.append(
            _fact(models, "commercial_licence", _yes_no("commercial_use"), "licence {license}")
        )
    if options.license == "open":
        parts.append(_fact(models, "license", pl.col("is_open_license"), "licence {license}"))
    if options.open_weights or limits.local_only:
        name = "open_weights" if options.open_weights else "local_only"
        parts.append(_fact(models, name, pl.col("open_weights"), "weights {open_weights}"))
    if options.interpretable == "require" or limits.interpretable:
        parts.append(_fact(models, "interpretable", is_own_explanation(), "kind {kind}"))
    if profile.languages:
        parts.append(_languages(models, profile.languages))
    if not parts:
        return pl.DataFrame(
            schema={
                "model_id": pl.String,
                "constraint": pl.String,
                "judgement": pl.String,
                "why": pl.String,
            }
        )
    return pl.concat(parts)


_NAMES: Final = {
    "memory_bytes": "memory",
    "latency_p95_s": "latency",
    "cost_usd_per_1k_items": "cost",
}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _usd(value: float | None) -> str:
    return "?" if value is None else f"{value:.3g} USD per 1,000"


def _judged(models: pl.DataFrame, name: str, judgement: pl.Expr, why: pl.Expr) -> pl.DataFrame:
    return models.select("model_id", constraint=pl.lit(name), judgement=judgement, why=why)


def _three(holds: pl.Expr) -> pl.Expr:
    return (
        pl.when(holds)
        .then(pl.lit("holds"))
        .when(holds.not_())
        .then(pl.lit("fails"))
        .otherwise(pl.lit("unknown"))
    )


def _size(models: pl.DataFrame, limit: int) -> pl.DataFrame:
    # A classical model has no parameter count and is below any limit on one.
    small = pl.col("kind").is_in(["linear", "tree", "lexical"]) & pl.col("n_parameters").is_null()
    doubtful = pl.col("params_suspect").fill_null(value=False)
    holds = (
        pl.when(small)
        .then(statement=True)
        .when(doubtful.not_())
        .then(pl.col("n_parameters") <= limit)
    )
    size = pl.col("n_parameters").map_elements(format_count, return_dtype=pl.String)
    why = (
        pl.when(small)
        .then(pl.lit("no neural network"))
        .when(pl.col("n_parameters").is_null())
        .then(pl.lit("size not disclosed"))
        .when(doubtful)
        .then(pl.format("{} parameters, but the sources disagree", size))
        .otherwise(pl.format("{} parameters against at most {}", size, pl.lit(format_count(limit))))
    )
    return _judged(models, "max_parameters", _three(holds), why)


def _quantity(
    models: pl.DataFrame,
    quantities: pl.DataFrame,
    limit: tuple[str, str, float],
    words: Callable[[float | None], str],
) -> pl.DataFrame:
    name, quantity, at_most = limit
    known = quantities.filter(pl.col("quantity") == quantity).select(
        "model_id", "lo", "hi", "value", "basis"
    )
    joined = models.select("model_id").join(known, on="model_id", how="left")
    judgement = (
        pl.when(pl.col("hi") <= at_most)
        .then(pl.lit("holds"))
        .when(pl.col("lo") > at_most)
        .then(pl.lit("fails"))
        .otherwise(pl.lit("unknown"))
    )
    text = {c: pl.col(c).map_elements(words, return_dtype=pl.String) for c in ("value", "lo", "hi")}
    why = (
        pl.when(pl.col("value").is_null())
        .then(pl.lit(f"{_NAMES[quantity]} not known"))
        .otherwise(
            pl.format(
                "{} ({} to {}, {}) against at most {}",
                text["value"], text["lo"], text["hi"], pl.col("basis"), pl.lit(words(at_most)),
            )
        )
    )  # fmt: skip
    return _judged(joined, name, judgement, why)


def _yes_no(column: str) -> pl.Expr:
    return (
        pl.when(pl.col(column) == "yes")
        .then(statement=True)
        .when(pl.col(column) == "no")
        .then(statement=False)
    )


def _fact(models: pl.DataFrame, name: str, holds: pl.Expr, words: str) -> pl.DataFrame:
    before, column = words.removesuffix("}").split(" {")
    shown = pl.col(column).cast(pl.String).fill_null("not stated")
    return _judged(models, name, _three(holds), pl.format(before + " {}", shown))


def _languages(models: pl.DataFrame, wanted: list[str]) -> pl.DataFrame:
    def all_in(column: str) -> pl.Expr:
        return pl.all_horizontal(pl.col(column).list.contains(code) for code in wanted)

    measured = all_in("measured_languages").fill_null(value=False)
    # Measured on tasks in the language: its score there decides, whatever it declares.
    holds = pl.when(measured).then(statement=True).otherwise(all_in("languages"))
    why = (
        pl.when(measured)
        .then(pl.lit("measured on tasks in " + ", ".join(wanted)))
        .when(pl.col("languages").is_null())
        .then(pl.lit("languages not declared"))
        .otherwise(pl.format("declares {} language(s)", pl.col("languages").list.len()))
    )
    return _judged(models, "language", _three(holds), why)
