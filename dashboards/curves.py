"""The page of size curves: score against parameters for any task, task type or benchmark, and what larger models buy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from advisor.core.ids import TASK_FAMILIES
from advisor.figures.size_curves import DEFAULT
from advisor.figures.size_scopes import measured_tasks, scope_names
from advisor.render import chart_tables
from dashboards import charting, loaders, paging, state, widgets

if TYPE_CHECKING:
    from advisor.figures.chart import Chart
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

VIEWS: Final = {"size-curves": "Any task", "figure-3": "The survey's layout"}
VIEW: Final = state.choice("show", tuple(VIEWS))
ON: Final = state.several("on")
FAMILY: Final = state.choice("family", ("any", *TASK_FAMILIES))
PARAMETERS: Final = (VIEW, ON, FAMILY, charting.AS_OF)
_SLOPES: Final = {
    "types": "Points per tenfold parameters, each task type as a whole; in brackets: 90 % interval",
    "slopes": "Points per tenfold parameters; in brackets: 90 % interval",
}
_MOST: Final = 6
"""Panels of one chart."""


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    st.segmented_control(
        "Show", tuple(VIEWS), format_func=VIEWS.__getitem__, required=True, **state.bound(VIEW, now)
    )  # fmt: skip
    with widgets.refusals():
        snapshot = loaders.snapshot()
        _choose(now, snapshot)
        made = charting.show(
            charting.Spec(name=now[VIEW], tasks=now[ON][:_MOST], as_of=charting.day_of(now[charting.AS_OF])), snapshot
        )  # fmt: skip
        if made is not None and not made.empty:
            _numbers(made)


def _choose(now: State, snapshot: Snapshot) -> None:
    left, middle, right = st.columns([3, 1, 1])
    kinds = _kinds(snapshot, now[FAMILY], snapshot.id)
    if now[VIEW] == "figure-3":
        kinds = {name: kind for name, kind in kinds.items() if kind != "task"}
    usual = "four task types, five data sets each" if now[VIEW] == "figure-3" else DEFAULT[0]
    with left:
        st.multiselect(
            f"Benchmarks, task types or tasks, at most {_MOST} (none: {usual})",
            [*kinds, *(name for name in now[ON] if name not in kinds)],
            format_func=lambda name: f"{name} ({kinds[name]})" if name in kinds else name,
            max_selections=_MOST, **state.bound(ON, now),
        )  # fmt: skip
    with middle:
        st.selectbox(
            "Family", ("any", *TASK_FAMILIES), format_func=lambda name: name.replace("-", " "),
            **state.bound(FAMILY, now),
        )  # fmt: skip
    with right:
        charting.as_of_input(now)


@st.cache_data(max_entries=32, show_spinner=False)
def _kinds(_snapshot: Snapshot, family: str, snapshot_id: str) -> dict[str, str]:
    """Name → what it is, of everything that a curve can be drawn of; of one family where one is named."""
    names = {name: kind for kind, found in scope_names(_snapshot).items() for name in found}
    if family == "any":
        return names
    of = measured_tasks(_snapshot).filter(pl.col("task_family") == family)
    kept = {family, *of["task_id"], *of["task_type"]}
    return {
        name: kind
        for name, kind in names.items()
        if name in kept or name.rpartition(": ")[2] in kept
    }


def _numbers(made: Chart) -> None:
    """The fitted numbers, in words and in tables."""
    st.header("What ten times the parameters buy", anchor=False)
    for name, caption in _SLOPES.items():
        if name in made.parts:
            paging.table(chart_tables.slopes(made.parts[name], caption=caption))
    if "shares" in made.parts:
        st.header("How much of the best a small model reaches", anchor=False)
        paging.table(chart_tables.shares(made.parts["shares"]))
