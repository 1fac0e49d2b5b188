"""Factor analysis of a table with thousands of models: each cell is a dot product that can be made at run time.

Every model has a few hidden traits, drawn around what its metadata suggests; every task weighs them. Traits,
weights and noise are found by expectation-maximisation over the measured cells alone, so holes need no filling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.matrix import Scale, scale_of
from advisor.estimate.model_similarity import log10_size, release_year

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

RANK: Final = 16
ROUNDS: Final = 20
_LOADING_RIDGE = 5.0
_NOISE_PRIOR = (3.0, 0.15)
"""Pseudo-cells and variance that a task's noise is pulled towards, in squared task spreads."""
_METADATA_RIDGE = 20.0
_COMMON_LABEL = 5
"""Models that a family or tuning needs before it gets an effect of its own."""


@dataclass(frozen=True, kw_only=True)
class Factors:
    """A fitted factor analysis; prediction = centre + spread x (traits with a leading 1) · loadings."""

    scale: Scale
    traits: NDArray[np.float64]
    """(models, rank + 1) posterior means; the first column is 1."""
    unsure: NDArray[np.float64]
    """(models, rank) posterior variances of the traits (their covariances are left out)."""
    loadings: NDArray[np.float64]
    """(tasks, rank + 1); the first column is the task's own level."""
    noise: NDArray[np.float64]
    """(tasks,) variance that the traits do not explain, in squared task spreads."""

    def predict(
        self, row: NDArray[np.intp], col: NDArray[np.intp]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Value and standard deviation (fractions) of the asked cells."""
        z = np.einsum("ij,ij->i", self.traits[row], self.loadings[col])
        doubt = np.einsum("ij,ij->i", self.unsure[row], self.loadings[col][:, 1:] ** 2)
        spread = self.scale.spread[col]
        return self.scale.centre[col] + spread * z, spread * np.sqrt(doubt + self.noise[col])


@dataclass(frozen=True, kw_only=True)
class _Pattern:
    """Models that were measured on the same tasks: they share one posterior covariance."""

    models: NDArray[np.intp]
    tasks: NDArray[np.intp]
    z: NDArray[np.float64]
    """(models, tasks)"""


def fit_factors(cells: Cells, *, rank: int = RANK, rounds: int = ROUNDS, seed: int = 0) -> Factors:
    """Traits of all models and weights of all tasks from the measured cells; seconds for 80,000 cells.

    Source: METHOD.md#factors
    """
    scale = scale_of(cells)
    patterns = _patterns(cells, scale.to_z(cells))
    design = _metadata(cells.models)
    rng = np.random.default_rng(seed)
    loadings = np.c_[np.zeros(cells.shape[1]), rng.normal(0.0, 0.3, (cells.shape[1], rank))]
    noise = np.full(cells.shape[1], 0.5)
    effects = np.zeros((design.shape[1], rank))
    traits = np.zeros((cells.shape[0], rank))
    unsure = np.ones((cells.shape[0], rank))
    for _ in range(rounds):
        moments = _Moments(cells.shape[1], rank)
        prior = design @ effects
        for pattern in patterns:
            mean, covariance = _posterior(pattern, loadings, noise, prior)
            traits[pattern.models] = mean
            unsure[pattern.models] = np.diag(covariance)
            moments.add(pattern, mean, covariance)
        loadings, noise = moments.solve()
        effects[:] = np.linalg.solve(
            design.T @ design + _METADATA_RIDGE * np.eye(design.shape[1]), design.T @ traits
        )
    return Factors(
        scale=scale,
        traits=np.c_[np.ones(len(traits)), traits],
        unsure=unsure,
        loadings=loadings,
        noise=noise,
    )


def _patterns(cells: Cells, z: NDArray[np.float64]) -> list[_Pattern]:
    order = np.lexsort((cells.col, cells.row))
    row, col, ordered = cells.row[order], cells.col[order], z[order]
    models, starts = np.unique(row, return_index=True)
    groups: dict[bytes, tuple[NDArray[np.intp], list[int], list[NDArray[np.float64]]]] = {}
    ends = [*starts[1:], len(row)][: len(starts)]
    for model, start, end in zip(models, starts, ends, strict=True):
        tasks = col[start:end]
        group = groups.setdefault(tasks.tobytes(), (tasks, [], []))
        group[1].append(int(model))
        group[2].append(ordered[start:end])
    return [
        _Pattern(models=np.array(members), tasks=tasks, z=np.stack(values))
        for tasks, members, values in groups.values()
    ]


def _posterior(
    pattern: _Pattern,
    loadings: NDArray[np.float64],
    noise: NDArray[np.float64],
    prior: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(models, rank) trait means and the (rank, rank) covariance they share."""
    weights = loadings[pattern.tasks, 1:]
    scaled = weights / noise[pattern.tasks, None]
    covariance: NDArray[np.float64] = np.asarray(
        np.linalg.inv(np.eye(weights.shape[1]) + weights.T @ scaled), dtype=np.float64
    )
    start = prior[pattern.models]
    surprise = pattern.z - loadings[pattern.tasks, 0] - start @ weights.T
    mean: NDArray[np.float64] = start + surprise @ scaled @ covariance
    return mean, covariance


class _Moments:
    """Sums over models, task by task, that the new loadings and noise follow from."""

    def __init__(self, n_tasks: int, rank: int) -> None:
        self.square = np.zeros((n_tasks, rank + 1, rank + 1))
        self.cross = np.zeros((n_tasks, rank + 1))
        self.energy = np.zeros(n_tasks)
        self.count = np.zeros(n_tasks)

    def add(
        self, pattern: _Pattern, mean: NDArray[np.float64], covariance: NDArray[np.float64]
    ) -> None:
        full = np.c_[np.ones(len(mean)), mean]
        second = full.T @ full
        second[1:, 1:] += len(mean) * covariance
        self.square[pattern.tasks] += second
        self.cross[pattern.tasks] += pattern.z.T @ full
        self.energy[pattern.tasks] += (pattern.z**2).sum(0)
        self.count[pattern.tasks] += len(mean)

    def solve(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        ridge = _LOADING_RIDGE * np.eye(self.cross.shape[1])
        ridge[0, 0] = 0.1
        solved = np.linalg.solve(self.square + ridge, self.cross[:, :, None])
        loadings = np.asarray(solved[:, :, 0], dtype=np.float64)
        left = self.energy - 2 * (loadings * self.cross).sum(1)
        left += np.einsum("ti,tij,tj->t", loadings, self.square, loadings)
        cells, variance = _NOISE_PRIOR
        return loadings, (np.maximum(left, 0.0) + cells * variance) / (self.count + cells)


def _metadata(models: pl.DataFrame) -> NDArray[np.float64]:
    """(models, facts) design matrix: size, its square, date, and common families, tunings and kinds."""
    columns = []
    for fact in (log10_size(models), release_year(models)):
        known = np.isfinite(fact)
        middle = float(np.mean(fact[known])) if known.any() else 0.0
        length = float(np.std(fact[known])) if known.any() else 1.0
        scaled = np.where(known, (fact - middle) / (length or 1.0), 0.0)
        columns += [scaled, scaled**2, (~known).astype(np.float64)]
    for name in ("family", "tuning", "kind"):
        counts = models[name].drop_nulls().value_counts().filter(pl.col("count") >= _COMMON_LABEL)
        for label in counts[name].sort().to_list():
            columns.append(
                (models[name] == label).fill_null(value=False).to_numpy().astype(np.float64)
            )
    return np.stack(columns, axis=1)
