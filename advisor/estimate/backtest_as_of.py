"""As-of protocol: at each date only models released before it decide, and what came later shows how the answer moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate import picks
from advisor.estimate.backtest_new_task import CAPS, REGRET_FACTS, sampled
from advisor.estimate.matrix import Cells, cells_of
from advisor.estimate.task_similarity import similarity
from advisor.tables.likeness import likeness_among
from advisor.tables.measured import collected
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

POOL: Final = "embedding"
MODELS_LEAST: Final = 20
"""Measured models that must have been released before the first date."""
CANDIDATES_LEAST: Final = 5
"""Models measured on the task, allowed and released by then, that make a question of it."""
UNKNOWABLE: Final = ("most downloaded",)
"""Rules left out: downloads are today's, so at an earlier date they would know the future."""

TABLE: Final = pl.Schema(
    {
        "date": pl.String, "task_id": pl.String, "task_family": pl.String, "cap": pl.Int64, "rule": pl.String,
        "model_id": pl.String, "regret_points": pl.Float64, "n_models": pl.Int64, "later_points": pl.Float64,
    }
)  # fmt: skip
"""One question (date, task, cap) and rule a row. regret_points: the best of the models released before the date less
the pick. later_points: the best of all models, whenever released, less the best of then; 0 where none came to be better."""


@dataclass(frozen=True, kw_only=True)
class _Moment:
    """What was there at one date."""

    date: str
    models: NDArray[np.intp]
    """Places in the pool's models of those released before the date."""
    seen: Cells
    """The visible tasks' cells of these models alone; its rows are `models`."""


def as_of_tables(read: Read, *, seed: int = 100) -> dict[str, pl.DataFrame]:
    """Tables "backtest_as_of_summary" (per rule) and "backtest_as_of_dates" (per date).

    read: gives the snapshot's tables by name.
    """
    scores, tasks, models = collected(read)
    found = as_of_backtest(scores, tasks, models, seed=seed)
    return {
        "backtest_as_of_summary": as_of_summary(found),
        "backtest_as_of_dates": dates_summary(found),
    }


def as_of_backtest(
    scores: pl.DataFrame, tasks: pl.DataFrame, models: pl.DataFrame, *, seed: int
) -> pl.DataFrame:
    """TABLE: the tasks of the new-task protocol, hidden with their twins, asked at the start of every half-year.

    Decided from the scores of models released before the date on the visible tasks, whenever they were measured: when
    is recorded for few. Models without a release date take no part.
    """
    cells = cells_of(scores, tasks, models, POOL)
    sample = sampled(cells, seed=seed)
    groups = np.array(cells.tasks["twin_group"].fill_null("").to_list())
    visible = ~np.isin(groups, groups[sample])
    likeness = similarity(cells.tasks)
    shared = likeness_among(build_index(tasks), cells.tasks)
    rows: list[tuple[object, ...]] = []
    for date in dates(cells):
        now = _moment(cells, date, visible)
        value = picks.ours(now.seen, sample, shared)
        overall = {
            rule: merit for rule, merit in picks.overall(now.seen).items() if rule not in UNKNOWABLE
        }
        newest = _newest(now.seen.models)
        for at, task in enumerate(sample):
            merits = {picks.OURS: value[:, at], **overall, "newest": newest}
            merits |= picks.near(now.seen, int(task), likeness[task])
            rows += _questions(cells, now, int(task), merits)
    return pl.DataFrame(rows, schema=TABLE, orient="row")


def dates(cells: Cells) -> list[str]:
    """The first days of January and July with MODELS_LEAST measured models before them, up to the last release."""
    released = cells.models["released"].to_list()
    known = sorted(
        day for day, count in zip(released, cells.per_model(), strict=True) if day and count
    )
    if len(known) < MODELS_LEAST:
        return []
    years = range(int(known[0][:4]), int(known[-1][:4]) + 1)
    every = [f"{year}-{month}-01" for year in years for month in ("01", "07")]
    return [day for day in every if known[MODELS_LEAST - 1] < day <= known[-1]]


def undated(cells: Cells) -> int:
    """How many measured models have no release date."""
    measured = cells.per_model() > 0
    return cells.models.filter(pl.Series(measured))["released"].null_count()


def as_of_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per rule over all questions: n, mean, median, worst regret in points, share within a point."""
    return (
        table.group_by("rule")
        .agg(
            n=pl.len(),
            **REGRET_FACTS,
        )
        .sort("regret_mean_points", "rule")
    )


def dates_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per date: questions, ours and the date's best naive rule (mean regret, points), and the gain of later models.

    moved: share of the questions in which a later model is more than a point above the best of then.
    """
    means = table.group_by("date", "rule").agg(mean=pl.col("regret_points").mean())
    naive = (
        means.filter(pl.col("rule") != picks.OURS)
        .sort("date", "mean", "rule")
        .group_by("date", maintain_order=True)
        .agg(best_naive=pl.col("rule").first(), best_naive_points=pl.col("mean").first())
    )
    ours = table.filter(pl.col("rule") == picks.OURS)
    return (
        ours.group_by("date")
        .agg(
            n=pl.len(),
            n_models_median=pl.col("n_models").median(),
            ours_points=pl.col("regret_points").mean(),
            later_mean_points=pl.col("later_points").mean(),
            later_median_points=pl.col("later_points").median(),
            moved=(pl.col("later_points") > 1.0).mean(),
        )
        .join(naive, on="date", how="left")
        .sort("date")
    )


def _moment(cells: Cells, date: str, visible: NDArray[np.bool_]) -> _Moment:
    before = (cells.models["released"] < date).fill_null(value=False).to_numpy()
    places = np.flatnonzero(before)
    row_of = np.full(len(before), -1)
    row_of[places] = np.arange(len(places))
    keep = before[cells.row] & visible[cells.col]
    return _Moment(
        date=date,
        models=places,
        seen=Cells(
            models=cells.models[places],
            tasks=cells.tasks,
            row=row_of[cells.row[keep]],
            col=cells.col[keep],
            value=cells.value[keep],
            share=cells.share[keep],
        ),
    )


def _questions(
    cells: Cells, now: _Moment, task: int, merits: picks.Merits
) -> list[tuple[object, ...]]:
    size = cells.models["n_parameters"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    dated = cells.models["released"].is_not_null().to_numpy()
    names = now.seen.models["model_id"].to_list()
    place = np.full(cells.shape[0], -1)
    place[now.models] = np.arange(len(now.models))
    here = np.flatnonzero((cells.col == task) & dated[cells.row])
    facts = now.date, cells.tasks["task_id"][task], cells.tasks["task_family"][task]
    rows: list[tuple[object, ...]] = []
    for cap in CAPS:
        allowed = here[size[cells.row[here]] <= (np.inf if cap is None else cap)]
        then = allowed[place[cells.row[allowed]] >= 0]
        if len(then) < CANDIDATES_LEAST:
            continue
        later = 100.0 * float(cells.value[allowed].max() - cells.value[then].max())
        answers = picks.ask(
            names, place[cells.row[then]], cells.value[then], merits, merits["borda"]
        )
        rows += [(*facts, cap, *answer, later) for answer in answers]
    return rows


def _newest(models: pl.DataFrame) -> NDArray[np.float64]:
    days = models["released"].str.to_date(strict=False).cast(pl.Int32).cast(pl.Float64)
    newest: NDArray[np.float64] = days.fill_null(-np.inf).to_numpy()
    return newest
