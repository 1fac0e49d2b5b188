"""How alike two models are by what is known about them before any score: name, maker, size, date."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.estimate.task_similarity import overlap, same, text_cosine

if TYPE_CHECKING:
    from numpy.typing import NDArray


def log10_size(models: pl.DataFrame) -> NDArray[np.float64]:
    """(n,) log10 of the parameter count, NaN where unknown or zero."""
    size = models.select(
        pl.when(pl.col("n_parameters") > 0).then(pl.col("n_parameters").cast(pl.Float64).log10())
    )
    return size.to_series().to_numpy().astype(np.float64)


def release_year(models: pl.DataFrame) -> NDArray[np.float64]:
    """(n,) release date in years (2024.5 is July 2024), NaN where unknown."""
    text = pl.col("released")
    year = text.str.slice(0, 4).cast(pl.Float64, strict=False)
    month = text.str.slice(5, 2).cast(pl.Float64, strict=False).fill_null(7.0)
    years = models.select(year + (month - 1.0) / 12.0).to_series()
    return years.to_numpy().astype(np.float64)


def near(x: NDArray[np.float64], width: float) -> NDArray[np.float64]:
    """(n, n) exp(-d²/2 width²) of the distances; an unknown value counts as the median."""
    middle = np.nanmedian(x) if np.isfinite(x).any() else 0.0
    filled = np.where(np.isfinite(x), x, middle)
    bell: NDArray[np.float64] = np.exp(-0.5 * ((filled[:, None] - filled[None, :]) / width) ** 2)
    return bell


def model_parts(models: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """The (n, n) likenesses that the model kernel is made of, by name; each positive semi-definite.

    models: MODELS rows. Widths: 0.4 decades of size, 0.7 years of release date.
    """
    count = models.height
    ids = models["model_id"].to_list()
    maker = same([x.split("/")[0] if "/" in x else None for x in ids])
    name = text_cosine([x.split("/")[-1] for x in ids])
    base = [b or i for b, i in zip(models["base_model"].to_list(), ids, strict=True)]
    size, date = log10_size(models), release_year(models)
    spoken = models["languages"].list.len().fill_null(0).cast(pl.Float64).log1p().to_numpy()
    return {
        "all": np.ones((count, count)),
        "maker": maker,
        "name": name,
        "maker-and-name": maker * name,
        "family": same(models["family"].to_list()),
        "base": same(base),
        "size-and-date": near(size, 0.4) * near(date, 0.7),
        "languages": overlap(models["languages"].to_list()),
        "n-languages": near(spoken, 0.7),
        "kind": same(models["kind"].to_list()),
        "training": overlap(models["training_datasets"].to_list()),
        "self": np.eye(count),
    }
