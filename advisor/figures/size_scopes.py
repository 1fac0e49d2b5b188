"""What a size curve is about: one task, the data sets of one task type, or a benchmark; and which tasks that means."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import UnknownName
from advisor.core.ids import SIZE_EDGES
from advisor.estimate.leaderboards import SOURCES as LEADERBOARDS
from advisor.figures.benchmarks import MTEB_ENGLISH, Benchmark, benchmarks
from advisor.recommend.names import hint

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.figures.benchmarks import Rows
    from advisor.tables.snapshot import Snapshot

BOARDS: Final = {f"Open LLM Leaderboard {name}": name for name in LEADERBOARDS}
MIXED: Final = "each task's main score"
"""The metric of tasks that do not share one."""
DATA_SETS: Final = 5
"""Data sets that stand for a task type, as in Figure 3 of arXiv 2409.06857."""
MODELS_LEAST: Final = 20
"""Models that a data set must have been measured on to stand for its type."""
FEWEST: Final = 0.5
"""Models of a type's data set over those of its most measured one, at least."""
SHARE_LEAST: Final = 0.75
"""Share of a benchmark's tasks that a model must have been measured on; what is missing is filled in, and marked."""
EDGE: Final[Mapping[str, int]] = {
    "embedding": SIZE_EDGES[1],
    "language-model": SIZE_EDGES[3],
    "tabular": SIZE_EDGES[1],
}
"""What parts a pool's smaller from its larger models: an edge of the survey's size classes with many on both sides."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The tasks of one size curve."""

    name: str
    kind: str
    """task, task type, family or benchmark."""
    pool: str
    family: str | None
    """Decides who competes; null where the tasks are of several."""
    tasks: tuple[str, ...]
    metric: str
    """What the scores are, in words: the tasks' main metric, or that they differ."""
    rule: str
    """How the tasks were chosen, in words."""
    rows: Mapping[str, Rows] = field(default_factory=dict)
    """Of the tasks that a benchmark narrows; another one counts with its own splits and subsets."""
    context: tuple[str, ...] = ()
    """All tasks of the benchmark, which missing scores are filled in from."""
    share_least: float = 1.0
    """Share of the tasks that a model must have been measured on; the rest is filled in from the benchmark's tasks."""

    @property
    def edge(self) -> int:
        """Parameters that part the smaller from the larger models."""
        return EDGE[self.pool]


def find_scope(name: str, snapshot: Snapshot) -> Scope:
    """The scope of that name: a measured task, a task type or family, a benchmark, or "benchmark: task type".

    Raises: UnknownName: nothing measured is called so; the nearest names are given.
    """
    whole, _, part = name.partition(": ")
    if whole in benchmarks():
        return _benchmark(benchmarks()[whole], part, snapshot)
    if name in BOARDS:
        return _board(name, snapshot)
    tasks = measured_tasks(snapshot)
    row = tasks.filter(pl.col("task_id") == name)
    if row.height:
        return _task(row)
    for column, kind in (("task_family", "family"), ("task_type", "task type")):
        of_kind = tasks.filter(pl.col(column) == name)
        if of_kind.height:
            return _of_kind(name, kind, of_kind)
    known = [choice for choices in scope_names(snapshot).values() for choice in choices]
    near = hint(name, known, otherwise="`advisor tasks` lists the measured tasks")
    raise UnknownName(f"nothing measured is called {name!r}{near}")


def scope_names(snapshot: Snapshot) -> dict[str, list[str]]:
    """What can be asked for, by kind: benchmarks, task types, families, tasks (the most measured first)."""
    tasks = measured_tasks(snapshot)
    english = _tasks_of(benchmarks()[MTEB_ENGLISH], snapshot)
    types = tasks.filter(pl.col("pool") != "tabular")
    families = set(types["task_family"].drop_nulls())
    return {
        "benchmark": [
            MTEB_ENGLISH,
            *(f"{MTEB_ENGLISH}: {name}" for name in sorted(set(english["task_type"]))),
            *BOARDS,
            *(name for name in benchmarks() if name != MTEB_ENGLISH),
        ],
        "family": sorted(families),
        "task type": sorted(set(types["task_type"].drop_nulls()) - families),
        "task": types.sort(["n_models", "task_id"], descending=[True, False])["task_id"].to_list(),
    }


def measured_tasks(snapshot: Snapshot) -> pl.DataFrame:
    """TASKS rows that somebody measured, text tasks alone, sorted by task_id."""
    text = pl.col("task_family").is_not_null() | (pl.col("pool") != "embedding")
    return snapshot.remember(
        "measured text tasks",
        lambda: snapshot.collect(
            snapshot.scan("tasks").filter(pl.col("n_models") > 0, text).sort("task_id")
        ),
    )


