"""Predicting (model, task) pairs: one estimate a row, unknown names left empty and named."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.predict import predict_cells as estimate_cells
from advisor.recommend.cell_file import ADDED, check_cells, check_level
from advisor.understand.similarity import catalogued, nearest_to_task

if TYPE_CHECKING:
    from advisor.tables.likeness import Wanted
    from advisor.tables.snapshot import Snapshot

_NEIGHBOURS: Final = 20
_NAMED: Final = 10
"""Unknown names that a warning lists before it counts the rest."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """The rows as they came with ADDED behind them, and the names that no catalogue holds."""

    frame: pl.DataFrame
    unknown_models: list[str]
    unknown_tasks: list[str]


def predict_cells(cells: pl.DataFrame, snapshot: Snapshot, *, level: float = 0.90) -> Predicted:
    """One estimate per row of `cells`, in its order; rows with an unknown name stay null.

    A measured cell comes back as measured; a catalogued task that nobody measured is predicted from
    its nearest ones. Raises: BadInput: see check_cells, check_level.
    """
    cells, level = check_cells(cells), check_level(level)

    def describe(task_id: str) -> tuple[Wanted, str, list[tuple[str, float]]]:
        wanted, pool = catalogued(snapshot.scan, task_id)
        found = nearest_to_task(snapshot.scan, task_id, k=_NEIGHBOURS)
        return wanted, pool, [(n.task_id, n.similarity) for n in found]

    frame, unknown = estimate_cells(snapshot.scan, cells, describe=describe, level=level)
    known = pl.col("value").is_not_null()
    added = [pl.when(known).then(name).cast(dtype).alias(name) for name, dtype in ADDED.items()]
    return Predicted(
        frame=frame.select(*cells.columns, *added),
        unknown_models=_among(unknown, cells["model_id"]),
        unknown_tasks=_among(unknown, cells["task_id"]),
    )


def unknown_names(predicted: Predicted) -> list[str]:
    """One warning per kind of unknown name, naming the first ten; empty when every name is known."""
    warnings = []
    for what, names in (("models", predicted.unknown_models), ("tasks", predicted.unknown_tasks)):
        if names:
            listed = ", ".join(names[:_NAMED])
            more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
            warnings.append(
                f"{len(names)} {what} in no catalogue, their rows are null: {listed}{more}"
            )
    return warnings


def _among(unknown: list[str], column: pl.Series) -> list[str]:
    asked = set(column.drop_nulls())
    return sorted(name for name in dict.fromkeys(unknown) if name in asked)
