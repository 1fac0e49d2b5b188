"""How good models are over a stated set of tasks, and which is better than which beyond doubt on the tasks that both did."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import MissingData, UnknownName
from advisor.estimate.backtest_loto import benchmark, english_scores
from advisor.estimate.flags import DOUBTED, SIZE
from advisor.recommend.doubts import doubts, set_aside
from advisor.recommend.names import hint
from advisor.stats.paired import student_quantile as exact_quantile
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray

    from advisor.tables.snapshot import Snapshot

MTEB: Final = "MTEB(eng, v2)"
ENGLISH: Final = "English language-model tasks"
SETS: Final = (MTEB, ENGLISH)
"""Sets of tasks that have a name."""
SHARE_LEAST: Final = 0.5
"""Share of the set's tasks that a model must have been measured on."""
MODELS_LEAST: Final = 100
"""Models that an English task of a language-model harness must have been measured on to be in the set."""
COMMON_LEAST: Final = 10
"""Tasks that two models must share for one to be called better than the other."""
LEVEL: Final = 0.90
ENGLISH_CODE: Final = "eng"
_SWEEPS: Final = 60
_BILLION: Final = 1_000_000_000
_ROUGH: Final = 1.1
"""How far a size told by a name alone may be off, either way."""


student_quantile = lru_cache(maxsize=4096)(exact_quantile)


