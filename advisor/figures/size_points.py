"""The measured points of a size curve: which models, which scores, and what was left out, counted."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.estimate.flags import DOUBTED, SIZE
from advisor.figures.fill_in import filled_in
from advisor.recommend.candidates import competing
from advisor.recommend.doubts import doubts, set_aside
from advisor.tables.measured import measured_scores

if TYPE_CHECKING:
    from datetime import date

    from advisor.figures.size_scopes import Scope
    from advisor.tables.snapshot import Snapshot

LEVEL: Final = 0.90
POINTS: Final = pl.Schema(
    {
        "model_id": pl.String, "maker": pl.String, "kind": pl.String, "n_parameters": pl.Int64, "released": pl.String,
        "value": pl.Float64, "lo": pl.Float64, "hi": pl.Float64, "n_tasks": pl.Int64, "n_measured": pl.Int64,
    }
)  # fmt: skip
"""value: the mean over the scope's tasks, fraction of the main score. lo, hi: where it would lie if the filled-in scores
were off; equal to value where every task was measured. n_parameters null: not disclosed."""


@dataclass(frozen=True, kw_only=True)
class Points:
    """What one size curve is made of."""

    models: pl.DataFrame
    """POINTS, sorted by size and name; models without a usable size stand last, with n_parameters null."""
    cells: pl.DataFrame
    """model_id, task_id, value: the measured scores behind them, doubted ones left out; of all who compete."""
    told: str
    """How many models there are, how complete, and how many cannot stand on the axis."""
    out: tuple[str, ...]
    """Who does not compete, in words."""
    n_doubted: int
    """Doubted scores that were left out."""
    fill_error: float | None
    """Root mean square miss of a filled-in score, found by hiding measured ones; null where none was filled in."""

    @property
    def sized(self) -> pl.DataFrame:
        """The models that can stand on a size axis."""
        return self.models.filter(pl.col("n_parameters").is_not_null())


def size_points(scope: Scope, snapshot: Snapshot, *, as_of: date | None = None) -> Points:
    """Every model that competes and was measured on enough of the scope's tasks.

    Left out, and said so: doubted scores, models released after `as_of`, and (for the axis, not for the best of all)
    sizes in doubt. A model short of some tasks is averaged only where the scope allows it, its missing scores filled
    in from its others (an additive fit), never silently.
    """
    who = competing(scope.pool, scope.family, snapshot, as_of=as_of)
    models = who.models
    scores, doubted = _scores(scope, snapshot, models)
    sizes = _sizes(models, snapshot)
    inside = pl.col("task_id").is_in(list(scope.tasks))
    cells = scores.filter(inside)
    counts = cells.group_by("model_id").agg(n_measured=pl.len().cast(pl.Int64))
    enough = counts.filter(pl.col("n_measured") >= scope.share_least * len(scope.tasks))
    full, error = _filled(scores.join(enough, on="model_id", how="semi"), scope)
    means = full.join(enough, on="model_id").join(sizes, on="model_id").sort(
        "n_parameters", "model_id", nulls_last=True
    )  # fmt: skip
    points = means.select(pl.col(name).cast(dtype) for name, dtype in POINTS.items())
    out = [line for line in who.warnings if _about(line, scope)]
    if as_of is not None:
        out.append(f"as of {as_of}: models released later, or on an unknown day, are invisible")
    return Points(
        models=points,
        cells=cells,
        told=_completeness(points, counts.height - enough.height, scope),
        out=tuple(out),
        n_doubted=doubted,
        fill_error=error,
    )


def _scores(scope: Scope, snapshot: Snapshot, models: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """(model_id, task_id, value) of the scope's tasks, of a benchmark of all its tasks; doubted ones are left out.

    Beside it, how many doubted scores of `models` there were on the scope's tasks.
    """
    tasks = list(scope.context or scope.tasks)
    own = [task for task in tasks if task not in scope.rows]
    parts = [
        measured_scores(snapshot.scan).filter(pl.col("task_id").is_in(own)),
        *(_narrowed(scope, snapshot) if len(own) < len(tasks) else ()),
    ]
    wanted = ("model_id", "task_id", "value")
    found = pl.concat(pl.collect_all([part.select(wanted) for part in parts])).drop_nulls("value")
    found = found.join(models.select("model_id"), on="model_id", how="semi")
    kept = set_aside(found, doubts(snapshot, tasks).filter(pl.col("flag").is_in(DOUBTED)))
    inside = pl.col("task_id").is_in(list(scope.tasks))
    left_out = found.filter(inside).height - kept.filter(inside).height
    return kept.sort("model_id", "task_id"), left_out


def _narrowed(scope: Scope, snapshot: Snapshot) -> list[pl.LazyFrame]:
    """The mean over the splits and subsets that count, of the run that the score was made from.

    As mteb has it, a task with one of them missing has no score.
    """
    cells = [
        (task, split, subset)
        for task in scope.context
        if task in scope.rows
        for split in scope.rows[task].splits
        for subset in scope.rows[task].subsets
    ]
    names = ["task_id", "split", "subset"]
    wanted = pl.LazyFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    all_of = wanted.group_by("task_id").agg(wanted=pl.len())
    rows = (
        snapshot.scan("evidence_mteb")
        .join(wanted, on=names, how="semi")
        .group_by("model_id", "task_id", "model_revision")
        .agg(pl.col("value").mean(), there=pl.struct("split", "subset").n_unique())
        .join(all_of, on="task_id")
        .filter(pl.col("there") == pl.col("wanted"))
    )
    run = snapshot.scan("scores").select("model_id", "task_id", "model_revision")
    return [rows.join(run, on=["model_id", "task_id", "model_revision"])]


def _sizes(models: pl.DataFrame, snapshot: Snapshot) -> pl.DataFrame:
    """The models with n_parameters null where it is not disclosed, zero or in doubt, and their maker beside."""
    flags = doubts(snapshot, []).filter(pl.col("flag") == SIZE)
    in_doubt = pl.col("params_suspect").fill_null(value=False) | pl.col("model_id").is_in(
        flags["model_id"].implode()
    )
    usable = (pl.col("n_parameters") > 0) & ~in_doubt
    return models.select(
        "model_id", "kind", "released",
        maker=pl.col("model_id").str.split("/").list[0],
        n_parameters=pl.when(usable).then("n_parameters"),
    )  # fmt: skip


def _filled(cells: pl.DataFrame, scope: Scope) -> tuple[pl.DataFrame, float | None]:
    """Per model the mean over all of the scope's tasks with its ends, and the error of a filled-in score."""
    inside = cells.filter(pl.col("task_id").is_in(list(scope.tasks)))
    tasks = pl.DataFrame({"task_id": list(scope.tasks)})
    full = cells.select("model_id").unique().join(tasks, how="cross")
    n = pl.lit(len(scope.tasks))
    if inside.height == full.height:
        means = inside.group_by("model_id").agg(pl.col("value").mean())
        return means.with_columns(lo="value", hi="value", n_tasks=n), None
    made = filled_in(cells)
    holes = full.join(inside, on=["model_id", "task_id"], how="anti").join(
        made, on=["model_id", "task_id"]
    )
    known = inside.select("model_id", "task_id", "value", error=pl.lit(0.0))
    both = pl.concat([known, holes.select(known.columns)])
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    # As if all of a model's filled-in scores were off the same way: wider than if they were independent.
    half = z * pl.col("error") / n
    means = both.group_by("model_id").agg(pl.col("value").mean(), pl.col("error").sum())
    ends = means.with_columns(lo=pl.col("value") - half, hi=pl.col("value") + half, n_tasks=n)
    return ends.drop("error"), float((holes["error"] ** 2).mean() ** 0.5)  # type: ignore[operator]


def _about(warning: str, scope: Scope) -> bool:
    """Whether a warning of `competing` concerns this scope; what it says of predictions does not: none is used here."""
    if warning.startswith("as of "):
        return False
    return "cross-encoders" not in warning or scope.family in {None, "retrieval"}


def _completeness(points: pl.DataFrame, few: int, scope: Scope) -> str:
    """Who is averaged and who is not, in a line."""
    n = len(scope.tasks)
    unsized = int(points["n_parameters"].null_count())
    words = f"{points.height:,} models"
    if n > 1:
        whole = points.filter(pl.col("n_measured") == n).height
        part = points.height - whole
        words += f": {whole:,} measured on all {n} tasks"
        if part:
            words += f", {part:,} on at least {100 * scope.share_least:.0f} % of them"
        words += f"; {few:,} measured on fewer are left out"
    if unsized:
        words += f"; {unsized:,} are not on the axis because their size is not disclosed, zero or in doubt"
    return words
