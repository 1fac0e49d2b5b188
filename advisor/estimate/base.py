"""The base predictors of one pool, fitted together: what the stack reads, and what it must beat."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate import gaussian, low_rank, neighbours, pairwise
from advisor.estimate.matrix import Scale, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.gaussian import Kernels
    from advisor.estimate.matrix import Cells

TASK_WEIGHTS: Final = {
    "all": 0.30, "type": 0.15, "languages": 0.15, "name": 0.15, "description": 0.10, "domains": 0.03,
    "twins": 0.10, "self": 0.15,
}  # fmt: skip
MODEL_WEIGHTS: Final = {
    "all": 0.10, "name": 0.20, "maker-and-name": 0.20, "size-and-date": 0.20, "base": 0.10, "languages": 0.10,
    "kind": 0.10, "training": 0.03, "self": 0.15,
}  # fmt: skip
"""Weights of the metadata kernels, tuned on left-out cells (seed 0). Source: METHOD.md#cells"""

LEARNED_TASKS: Final = 0.5
LEARNED_MODELS: Final = 0.6
"""Weight of the learned part of each kernel (tuned likewise)."""

FIRST_NOISE = 0.03
NOISE_FLOOR = 0.01
NOISE_POINTS = 0.02
"""Noise variances, in squared task spreads; a score is taken to be repeatable to two points or a tenth of the
task's spread, whichever is more. Source: METHOD.md#cells"""

_COMMON_LANGUAGE = 12
PARTIAL_NOISE = 4.0
"""Factor on the noise of a score that averages fewer subsets than the task has."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """Predictions of every cell of the pool, standardised, from the measured cells given."""

    cells: Cells
    scale: Scale
    declared: NDArray[np.float64]
    """(models, tasks): Gaussian process on metadata kernels."""
    process: NDArray[np.float64]
    """(models, tasks): the same with kernels learned from `declared`, outliers damped."""
    low_rank: NDArray[np.float64]
    pairs: dict[str, NDArray[np.float32]]
    """(models, tasks) each: predictions from pairs of tasks and of models, and their expected misses."""
    near: neighbours.Neighbourhood


def fit(cells: Cells, declared_kernels: Kernels, *, seed: int = 0) -> Fitted:
    """Fit all base predictors on `cells`; a few seconds for 75,000 of them."""
    scale = scale_of(cells)
    z = scale.to_z(cells)
    partial = np.where(cells.share < 1.0, PARTIAL_NOISE, 1.0)
    first, _ = gaussian.predict(declared_kernels, cells, z, FIRST_NOISE * partial, iterations=50)
    kernels = gaussian.blended(declared_kernels, first, models=LEARNED_MODELS, tasks=LEARNED_TASKS)
    noise = (NOISE_FLOOR + (NOISE_POINTS / scale.spread[cells.col]) ** 2) * partial
    _, weights = gaussian.predict(kernels, cells, z, noise, iterations=45)
    damped = gaussian.robust_noise(noise, weights)
    process, _ = gaussian.predict(kernels, cells, z, damped, iterations=30, start=weights)
    near = neighbours.neighbourhood(kernels, cells, z, damped)
    return Fitted(
        cells=cells,
        scale=scale,
        declared=first,
        process=process,
        low_rank=low_rank.complete(cells, z, seed=seed),
        pairs=_pairs(cells, near.z),
        near=near,
    )


def _pairs(cells: Cells, z: NDArray[np.float32]) -> dict[str, NDArray[np.float32]]:
    by_model = z.T
    types = cells.tasks["task_type"].to_list()
    found: dict[str, NDArray[np.float32]] = {}
    for name, tables in (
        ("task_pairs", [(a.T, b.T) for a, b in pairwise.predict(z)]),
        ("model_pairs", pairwise.predict(by_model)),
        ("model_pairs_type", pairwise.predict_within(by_model, types)),
        ("model_pairs_language", pairwise.predict_within(by_model, language_groups(cells))),
    ):
        for power, (value, miss) in zip(pairwise.POWERS, tables, strict=True):
            found |= {f"{name}_{power}": value.T, f"{name}_{power}_miss": miss.T}
    return found


def language_groups(cells: Cells) -> list[str]:
    """Each task's language where it has one that a dozen tasks share, else "rare"; "many" for several."""
    first = pl.col("languages").list.first().fill_null("rare")
    label = pl.when(pl.col("languages").list.len() > 1).then(pl.lit("many")).otherwise(first)
    named = cells.tasks.select(label=label)
    common = named["label"].value_counts().filter(pl.col("count") >= _COMMON_LANGUAGE)["label"]
    kept = pl.when(pl.col("label").is_in(common.to_list())).then("label").otherwise(pl.lit("rare"))
    return named.select(kept).to_series().to_list()
