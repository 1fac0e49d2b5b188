"""Every chart by its name: where its data is made, where it is drawn, and what it must be told."""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from advisor.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from advisor.figures.chart import Chart, Wanted
    from advisor.render.charts.theme import Style
    from advisor.tables.snapshot import Snapshot

Need = Literal["answer", "models", "tasks", "edges"]
HOW: Final[dict[Need, str]] = {
    "answer": 'a question: --task "…"',
    "models": "models: --model ID, twice or more",
    "tasks": "tasks: --on NAME",
    "edges": "size classes: --edges SIZES",
}


@dataclass(frozen=True, kw_only=True)
class Entry:
    """One chart of the catalogue."""

    doc: str
    """What it shows, in one line."""
    build: str
    """module:function from (Wanted, Snapshot) to Chart."""
    draw: str
    """module:function from (Chart, Style) to a plotly figure."""
    needs: tuple[Need, ...] = ()
    """What it cannot be made without."""
    takes: tuple[Need, ...] = ()
    """What it heeds when given."""
    example: Mapping[str, str] = field(default_factory=dict)
    """A question for those who only want to see the chart: options of `advisor recommend`."""


FAQ: Final = {
    "task": "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
}
"""The question that the README asks first."""
AT_HOME: Final = {
    "task": "English FAQ retrieval for RAG, on premises, under 15 ms on CPU with at most 150M parameters"
}
"""The same where the large reference runs locally too, so that its latency and memory are known."""
CODE: Final = {"task": "Generate Python code; we need a licence that allows commercial use"}
"""One whose models have prices."""
CREDIT: Final = {
    "task": "Predict credit default from a table of customers; an auditor must understand each decision"
}
"""One about a table."""

CHARTS: Final[dict[str, Entry]] = {
    "figure-1": Entry(
        doc="downloads per size class, total and median, one panel per list of models",
        build="advisor.figures.downloads_by_size:build",
        draw="advisor.render.charts.downloads_by_size:draw",
        takes=("tasks", "edges"),
    ),
    "downloads-by-tag": Entry(
        doc="downloads per size class, one panel per pipeline tag",
        build="advisor.figures.downloads_by_size:build_by_tag",
        draw="advisor.render.charts.downloads_by_size:draw",
        takes=("tasks", "edges"),
    ),
    "downloads-over-time": Entry(
        doc="downloads by date; only dates chosen alike are joined",
        build="advisor.figures.downloads_over_time:build",
        draw="advisor.render.charts.downloads_over_time:draw",
        takes=("tasks", "edges"),
    ),
    "pareto-latency": Entry(
        doc="score against latency, with the Pareto front and the limit",
        build="advisor.figures.pareto:latency",
        draw="advisor.render.charts.pareto:draw",
        needs=("answer",),
        example=FAQ,
    ),
    "pareto-memory": Entry(
        doc="score against memory, with the Pareto front and the limit",
        build="advisor.figures.pareto:memory",
        draw="advisor.render.charts.pareto:draw",
        needs=("answer",),
        example=FAQ,
    ),
    "pareto-cost": Entry(
        doc="score against cost, with the Pareto front and the limit",
        build="advisor.figures.pareto:cost",
        draw="advisor.render.charts.pareto:draw",
        needs=("answer",),
        example=CODE,
    ),
    "size-ladder": Entry(
        doc="what each size class reaches, and where size stops paying",
        build="advisor.figures.size_ladder:build",
        draw="advisor.render.charts.size_ladder:draw",
        needs=("answer",),
        example=FAQ,
    ),
    "dimensions": Entry(
        doc="accuracy, generality, efficiency and interpretability as bars with intervals",
        build="advisor.figures.dimensions:bars",
        draw="advisor.render.charts.dimensions:bars",
        needs=("answer",),
        takes=("models",),
        example=AT_HOME,
    ),
    "radar": Entry(
        doc="the four dimensions as shapes",
        build="advisor.figures.dimensions:radar",
        draw="advisor.render.charts.dimensions:radar",
        needs=("answer",),
        takes=("models",),
        example=AT_HOME,
    ),
    "side-by-side": Entry(
        doc="models side by side on one task: score, differences, size, latency, memory, cost",
        build="advisor.figures.side_by_side:build",
        draw="advisor.render.charts.side_by_side:draw",
        needs=("answer",),
        takes=("models",),
        example=AT_HOME,
    ),
    "side-by-side-tasks": Entry(
        doc="what models scored on the tasks most like the question's",
        build="advisor.figures.side_by_side:tasks",
        draw="advisor.render.charts.side_by_side:tasks",
        needs=("answer",),
        takes=("models",),
        example=AT_HOME,
    ),
    "tabular-interpretability": Entry(
        doc="tables: quality against interpretability, and what interpretability costs",
        build="advisor.figures.tabular_interpretability:build",
        draw="advisor.render.charts.tabular_interpretability:draw",
        needs=("answer",),
        example=CREDIT,
    ),
    "table-1": Entry(
        doc="a small model against a large one on the four dimensions, for the task at hand",
        build="advisor.figures.dimension_table:build",
        draw="advisor.render.charts.dimension_table:draw",
        needs=("answer",),
        takes=("models",),
        example=AT_HOME,
    ),
    "figure-3": Entry(
        doc="score against parameters on four task types, five data sets each",
        build="advisor.figures.size_survey:build",
        draw="advisor.render.charts.size_survey:draw",
        takes=("tasks",),
    ),
    "size-curves": Entry(
        doc="score against parameters: curve, knee, slope, best under each cap, for any task, type or benchmark",
        build="advisor.figures.size_curves:build",
        draw="advisor.render.charts.size_curves:draw",
        takes=("tasks",),
    ),
    "downloads-concentration": Entry(
        doc="how few models make most of the downloads, by size class",
        build="advisor.figures.downloads_concentration:build",
        draw="advisor.render.charts.downloads_concentration:draw",
        takes=("tasks", "edges"),
    ),
    "downloads-and-quality": Entry(
        doc="downloads against quality: popular but dominated models, hidden gems",
        build="advisor.figures.downloads_and_quality:build",
        draw="advisor.render.charts.downloads_and_quality:draw",
        takes=("answer", "tasks"),
    ),
    "coverage": Entry(
        doc="who was measured on what: models by task family, size class and kind",
        build="advisor.figures.coverage:build",
        draw="advisor.render.charts.coverage:draw",
        takes=("tasks", "models", "edges"),
    ),
    "coverage-languages": Entry(
        doc="the same by language",
        build="advisor.figures.coverage:build_languages",
        draw="advisor.render.charts.coverage:draw",
        takes=("tasks", "models", "edges"),
    ),
    "backtest-odds": Entry(
        doc="stated odds against what came true, on held-out questions",
        build="advisor.figures.backtest_odds:build",
        draw="advisor.render.charts.backtest:draw_odds",
    ),
    "backtest-intervals": Entry(
        doc="how often the 90 % intervals held the truth",
        build="advisor.figures.backtest_intervals:build",
        draw="advisor.render.charts.backtest:draw_intervals",
        takes=("tasks",),
    ),
    "backtest-regret": Entry(
        doc="what a pick costs, by size cap and task family, against two usual rules",
        build="advisor.figures.backtest_regret:build",
        draw="advisor.render.charts.backtest:draw_regret",
        takes=("tasks",),
    ),
    "backtest-sizing": Entry(
        doc="the verdict by the confidence asked for: cannot tell, right, how much too large",
        build="advisor.figures.backtest_sizing:build",
        draw="advisor.render.charts.backtest:draw_sizing",
    ),
}
"""In the order in which `advisor chart --list` names them."""


