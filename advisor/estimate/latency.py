"""How long one item takes a model on the stated machine: p95, with an interval checked on shapes left out."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import MissingData, UnknownName
from advisor.estimate.accelerators import ACCELERATOR, HALF, accelerator_terms
from advisor.estimate.arithmetic import FLOPS_PER_PARAMETER_AND_TOKEN
from advisor.estimate.latency_terms import Terms
from advisor.estimate.measured_speed import measured_latency
from advisor.estimate.model_size import with_inner_size
from advisor.estimate.ways import NEURAL_WAYS, way_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from advisor.core.profile import Workload

    Values = NDArray[np.float64]
    Read = Callable[[str], pl.LazyFrame]

OUTSIDE_FACTOR: Final = 2.0
"""Widening of the interval (on the logarithm) for sizes and lengths outside those timed. Source: METHOD.md#latency"""
SLACK: Final = 1.2
"""A size this factor beyond the shapes timed still counts as inside: the fit does not know sizes better."""
FLOAT32: Final = 4.0
COLUMNS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "quantity": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "basis": pl.String,
        "n_evidence": pl.Int64,
        "hardware_id": pl.String,
    }
)


def latency(
    read: Read,
    models: pl.DataFrame,
    workload: Workload,
    *,
    level: float = 0.90,
    threads: int = 1,
    pool: str | None = None,
) -> pl.DataFrame:
    """p95 seconds of one item for each model: one row a model (COLUMNS), sorted by model_id.

    An item of a batch waits for its batch, so the value is the whole call's. A model of the embedding pool
    reads `input_tokens` (at most its context) and returns a vector; any other decoder also writes
    `output_tokens`. Tokenising counts, searching an index and the network do not. Float32
    PyTorch on `threads` cores, half precision on an accelerator. value null: hosted, size unknown, or too
    little known about the machine.

    basis: "measured" where this very model was timed on this machine under a like workload; "interpolated"
    inside the range of the shapes timed on this CPU; "extrapolated" outside it or on other hardware.

    read: gives the snapshot's tables latency_model, hardware and evidence_other.
    models: MODELS columns.
    pool: the pool whose task is asked about: a decoder of both pools writes only for "language-model".
    Raises: UnknownName: a hardware_id that no table holds; MissingData: the snapshot has no timings.
    Source: METHOD.md#latency
    """
    terms = terms_for(read, workload.hardware_id, threads=threads)
    if terms is None:
        return _nothing(models, workload.hardware_id)
    sized = with_inner_size(models).with_columns(way=way_of(pool))
    parts = [pl.DataFrame(schema=COLUMNS)]
    for way, rows in sized.partition_by("way", as_dict=True).items():
        parts.append(_predict(rows, str(way[0]), terms, workload, level))
    predicted = pl.concat(parts)
    ways = sized.select("model_id", "way")
    return _with_measured(predicted, ways, read, workload).sort("model_id")


def terms_for(read: Read, hardware_id: str | None, *, threads: int = 1) -> Terms | None:
    """The latency model of a machine; null is the CPU that was timed. None when its facts do not suffice.

    Raises: MissingData: the snapshot has no timings; UnknownName: a machine that no table holds.
    """
    table = read("latency_model").collect()
    timed = table.filter(pl.col("hardware_id") != ACCELERATOR, pl.col("threads") == threads)
    if timed.is_empty():
        raise MissingData(
            "latency_model: no timings; rebuild the snapshot with `advisor data build`"
        )
    if hardware_id is None:
        sizes = (
            timed.filter(pl.col("term") == "n_rows")
            .group_by("hardware_id")
            .agg(pl.col("value").sum())
        )
        hardware_id = str(
            sizes.sort(["value", "hardware_id"], descending=[True, False])["hardware_id"][0]
        )
    rows = timed.filter(pl.col("hardware_id") == hardware_id)
    if rows.height:
        kinds: dict[str, dict[str, float]] = {}
        for kind, term, value in rows.select("kind", "term", "value").iter_rows():
            kinds.setdefault(kind, {})[term] = value
        return Terms(hardware_id=hardware_id, is_timed=True, bytes_per_weight=FLOAT32, kinds=kinds)
    facts = read("hardware").filter(pl.col("hardware_id") == hardware_id).collect()
    if facts.is_empty():
        raise _unknown_machine(read, hardware_id)
    found = accelerator_terms(table, facts)
    if found is None:
        return None
    return Terms(hardware_id=hardware_id, is_timed=False, bytes_per_weight=HALF, kinds=found)


def _unknown_machine(read: Read, name: str) -> UnknownName:
    known = read("hardware").select("hardware_id").collect()["hardware_id"].to_list()
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"; did you mean {' or '.join(map(repr, near))}?" if near else ""
    return UnknownName(
        f"hardware: unknown machine {name!r}{hint} {len(known)} are known, by ids like 'nvidia-l4'"
    )


