"""The field: every candidate with its estimate, its chances and whether it may decide."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from advisor.core.ids import size_class
from advisor.estimate.goodness import odds
from advisor.estimate.predict import estimates_for_new_task, estimates_for_task
from advisor.estimate.scenarios import closest, outlooks, scenarios
from advisor.recommend.doubts import doubts, set_aside
from advisor.stats.chances import is_grounded, p_best, p_within
from advisor.tables.measured import measured_scores
from advisor.understand import wanted_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.recommend.candidates import Candidates
    from advisor.stats.chances import Scenarios
    from advisor.tables.snapshot import Snapshot

LEVEL = 0.90
POINT = 0.01
"""One point: a hundredth of a main score's 0-to-1 scale."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """All candidates for one task, sorted by model_id, and the tasks they are compared on."""

    models: pl.DataFrame
    """MODELS columns, the estimate (value, lo, hi, level, basis, n_evidence), size_class, n_measured
    (similar tasks measured), grounded."""
    scenarios: Scenarios
    """Rows in the order of `models`."""
    tasks: pl.DataFrame
    """The similar tasks: TASKS columns and similarity, most similar first."""
    chance: float
    """What guessing reaches: the similar tasks' mean, 0 where the sources state none."""
    is_named: bool
    """The task is a catalogued one that was measured: its own scores decide."""
    flags: pl.DataFrame
    """FLAGS rows about whole models and about scores on the similar tasks."""
    n_unmeasured: int
    """Candidates left out because nobody measured them on any similar task."""


def field(profile: TaskProfile, pool: Candidates, snapshot: Snapshot) -> Field:
    """Estimate every candidate for the task."""
    tasks = _tasks(profile, pool.pool, snapshot)
    named = profile.task_id is not None and profile.task_id in tasks["task_id"]
    if named:
        neighbours = [(str(profile.task_id), 1.0)]
        read = _near(snapshot, [str(profile.task_id)])
        estimates = estimates_for_task(read, str(profile.task_id), None, level=LEVEL)
        known = pool.models
    else:
        likeness = [(row["task_id"], row["similarity"]) for row in tasks.iter_rows(named=True)]
        read = _near(snapshot, [name for name, _ in likeness])
        wanted = wanted_of(profile, snapshot.scan)
        estimates = estimates_for_new_task(read, wanted, pool.pool, likeness, level=LEVEL)
        seen = _seen(read, tasks, pool)
        neighbours = closest(likeness, defaultdict(int, seen["task_id"].value_counts().iter_rows()))
        tasks = tasks.head(len(neighbours))
        # Measured on none of the similar tasks, a model's estimate would rest on other tasks alone.
        measured_there = seen.filter(pl.col("task_id").is_in(tasks["task_id"].implode()))
        known = pool.models.join(measured_there, on="model_id", how="semi")
    models = known.join(estimates, on="model_id", how="inner").sort("model_id")
    names = models["model_id"].to_list()
    if named:
        outlook = scenarios(read, neighbours, names, pool=pool.pool)
    else:
        outlook = outlooks(read, neighbours, names, models["value"].to_numpy(), pool=pool.pool)
    n_measured = outlook.decides.sum(axis=1)
    classes = [size_class(n, kind) for n, kind in models.select("n_parameters", "kind").iter_rows()]
    return Field(
        models=models.with_columns(
            size_class=pl.Series(classes, dtype=pl.String),
            n_measured=pl.Series(n_measured),
            grounded=pl.Series(is_grounded(outlook)),
        ),
        scenarios=outlook,
        tasks=tasks,
        chance=_chance(tasks, named=profile.task_id if named else None),
        is_named=named,
        flags=doubts(snapshot, [name for name, _ in neighbours]),
        n_unmeasured=pool.models.height - known.height,
    )


def _near(snapshot: Snapshot, tasks: list[str]) -> Callable[[str], pl.LazyFrame]:
    """A reader of the snapshot's tables whose two large ones hold the similar tasks' rows alone, read once."""
    large = {
        name: snapshot.collect(snapshot.scan(name).filter(pl.col("task_id").is_in(tasks)))
        for name in ("grid", "scores")
    }
    large["scores"] = set_aside(large["scores"], doubts(snapshot, tasks))
    return lambda name: large[name].lazy() if name in large else snapshot.table(name).lazy()


def chances(
    field_: Field, rows: NDArray[np.intp], *, tolerance_points: float, snapshot: Snapshot
) -> pl.DataFrame:
    """Among the models at `rows`: model_id, p_best, p_good_enough; 0 where no similar task has a bar.

    On a named, measured task the odds are read from its own scores; elsewhere from the similar tasks,
    through the curve that was fitted on held-out ones. Source: METHOD.md#good-enough
    """
    among = field_.scenarios.only(rows)
    tolerance = tolerance_points * POINT
    if field_.is_named:
        enough = p_within(among, tolerance)
    else:
        enough = odds(among, tolerance, snapshot.table("goodness"))
    return pl.DataFrame(
        {
            "model_id": field_.models["model_id"].gather(rows),
            "p_best": np.nan_to_num(p_best(among)),
            "p_good_enough": np.nan_to_num(enough),
        }
    )


def _tasks(profile: TaskProfile, pool: str, snapshot: Snapshot) -> pl.DataFrame:
    wanted = pl.DataFrame(
        [(n.task_id, n.similarity) for n in profile.neighbours],
        schema={"task_id": pl.String, "similarity": pl.Float64},
        orient="row",
    )
    measured = snapshot.scan("tasks").filter(pl.col("pool") == pool, pl.col("n_models") > 0)
    joined = wanted.lazy().join(measured, on="task_id", how="inner")
    return snapshot.collect(joined).sort(["similarity", "task_id"], descending=[True, False])


def _seen(
    read: Callable[[str], pl.LazyFrame], tasks: pl.DataFrame, pool: Candidates
) -> pl.DataFrame:
    """The measured cells (model_id, task_id) of the candidates on the similar tasks, doubted ones left out."""
    names, models = tasks["task_id"].implode(), pool.models.lazy().select("model_id")
    cells = (
        measured_scores(read).filter(pl.col("task_id").is_in(names)).select("model_id", "task_id")
    )
    return cells.join(models, on="model_id", how="semi").collect()


def _chance(tasks: pl.DataFrame, *, named: str | None) -> float:
    if named is not None:
        tasks = tasks.filter(pl.col("task_id") == named)
    if tasks.is_empty():
        return 0.0
    levels, weights = tasks["chance"].fill_null(0.0), tasks["similarity"]
    return float(np.average(levels.to_numpy(), weights=weights.to_numpy()))
