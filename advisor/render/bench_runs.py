"""Stored runs as a list, and models of runs against each other as tables with their differences."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from advisor.core.metrics import spec
from advisor.core.units import format_count
from advisor.render import labels
from advisor.render.escape import plain
from advisor.render.layout import heading, printed
from advisor.render.listing import grid

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from advisor.core.runs import Comparison, Contender, Pair, RunLine, TaskComparison

MOST_PAIRS: Final = 15
"""Pairs of a task that are listed; JSON has all."""


def runs(found: Sequence[RunLine], *, folder: str, width: int, colour: bool) -> str:
    """One run a line, the latest last; the folder they lie in."""
    if not found:
        return f"no runs under {plain(folder)}; `advisor bench --help` lists the commands that make one\n"
    rows = [
        [
            one.run_id, _states(one), one.last_at.replace("T", " ")[:16], _tasks(one), one.command,
        ]
        for one in found
    ]  # fmt: skip
    lines: list[RenderableType] = [
        *grid(["run", "jobs", "when (UTC)", "task", "command"], rows, width=width, right=set()),
        Text(f"in {plain(folder)}", style="dim"),
    ]
    return printed(lines, width=width, colour=colour)


def _tasks(one: RunLine) -> str:
    """The first task's name, and how many more there are."""
    more = len(one.tasks) - 1
    return (one.tasks[0] if one.tasks else "none") + (f" +{more}" if more > 0 else "")


def _states(one: RunLine) -> str:
    counts = {
        "done": one.n_done, "failed": one.n_failed, "not run": one.n_not_run, "pending": one.n_pending,
    }  # fmt: skip
    return ", ".join(f"{n} {state}" for state, n in counts.items() if n) or "none"


def comparison(found: Comparison, *, width: int, colour: bool) -> str:
    """Each task: its models with their letters, then the differences, surest first."""
    blocks: list[RenderableType] = []
    for task in found.tasks:
        blocks += _task(task, found.confidence, width, first=not blocks)
    blocks += [Text(f"warning: {plain(words)}") for words in found.warnings]
    return printed(blocks, width=width, colour=colour)


def _task(
    task: TaskComparison, confidence: float, width: int, *, first: bool
) -> list[RenderableType]:
    percent = f"{confidence * 100:g} %"
    note = f"{labels.metric(task.metric)}, {task.n_items:,} items, {percent} intervals"
    blocks: list[RenderableType] = [heading(plain(task.task_id), note, first=first)]
    rows = [
        [one.label, format_count(one.n_parameters), value(task, one), one.letters]
        for one in task.models
    ]
    blocks += grid(
        ["model", "size", labels.metric(task.metric), "tied"], rows, width=width, right={"size", labels.metric(task.metric)}
    )  # fmt: skip
    blocks.append(
        heading("Differences", f"paired by item; p after Holm over {_pairs(len(task.pairs))}")
    )
    listed = surest(task, most=MOST_PAIRS)
    names = ["better", "worse", unit(task) or "difference", "p", "so"]
    blocks += grid(
        names, [pair_cells(task, pair) for pair in listed], width=width, right={"p", names[2]}
    )
    if len(task.pairs) > len(listed):
        blocks.append(
            Text(f"  and {_pairs(len(task.pairs) - len(listed))} more; --format json has all")
        )
    return blocks


def surest(task: TaskComparison, *, most: int) -> list[Pair]:
    """The pairs whose difference is surest, at most so many."""
    return sorted(task.pairs, key=lambda pair: (pair.p_holm, -abs(pair.difference)))[:most]


def pair_cells(task: TaskComparison, pair: Pair) -> list[str]:
    """The difference with its interval, and whom the tolerance clears. Models come best first."""
    ends = f"{_figure(task, pair.lo, signed=True)} to {_figure(task, pair.hi, signed=True)}"
    so = "differ" if pair.differ else "tied"
    if task.tolerance is not None and pair.second_not_worse:
        so += f", not worse by {_figure(task, task.tolerance)}"
    difference = f"{_figure(task, pair.difference, signed=True)} ({ends})"
    return [pair.first, pair.second, difference, _p(pair.p_holm), so]


def _pairs(n: int) -> str:
    return f"{n} pair" if n == 1 else f"{n} pairs"


def value(task: TaskComparison, one: Contender) -> str:
    """A model's score with its interval."""
    if one.lo is None or one.hi is None:
        return _figure(task, one.value)
    return f"{_figure(task, one.value)} ({_figure(task, one.lo)}–{_figure(task, one.hi)})"


def _figure(task: TaskComparison, value: float, *, signed: bool = False) -> str:
    """Points for fractions and correlations, else the metric's own unit."""
    sign = "+" if signed else ""
    return f"{value * 100:{sign}.1f}" if _in_points(task) else f"{value:{sign}.4g}"


def unit(task: TaskComparison) -> str:
    """What differences are counted in: points, or nothing where it is the metric's own unit."""
    return "points" if _in_points(task) else ""


def _in_points(task: TaskComparison) -> bool:
    return spec(task.metric).unit in {"fraction", "correlation"}


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.2g}"
