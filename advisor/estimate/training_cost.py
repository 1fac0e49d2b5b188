"""What it takes to make a model ready for a task of one's own: time, memory and labels."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.profile import Workload
from advisor.estimate.arithmetic import layers_times_width
from advisor.estimate.latency import call_seconds, is_inside, terms_for
from advisor.estimate.memory import RUNTIME_BYTES, memory
from advisor.estimate.model_size import with_inner_size
from advisor.estimate.ways import NEURAL_WAYS, embeds, way_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from advisor.estimate.latency_terms import Terms

    Read = Callable[[str], pl.LazyFrame]
    Ends = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]

CALL_BATCH: Final = 8
"""Texts that are encoded, or trained on, together."""
EPOCHS: Final = 3
LEVEL: Final = 0.90

PROBE_FIT_S: Final = (1.4e-3, 5e-9)
"""Seconds of a two-class logistic regression: constant, and per label and dimension. Source: METHOD.md#training-cost"""
PROBE_FIT_FACTOR: Final = 10.0
"""How far that may be off either way: iterations depend on the data, and each further class adds its own."""

STEP_OVER_FORWARD: Final = 4.0
"""Seconds of a fine-tuning step over those of a forward pass of the same batch. Three is the arithmetic (arXiv
2001.08361), the rest is the optimizer. Measured on two shapes. Source: METHOD.md#training-cost"""
STEP_SPREAD: Final = 1.3
BYTES_TO_TRAIN: Final = 16.0
"""Float32 weight, gradient and two moments of AdamW, bytes a parameter."""
KEPT_BYTES: Final = (100.0, 135.0, 180.0)
"""Activations kept for the backward pass, bytes per token, layer and unit of width: least, likely, most. Measured on
two shapes. Source: METHOD.md#training-cost"""

LABELS_PER_CLASS: Final = 8
"""Labels per class that MTEB's classification scores were reached with: its default samples_per_label."""

COLUMNS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "way": pl.String,
        "quantity": pl.String,
        "value": pl.Float64,
        "lo": pl.Float64,
        "hi": pl.Float64,
        "basis": pl.String,
    }
)
"""way: "linear probe" (an embedding stays as it is) or "fine-tune" (all weights move)."""


@dataclass(frozen=True, kw_only=True)
class Adapting:
    """What is to be learned, and on which machine."""

    n_labels: int
    terms: Terms
    workload: Workload

    @property
    def calls(self) -> int:
        """Batches that all labels make."""
        return math.ceil(self.n_labels / CALL_BATCH)


def training_cost(
    read: Read,
    models: pl.DataFrame,
    n_labels: int,
    *,
    workload: Workload | None = None,
    n_classes: int | None = None,
) -> pl.DataFrame:
    """Time, memory and labels of each way of adapting each model (COLUMNS); no row where nothing is known.

    Quantities: fit_time_s for `n_labels` labelled texts, memory_bytes, and, when the number of classes is
    given, n_labels of a linear probe: what MTEB's published scores took, basis "prior". Fine-tuning is EPOCHS
    epochs of AdamW in float32; how many labels it needs is not in the evidence. Only embeddings are probed.

    workload: length of a text and machine; its batch is not used. Source: METHOD.md#training-cost
    """
    asked = (workload or Workload()).model_copy(update={"batch_size": CALL_BATCH})
    terms = terms_for(read, asked.hardware_id)
    if terms is None:
        return pl.DataFrame(schema=COLUMNS)
    task = Adapting(n_labels=n_labels, terms=terms, workload=asked)
    # While fitting, a generating model reads its texts and writes nothing.
    sized = with_inner_size(models).with_columns(
        way=way_of().replace("generate", "encode"), is_embedding=embeds()
    )
    probed = sized.filter("is_embedding", pl.col("way").is_in([*NEURAL_WAYS, "static_embedding"]))
    tuned = sized.filter(pl.col("way") == "encode", pl.col("open_weights").fill_null(value=True))
    parts = [pl.DataFrame(schema=COLUMNS), _tuning_time(tuned, task), _tuning_memory(tuned, task)]
    for way, rows in probed.partition_by("way", as_dict=True).items():
        parts.append(_probe_time(rows, str(way[0]), task))
    held = memory(probed, batch_size=CALL_BATCH, tokens=asked.input_tokens, pool="embedding")
    parts.append(_typed(held.with_columns(way=pl.lit("linear probe"))))
    if n_classes is not None:
        needed = np.full(probed.height, float(LABELS_PER_CLASS * n_classes))
        parts.append(
            _rows(probed, "linear probe", "n_labels", (needed, needed, needed), basis="prior")
        )
    known = pl.all_horizontal(pl.col("value", "lo", "hi").is_finite())
    return pl.concat(parts).filter(known).sort("model_id", "way", "quantity")


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(pl.col(c).cast(dtype) for c, dtype in COLUMNS.items())


