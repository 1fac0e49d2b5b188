"""Leave-one-task-out protocol: each task of MTEB(eng, v2) hidden with its twins, one model picked per size pool."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor.estimate import picks
from advisor.estimate.backtest_new_task import REGRET_FACTS
from advisor.estimate.matrix import Cells, cells_of
from advisor.estimate.task_similarity import similarity
from advisor.tables.likeness import likeness_among
from advisor.tables.locate import data_file
from advisor.tables.measured import collected
from advisor.tables.task_words import build_index

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

BENCHMARK_FILE: Final = "mteb_eng_v2.toml"
POOL: Final = "embedding"
CAPS: Final = (None, 600_000_000, 150_000_000, 50_000_000)
"""Largest allowed parameter counts; None is no limit. A model of unknown size is in the unlimited pool alone."""
ROUNDS: Final = 14
"""Times that the visible part is fitted: three tasks of different types, twins too, are hidden at once."""
CANDIDATES_LEAST: Final = 2
FALLBACK: Final = "borda, all tasks"

TABLE: Final = pl.Schema(
    {
        "task_id": pl.String, "task_family": pl.String, "cap": pl.Int64, "rule": pl.String, "model_id": pl.String,
        "regret_points": pl.Float64, "n_models": pl.Int64,
    }
)  # fmt: skip
"""One question (task, cap) and rule a row."""


def loto_tables(read: Read, *, seed: int = 100) -> dict[str, pl.DataFrame]:
    """Tables "backtest_loto_summary" and "backtest_loto_picks"; read: gives the snapshot's tables by name."""
    found = loto_backtest(read, seed=seed)
    return {"backtest_loto_summary": loto_summary(found), "backtest_loto_picks": found}


def loto_backtest(read: Read, *, seed: int) -> pl.DataFrame:
    """TABLE. The seed decides which tasks are hidden together, and what the prediction draws.

    The benchmark's tasks are English throughout: their scores are the English subset's, and their languages say so.
    Every model measured on that subset takes part. Rules "of the benchmark" see its other tasks, rules "of all tasks"
    and ours every other task of the pool.
    """
    scores, tasks, models = collected(read)
    subsets = benchmark()
    english = english_scores(read("evidence_mteb"), scores, subsets)
    listed = pl.col("task_id").is_in(list(subsets))
    cells = cells_of(
        pl.concat([scores.filter(~listed), english]), english_tasks(tasks, subsets), models, POOL
    )
    asked = np.flatnonzero(cells.tasks["task_id"].is_in(list(subsets)).to_numpy())
    return ask_each(cells, asked, np.random.default_rng(seed), seed=seed)


def benchmark() -> dict[str, str]:
    """Task -> the subset that is English, from data/mteb_eng_v2.toml."""
    with data_file(BENCHMARK_FILE).open("rb") as stream:
        listed: dict[str, Any] = tomllib.load(stream)
    return {str(task): str(subset) for task, subset in listed["subsets"].items()}


def english_scores(
    evidence: pl.LazyFrame, scores: pl.DataFrame, subsets: dict[str, str]
) -> pl.DataFrame:
    """SCORES rows of the benchmark's tasks on split "test" and the English subset alone.

    Aggregated as the scores are: the plain mean over the rows of the run that the score was made from. A model with
    a score but no English row is left out.
    """
    wanted = pl.DataFrame({"task_id": list(subsets), "subset": list(subsets.values())})
    rows = (
        evidence.filter(pl.col("split") == "test")
        .join(wanted.lazy(), on=["task_id", "subset"])
        .group_by("model_id", "task_id", "model_revision")
        .agg(english=pl.col("value").mean())
        .collect()
    )
    return (
        scores.join(rows, on=["model_id", "task_id", "model_revision"])
        .with_columns(value=pl.col("english"), n_rows=pl.lit(1, dtype=pl.Int32))
        .drop("english")
    )


def english_tasks(tasks: pl.DataFrame, subsets: dict[str, str]) -> pl.DataFrame:
    """TASKS with the benchmark's own ones in English alone."""
    listed = pl.col("task_id").is_in(list(subsets))
    return tasks.with_columns(
        languages=pl.when(listed).then(pl.lit(["eng"])).otherwise("languages")
    )


