"""Wrong scores planted among real ones: what the guard protocol asks the guard to find."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.estimate.matrix import Cells, limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS: Final = ("swapped", "slip", "chance", "shifted", "flipped")
"""How a single score is corrupted; the share CELL_SHARE of all cells is dealt to them in turn.

swapped: another model's score on the task. slip: percent for fraction or the reverse, times or divided by 100.
chance: the task's stated chance, else its lowest score give or take a point. shifted: 10 to 30 points up or down,
inside the metric's range. flipped: the sign of a score that may be negative, else 1 - score."""
RUN_KINDS: Final = ("a third", "a half", "a type")
"""Which part of a run is broken: tasks at random, or one whole task type."""
CELL_SHARE: Final = 0.01
RUNS: Final = 10
RUN_LEAST: Final = 20
"""Scores that a model needs for its run to be broken."""
TASK_LEAST: Final = 8
"""Models that a task needs for its scores to be corrupted."""
_TYPE_LEAST = 5
_TYPE_MOST = 0.6


@dataclass(frozen=True, kw_only=True)
class Planted:
    """Cells with wrong scores among them, and which they are."""

    cells: Cells
    kind: NDArray[np.object_]
    """(cells,) one of KINDS, or "" for a cell that was left alone or lies in a broken run."""
    run: NDArray[np.object_]
    """(cells,) "RUN_KINDS, random" or "RUN_KINDS, chance" for a wrong cell of a broken run, else ""."""
    moved: NDArray[np.float64]
    """(cells,) |planted - true|, fractions."""


def plant(cells: Cells, *, seed: int) -> Planted:
    """CELL_SHARE of the cells and RUNS runs get wrong scores; the same ones for the same seed."""
    rng = np.random.default_rng(seed)
    columns = _Columns(cells)
    value = cells.value.copy()
    kind = np.full(value.size, "", dtype=object)
    run = np.full(value.size, "", dtype=object)
    enough = np.flatnonzero(cells.per_task()[cells.col] >= TASK_LEAST)
    chosen = rng.choice(enough, min(int(CELL_SHARE * value.size), enough.size), replace=False)
    for i, cell in enumerate(chosen.tolist()):
        kind[cell] = KINDS[i % len(KINDS)]
        value[cell] = columns.corrupted(cell, KINDS[i % len(KINDS)], rng)
    rich = np.flatnonzero(cells.per_model() >= RUN_LEAST)
    for i, model in enumerate(rng.choice(rich, min(RUNS, rich.size), replace=False).tolist()):
        how = ("random", "chance")[i % 2]
        part = RUN_KINDS[i % len(RUN_KINDS)]
        for cell in _part(cells, model, part, rng).tolist():
            value[cell] = columns.broken(cell, how, rng)
            kind[cell], run[cell] = "", f"{part}, {how}"
    dirty = Cells(
        models=cells.models, tasks=cells.tasks, row=cells.row, col=cells.col, value=value, share=cells.share
    )  # fmt: skip
    return Planted(cells=dirty, kind=kind, run=run, moved=np.abs(value - cells.value))


class _Columns:
    """The real scores task by task, for drawing wrong ones that look right."""

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        self.order = np.argsort(cells.col, kind="stable")
        self.ends = np.searchsorted(cells.col[self.order], np.arange(cells.shape[1] + 1))
        self.chance = cells.tasks["chance"].cast(float).fill_null(np.nan).to_numpy()
        self.lower, self.upper = limits(cells)

    def corrupted(self, cell: int, kind: str, rng: np.random.Generator) -> float:
        """A wrong score for one cell."""
        task, value = int(self.cells.col[cell]), float(self.cells.value[cell])
        lower, upper = float(self.lower[task]), float(self.upper[task])
        if kind == "swapped":
            others = self._members(task)
            return float(self.cells.value[rng.choice(others[others != cell])])
        if kind == "slip":
            return value * float(rng.choice([100.0, 0.01]))
        if kind == "chance":
            return self.broken(cell, "chance", rng)
        if kind == "shifted":
            step = float(rng.choice([-1.0, 1.0]) * rng.uniform(0.1, 0.3))
            return float(np.clip(value + step, lower, upper))
        return -value if lower < 0 else 1.0 - value

    def broken(self, cell: int, how: str, rng: np.random.Generator) -> float:
        """A score of a run that went wrong: near chance, or anything between the task's lowest and highest."""
        task = int(self.cells.col[cell])
        scores = self.cells.value[self._members(task)]
        low = float(scores.min())
        if how == "random":
            return float(rng.uniform(low, scores.max()))
        level = self.chance[task]
        return float((level if np.isfinite(level) else low) + rng.uniform(-0.01, 0.01))

    def _members(self, task: int) -> NDArray[np.intp]:
        return self.order[self.ends[task] : self.ends[task + 1]]


def _part(cells: Cells, model: int, part: str, rng: np.random.Generator) -> NDArray[np.intp]:
    """The cells of a model's run that break; a third at random where no task type is fit for it."""
    own = np.flatnonzero(cells.row == model)
    if part == "a type":
        types = np.array(cells.tasks["task_type"].fill_null("").to_list())[cells.col[own]]
        names, counts = np.unique(types, return_counts=True)
        fit = names[(counts >= _TYPE_LEAST) & (counts <= _TYPE_MOST * own.size)]
        if fit.size:
            whole: NDArray[np.intp] = own[types == rng.choice(fit)]
            return whole
    share = 2 if part == "a half" else 3
    broken: NDArray[np.intp] = rng.choice(own, own.size // share, replace=False)
    return broken
