"""Stored runs as parts of a page: the ladder's sentence, what was measured, and models paired by item."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor.core.units import format_count
from advisor.render import bench_runs, labels
from advisor.render.bench_table import COLUMNS, cell, number
from advisor.render.html import table, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from advisor.core.measurement import Entry, LadderReport
    from advisor.core.runs import Pair, TaskComparison

_HEADS: Final = {
    "p50": "latency (p50)", "memory": "peak memory", "weights": "weights", "parameters": "parameters",
    "fit": "time to learn",
}  # fmt: skip
_NAMED: Final = {"named": "Smallest model good enough on your data", "cannot_tell": "Cannot tell"}
_MARKS: Final = {"named": "✓", "cannot_tell": "?"}
_CLASSES: Final = {"named": "model", "cannot_tell": "cannot_tell"}


def ladder(report: LadderReport) -> str:
    """The sentence of a climb, under the word that says which kind it is."""
    kind = report.verdict.kind
    return (
        f'<div class="verdict {_CLASSES[kind]}" role="status"><p class="kind"><span aria-hidden="true">{_MARKS[kind]}'
        f"</span> {words(_NAMED[kind])}</p><h2>{words(report.verdict.sentence)}</h2></div>"
    )


def measured(found: Sequence[Entry], *, caption: str, named: str | None = None) -> str:
    """What each job measured, a row each; the named model is marked in words, a job without a result says why."""
    rows, strong = [], set()
    tasks = len({one.task_id for one in found}) > 1
    for n, one in enumerate(found):
        is_named = named is not None and one.model == named
        if is_named:
            strong.add(n)
        metric = one.main_score or ""
        rows.append(
            [
                one.model + (" (named)" if is_named else ""),
                *([one.task_id] if tasks else []),
                number(metric, one.metrics.get(metric)),
                labels.metric(metric),
                *(cell(one, name) for name, _ in COLUMNS),
                one.reason or "",
            ]
        )
    heads = ["model", *(["task"] if tasks else []), "score (95 %)", "metric", *_HEADS.values(), "note"]  # fmt: skip
    first = 2 + tasks
    return table(caption, heads, rows, right={first - 1, *range(first + 1, first + 6)}, strong=strong)  # fmt: skip


def contenders(task: TaskComparison, *, confidence: float) -> str:
    """The models of one task on the same items, with the letters of those that cannot be told apart."""
    caption = (
        f"{task.task_id}: {task.n_items:,} items, {100 * confidence:g} % intervals; models that share a letter "
        "cannot be told apart"
    )
    rows = [
        [one.label, bench_runs.value(task, one), format_count(one.n_parameters), one.letters]
        for one in task.models
    ]
    return table(caption, ["model", labels.metric(task.metric), "size", "tied"], rows, right={1, 2})


def pairs(task: TaskComparison, shown: Sequence[Pair]) -> str:
    """Differences with intervals, paired by item; p after Holm over all pairs of the task."""
    several = "" if len(task.pairs) == 1 else f" after Holm over {len(task.pairs)} pairs"
    caption = f"Differences, paired by item; p{several}"
    heads = ["better", "worse", bench_runs.unit(task) or "difference", "p", "so"]
    rows = [bench_runs.pair_cells(task, pair) for pair in shown]
    return table(caption, heads, rows, right={2, 3})


def pair(task: TaskComparison, one: Pair) -> str:
    """Two models in a sentence: who is better by how much, and on how many items only one is right."""
    told = "differ" if one.differ else "cannot be told apart"
    _, _, difference, p, _ = bench_runs.pair_cells(task, one)
    unit = f" {bench_runs.unit(task)}".rstrip()
    counted = ""
    if one.n_only_first is not None and one.n_only_second is not None:
        counted = (
            f" Of {task.n_items:,} items {one.n_only_first:,} are right with {one.first} alone and "
            f"{one.n_only_second:,} with {one.second} alone."
        )
    said = f"{one.first} and {one.second} {told}: {difference}{unit}, p {p}.{counted} Test: {one.method}."
    return f"<p>{words(said)}</p>"


def items(shown: pl.DataFrame, *, first: str, second: str, caption: str) -> str:
    """Items that two models answered differently; see tables.paired_runs.beside."""
    heads = ["item", "right answer", first, second]
    rows = [
        [row["item_id"], row["target"] or "", _answer(row, "first"), _answer(row, "second")]
        for row in shown.iter_rows(named=True)
    ]
    return table(caption, heads, rows)


def _answer(row: dict[str, Any], whose: str) -> str:
    """The answer, and whether it counts as right where items are right or wrong."""
    marks = {1.0: " (right)", 0.0: " (wrong)"}
    return f"{row[whose] or ''}{marks.get(row[f'{whose}_value'], '')}"
