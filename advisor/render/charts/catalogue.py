"""Every chart by its name: where its data is made, where it is drawn, and what it must be told."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from advisor.core.errors import BadInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

    from advisor.figures.chart import Chart, Wanted
    from advisor.render.charts.theme import Style
    from advisor.tables.snapshot import Snapshot

Need = Literal["answer", "models", "tasks"]
HOW: Final[dict[Need, str]] = {
    "answer": 'a question: --task "…"',
    "models": "models: --model ID, twice or more",
    "tasks": "tasks: --on NAME",
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


CHARTS: Final[dict[str, Entry]] = {}


def entry(name: str) -> Entry:
    """The chart of that name. Raises: UnknownName."""
    if name in CHARTS:
        return CHARTS[name]
    from advisor.recommend.names import hint

    near = hint(name, CHARTS, otherwise="`advisor chart --list` names them all")
    raise UnknownName(f"unknown chart {name!r}{near}")


def build(name: str, wanted: Wanted, snapshot: Snapshot) -> Chart:
    """The data of one chart. Raises: UnknownName; BadInput: something that it needs was not given."""
    known = entry(name)
    given = {"answer": wanted.answer is not None, "models": wanted.models, "tasks": wanted.tasks}
    for need in known.needs:
        if not given[need]:
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