def data_sets(tasks: pl.DataFrame, *, least: int = MODELS_LEAST) -> pl.DataFrame:
    """The DATA_SETS most measured of some TASKS rows: one protocol, one per twin group, English where the pool has it.

    The protocol (harness, metric and shots) is the one with most measurements. Aggregates, which repeat others, are
    left out, and so are data sets measured on less than half as many models as the first: hardly a model would be
    complete. Ties go to the name.
    """
    single = ~pl.col("is_aggregate").fill_null(value=False)
    known = tasks.filter(single & (pl.col("n_models") >= least))
    known = known if known.height else tasks
    english = known.filter(pl.col("languages") == ["eng"])
    known = english if english.height >= 2 else known
    protocol = ["pool", "harness", "metric", "n_shot"]
    top = (
        known.group_by(protocol)
        .agg(pl.col("n_models").sort(descending=True).head(DATA_SETS).sum())
        .sort(["n_models", *protocol], descending=[True, *[False] * len(protocol)], nulls_last=True)
        .head(1)
    )
    return (
        known.join(top.select(protocol), on=protocol, how="semi", nulls_equal=True)
        .sort(["n_models", "task_id"], descending=[True, False])
        .unique("twin_group", keep="first", maintain_order=True)
        .filter(pl.col("n_models") >= pl.col("n_models").max() * FEWEST)
        .head(DATA_SETS)
    )


def _task(row: pl.DataFrame) -> Scope:
    facts = row.row(0, named=True)
    return Scope(
        name=facts["task_id"],
        kind="task",
        pool=facts["pool"],
        family=facts["task_family"],
        tasks=(facts["task_id"],),
        metric=_metric(row),
        rule="one task",
    )


def _of_kind(name: str, kind: str, tasks: pl.DataFrame) -> Scope:
    chosen = data_sets(tasks)
    n = chosen.height
    english = (chosen["languages"] == ["eng"]).all() and n > 0
    return Scope(
        name=name,
        kind=kind,
        pool=str(chosen["pool"][0]),
        family=_only(chosen["task_family"]),
        tasks=tuple(chosen["task_id"]),
        metric=_metric(chosen),
        rule=f"the {n} most measured {'English ' if english else ''}data sets of one protocol, twins counted once"
        if n > 1
        else f"{chosen['task_id'][0]}, the only data set of its protocol with enough models",
    )


def _tasks_of(benchmark: Benchmark, snapshot: Snapshot) -> pl.DataFrame:
    """TASKS rows of a benchmark's text tasks that somebody measured, in the benchmark's order."""
    listed = pl.DataFrame({"task_id": benchmark.tasks})
    return listed.join(measured_tasks(snapshot), on="task_id", how="inner", maintain_order="left")


def _benchmark(benchmark: Benchmark, wanted: str, snapshot: Snapshot) -> Scope:
    """The whole of a benchmark, or its tasks of one type."""
    tasks = _tasks_of(benchmark, snapshot)
    part = tasks.filter(pl.col("task_type") == wanted) if wanted else tasks
    if part.is_empty():
        near = hint(wanted, set(tasks["task_type"]), otherwise="a type of its tasks stands there")
        raise UnknownName(f"{benchmark.name} has no task of type {wanted!r}{near}")
    lost = len(benchmark.tasks) - tasks.height
    narrowed = sum(task in benchmark.rows for task in part["task_id"])
    rule = f"the {part.height} tasks of the benchmark"
    if narrowed:
        rule += f", {'all' if narrowed == part.height else narrowed} on its own subsets"
    if lost and not wanted:
        rule += f"; {lost} more without a score here"
    return Scope(
        name=f"{benchmark.name}: {wanted}" if wanted else benchmark.name,
        kind="benchmark",
        pool="embedding",
        family=_only(part["task_family"]),
        tasks=tuple(part["task_id"]),
        metric=_metric(part),
        rule=rule,
        rows=benchmark.rows,
        context=tuple(tasks["task_id"]),
        share_least=SHARE_LEAST,
    )


def _board(name: str, snapshot: Snapshot) -> Scope:
    source = LEADERBOARDS[BOARDS[name]]
    own = snapshot.scan("evidence_lm").filter(pl.col("source_id") == source)
    seen = snapshot.collect(own.select("task_id").unique())
    tasks = measured_tasks(snapshot).join(seen, on="task_id", how="semi")
    return Scope(
        name=name,
        kind="benchmark",
        pool="language-model",
        family=None,
        tasks=tuple(tasks["task_id"]),
        metric=_metric(tasks),
        rule=f"the leaderboard's {tasks.height} benchmarks under its own shots",
    )


def _metric(tasks: pl.DataFrame) -> str:
    metrics = set(tasks["metric"].drop_nulls())
    return metrics.pop() if len(metrics) == 1 else MIXED


def _only(column: pl.Series) -> str | None:
    found = set(column)
    return found.pop() if len(found) == 1 else None
