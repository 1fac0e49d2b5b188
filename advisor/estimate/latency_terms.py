"""The rows of the table "latency_model": what they are called, and the work that each coefficient multiplies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.arithmetic import layers, layers_times_width

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

LATENCY_MODEL: Final = pl.Schema(
    {
        "hardware_id": pl.String,
        "kind": pl.String,
        "threads": pl.Int64,
        "term": pl.String,
        "value": pl.Float64,
    }
)
"""kind: "transformer" (text to vector), "decode" (one written token), "static_embedding", "linear", "lexical".

Terms: coefficients (seconds per unit of the work of that name), `p95_over_p50`, `margin_lo_LEVEL` and
`margin_hi_LEVEL` (ends of the interval on the natural logarithm), the range timed (`least_...`, `most_...`),
`n_shapes`, `n_rows`. The machine "accelerator" stands for any device with published facts.
"""

LEVELS: Final = (0.50, 0.60, 0.70, 0.80, 0.85, 0.90, 0.95, 0.975)
"""Levels whose margins are tabled; between them one interpolates."""

WORK_OF_KIND: Final = {
    "transformer": ("call", "layer", "weight_bytes", "flops", "attention_flops", "activations"),
    "decode": ("layer", "weight_bytes"),
    "static_embedding": ("call", "item", "tokens", "values"),
    "linear": ("call", "item", "tokens"),
    "lexical": ("call", "item", "tokens"),
}
"""What a call's time is made of, by kind."""

_ALL_WORK: Final = frozenset(name for names in WORK_OF_KIND.values() for name in names)


def work(
    kind: str,
    size: Values,
    tokens: float | Values,
    *,
    batch: float | Values,
    bytes_per_weight: float = 4.0,
) -> dict[str, Values]:
    """The work of one call, by name.

    size: parameters that each token passes through (transformer), parameters read per written token
    (decode), or columns of the table (static embedding); ignored for linear and lexical.
    bytes_per_weight: 4 is float32. Source: METHOD.md#latency
    """
    ones = np.ones_like(size)
    items = ones * batch
    words = items * tokens
    if kind not in ("transformer", "decode"):
        return {"call": ones, "item": items, "tokens": words, "values": words * size}
    wide = layers_times_width(size)
    return {
        "call": ones,
        "layer": layers(size),
        "weight_bytes": bytes_per_weight * size,
        "flops": 2.0 * size * words,
        "attention_flops": 4.0 * wide * words * tokens,
        "activations": wide * words,
    }


def margin_terms(level: float, *, lower: float, upper: float) -> dict[str, float]:
    """The two ends of the interval at `level`, under the names they have in the table."""
    return {f"margin_lo_{level:.3f}": lower, f"margin_hi_{level:.3f}": upper}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """The latency model of one machine."""

    hardware_id: str
    is_timed: bool
    """Whether shapes were timed on this very machine."""
    bytes_per_weight: float
    kinds: dict[str, dict[str, float]]
    """Terms by kind."""

    def seconds(self, kind: str, size: Values, tokens: float | Values, *, batch: float) -> Values:
        """Median seconds of a call of one kind."""
        done = work(kind, size, tokens, batch=batch, bytes_per_weight=self.bytes_per_weight)
        terms = self.kinds[kind]
        total = np.zeros_like(size)
        for name in sorted(_ALL_WORK & terms.keys() & done.keys()):
            total = total + terms[name] * done[name]
        return total

    def margins(self, kind: str, level: float) -> tuple[float, float]:
        """Lower and upper end of the interval, on the natural logarithm."""
        lower, upper = (
            float(
                np.interp(
                    level, LEVELS, [self.kinds[kind][f"margin_{side}_{x:.3f}"] for x in LEVELS]
                )
            )
            for side in ("lo", "hi")
        )
        return lower, upper
