"""A small fine-tuned encoder or a generative model: which does better on a task type in a language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from numpy.typing import NDArray

HARNESS: Final = "EuroEval"
ENCODER_MOST: Final = 600_000_000
GENERATIVE_MOST: Final = 10_000_000_000
"""Largest parameter counts on the two sides, experts that sleep included."""
_PULL: Final = 1.0
"""Pairs of the average type that every type's mean is mixed with."""


def pairs(scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame) -> pl.DataFrame:
    """(task_id, task_type, language, encoder, generative, gap): the best of each side on each task both were run on.

    gap: the best encoder's score less the best generative model's, fractions. EuroEval alone runs fine-tuned
    encoders and generative models on the same tasks.
    """
    own = tasks.filter(pl.col("harness") == HARNESS).select(
        "task_id", "task_type", language=pl.col("languages").list.first()
    )
    sized = models.select("model_id", "kind", "tuning", "n_parameters")
    rows = scores.join(own, on="task_id").join(sized, on="model_id")
    encoder = rows.filter(
        pl.col("tuning") == "finetuned-encoder", pl.col("n_parameters") <= ENCODER_MOST
    )
    generative = rows.filter(pl.col("kind") == "decoder", pl.col("n_parameters") <= GENERATIVE_MOST)
    best = [
        part.group_by("task_id").agg(pl.col("value").max().alias(name))
        for name, part in (("encoder", encoder), ("generative", generative))
    ]
    found = own.join(best[0], on="task_id").join(best[1], on="task_id")
    return found.with_columns(gap=pl.col("encoder") - pl.col("generative")).sort("task_id")


def expected_gap(known: pl.DataFrame, task_type: str) -> float:
    """Gap (fractions) to expect on a task of this type in a language where it was not measured.

    known: rows of `pairs`. The mean gap of the type elsewhere, pulled towards the mean over all types; that mean
    itself for a type that nobody measured. Source: METHOD.md#encoder-or-llm
    """
    overall = _mean(known["gap"].to_numpy())
    own = known.filter(pl.col("task_type") == task_type)["gap"].to_numpy()
    return float((own.sum() + _PULL * overall) / (len(own) + _PULL))


def majority(known: pl.DataFrame) -> bool:
    """True when encoders win most of the known pairs."""
    return bool((known["gap"] > 0).mean() > 0.5)  # type: ignore[operator]


def _mean(values: NDArray[np.float64]) -> float:
    return float(np.mean(values)) if len(values) else 0.0
