"""Which model each rule would pick for a hidden task, and what that costs: the naive rules beside an estimate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.baselines import PICK_RULES
from advisor.estimate.matrix import scale_of
from advisor.estimate.unseen import predict_unseen

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from advisor.estimate.matrix import Cells

    Merits = Mapping[str, NDArray[np.float64]]

OURS: Final = "ours"
NEIGHBOURS: Final = 10
_PULL: Final = 2.0
_SHARPNESS: Final = 6.0
_NOTHING: Final = -np.inf


def ours(seen: Cells, asked: NDArray[np.intp], shared: NDArray[np.float64]) -> NDArray[np.float64]:
    """(models, asked) merit of every model on tasks that nobody measured: its predicted score.

    shared: (tasks, tasks) likeness, as answers have it.
    """
    return predict_unseen(seen, asked, shared)


def frame_of(seen: Cells) -> pl.DataFrame:
    """model_id, task_id, value of the visible cells."""
    return pl.DataFrame(
        {
            "model_id": seen.models["model_id"].gather(seen.row),
            "task_id": seen.tasks["task_id"].gather(seen.col),
            "value": seen.value,
        }
    )


def overall(seen: Cells) -> dict[str, NDArray[np.float64]]:
    """PICK_RULES on the visible cells: rule -> (models,) merit, minus infinity where the rule has none."""
    scores, names = frame_of(seen), seen.models.select("model_id")
    return {
        rule: names.join(
            make(scores, seen.models), on="model_id", how="left", maintain_order="left"
        )["merit"]
        .fill_null(_NOTHING)
        .to_numpy()
        for rule, make in PICK_RULES.items()
    }


def near(seen: Cells, task: int, likeness: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Rules that look at the hidden task's metadata: rule -> (models,) merit, minus infinity where none.

    likeness: (tasks,) of each task to the hidden one. "leader of the type": mean standardised score over the visible
    tasks of its type, pulled to 0 by two pseudo-tasks. "nearest task": the score on the most alike visible task.
    "nearest ten": mean standardised score over the ten most alike ones that a model was measured on, weighted like
    ours.
    """
    z = np.full(seen.shape, np.nan)
    z[seen.row, seen.col] = scale_of(seen).to_z(seen)
    count = seen.per_task()
    ranked = np.argsort(-np.where(count > 0, likeness, -1.0), kind="stable")[:NEIGHBOURS]
    types = seen.tasks["task_type"].to_list()
    same = np.array([x is not None and x == types[task] for x in types]) & (count > 0)
    return {
        "leader of the type": _mean(z[:, same], np.ones(int(same.sum())), _PULL),
        "nearest task": np.where(np.isnan(z[:, ranked[0]]), _NOTHING, z[:, ranked[0]]),
        "nearest ten": _mean(z[:, ranked], np.maximum(likeness[ranked], 0.0) ** _SHARPNESS, 0.0),
    }


def ask(
    names: Sequence[str],
    able: NDArray[np.intp],
    actual: NDArray[np.float64],
    merits: Merits,
    fallback: NDArray[np.float64],
) -> list[tuple[str, str, float, int]]:
    """Each rule's pick among the `able` models: (rule, model, points below the best of them, how many they are).

    able: (n,) places in `names` of the models measured on the task and allowed; actual: (n,) their scores there. A
    rule without any merit for them takes the `fallback`'s pick, so that all rules answer the same questions; a question
    for which the fallback has none either is nobody's.
    """
    if not np.isfinite(fallback[able]).any():
        return []
    best = float(actual.max())
    rows = []
    for rule, merit in merits.items():
        own = merit[able] if np.isfinite(merit[able]).any() else fallback[able]
        pick = int(np.argmax(own))
        rows.append((rule, names[int(able[pick])], 100.0 * (best - float(actual[pick])), len(able)))
    return rows


def _mean(z: NDArray[np.float64], weights: NDArray[np.float64], pull: float) -> NDArray[np.float64]:
    known = ~np.isnan(z)
    total = known @ weights
    mean = np.where(known, z, 0.0) @ weights / np.maximum(total + pull, 1e-12)
    merit: NDArray[np.float64] = np.where(total > 0, mean, _NOTHING)
    return merit