@dataclass(frozen=True, kw_only=True)
class Quality:
    """The scores of many models on one set of tasks."""

    name: str
    pool: str
    models: pl.DataFrame
    """MODELS columns that a chart needs, sorted by model_id; row i is row i of `values`."""
    tasks: tuple[str, ...]
    """Names of the columns: tasks, or groups of tasks that share data."""
    values: NDArray[np.float64]
    """(models, tasks) fractions; NaN where not measured."""
    n_doubted: int
    """Scores left out because the guard finds them unexpected, or their run broken."""

    def level(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(models,) mean over all tasks, and half its interval at LEVEL.

        A task that a model was not measured on is filled in by an additive fit: the task's level plus the model's.
        The interval is Student's, from how far the model's tasks scatter around that fit: it is about other tasks
        like these, not about running these again.
        """
        seen = np.isfinite(self.values)
        x = np.where(seen, self.values, 0.0)
        task = x.sum(axis=0) / seen.sum(axis=0)
        model = np.zeros(len(x))
        for _ in range(_SWEEPS):
            model = ((x - task) * seen).sum(axis=1) / seen.sum(axis=1)
            task = ((x - model[:, None]) * seen).sum(axis=0) / seen.sum(axis=0)
        rest = (x - task - model[:, None]) * seen
        n = seen.sum(axis=1)
        spread = np.sqrt((rest**2).sum(axis=1) / np.maximum(n - 1, 1) / n)
        half = np.array([student_quantile((1 + LEVEL) / 2, max(int(k) - 1, 1)) for k in n]) * spread
        return model + task.mean(), half


@dataclass(frozen=True, kw_only=True)
class Better:
    """One model better than another on the tasks that both did, in fractions of the scale."""

    model: int
    by: float
    lo: float
    hi: float
    n_tasks: int


def quality(
    name: str, snapshot: Snapshot, *, tasks: Sequence[str] = (), as_of: date | None = None
) -> Quality:
    """The set called `name`; or, where tasks are given, these tasks of one pool under that name.

    Models that cannot be held against others are left out: baselines and non-text models, open leaderboards'
    unverified fine-tunes, cross-encoders, and sizes in doubt keep their scores but no size.
    Raises: UnknownName: a task without scores. MissingData: no model was measured on enough of the set.
    """
    scores, pool = _scores(name, snapshot, tasks)
    models = comparable_models(pool, snapshot, as_of)
    scores = scores.join(models.select("model_id"), on="model_id", how="semi")
    if not tasks and pool == "language-model":
        often = scores.group_by("task_id").len().filter(pl.col("len") >= MODELS_LEAST)
        scores = scores.join(often, on="task_id", how="semi")
    listed = scores["task_id"].unique().sort().to_list()
    kept = set_aside(scores, doubts(snapshot, listed).filter(pl.col("flag").is_in(DOUBTED)))
    grouped = kept.join(_groups(snapshot), on="task_id").group_by("model_id", "twin_group")
    means = grouped.agg(pl.col("value").mean()).sort("twin_group", "model_id")
    columns = means["twin_group"].unique().sort().to_list()
    enough = means.group_by("model_id").len().filter(pl.col("len") >= SHARE_LEAST * len(columns))
    wide = means.join(enough, on="model_id", how="semi").pivot(
        on="twin_group", index="model_id", values="value"
    )
    if wide.is_empty():
        raise MissingData(f"{name}: no model was measured on half of these tasks")
    wide = wide.sort("model_id")
    tasks_kept = tuple(sorted(set(wide.columns) - {"model_id"}))
    return Quality(
        name=name,
        pool=pool,
        models=wide.select("model_id").join(
            models, on="model_id", how="left", maintain_order="left"
        ),
        tasks=tasks_kept,
        values=wide.select(tasks_kept).cast(pl.Float64).fill_null(np.nan).to_numpy(),
        n_doubted=scores.height - kept.height,
    )


def _scores(name: str, snapshot: Snapshot, tasks: Sequence[str]) -> tuple[pl.DataFrame, str]:
    """Scores of the set's tasks, and the pool whose models they are of."""
    if not tasks and name == MTEB:
        every = snapshot.collect(snapshot.scan("scores"))
        found = english_scores(snapshot.scan("evidence_mteb"), every, benchmark())
        return found.select("model_id", "task_id", "value"), "embedding"
    known = snapshot.table("tasks").filter(pl.col("n_models") > 0)
    if tasks:
        rows = known.filter(pl.col("task_id").is_in(list(tasks)))
        for task in tasks:
            if task not in set(rows["task_id"]):
                near = hint(
                    task, known["task_id"], otherwise="`advisor tasks` lists the measured tasks"
                )
                raise UnknownName(f"no score on a task called {task!r}{near}")
    else:
        alone = ~pl.col("is_aggregate").fill_null(value=False)
        of_pool = pl.col("pool") == "language-model"
        rows = known.filter(of_pool, alone, pl.col("languages") == ["eng"])
    pool = str(rows["pool"].mode().sort()[0])
    found = snapshot.collect(
        measured_scores(snapshot.scan).filter(pl.col("task_id").is_in(rows["task_id"].implode()))
    )
    return found.select("model_id", "task_id", "value"), pool


def comparable_models(pool: str, snapshot: Snapshot, as_of: date | None = None) -> pl.DataFrame:
    """The pool's models that can be held against others, with what `rivals` asks of them."""
    member = pl.col("pool").list.contains(pool) & (pl.col("kind") != "other")
    models = snapshot.collect(snapshot.scan("models").filter(member))
    if pool == "language-model":
        models = models.filter("verified")
    if pool == "embedding":
        models = models.filter(pl.col("kind") != "cross_encoder")
    if as_of is not None:
        models = models.filter(pl.col("released") <= as_of.isoformat())
    flagged = doubts(snapshot, []).filter(pl.col("flag") == SIZE)["model_id"].to_list()
    doubted = pl.col("params_suspect").fill_null(value=False) | pl.col("model_id").is_in(flagged)
    usable = (pl.col("n_parameters") > 0) & ~doubted
    size = pl.when(usable).then("n_parameters")
    whole = (pl.col("n_parameters_basis") == "reported") & (size % _BILLION == 0)
    rough = pl.col("n_parameters_basis").is_in(["name", "family-estimate"])
    return models.select(
        "model_id", "kind", "released", "license", "commercial_use", "open_weights", "languages",
        n_parameters=size,
        size_at_least=pl.when(rough).then(size / _ROUGH).otherwise(size.cast(pl.Float64)),
        size_at_most=pl.when(whole).then(size + _BILLION).when(rough).then(size * _ROUGH)
        .otherwise(size).cast(pl.Float64),
    )  # fmt: skip


def _groups(snapshot: Snapshot) -> pl.DataFrame:
    """Task → the group of tasks that share its data; alone where there is none."""
    return snapshot.table("tasks").select(
        "task_id", twin_group=pl.col("twin_group").fill_null(pl.col("task_id"))
    )


_FREEDOM: Final = {"no": 0, "unknown": 1, "yes": 2}


def rivals(models: pl.DataFrame, row: int) -> NDArray[np.intp]:
    """Rows of the models that could replace this one: surely no larger, weights to be had, as free, as many languages.

    A size that a leaderboard floored to whole billions, or that only a name tells, counts at its worst; a model that
    declares languages is replaced only by one that declares them too. Missing facts never make a rival.
    """
    most, least = (
        models[f"size_at_{end}"].fill_null(np.nan).to_numpy() for end in ("most", "least")
    )
    free = models["commercial_use"].replace_strict(_FREEDOM, default=1).to_numpy()
    open_weights = models["open_weights"].fill_null(value=False).to_numpy()
    spoken = models["languages"].to_list()
    mine = set(spoken[row] or ()) - {ENGLISH_CODE}
    with np.errstate(invalid="ignore"):
        could = (most <= least[row]) & open_weights & (free >= free[row])
    could[row] = False
    found: NDArray[np.intp] = np.flatnonzero(could)
    return found if not mine else found[[mine <= set(spoken[i] or ()) for i in found]]


def better_than(values: NDArray[np.float64], row: int, others: NDArray[np.intp]) -> list[Better]:
    """Those of `others` that are better than `row` on the tasks that both did, the clearest first.

    Student's interval of the mean difference over the common tasks (at least COMMON_LEAST), at LEVEL for all the
    others together (Bonferroni over those that share enough tasks), wholly above 0. Source: METHOD.md#gems
    """
    differences = values[others] - values[row]
    n = np.isfinite(differences).sum(axis=1)
    fit = np.flatnonzero(n >= COMMON_LEAST)
    if not fit.size:
        return []
    share = (1.0 - LEVEL) / 2.0 / fit.size
    mean = np.nanmean(differences[fit], axis=1)
    error = np.nanstd(differences[fit], axis=1, ddof=1) / np.sqrt(n[fit])
    wide = {int(k): student_quantile(1.0 - share, int(k) - 1) for k in np.unique(n[fit])}
    half = error * np.array([wide[int(k)] for k in n[fit]])
    order = sorted(
        np.flatnonzero(mean - half > 0), key=lambda i: (-(mean - half)[i], others[fit[i]])
    )
    return [
        Better(
            model=int(others[fit[i]]), by=float(mean[i]), lo=float(mean[i] - half[i]),
            hi=float(mean[i] + half[i]), n_tasks=int(n[fit[i]]),
        )
        for i in order
    ]  # fmt: skip
