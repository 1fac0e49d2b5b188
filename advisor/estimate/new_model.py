"""Trees on top of the fold-in: a new model's scores from what each base predictor makes of its few known ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need
from advisor.estimate.fold_in import Ground, Known, fold_in

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate import features
    from advisor.estimate.matrix import Cells

KNOWN: Final = (0, 3, 5, 10, 20)
"""How many measured tasks a new model is given."""
_ASK: Final = 60
"""Cells per model and count that the trees learn from."""
_TREES: Final = 300
_SETTINGS: Final = {
    "objective": "reg:pseudohubererror", "huber_slope": 0.02, "eta": 0.05, "max_depth": 7, "min_child_weight": 20,
    "subsample": 0.7, "colsample_bytree": 0.4, "max_bin": 128, "nthread": 2, "seed": 0, "base_score": 0.0,
}  # fmt: skip
_NEAR_MODELS: Final = 4
_NEAR_TASKS: Final = 3


@dataclass(frozen=True, kw_only=True)
class Question:
    """One new model with what is known of it and what is asked, as places in the cells."""

    model: int
    known: NDArray[np.intp]
    asked: NDArray[np.intp]


@dataclass(frozen=True, kw_only=True)
class Told:
    """What is known about the asked cells of some questions before their value is looked at."""

    table: NDArray[np.float32]
    names: list[str]
    value: NDArray[np.float64]
    """(n,) the fold-in's own prediction, fractions."""
    cell: NDArray[np.intp]
    count: NDArray[np.intp]
    """(n,) how many scores of the model were known."""


def questions(
    cells: Cells, models: NDArray[np.intp], twins: NDArray[np.str_], rng: np.random.Generator
) -> list[Question]:
    """Each model with each of KNOWN: nested draws of known cells, the same asked cells whatever the count.

    Asked are all its other cells, less those whose twins are among the known ones. A model with fewer than 40 cells
    is given fewer: only counts up to half of its cells are asked.
    """
    found = []
    for model in models:
        own = rng.permutation(np.flatnonzero(cells.row == model))
        counts = [k for k in KNOWN if 2 * k <= len(own)]
        most = own[: counts[-1]]
        rest = own[counts[-1] :]
        rest = np.sort(rest[~np.isin(twins[cells.col[rest]], twins[cells.col[most]])])
        if len(rest):
            found += [Question(model=int(model), known=own[:k], asked=rest) for k in counts]
    return found


def sampled(some: list[Question], rng: np.random.Generator) -> list[Question]:
    """The same questions asked about at most _ASK cells each."""
    return [
        Question(
            model=q.model,
            known=q.known,
            asked=np.sort(rng.choice(q.asked, min(_ASK, len(q.asked)), replace=False)),
        )
        for q in some
    ]


def describe(found: Ground, facts: features.Facts, cells: Cells, some: list[Question]) -> Told:
    """Everything the trees are told about the asked cells; `cells` gives the known scores, and no others are read."""
    parts, values = [], []
    names: list[str] = []
    for question in some:
        columns, value = _columns(found, facts, cells, question)
        parts.append(np.stack([np.asarray(x, np.float32) for x in columns.values()], axis=1))
        values.append(value)
        names = list(columns)
    sizes = [len(q.asked) for q in some]
    return Told(
        table=np.concatenate(parts),
        names=names,
        value=np.concatenate(values),
        cell=np.concatenate([q.asked for q in some]),
        count=np.repeat([len(q.known) for q in some], sizes),
    )


def known_of(found: Ground, cells: Cells, question: Question) -> Known:
    """The question's known scores in the ground's scale."""
    col = cells.col[question.known]
    z = (cells.value[question.known] - found.scale.centre[col]) / found.scale.spread[col]
    return Known(model=question.model, tasks=col, z=z, share=cells.share[question.known])