def ask_each(
    cells: Cells, asked: NDArray[np.intp], rng: np.random.Generator, *, seed: int
) -> pl.DataFrame:
    """TABLE on the columns `asked`, which are the benchmark.

    Naive rules see every task but the hidden one and its twins; ours does without the rest of its round as well, so
    the comparison is on the hard side for ours.
    """
    groups = np.array(cells.tasks["twin_group"].fill_null("").to_list())
    benchmark = np.isin(np.arange(cells.shape[1]), asked)
    likeness = similarity(cells.tasks)
    shared = likeness_among(build_index(cells.tasks), cells.tasks)
    hidden_in = rounds(cells.tasks[asked], rng)
    found: list[tuple[object, ...]] = []
    for k in range(int(hidden_in.max()) + 1):
        some = asked[hidden_in == k]
        visible = ~np.isin(groups, groups[some])
        value = picks.ours(cells.only(visible[cells.col]), some, shared)
        for at, task in enumerate(some):
            apart = groups != groups[task]
            wide, narrow = (cells.only(x[cells.col]) for x in (apart, apart & benchmark))
            naive = _merits(wide, narrow, int(task), likeness[task])
            truth = cells.only(cells.col == task)
            found += _questions(truth, int(task), {picks.OURS: value[:, at]} | naive)
    return pl.DataFrame(found, schema=TABLE, orient="row").sort("task_id", "cap", "rule")


def rounds(tasks: pl.DataFrame, rng: np.random.Generator) -> NDArray[np.intp]:
    """(tasks,) in which of ROUNDS each is hidden: tasks of one type, and twins, are spread over the rounds."""
    order = rng.permutation(tasks.height)
    types = np.array(tasks["task_type"].fill_null("").to_list())[order]
    dealt = order[np.argsort(types, kind="stable")]
    chosen = np.empty(tasks.height, dtype=np.intp)
    chosen[dealt] = np.arange(tasks.height) % ROUNDS
    return chosen


def loto_summary(table: pl.DataFrame) -> pl.DataFrame:
    """Per pool and rule: questions, mean, median and worst regret in points, share within a point.

    against_best_naive: mean regret less that of the best naive rule of the pool (below 0: ours is better).
    """
    found = table.group_by("cap", "rule").agg(
        n=pl.len(),
        **REGRET_FACTS,
    )
    best = (
        found.filter(pl.col("rule") != picks.OURS)
        .group_by("cap")
        .agg(best=pl.col("regret_mean_points").min())
    )
    return (
        found.join(best, on="cap", how="left", nulls_equal=True)
        .with_columns(against_best_naive=pl.col("regret_mean_points") - pl.col("best"))
        .drop("best")
        .sort(
            pl.col("cap").fill_null(2**62),
            "regret_mean_points",
            "rule",
            descending=[True, False, False],
        )
    )


def _merits(
    cells: Cells, peers: Cells, task: int, likeness: NDArray[np.float64]
) -> dict[str, NDArray[np.float64]]:
    wide, narrow = picks.overall(cells), picks.overall(peers)
    found = {"biggest": wide.pop("biggest"), "most downloaded": wide.pop("most downloaded")}
    found |= {f"{rule}, benchmark": narrow[rule] for rule in wide}
    found |= {f"{rule}, all tasks": merit for rule, merit in wide.items()}
    found |= {
        f"{rule}, benchmark": merit for rule, merit in picks.near(peers, task, likeness).items()
    }
    found |= {
        f"{rule}, all tasks": merit for rule, merit in picks.near(cells, task, likeness).items()
    }
    return found


def _questions(truth: Cells, task: int, merits: picks.Merits) -> list[tuple[object, ...]]:
    """TABLE rows of one hidden task; truth: its English cells."""
    size = truth.models["n_parameters"].cast(pl.Float64).fill_null(np.inf).to_numpy()[truth.row]
    names = truth.models["model_id"].to_list()
    facts = truth.tasks["task_id"][task], truth.tasks["task_family"][task]
    rows: list[tuple[object, ...]] = []
    for cap in CAPS:
        able = size <= (np.inf if cap is None else cap)
        if int(able.sum()) >= CANDIDATES_LEAST:
            answers = picks.ask(names, truth.row[able], truth.value[able], merits, merits[FALLBACK])
            rows += [(*facts, cap, *answer) for answer in answers]
    return rows
