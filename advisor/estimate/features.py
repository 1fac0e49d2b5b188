"""What the stack is told about a cell: the base predictions, their neighbours, and plain facts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.estimate import neighbours, pairwise
from advisor.estimate.model_similarity import log10_size, release_year

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.base import Fitted
    from advisor.estimate.matrix import Cells

_DIFFERENCES = (
    "declared", "low_rank", "near_mean", "task_z_1", "model_z_1", "model_z_2", "task_z_mean", "model_z_mean",
    *(
        f"{name}_{power}"
        for name in ("task_pairs", "model_pairs", "model_pairs_type", "model_pairs_language")
        for power in pairwise.POWERS
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What does not depend on any score: one row per model and one per task."""

    by_model: dict[str, NDArray[np.float32]]
    by_task: dict[str, NDArray[np.float32]]
    speaks: NDArray[np.float32]
    """(models, tasks) share of the task's languages that the model declares; NaN where unknown."""
    trained: NDArray[np.float32]
    """(models, tasks) 1 where the model declares training on the task; NaN where it declares nothing."""


def facts_of(cells: Cells) -> Facts:
    """The plain facts of a pool's models and tasks."""
    models, tasks = cells.models, cells.tasks
    return Facts(
        by_model={
            "size": log10_size(models).astype(np.float32),
            "released": release_year(models).astype(np.float32),
            "context": _log10(models, "context_tokens"),
            "width": _log10(models, "embed_dim"),
            "n_languages": _length(models, "languages"),
            "instructions": _number(models, "use_instructions"),
            "kind": _code(models, "kind"),
            "tuning": _code(models, "tuning"),
        },
        by_task={
            "family": _code(tasks, "task_family"),
            "type": _code(tasks, "task_type"),
            "task_languages": _length(tasks, "languages"),
            "items": _log10(tasks, "n_items"),
            "metric": _code(tasks, "metric"),
        },
        speaks=_shared(models, tasks, "languages", "languages"),
        trained=_shared(models, tasks, "training_datasets", None),
    )


def describe(
    fitted: Fitted, facts: Facts, row: NDArray[np.intp], col: NDArray[np.intp]
) -> tuple[NDArray[np.float32], list[str]]:
    """(n, features) float32 and the features' names, for any cells of the pool.

    Only the scores that `fitted` was fitted on are looked at, and never the asked cell's own.
    """
    scale = fitted.scale
    spread = scale.spread[col]
    near = neighbours.look(fitted.near, row, col)
    found = dict(zip(neighbours.COLUMNS, near.T, strict=True))
    found["declared"] = fitted.declared[row, col]
    found["low_rank"] = fitted.low_rank[row, col]
    found |= {name: table[row, col] for name, table in fitted.pairs.items()}
    process = fitted.process[row, col]
    columns: dict[str, NDArray[np.float64] | NDArray[np.float32]] = {
        "process": process,
        "value": process * spread + scale.centre[col],
        "centre": scale.centre[col],
        "spread": spread,
        **found,
    }
    columns |= {f"less_{name}": (found[name] - process) * spread for name in _DIFFERENCES}
    columns |= {name: x[row] for name, x in _model_totals(fitted).items()}
    columns |= {name: x[row] for name, x in facts.by_model.items()}
    columns |= {name: x[col] for name, x in _task_totals(fitted).items()}
    columns |= {name: x[col] for name, x in facts.by_task.items()}
    columns |= {"speaks": facts.speaks[row, col], "trained": facts.trained[row, col]}
    table = np.stack([np.asarray(x, dtype=np.float32) for x in columns.values()], axis=1)
    return table, list(columns)


def _misses(fitted: Fitted) -> NDArray[np.float64]:
    cells = fitted.cells
    z = fitted.scale.to_z(cells)
    return np.abs(z - fitted.low_rank[cells.row, cells.col])


def _model_totals(fitted: Fitted) -> dict[str, NDArray[np.float64]]:
    cells, misses = fitted.cells, _misses(fitted)
    count = cells.per_model()
    several = _several(fitted)
    return {
        "model_count": count,
        "model_level": cells.per_model(fitted.scale.to_z(cells)) / (count + 2.0),
        "model_miss": _pulled(cells.per_model(misses), count, misses),
        # A model that skips subsets elsewhere (an English model on a multilingual task) will here too.
        "model_partial": cells.per_model((1.0 - cells.share) * several)
        / (cells.per_model(several) + 1.0),
    }


def _task_totals(fitted: Fitted) -> dict[str, NDArray[np.float64]]:
    cells, misses = fitted.cells, _misses(fitted)
    count = cells.per_task()
    return {
        "task_count": count,
        "task_miss": _pulled(cells.per_task(misses), count, misses),
        "task_partial": cells.per_task((cells.share < 1.0).astype(np.float64)) / (count + 1.0),
    }


def _several(fitted: Fitted) -> NDArray[np.float64]:
    """(cells,) 1 where some score of the task averages fewer subsets than another."""
    cells = fitted.cells
    least = np.ones(cells.shape[1])
    np.minimum.at(least, cells.col, cells.share)
    return (least < 1.0)[cells.col].astype(np.float64)


def _pulled(
    total: NDArray[np.float64], count: NDArray[np.float64], all_of_them: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean per group, pulled towards the overall mean by five pseudo-cells."""
    return (total + 5.0 * (all_of_them.mean() if all_of_them.size else 0.0)) / (count + 5.0)


def _number(frame: pl.DataFrame, column: str) -> NDArray[np.float32]:
    return frame[column].cast(pl.Float32).to_numpy().astype(np.float32)


def _log10(frame: pl.DataFrame, column: str) -> NDArray[np.float32]:
    positive = pl.when(pl.col(column) > 0).then(pl.col(column).cast(pl.Float64).log10())
    return frame.select(positive.cast(pl.Float32)).to_series().to_numpy().astype(np.float32)


def _length(frame: pl.DataFrame, column: str) -> NDArray[np.float32]:
    return frame[column].list.len().cast(pl.Float32).to_numpy().astype(np.float32)


def _code(frame: pl.DataFrame, column: str) -> NDArray[np.float32]:
    """Each label's place in the sorted list of labels; NaN where unknown."""
    labels = frame[column]
    place = labels.drop_nulls().unique().sort()
    codes = np.full(frame.height, np.nan, dtype=np.float32)
    known = labels.is_not_null().to_numpy()
    codes[known] = place.search_sorted(labels.drop_nulls()).to_numpy().astype(np.float32)
    return codes


def _shared(
    models: pl.DataFrame, tasks: pl.DataFrame, of_model: str, of_task: str | None
) -> NDArray[np.float32]:
    """(models, tasks) share of the task's list (its id when `of_task` is None) that is in the model's."""
    wanted = tasks[of_task].to_list() if of_task else [[x] for x in tasks["task_id"].to_list()]
    held = models[of_model].to_list()
    members = {x: i for i, x in enumerate(sorted({y for w in wanted for y in w or ()}))}
    need = _indicator(wanted, members)
    have = _indicator(held, members)
    size = need.sum(1)
    share: NDArray[np.float32] = np.divide(
        have @ need.T,
        size,
        out=np.full((len(held), len(wanted)), np.nan, np.float32),
        where=size > 0,
    )
    share[[x is None for x in held]] = np.nan
    return share


def _indicator(lists: list[list[str] | None], members: dict[str, int]) -> NDArray[np.float32]:
    table = np.zeros((len(lists), len(members)), dtype=np.float32)
    for i, held in enumerate(lists):
        table[i, [members[x] for x in held or () if x in members]] = 1.0
    return table