def _predict(
    rows: pl.DataFrame, way: str, terms: Terms, workload: Workload, level: float
) -> pl.DataFrame:
    kind = "transformer" if way in NEURAL_WAYS else way
    if kind not in terms.kinds or (way == "generate" and "decode" not in terms.kinds):
        return _nothing(rows, terms.hardware_id)
    low, middle, high = call_seconds(rows, way, terms, workload)
    lower, upper = terms.margins(kind, level)
    if way == "generate":
        lower, upper = (
            max(pair) for pair in zip((lower, upper), terms.margins("decode", level), strict=True)
        )
    inside = is_inside(rows, kind, terms, workload)
    factor = np.where(inside, 1.0, OUTSIDE_FACTOR) if terms.is_timed else 1.0
    frame = rows.select(
        "model_id",
        quantity=pl.lit("latency_p95_s"),
        value=pl.Series(middle),
        lo=pl.Series(low * np.exp(-lower * factor)),
        hi=pl.Series(high * np.exp(upper * factor)),
        basis=pl.Series(np.where(inside, "interpolated", "extrapolated")),
        n_evidence=pl.lit(int(terms.kinds[kind]["n_rows"])),
        hardware_id=pl.lit(terms.hardware_id),
    )
    return _known_only(frame)


def call_seconds(
    rows: pl.DataFrame, way: str, terms: Terms, workload: Workload
) -> tuple[Values, Values, Values]:
    """p95 seconds of one call with the lower, likely and upper size of each model; NaN where it is unknown.

    rows: MODELS columns, and those of model_size.with_inner_size.
    """
    context = rows["context_tokens"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    n_read = np.minimum(np.where(context > 0, context, np.inf), float(workload.input_tokens))
    batch = float(workload.batch_size)
    if way not in NEURAL_WAYS:
        size = _numbers(rows, "embed_dim") if way == "static_embedding" else np.zeros(rows.height)
        seconds = terms.seconds(way, size, n_read, batch=batch) * terms.kinds[way]["p95_over_p50"]
        return seconds, seconds, seconds
    ends = []
    for size_name in ("inner_lo", "inner", "inner_hi"):
        seconds = terms.seconds("transformer", _numbers(rows, size_name), n_read, batch=batch)
        if way == "generate":
            seconds = seconds + workload.output_tokens * _written(rows, terms, batch)
        ends.append(seconds * terms.kinds["transformer"]["p95_over_p50"])
    return ends[0], ends[1], ends[2]


def _numbers(rows: pl.DataFrame, column: str) -> Values:
    """A column as floats, null as NaN."""
    return rows[column].cast(pl.Float64).fill_null(np.nan).to_numpy()


def _written(rows: pl.DataFrame, terms: Terms, batch: float) -> Values:
    """Seconds of one written token; others of the batch add their arithmetic, the weights are read once."""
    size = _numbers(rows, "read_per_token")
    alone = terms.seconds("decode", size, 1.0, batch=1.0)
    arithmetic = terms.kinds["transformer"].get("flops", 0.0)
    result: Values = alone + (batch - 1.0) * FLOPS_PER_PARAMETER_AND_TOKEN * size * arithmetic
    return result


def is_inside(rows: pl.DataFrame, kind: str, terms: Terms, workload: Workload) -> NDArray[np.bool_]:
    """Whether machine, size, length and batch lie in the range that was timed."""
    known = terms.kinds[kind]
    if not terms.is_timed:
        return np.zeros(rows.height, dtype=np.bool_)
    fits = (
        known["least_tokens"] <= workload.input_tokens <= known["most_tokens"]
        and workload.batch_size <= known["most_batch"]
    )
    if kind != "transformer":
        return np.full(rows.height, fits)
    size = _numbers(rows, "inner")
    return fits & (size >= known["least_size"] / SLACK) & (size <= known["most_size"] * SLACK)


def _known_only(frame: pl.DataFrame) -> pl.DataFrame:
    known = pl.all_horizontal(pl.col(end).is_finite() for end in ("value", "lo", "hi"))
    shown = [c for c in COLUMNS if c not in ("model_id", "quantity", "hardware_id")]
    return frame.with_columns(pl.when(known).then(c).alias(c) for c in shown).select(
        pl.col(c).cast(dtype) for c, dtype in COLUMNS.items()
    )


def _nothing(models: pl.DataFrame, hardware_id: str | None) -> pl.DataFrame:
    empty = models.select("model_id").with_columns(
        quantity=pl.lit("latency_p95_s"), hardware_id=pl.lit(hardware_id, dtype=pl.String)
    )
    return empty.with_columns(
        pl.lit(None, dtype=dtype).alias(c) for c, dtype in COLUMNS.items() if c not in empty.columns
    ).select(list(COLUMNS))


def _with_measured(
    predicted: pl.DataFrame, ways: pl.DataFrame, read: Read, workload: Workload
) -> pl.DataFrame:
    """Timings of the very model on the very machine take the place of predictions."""
    if workload.hardware_id is None:
        return predicted  # on the CPU that shapes were timed on, no real model was
    measured = measured_latency(read, workload, workload.hardware_id)
    own = (
        predicted.select("model_id", "quantity", "hardware_id")
        .join(ways, on="model_id")
        .join(measured, on=["model_id", "way"])
    )
    rest = predicted.join(own, on="model_id", how="anti")
    return pl.concat([rest, own.select(list(COLUMNS))])
