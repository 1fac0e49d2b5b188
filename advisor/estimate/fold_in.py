"""A model that came after the fit: its whole row from its metadata and the few tasks it was measured on.

Everything is fitted once on the other models (the ground); each new model is then folded in by solves as small as
the number of its known scores, so that a thousand such questions cost seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate import base, gaussian, low_rank, pairwise
from advisor.estimate.matrix import Cells, Scale, scale_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.gaussian import Kernels

    Values = NDArray[np.float64]

_MODEL_NOISE = 0.05
"""Noise variance of a fully measured model in the model kernel, when asking how surprising a new one may be."""
_LEAST_SURPRISE = 0.05
_PSEUDO_CELLS = 3.0
_POWERS: Final = (6, 20)


@dataclass(frozen=True, kw_only=True)
class Ground:
    """What the other models teach: fitted without any score of the models that will be folded in."""

    cells: Cells
    scale: Scale
    kernels: Kernels
    declared: Kernels
    first: Values
    """(models, tasks) process on metadata kernels; also the rows of models without scores."""
    process: Values
    """(models, tasks) the same with learned kernels."""
    pull: Values
    """(measured, tasks) solved weights times the task kernel: a model's kernel row times this is its row."""
    inverse: Values
    """(measured, measured) of the learned model kernel plus noise."""
    measured: NDArray[np.intp]
    filled: Values
    """(measured, tasks) measured where measured, else `process`."""
    known: Values
    """(measured, tasks) 1 where measured."""
    scores: Values
    """(measured, tasks) measured where measured, else 0."""
    length: float
    """Mean squared length of a row of `first`: what makes products of rows a model kernel of mean diagonal 1."""
    ranked: Values
    """(tasks, tasks) covariance of the low-rank completion's rows."""
    pairs: tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]
    """Slope, level and residual variance of task b on task a."""
    noise: Values
    """(tasks,) noise variance of one score."""


def ground(cells: Cells, declared: Kernels, *, seed: int = 0) -> Ground:
    """Fit on `cells`, which hold no score of the models to be folded in; about ten seconds for 75,000."""
    scale = scale_of(cells)
    z = scale.to_z(cells)
    partial = np.where(cells.share < 1.0, base.PARTIAL_NOISE, 1.0)
    first, _ = gaussian.predict(declared, cells, z, base.FIRST_NOISE * partial, iterations=50)
    kernels = gaussian.blended(
        declared, first, models=base.LEARNED_MODELS, tasks=base.LEARNED_TASKS
    )
    noise = base.NOISE_FLOOR + (base.NOISE_POINTS / scale.spread) ** 2
    process, weights = gaussian.predict(
        kernels, cells, z, noise[cells.col] * partial, iterations=60
    )
    measured, row = np.unique(cells.row, return_inverse=True)
    shape = (len(measured), cells.shape[1])
    placed, known, filled = np.zeros(shape), np.zeros(shape), process[measured].copy()
    placed[row, cells.col] = weights
    known[row, cells.col] = 1.0
    filled[row, cells.col] = z
    rows = low_rank.complete(cells, z, seed=seed)[measured]
    inner = kernels.models[np.ix_(measured, measured)]
    return Ground(
        cells=cells,
        scale=scale,
        kernels=kernels,
        declared=declared,
        first=first,
        process=process,
        pull=placed @ kernels.tasks,
        inverse=np.asarray(
            np.linalg.inv(inner + _MODEL_NOISE * np.eye(len(inner))), dtype=np.float64
        ),
        measured=measured,
        filled=filled,
        known=known,
        scores=np.where(known > 0, filled, 0.0),
        length=float(np.mean(np.square(first).sum(1))),
        ranked=rows.T @ rows / max(len(rows), 1),
        pairs=pairwise.regressions(np.where(known > 0, filled, np.nan)),
        noise=noise,
    )


@dataclass(frozen=True, kw_only=True)
class Known:
    """The few measured scores of one new model."""

    model: int
    """Its row in the cells' models."""
    tasks: NDArray[np.intp]
    """(k,) columns."""
    z: Values
    """(k,) in the ground's scale."""
    share: Values
    """(k,) part of the usual subsets."""