def _columns(
    found: Ground, facts: features.Facts, cells: Cells, question: Question
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    model, col = question.model, cells.col[question.asked]
    new = known_of(found, cells, question)
    rows = fold_in(found, new)
    spread, centre = found.scale.spread[col], found.scale.centre[col]
    columns: dict[str, NDArray[Any]] = {
        name: x[col] for name, x in rows.items() if name != "likeness"
    }
    process = columns["process"]
    for name in (
        "once",
        "metadata",
        "declared",
        "ranked",
        "pairs_6",
        "pairs_20",
        "models_6",
        "models_20",
    ):
        columns[f"less_{name}"] = (columns[name] - process) * spread
    columns |= _near_tasks(found, new, col)
    columns |= _near_models(found, rows["likeness"], col, process)
    n = len(col)
    columns |= {
        "known": np.full(n, len(new.z)),
        "level": np.full(n, new.z.sum() / (len(new.z) + 2.0)),
        "value": process * spread + centre,
        "centre": centre,
        "spread": spread,
        "task_count": found.known.sum(0)[col],
        "speaks": facts.speaks[model, col],
        "trained": facts.trained[model, col],
    }
    columns |= {name: np.full(n, x[model]) for name, x in facts.by_model.items()}
    columns |= {name: x[col] for name, x in facts.by_task.items()}
    return columns, process * spread + centre


def _near_tasks(found: Ground, new: Known, col: NDArray[np.intp]) -> dict[str, NDArray[Any]]:
    """The known tasks most like each asked one: likeness, and how far the model was from its metadata there."""
    columns: dict[str, NDArray[Any]] = {}
    like = found.kernels.tasks[np.ix_(col, new.tasks)]
    away = new.z - found.process[new.model, new.tasks]
    order = np.argsort(-like, axis=1, kind="stable")
    for k in range(_NEAR_TASKS):
        exists = k < like.shape[1]
        at = order[:, k] if exists else None
        columns[f"task_like_{k}"] = (
            np.zeros(len(col)) if at is None else like[np.arange(len(col)), at]
        )
        columns[f"task_away_{k}"] = np.full(len(col), np.nan) if at is None else away[at]
    return columns


def _near_models(
    found: Ground,
    likeness: NDArray[np.float64],
    col: NDArray[np.intp],
    process: NDArray[np.float64],
) -> dict[str, NDArray[Any]]:
    """The measured models most like the new one: likeness, and how far their score is from its expected one."""
    marked = np.where(found.known[:, col].T > 0, likeness, -9.0)
    place = np.argpartition(-marked, _NEAR_MODELS, axis=1)[:, :_NEAR_MODELS]
    like = np.take_along_axis(marked, place, 1)
    order = np.argsort(-like, axis=1, kind="stable")
    place, like = np.take_along_axis(place, order, 1), np.take_along_axis(like, order, 1)
    columns: dict[str, NDArray[Any]] = {}
    for k in range(_NEAR_MODELS):
        exists = like[:, k] > -9.0
        columns[f"model_like_{k}"] = np.where(exists, like[:, k], 0.0)
        columns[f"model_away_{k}"] = np.where(
            exists, found.filled[place[:, k], col] - process, np.nan
        )
    return columns


def together(some: list[Told]) -> Told:
    """Several tables as one."""
    return Told(
        table=np.concatenate([x.table for x in some]),
        names=some[0].names,
        value=np.concatenate([x.value for x in some]),
        cell=np.concatenate([x.cell for x in some]),
        count=np.concatenate([x.count for x in some]),
    )


def fit_trees(told: Told, actual: NDArray[np.float64]) -> Any:
    """Trees that predict by how much the fold-in misses (fractions). Needs the build extra."""
    xgboost = need("xgboost", extra="build")
    target = actual - told.value
    return xgboost.train(_SETTINGS, xgboost.DMatrix(told.table, label=target), _TREES)


def predict(trees: Any, told: Told) -> NDArray[np.float64]:
    """(n,) fractions."""
    found: NDArray[np.float64] = told.value + trees.inplace_predict(told.table).astype(np.float64)
    return found
