"""Stored outcomes of items, as the scores on resamples take them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from advisor.stats.resampled import Outcomes

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def outcomes_of(items: pl.DataFrame) -> Outcomes:
    """One model's items as Outcomes. items: target, prediction, value, p_target, perhaps probability."""
    return Outcomes(
        value=_numbers(items, "value"),
        target=items["target"].to_list(),
        prediction=items["prediction"].to_list(),
        p_target=_numbers(items, "p_target"),
        p_prediction=_largest(items),
    )


def _numbers(items: pl.DataFrame, name: str) -> NDArray[np.float64]:
    return items[name].cast(pl.Float64).fill_null(float("nan")).to_numpy()


def _largest(items: pl.DataFrame) -> NDArray[np.float64] | None:
    """The probability of each item's answer, the largest of its classes."""
    if "probability" not in items.columns or items["probability"].null_count():
        return None
    return items["probability"].list.max().cast(pl.Float64).to_numpy()