def _rows(
    models: pl.DataFrame, way: str, quantity: str, ends: Ends, *, basis: str | pl.Series
) -> pl.DataFrame:
    low, middle, high = (pl.Series(end, dtype=pl.Float64) for end in ends)
    labelled = models.select(
        "model_id", way=pl.lit(way), quantity=pl.lit(quantity), value=middle, lo=low, hi=high, basis=pl.lit(basis)
        if isinstance(basis, str)
        else basis,
    )  # fmt: skip
    return _typed(labelled)


def _call_ends(rows: pl.DataFrame, way: str, task: Adapting) -> tuple[Ends, pl.Series]:
    """Seconds of one call with the ends of its interval, and the basis of each."""
    kind = "transformer" if way in NEURAL_WAYS else way
    low, middle, high = call_seconds(rows, way, task.terms, task.workload)
    lower, upper = task.terms.margins(kind, LEVEL)
    inside = is_inside(rows, kind, task.terms, task.workload)
    basis = pl.Series(np.where(inside, "interpolated", "extrapolated"), dtype=pl.String)
    return (low * math.exp(-lower), middle, high * math.exp(upper)), basis


def _probe_time(rows: pl.DataFrame, way: str, task: Adapting) -> pl.DataFrame:
    kind = "transformer" if way in NEURAL_WAYS else way
    if kind not in task.terms.kinds:
        return pl.DataFrame(schema=COLUMNS)
    (low, middle, high), basis = _call_ends(rows, way, task)
    width = rows["embed_dim"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    fit = PROBE_FIT_S[0] + PROBE_FIT_S[1] * task.n_labels * width
    ends = (
        task.calls * low + fit / PROBE_FIT_FACTOR,
        task.calls * middle + fit,
        task.calls * high + fit * PROBE_FIT_FACTOR,
    )
    return _rows(rows, "linear probe", "fit_time_s", ends, basis=basis)


def _tuning_time(rows: pl.DataFrame, task: Adapting) -> pl.DataFrame:
    (low, middle, high), basis = _call_ends(rows, "encode", task)
    steps = EPOCHS * task.calls * STEP_OVER_FORWARD
    ends = (steps * low / STEP_SPREAD, steps * middle, steps * high * STEP_SPREAD)
    return _rows(rows, "fine-tune", "fit_time_s", ends, basis=basis)


def _tuning_memory(rows: pl.DataFrame, task: Adapting) -> pl.DataFrame:
    total = rows["n_parameters"].cast(pl.Float64).fill_null(np.nan).to_numpy()
    wide = layers_times_width(rows["inner"].fill_null(np.nan).to_numpy())
    held = BYTES_TO_TRAIN * total + RUNTIME_BYTES["transformer"]
    words = CALL_BATCH * task.workload.input_tokens
    low, middle, high = (held + kept * wide * words for kept in KEPT_BYTES)
    return _rows(rows, "fine-tune", "memory_bytes", (low, middle, high), basis="interpolated")
