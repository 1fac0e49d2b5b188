"""Part (b) of the lm protocol: a family's larger members from its smallest one, trained on all other families."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.lm_latent_skills import latent_skills, size_line

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.lm_ladders import Ladders

OURS: Final = "ours"
_LENGTHS: Final = (1.0, 2.0)
"""How far two smallest members may be apart and still count as alike; the two answers are averaged."""
_SKILLS_PART: Final = 0.25
"""Part of the answer that the latent skills give; the rest is what other families gained."""
_NOISE: Final = 0.1
_SATURATION: Final = 0.07
_ABILITY: Final = 0.25
_SIZE: Final = 1.2
_TUNING: Final = 0.7
"""Units of score above the floor, log size and tuning in that distance. Source: METHOD.md#lm"""

TABLE: Final = pl.Schema(
    {
        "set": pl.String, "family": pl.String, "ladder": pl.String, "estimator": pl.String, "model_id": pl.String,
        "task_id": pl.String, "actual": pl.Float64, "value": pl.Float64,
    }
)  # fmt: skip
"""One score of a larger member and estimator a row."""


def ladder_backtest(known: Ladders) -> pl.DataFrame:
    """TABLE: every ladder in turn is cut to its smallest member, with its whole family out of the training part."""
    parts = []
    for ladder in np.unique(known.ladder):
        members = np.flatnonzero(known.ladder == ladder)
        small, asked = int(members[0]), members[1:]
        train = np.flatnonzero(known.family != known.family[small])
        found = ladder_estimates(known, train, small, asked)
        parts += [_rows(known, asked, name, value) for name, value in found.items()]
    return pl.concat(parts)


def ladder_estimates(
    known: Ladders, train: NDArray[np.intp], small: int, asked: NDArray[np.intp]
) -> dict[str, NDArray[np.float64]]:
    """(asked, tasks) values (fractions) per estimator; only the scores of `train` and `small` are read."""
    gains = gain_process(known, train, small, asked)
    skills = latent_skills(known, train, small, asked, rank=2)
    return {
        OURS: (1.0 - _SKILLS_PART) * gains + _SKILLS_PART * skills,
        "gains alone": gains,
        "size line": size_line(known, train, small, asked),
        "latent skills, 2": skills,
        "latent skills, 3": latent_skills(known, train, small, asked, rank=3),
        "as the smallest": np.repeat(known.values[[small]], len(asked), axis=0),
    }


def ladder_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per set and estimator: mean |error| in points, first within a ladder, then a family, then over families."""
    return (
        table.with_columns(miss=100.0 * (pl.col("actual") - pl.col("value")).abs())
        .group_by("set", "estimator", "family", "ladder")
        .agg(pl.col("miss").mean(), n=pl.len())
        .group_by("set", "estimator", "family")
        .agg(pl.col("miss").mean(), pl.col("n").sum(), n_ladders=pl.len())
        .group_by("set", "estimator")
        .agg(
            n_families=pl.len(),
            n_ladders=pl.col("n_ladders").sum(),
            n=pl.col("n").sum(),
            mae_points=pl.col("miss").mean(),
        )
        .sort("set", "mae_points")
    )


def gain_process(
    known: Ladders, train: NDArray[np.intp], small: int, asked: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(asked, tasks) the smallest member's scores plus a gain that a Gaussian process learnt from other families.

    An example is any two members of a training ladder. Its gain is h(log size ratio) times a rate, and two rates
    are alike when the smaller members are: in what they score above the floor on every task, size and tuning.
    """
    lower, upper = _pairs(known, train)
    ahead = _flattened(known.log_size[upper] - known.log_size[lower])
    asked_ahead = _flattened(known.log_size[asked] - known.log_size[small])
    gain = known.values[upper] - known.values[lower]
    # A ladder of n members has n (n - 1) / 2 pairs, but only n - 1 gains of its own.
    repeats = _repeats(known.ladder[lower])
    rate = (ahead / repeats) @ gain / (ahead**2 / repeats).sum()
    left = gain - ahead[:, None] * rate
    place = _place(known, train)
    square = ((place[lower][:, None] - place[lower]) ** 2).sum(-1)
    to_small = ((place[lower] - place[small]) ** 2).sum(-1)
    noise = np.diag(_NOISE * repeats * (0.3 + ahead))
    found = np.zeros((len(asked), gain.shape[1]))
    for length in _LENGTHS:
        kernel = np.outer(ahead, ahead) * (1.0 + np.exp(-square / (2.0 * length**2)))
        near = np.outer(asked_ahead, ahead) * (1.0 + np.exp(-to_small / (2.0 * length**2)))
        found += near @ np.linalg.solve(kernel + noise, left) / len(_LENGTHS)
    value: NDArray[np.float64] = known.values[small] + asked_ahead[:, None] * rate + found
    return np.clip(value, 0.0, 1.0)


def _pairs(known: Ladders, train: NDArray[np.intp]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rungs (smaller, larger) of one ladder, for every two members of it."""
    same = known.ladder[train][:, None] == known.ladder[train]
    larger = known.log_size[train][:, None] < known.log_size[train]
    lower, upper = np.nonzero(same & larger)
    return train[lower], train[upper]


def _repeats(ladder: NDArray[np.str_]) -> NDArray[np.float64]:
    """How many pairs there are for each gain of its own: n / 2 for a ladder of n members."""
    _, code, count = np.unique(ladder, return_inverse=True, return_counts=True)
    members = (1.0 + np.sqrt(1.0 + 8.0 * count)) / 2.0
    repeats: NDArray[np.float64] = (members / 2.0)[code]
    return repeats


def _place(known: Ladders, train: NDArray[np.intp]) -> NDArray[np.float64]:
    floor = known.values[train].min(0)
    ability = (known.values - floor) / (1.0 - floor) / _ABILITY
    return np.column_stack([ability, known.log_size / _SIZE, known.instruct * _TUNING])


def _flattened(ratio: NDArray[np.float64]) -> NDArray[np.float64]:
    return ratio / (1.0 + _SATURATION * ratio)


def _rows(
    known: Ladders, asked: NDArray[np.intp], estimator: str, value: NDArray[np.float64]
) -> pl.DataFrame:
    width = len(known.tasks)
    return pl.DataFrame(
        {
            "set": known.set,
            "family": np.repeat(known.family[asked], width),
            "ladder": np.repeat(known.ladder[asked], width),
            "estimator": estimator,
            "model_id": np.repeat(known.models[asked], width),
            "task_id": list(known.tasks) * len(asked),
            "actual": known.values[asked].ravel(),
            "value": value.ravel(),
        },
        schema=TABLE,
    )