def fold_in(found: Ground, new: Known) -> dict[str, Values]:
    """(tasks,) each, standardised: the new model's row as each base predictor sees it; "likeness" is (measured,).

    "process" and "sd" are the central ones: mean and standard deviation after a second look at which models it
    resembles. Source: METHOD.md#new-model
    """
    model, s = new.model, new.tasks
    noise = found.noise[s] * np.where(new.share < 1.0, base.PARTIAL_NOISE, 1.0)
    likeness = found.kernels.models[model, found.measured]
    own = float(found.kernels.models[model, model])
    once, _ = _update(found, found.process[model], _surprise(found, likeness, own), new, noise)
    profile = once
    learned = profile @ found.first[found.measured].T
    mix = base.LEARNED_MODELS
    again = (1 - mix) * found.declared.models[model, found.measured] + mix * learned / found.length
    itself = (1 - mix) * found.declared.models[
        model, model
    ] + mix * profile @ profile / found.length
    v = _surprise(found, again, float(itself))
    twice, sd = _update(found, again @ found.pull, v, new, noise)
    ranked, _ = _conditional(found.ranked, np.zeros(len(profile)), new, noise + 0.05)
    columns = {
        "process": twice,
        "sd": sd,
        "once": once,
        "metadata": found.process[model],
        "declared": found.first[model],
        "ranked": ranked,
        "surprise": np.full(len(profile), v),
        "likeness": again,
    }
    return columns | _by_tasks(found, new) | _by_models(found, new, again, float(itself))


def _surprise(found: Ground, likeness: Values, own: float) -> float:
    """Variance of the new model's traits that its likeness to the measured ones leaves open."""
    return max(own - float(likeness @ found.inverse @ likeness), _LEAST_SURPRISE)


def _update(
    found: Ground, mean: Values, variance: float, new: Known, noise: Values
) -> tuple[Values, Values]:
    """The Gaussian conditional with the task kernel times `variance` as covariance: one solve in the units of it."""
    updated, sd = _conditional(found.kernels.tasks, mean, new, noise / variance)
    return updated, sd * np.sqrt(variance)


def _conditional(
    covariance: Values, mean: Values, new: Known, noise: Values
) -> tuple[Values, Values]:
    """Mean and standard deviation of every task given the known ones."""
    s = new.tasks
    before = np.diag(covariance)
    if not len(s):
        return mean, np.sqrt(before)
    to_them = covariance[s]
    gain = np.linalg.solve(to_them[:, s] + np.diag(noise), to_them)
    left = np.maximum(before - (gain * to_them).sum(0), 0.0)
    return mean + (new.z - mean[s]) @ gain, np.sqrt(left)


def _by_tasks(found: Ground, new: Known) -> dict[str, Values]:
    """Each task from the known ones, pair by pair."""
    slope, level, left = found.pairs
    s, count = new.tasks, found.known.shape[1]
    columns: dict[str, Values] = {}
    for power in _POWERS:
        if not len(s):
            columns |= {
                f"pairs_{power}": np.zeros(count),
                f"pairs_{power}_miss": np.full(count, 2.0),
            }
            continue
        weight = (left[s].astype(np.float64) / 0.03) ** (-power / 2)
        mass = np.maximum(weight.sum(0), 1e-36)
        value = (weight * (level[s] + slope[s] * new.z[:, None])).sum(0) / mass
        columns[f"pairs_{power}"] = value
        columns[f"pairs_{power}_miss"] = np.minimum(0.03**0.5 * mass ** (-1.0 / power), 2.0)
    return columns


def _by_models(found: Ground, new: Known, likeness: Values, own: float) -> dict[str, Values]:
    """Each task from the models measured on it, each regressed on the known scores from a prior of likeness."""
    other = found.filled[:, new.tasks]
    size = np.sqrt(np.maximum(found.kernels.models[found.measured, found.measured] * own, 1e-9))
    prior = np.clip(likeness / size, 0.0, 0.98)
    count = len(new.tasks) + _PSEUDO_CELLS
    mean_a, mean_b = other.sum(1) / count, new.z.sum() / count
    spread = (np.square(other).sum(1) + _PSEUDO_CELLS) / count - mean_a**2
    whole = (np.square(new.z).sum() + _PSEUDO_CELLS) / count - mean_b**2
    together = (other @ new.z + _PSEUDO_CELLS * prior) / count - mean_a * mean_b
    slope = together / spread
    left = np.maximum(whole - slope * together, 1e-3)
    columns: dict[str, Values] = {}
    for power in _POWERS:
        weight = (left / left.min()) ** (-power / 2)
        mass = np.maximum(weight @ found.known, 1e-12)
        level = (weight * (mean_b - slope * mean_a)) @ found.known
        columns[f"models_{power}"] = (level + (weight * slope) @ found.scores) / mass
        columns[f"models_{power}_mass"] = np.log10(mass)
    return columns
