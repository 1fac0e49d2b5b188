"""One score per (model, task), made from the rows exactly as mteb makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from advisor.ingest.mteb_tally import SOURCE, Tally
from advisor.ingest.pep440 import version_key
from advisor.tables.schema import SCORES, SCORES_KEY, check_table

if TYPE_CHECKING:
    from collections.abc import Mapping

_NO_REVISION = ("external", "no_revision_available")
_GROUP = ("model", "experiment", "task")
PREFERENCE = ("priority", "version_rank")
"""Higher is preferred; null last."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Aligned arrays, one element a (file, split, subset) entry; `value` is NaN where there is none."""

    file: npt.NDArray[np.int64]
    split: npt.NDArray[np.int32]
    subset: npt.NDArray[np.int32]
    value: npt.NDArray[np.float64]


def with_preference(files: pl.DataFrame, main_revisions: Mapping[str, str]) -> pl.DataFrame:
    """`files` with `priority` and `version_rank`: the order in which mteb prefers files of one (model, task).

    First the model's main revision; then files whose mteb version can be read; then named revisions. A tie goes
    to the newer version (null last).  Source: mteb 2.26, BenchmarkResults.join_revisions.
    """
    texts = files["mteb_version"].drop_nulls().unique().to_list()
    keys = {text: key for text in texts if (key := version_key(text)) is not None}
    rank = {key: place for place, key in enumerate(sorted(set(keys.values())))}
    ranks = pl.DataFrame(
        [(text, rank[key]) for text, key in keys.items()],
        schema={"mteb_version": pl.String, "version_rank": pl.Int64},
        orient="row",
    )
    mains = pl.DataFrame(
        list(main_revisions.items()),
        schema={"model": pl.String, "main_revision": pl.String},
        orient="row",
    )
    files = files.join(ranks, on="mteb_version", how="left", maintain_order="left")
    files = files.join(mains, on="model", how="left", maintain_order="left")
    is_main = pl.col("revision").eq_missing(pl.col("main_revision"))
    named = ~pl.col("revision").is_in(_NO_REVISION)
    priority = 1000 * is_main + 100 * pl.col("version_rank").is_not_null() + 10 * named
    return files.with_columns(priority=priority.cast(pl.Int32)).drop("main_revision")


def chosen_files(files: pl.DataFrame, tally: Tally) -> pl.DataFrame:
    """The file mteb takes for each (model, experiment, task), one row each.

    Where mteb's rule leaves a tie it takes the file its disk lists first; here a file under the task's present
    name wins, then the earlier revision name, so that the answer is the same on every machine.
    """
    ordered = files.sort(
        [*_GROUP, *PREFERENCE, "is_renamed", "revision", "file"],
        descending=[False, False, False, True, True, False, False, False],
        nulls_last=[False, False, False, True, True, False, False, False],
    )
    first = ordered.unique(_GROUP, keep="first", maintain_order=True)
    several = ordered.join(first, on=_GROUP, how="semi", nulls_equal=True).filter(
        pl.struct(_GROUP).is_duplicated()
    )
    tally.add("pairs: in several files", several.select(pl.struct(_GROUP).n_unique()).item())
    ties = several.join(first, on=[*_GROUP, *PREFERENCE], how="semi", nulls_equal=True)
    tied = ties.group_by(_GROUP).len().filter(pl.col("len") > 1)
    tally.add("pairs: chosen by file name", tied.height)
    return first


def pair_scores(files: pl.DataFrame, rows: Rows, tally: Tally) -> pl.DataFrame:
    """SCORES: the plain mean of the chosen files' main scores, missing ones left out, repeats counted.

    A model's ordinary run and its experiments are averaged together, which is what mteb's long frame does.
    n_items is of the ordinary run, null where unknown. Source: mteb 2.26, BenchmarkResults.to_dataframe(format="long").
    """
    chosen = chosen_files(files, tally).sort("model", "task", "experiment", nulls_last=False)
    chosen = chosen.with_columns(pair=pl.struct("model", "task").rle_id().cast(pl.Int64))
    pairs = chosen.unique("pair", keep="first", maintain_order=True)
    tally.add("pairs: several runs averaged", chosen.height - pairs.height)
    pair_of = np.full(files.height, -1, dtype=np.int64)
    pair_of[chosen["file"].to_numpy()] = chosen["pair"].to_numpy()
    row_pair = pair_of[rows.file]
    tally.add("rows: of a revision not chosen", int((row_pair < 0).sum()))
    use = (row_pair >= 0) & np.isfinite(rows.value)
    count = np.bincount(row_pair[use], minlength=pairs.height)
    total = np.bincount(row_pair[use], weights=rows.value[use], minlength=pairs.height)
    scores = pairs.select(
        model_id="model",
        task_id="task",
        value=pl.Series(total / np.maximum(count, 1)),
        stderr=pl.lit(None),
        n_items=pl.when(pl.col("n_items") > 0).then("n_items"),
        n_rows=pl.Series(count),
        model_revision="revision",
        source_id=pl.lit(SOURCE),
    )
    scored = scores.filter(pl.col("n_rows") > 0)
    tally.add("pairs: scored", scored.height)
    tally.add("pairs: without a value", scores.height - scored.height)
    return check_table("mteb scores", scored, SCORES, SCORES_KEY)
