"""The user's own runs on one task: which of them can be compared, and their scores on paired resamples of the items."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.metrics import METRICS
from advisor.stats.resampled import resampled_scores
from advisor.tables.outcomes import outcomes_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.tables.own import OwnEvidence

_GROUP: Final = ["task_id", "split", "seed", "main_metric"]
"""Runs that agree in these, and in their items, are compared with each other."""
_VARIANT: Final = ["model_id", "n_shot", "precision", "harness"]
"""Ways of running one model; of each the newest run counts, of all the best."""
_AGREES: Final = 1e-6
"""Difference up to which a score computed from the items is the harness's own."""
_DRAWS: Final = 2_000


@dataclass(frozen=True, kw_only=True)
class Compared:
    """Runs of several models on the same items of the user's data."""

    own: OwnEvidence
    jobs: pl.DataFrame
    """OWN_JOBS columns and value, one row a model, sorted by model_id."""
    metric: str
    n_items: int
    scores: NDArray[np.float64]
    """(1 + draws, models): the scores measured, then those of paired resamples of the items."""
    paired: bool
    """False where the score cannot be computed from the items: each model's own interval stands for its draws."""
    warnings: list[str] = field(default_factory=list)

    @property
    def where(self) -> str:
        """What was run on, as a person calls it: "tickets.csv", or the benchmark's name."""
        first = self.jobs.row(0, named=True)
        return Path(first["data_file"]).name if first["data_file"] else str(first["task_id"])

    @property
    def place(self) -> str:
        """Like `where`, in a sentence: "your tickets.csv", or the benchmark's name alone."""
        return f"your {self.where}" if self.jobs["data_file"][0] else self.where

    @property
    def draws(self) -> NDArray[np.float64]:
        """(models, draws) scores of the resamples, higher is better."""
        return self.scores[1:].T

    def interval(self, level: float) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Ends of each model's interval; it holds the score measured."""
        low, high = np.quantile(self.draws, [(1 - level) / 2, (1 + level) / 2], axis=1)
        return np.minimum(low, self.scores[0]), np.maximum(high, self.scores[0])


def runs_on(profile: TaskProfile, own: OwnEvidence) -> Compared | None:
    """The runs on the profile's own data: the same bytes and the same column, or the same named task.

    None where there are none. Source: METHOD.md#own-evidence
    """
    jobs = _jobs_on(profile, own)
    if jobs.is_empty():
        return None
    jobs = jobs.join(_values(own, jobs), on="job_id")
    jobs, n_odd = _comparable_metric(own, jobs)
    if jobs.is_empty():
        return None
    best = _one_group(own, _variants(jobs))
    others = set(jobs["model_id"]) - set(best["model_id"])
    warnings = []
    if others:
        warnings.append(
            f"{len(others)} more of your models were run on other rows or another split of this data and are not "
            f"compared: {', '.join(sorted(others)[:3])}"
        )
    if n_odd:
        warnings.append(f"{n_odd} of your runs are scored by an error with no scale; left out")
    return _compared(own, best.sort("model_id"), warnings)


def runs_elsewhere(profile: TaskProfile, own: OwnEvidence) -> list[str]:
    """A warning where a file of this name was run when it held something else, or for another column; else none."""
    if profile.table is None:
        return []
    name, digest = Path(profile.text).name, profile.table.get("data_hash")
    files = own.table("jobs").filter(pl.col("data_file").is_not_null())
    same_data = files.filter(pl.col("dataset_revision") == digest)
    if same_data.height and str(profile.table.get("target")) in set(same_data["subset"]):
        return ["your own runs on this file are scored by errors with no scale, and are not used"]
    if same_data.height:
        columns = ", ".join(sorted(set(same_data["subset"])))
        return [
            f"your own runs on this file were for the column {columns}; ask with --target to use them"
        ]
    named = files.filter(
        pl.col("data_file").map_elements(lambda f: Path(f).name, pl.String) == name
    )
    if named.is_empty():
        return []
    n = named["model_id"].n_unique()
    return [
        f"your runs of {n} model{'' if n == 1 else 's'} were on another version of this file ({named['dataset_revision'][0]}, "
        f"now {digest}) and are not used; run them again on this one"
    ]


def column_of_runs(own: OwnEvidence, digest: str) -> str | None:
    """The one column of a file that own runs predicted; None where there is none, or several."""
    jobs = own.table("jobs")
    found = jobs.filter(pl.col("dataset_revision") == digest, pl.col("data_file").is_not_null())
    columns = found["subset"].unique().to_list()
    return str(columns[0]) if len(columns) == 1 else None


def _jobs_on(profile: TaskProfile, own: OwnEvidence) -> pl.DataFrame:
    jobs = own.table("jobs")
    if profile.table is not None:
        return jobs.filter(
            pl.col("dataset_revision") == str(profile.table.get("data_hash")),
            pl.col("subset") == str(profile.table.get("target")),
        )
    return jobs.filter(pl.col("task_id") == profile.task_id, pl.col("data_file").is_null())


def _values(own: OwnEvidence, jobs: pl.DataFrame) -> pl.DataFrame:
    """job_id, value, lo, hi, stderr of the main score."""
    rows = own.table("evidence").join(
        jobs.select("job_id", "subset", "split", metric="main_metric"),
        on=["job_id", "subset", "split", "metric"], how="semi",
    )  # fmt: skip
    return rows.select("job_id", "value", "lo", "hi", "stderr").unique("job_id", keep="first")


