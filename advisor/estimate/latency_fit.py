"""From timed shapes to a few coefficients per kind of model, and how far off they are on a shape left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from advisor.estimate.accelerators import ACCELERATOR, fit_accelerators
from advisor.estimate.latency_terms import LATENCY_MODEL, LEVELS, WORK_OF_KIND, margin_terms, work
from advisor.estimate.least_squares import relative_fit, upper_margin
from advisor.estimate.workload_words import subset_columns
from advisor.tables.columns import require_columns

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

DIMENSIONS: Final = pl.Schema(
    {
        "kind": pl.String,
        "stands_for": pl.String,
        "twin_group": pl.String,
        "n_parameters": pl.Int64,
        "n_embedding_parameters": pl.Int64,
        "n_layers": pl.Int64,
        "hidden": pl.Int64,
        "flops_per_item": pl.Float64,
        "runtime_bytes": pl.Int64,
        "noise": pl.Float64,
    }
)
"""What a timing row says of its shape, beside the columns of EVIDENCE."""

LEAST_CALLS: Final = 20
"""Calls from which a 95th percentile can be read."""
_TIMES: Final = ("latency_p50_s", "latency_p95_s", "decode_tokens_s")


def fit_latency(timings: pl.DataFrame, accelerators: pl.DataFrame | None = None) -> pl.DataFrame:
    """The table "latency_model" (LATENCY_MODEL) from timed shapes.

    Margins come from shapes that were left out of the fit, twins together.

    Args:
        timings: EVIDENCE columns and DIMENSIONS, as bench.measure.time_shapes writes them.
        accelerators: published timings (accelerators.CELLS); without them other hardware stays unknown.
    Raises: BadInput: columns missing, or no timing of any shape. Source: METHOD.md#latency
    """
    cells = training_cells(timings)
    if cells.is_empty():
        raise BadInput(
            "shape timings: no latency_p50_s or decode_tokens_s row; run bench.measure.time_shapes"
        )
    parts = [
        _named(_fit_kind(part), str(key[0]), str(key[1]), int(str(key[2])))
        for key, part in cells.group_by("hardware_id", "fit", "threads", maintain_order=True)
    ]
    if accelerators is not None:
        parts.append(_named(fit_accelerators(accelerators), ACCELERATOR, "transformer", 1))
    return pl.concat(parts).sort("hardware_id", "kind", "threads", "term")


def _named(terms: pl.DataFrame, hardware_id: str, kind: str, threads: int) -> pl.DataFrame:
    labelled = terms.with_columns(
        hardware_id=pl.lit(hardware_id), kind=pl.lit(kind), threads=pl.lit(threads)
    )
    return labelled.select(pl.col(c).cast(dtype) for c, dtype in LATENCY_MODEL.items())


def training_cells(timings: pl.DataFrame) -> pl.DataFrame:
    """One row a timed cell: hardware_id, model_id, fit, threads, group, size, tokens, batch, n_calls, p50, p95.

    fit: the kind that is fitted; size: as latency_terms.work wants it; group: shapes that are left out together.
    """
    names = [*DIMENSIONS, "model_id", "hardware_id", "metric", "subset", "value", "n_items"]
    table = require_columns(timings, names, "shape timings").with_columns(
        subset_columns("batch", "input_tokens", "output_tokens", "threads", "labels")
    )
    times = table.filter(pl.col("metric").is_in(_TIMES), pl.col("labels").is_null())
    index = ["hardware_id", "kind", "model_id", "twin_group", "threads", "batch", "input_tokens", "output_tokens",
             "n_parameters", "n_embedding_parameters", "hidden"]  # fmt: skip
    calls = times.group_by("model_id", "hardware_id", "subset").agg(n_calls=pl.col("n_items").max())
    wide = times.pivot(
        on="metric", on_columns=_TIMES, index=[*index, "subset"], values="value"
    ).join(calls, on=["model_id", "hardware_id", "subset"])
    writes = pl.col("decode_tokens_s").is_not_null()
    neural = pl.col("kind").is_in(["encoder", "decoder"])
    inner = pl.col("n_parameters") - pl.col("n_embedding_parameters")
    one_token = 1.0 / pl.col("decode_tokens_s")
    return wide.select(
        "hardware_id",
        "model_id",
        pl.col("threads").cast(pl.Int64),
        fit=pl.when(writes)
        .then(pl.lit("decode"))
        .when(neural)
        .then(pl.lit("transformer"))
        .otherwise("kind"),
        group="twin_group",
        # Writing a token also reads the output layer, which is as large as the embedding table.
        size=pl.when(writes)
        .then("n_parameters")
        .when(neural)
        .then(inner)
        .otherwise("hidden")
        .cast(pl.Float64),
        tokens="input_tokens",
        batch="batch",
        n_calls="n_calls",
        p50=pl.when(writes).then(one_token).otherwise("latency_p50_s"),
        p95=pl.when(writes).then(one_token).otherwise("latency_p95_s"),
    ).sort("hardware_id", "fit", "threads", "group", "model_id", "tokens", "batch")


def _work(cells: pl.DataFrame) -> Values:
    """Shape (cells, terms of the kind)."""
    kind = str(cells["fit"][0])
    size, tokens, batch = (cells[name].to_numpy() for name in ("size", "tokens", "batch"))
    done = work(kind, size, tokens, batch=batch)
    return np.column_stack([done[name] for name in WORK_OF_KIND[kind]])


def fit_cells(cells: pl.DataFrame) -> Values:
    """Coefficients for cells of one kind, machine and thread count, in the order of WORK_OF_KIND.

    Each group counts alike, however many cells of it were timed.
    """
    weight = 1.0 / cells.select(pl.len().over("group")).to_series().to_numpy()
    return relative_fit(_work(cells), cells["p50"].to_numpy(), weight)


def tail_ratio(cells: pl.DataFrame) -> float:
    """Median of p95 over p50, over cells with calls enough to tell; 1 where there are none."""
    told = cells.filter(pl.col("n_calls") >= LEAST_CALLS)
    return float(np.median(told["p95"].to_numpy() / told["p50"].to_numpy())) if told.height else 1.0


def _p95(cells: pl.DataFrame, ratio: float) -> Values:
    """p95 as measured; of a handful of calls it is the slowest one, so there the usual ratio stands in."""
    told = pl.when(pl.col("n_calls") >= LEAST_CALLS).then("p95").otherwise(pl.col("p50") * ratio)
    return cells.select(told).to_series().to_numpy()


def errors_left_out(cells: pl.DataFrame) -> Values:
    """log(p95 measured / p95 predicted) of each cell, its group left out of the fit.

    A kind with one group has nothing else to be fitted on: there each cell is left out alone.
    """
    marked = cells.with_row_index("cell")
    key = "group" if marked["group"].n_unique() > 1 else "cell"
    result = np.full(cells.height, np.nan)
    for value in marked[key].unique(maintain_order=True):
        inside = (marked[key] == value).to_numpy()
        rest, left = cells.filter(~inside), cells.filter(inside)
        if rest.height:
            ratio = tail_ratio(rest)
            predicted = _work(left) @ fit_cells(rest) * ratio
            result[inside] = np.log(_p95(left, ratio) / predicted)
    return result


def margins_of(errors: Values) -> dict[str, float]:
    """The interval's ends at each tabled level; alike on both sides."""
    sizes = np.abs(errors[np.isfinite(errors)])
    terms: dict[str, float] = {}
    for level in LEVELS:
        half = upper_margin(sizes, level)
        terms |= margin_terms(level, lower=half, upper=half)
    return terms


def _fit_kind(cells: pl.DataFrame) -> pl.DataFrame:
    names = WORK_OF_KIND[str(cells["fit"][0])]
    terms = dict(zip(names, fit_cells(cells).tolist(), strict=True))
    terms |= margins_of(errors_left_out(cells))
    terms |= {
        "p95_over_p50": tail_ratio(cells),
        "least_size": float(np.min(cells["size"].to_numpy())),
        "most_size": float(np.max(cells["size"].to_numpy())),
        "least_tokens": float(np.min(cells["tokens"].to_numpy())),
        "most_tokens": float(np.max(cells["tokens"].to_numpy())),
        "most_batch": float(np.max(cells["batch"].to_numpy())),
        "n_shapes": float(cells["model_id"].n_unique()),
        "n_rows": float(cells.height),
    }
    return pl.DataFrame({"term": list(terms), "value": list(terms.values())})
