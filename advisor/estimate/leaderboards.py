"""The two Open LLM Leaderboards as complete tables: every model that was measured on all of one's benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import MissingData
from advisor.estimate.model_similarity import log10_size

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

SOURCES: Final = {"v1": "open-llm-leaderboard-v1", "v2": "open-llm-leaderboard-v2"}
"""Benchmark set to the evidence's source_id."""
_TUNINGS: Final = ("base", "instruct", "merge")


@dataclass(frozen=True, kw_only=True)
class Board:
    """One leaderboard without holes."""

    name: str
    models: pl.DataFrame
    """MODELS rows, sorted by model_id; row i is row i of `values`."""
    tasks: tuple[str, ...]
    values: NDArray[np.float64]
    """(models, tasks) fractions."""

    def with_values(self, values: NDArray[np.float64]) -> Board:
        """The same models and benchmarks with other scores."""
        return Board(name=self.name, models=self.models, tasks=self.tasks, values=values)


def board(read: Read, name: str) -> Board:
    """The models complete on one leaderboard's benchmarks, with their scores under the default protocol.

    name: a key of SOURCES. Raises: MissingData: no model is complete. Source: METHOD.md#lm
    """
    own = read("evidence_lm").filter(pl.col("source_id") == SOURCES[name])
    seen = own.select("model_id", "task_id").unique().collect()
    scores = (
        read("scores")
        .collect()
        .filter(pl.col("value").is_not_null())
        .join(seen.select("task_id").unique(), on="task_id", how="semi")
        .join(seen.select("model_id").unique(), on="model_id", how="semi")
    )
    wide = scores.pivot(on="task_id", index="model_id", values="value").drop_nulls()
    if wide.is_empty():
        raise MissingData(f"the snapshot holds no complete model of {SOURCES[name]}")
    wide = wide.sort("model_id")
    tasks = tuple(sorted(set(wide.columns) - {"model_id"}))
    known = wide.select("model_id").join(read("models").collect(), on="model_id", how="left")
    return Board(
        name=name,
        models=known.sort("model_id"),
        tasks=tasks,
        values=wide.select(tasks).to_numpy().astype(np.float64),
    )


def facts(models: pl.DataFrame) -> NDArray[np.float64]:
    """(models, 5) log10 size (the median where unknown), whether it is unknown, base, instruct, merge."""
    size = log10_size(models)
    unknown = ~np.isfinite(size)
    middle = float(np.median(size[~unknown])) if (~unknown).any() else 0.0
    tuning = models["tuning"].fill_null("unknown").to_numpy()
    kinds = [(tuning == kind).astype(np.float64) for kind in _TUNINGS]
    return np.column_stack([np.where(unknown, middle, size), unknown.astype(np.float64), *kinds])


def makers(models: pl.DataFrame) -> NDArray[np.str_]:
    """(models,) what stands before the slash in a model's id."""
    return np.array([name.partition("/")[0] for name in models["model_id"].to_list()])


def families(models: pl.DataFrame) -> NDArray[np.str_]:
    """(models,) the declared family; for a model without one, its maker stands in."""
    named = models["family"].to_list()
    return np.array(
        [x or f"made by {maker}" for x, maker in zip(named, makers(models), strict=True)]
    )


def folds_of(groups: NDArray[np.str_], count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """(n,) a fold from 0 to count - 1 for each row; rows of one group share it."""
    names, place = np.unique(groups, return_inverse=True)
    chosen: NDArray[np.intp] = (rng.permutation(len(names)) % count)[place]
    return chosen