def _comparable_metric(own: OwnEvidence, jobs: pl.DataFrame) -> tuple[pl.DataFrame, int]:
    """The jobs whose main score grows with quality; an error is replaced by R², or accuracy, where that was measured."""
    errors = [
        m for m in jobs["main_metric"].unique() if m in METRICS and METRICS[m].better == "lower"
    ]
    if not errors:
        return jobs, 0
    is_error = pl.col("main_metric").is_in(errors)
    instead = own.table("evidence").filter(pl.col("metric").is_in(["r2", "accuracy"]))
    instead = instead.select(
        "job_id",
        "subset",
        "split",
        other="metric",
        other_value="value",
        other_lo="lo",
        other_hi="hi",
    )
    found = jobs.filter(is_error).join(instead, on=["job_id", "subset", "split"])
    found = found.with_columns(
        main_metric="other", value="other_value", lo="other_lo", hi="other_hi", stderr=None
    )
    kept = pl.concat([jobs.filter(~is_error), found.select(jobs.columns)], how="vertical_relaxed")
    return kept, jobs.height - kept.height


def _variants(jobs: pl.DataFrame) -> pl.DataFrame:
    """The newest run of each way of running a model in each group."""
    ordered = jobs.sort("measured_at", "job_id")
    return ordered.unique([*_GROUP, *_VARIANT], keep="last", maintain_order=True)


def _one_group(own: OwnEvidence, jobs: pl.DataFrame) -> pl.DataFrame:
    """The runs that share task, split, seed, score and items and hold most models; one row a model, its best run."""
    items = own.table("items").join(jobs.select("job_id"), on="job_id", how="semi")
    names = pl.concat_str("item_id", "subset", separator="\x00").sort().str.join("\x01")
    marks = items.group_by("job_id").agg(mark=names.hash(), n_own=pl.len())
    marked = jobs.join(marks, on="job_id", how="left").with_columns(
        pl.col("mark").fill_null(0), n_own=pl.coalesce("n_own", "n_items").fill_null(0)
    )
    group = [*_GROUP, "mark"]
    sizes = marked.group_by(group).agg(
        n_models=pl.col("model_id").n_unique(), most=pl.col("n_own").max(), last=pl.col("measured_at").max()
    )  # fmt: skip
    chosen = sizes.sort(
        ["n_models", "most", "last", *group], descending=[True, True, True, *([False] * len(group))]
    ).head(1)
    rows = marked.join(chosen.select(group), on=group, how="semi")
    best = rows.sort(["value", "job_id"], descending=[True, False])
    return best.unique("model_id", keep="first", maintain_order=True)


def _compared(own: OwnEvidence, jobs: pl.DataFrame, warnings: list[str]) -> Compared:
    metric = str(jobs["main_metric"][0])
    kept = own.table("items").join(jobs.select("job_id"), on="job_id", how="semi")
    parts = {str(job): part for (job,), part in kept.group_by("job_id")}
    scores = _paired(metric, jobs, parts)
    if scores is None:
        warnings = [
            *warnings,
            "the odds rest on each model's own interval, not on paired items: this score cannot be computed "
            "from the kept items",
        ]
    n_items = parts[jobs["job_id"][0]].height if parts else int(jobs["n_items"][0] or 0)
    return Compared(
        own=own,
        jobs=jobs,
        metric=metric,
        n_items=n_items,
        scores=_unpaired(jobs) if scores is None else scores,
        paired=scores is not None,
        warnings=warnings,
    )


def _paired(
    metric: str, jobs: pl.DataFrame, parts: dict[str, pl.DataFrame]
) -> NDArray[np.float64] | None:
    """Scores computed from the items, over all of them or as the mean over folds; None where neither is what was measured."""
    if set(parts) != set(jobs["job_id"]):
        return None
    ordered = [parts[job].sort("subset", "item_id") for job in jobs["job_id"]]
    outcomes = [outcomes_of(items) for items in ordered]
    folds = ordered[0]["fold"].fill_null(0).cast(pl.Int64)
    same_folds = all((items["fold"].fill_null(0) == folds).all() for items in ordered)
    for by in [None, folds.to_numpy()] if same_folds and folds.n_unique() > 1 else [None]:
        scores = resampled_scores(metric, outcomes, folds=by)
        if scores is not None and np.abs(scores[0] - jobs["value"].to_numpy()).max() <= _AGREES:
            return scores
    return None


def _unpaired(jobs: pl.DataFrame) -> NDArray[np.float64]:
    """Draws from each model's own interval, independent of the others'."""
    spread = jobs.select(
        pl.coalesce("stderr", (pl.col("hi") - pl.col("lo")) / 3.92, pl.lit(0.02))
    ).to_series()
    value = jobs["value"].to_numpy()
    noise = np.random.default_rng(0).standard_normal((_DRAWS, len(value)))
    return np.vstack([value, value + noise * spread.to_numpy()])


def own_rows(compared: Compared, models: Iterable[str]) -> pl.DataFrame:
    """OWN_EVIDENCE rows of the compared runs of these models, about the task itself and not a part of it."""
    jobs = compared.jobs.filter(pl.col("model_id").is_in(list(models)))
    return (
        compared.own.table("evidence")
        .join(
            jobs.select("job_id", "subset", "split"), on=["job_id", "subset", "split"], how="semi"
        )
        .sort("model_id", "metric")
    )