def entry(name: str) -> Entry:
    """The chart of that name. Raises: UnknownName."""
    if name in CHARTS:
        return CHARTS[name]
    from advisor.recommend.names import hint

    near = hint(name, CHARTS, otherwise="`advisor chart --list` names them all")
    raise UnknownName(f"unknown chart {name!r}{near}")


def refuse_untaken(name: str, given: Mapping[Need, str]) -> None:
    """Nothing that is asked for goes unheeded. given: what was asked for → the first option that asked for it.

    Raises: BadInput: the chart neither needs nor takes it.
    """
    known = entry(name)
    heeded = (*known.needs, *(need for need in known.takes if need not in known.needs))
    for need, option in given.items():
        if need not in heeded:
            takes = "; ".join(HOW[each] for each in heeded) or "no question, models or tasks"
            raise BadInput(f"chart {name}: it takes no {option}; it takes {takes}")


def build(name: str, wanted: Wanted, snapshot: Snapshot) -> Chart:
    """The data of one chart. Raises: UnknownName; BadInput: something that it needs was not given."""
    known = entry(name)
    given = {"answer": wanted.answer is not None, "models": wanted.models, "tasks": wanted.tasks}
    for need in known.needs:
        if not given.get(need):
            raise BadInput(f"chart {name}: it needs {HOW[need]}")
    chart: Chart = _function(known.build)(wanted, snapshot)
    return chart


def draw(chart: Chart, style: Style) -> Any:
    """The chart as a plotly figure; one with nothing to draw says in words what is missing."""
    if chart.empty:
        return _nothing(chart, style)
    return _function(entry(chart.name).draw)(chart, style)


def _function(spelt: str) -> Callable[..., Any]:
    module, _, function = spelt.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found


def _nothing(chart: Chart, style: Style) -> Any:
    from dataclasses import replace

    from advisor.render.charts import theme

    figure = theme.figure(chart, replace(style, plot_height=40), bottom=0)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    figure.add_annotation(
        text="nothing to draw", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
        font={"color": style.faint},
    )  # fmt: skip
    return figure
