"""An answer as parts of a page, in the order of the text: the ladder, the models, why, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.ids import TABULAR_FAMILIES
from advisor.figures.chart import MOST_MODELS, Wanted
from advisor.recommend import api
from advisor.render import command, explained, html, json, markdown, shadow, story
from advisor.render.charts import catalogue
from advisor.render.story import Line
from dashboards import drawing, state, widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.request import Asked
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

_LISTED: Final = 10
"""Ranked models in the table, as on the command line; the pictures show all who competed."""
_PICTURES: Final = {
    "size-ladder": "What each size reaches",
    "pareto-latency": "Score against latency",
    "pareto-memory": "Score against memory",
    "pareto-cost": "Score against cost",
    "dimensions": "The four dimensions, as bars",
    "radar": "The four dimensions, as shapes",
    "side-by-side": "Models side by side",
    "side-by-side-tasks": "Scores on similar tasks",
    "tabular-interpretability": "Quality against interpretability",
    "none": "None",
}
"""Charts of the catalogue that are made of an answer; the first is shown."""
_OF_TABLES: Final = "tabular-interpretability"
PICTURE: Final = state.choice("picture", tuple(_PICTURES))
PARAMETERS: Final = (PICTURE,)


def answered(task: str | TaskProfile, snapshot: Snapshot, asked: Asked) -> Recommendation:
    """The answer with everybody who is ranked, for the pictures; `listed` cuts it to what is read."""
    everybody: Asked = {**asked, "top": MOST_MODELS}
    return api.recommend(task, snapshot=snapshot, **everybody)


def listed(answer: Recommendation) -> Recommendation:
    """The answer as the command line has it."""
    return answer.model_copy(update={"ranked": answer.ranked[:_LISTED]})


def beside(answer: Recommendation, now: State, snapshot: Snapshot) -> None:
    """What stands beside the limits: the warnings, a picture, and how small one can go."""
    if answer.warnings:
        st.html(html.warnings(answer.warnings))
    _picture(answer, now, snapshot)
    _statements("Why", story.why(answer) + story.undecided(answer))


def _picture(answer: Recommendation, now: State, snapshot: Snapshot) -> None:
    """One picture of the answer, chosen by the reader; the ladder stands below as a table too."""
    tabular = answer.profile.task_family in TABULAR_FAMILIES
    names = [name for name in _PICTURES if tabular or name != _OF_TABLES]
    chosen = now[PICTURE]
    st.selectbox(
        "Picture",
        names,
        format_func=_PICTURES.__getitem__,
        **state.bound(PICTURE, now),
    )
    with widgets.refusals():
        if chosen != "none":
            wanted = Wanted(answer=answer)
            drawing.chart(
                catalogue.build(chosen, wanted, snapshot), key=chosen, place="column", level=3
            )
    if answer.size_ladder:
        with st.expander("How small can you go: the ladder as a table", expanded=chosen == "none"):
            st.html(html.ladder(answer))


def below(answer: Recommendation) -> None:
    """What takes the page's whole width."""
    if answer.ranked:
        _section("Models")
        st.html(html.ranking(answer))
    _statements("Worth running next, on your own data", story.worth_measuring(answer))
    _statements(shadow.TITLE, shadow.lines(answer), shadow.NOTE)
    _section("Read as")
    st.html(html.read_as(answer.profile))
    _statements("Where the numbers come from", explained.about(answer))
    trust = [Line("backtest", story.receipt(answer)), Line("competed", story.left_out(answer))]
    _statements("How far to trust it", trust)


def _section(title: str) -> None:
    st.subheader(title, anchor=False)


def _statements(title: str, lines: Sequence[Line], note: str = "") -> None:
    if lines:
        _section(title)
        if note:
            widgets.small(note)
        st.html(html.statements(lines))


def take_away(
    answer: Recommendation, task: str | TaskProfile, asked: Asked, file: str | None
) -> None:
    """The answer as files, and the command line that gives it."""
    _section("Take it with you")
    words = task if isinstance(task, str) else ""
    widgets.small("The same answer on the command line:")
    st.code(command.recommend(words, asked, file=file), language=None, wrap_lines=True)
    with st.container(horizontal=True):
        st.download_button(
            "As JSON",
            lambda: json.render(answer),
            "recommendation.json",
            "application/json",
            on_click="ignore",
        )
        st.download_button(
            "As Markdown",
            lambda: markdown.render(answer),
            "recommendation.md",
            "text/markdown",
            on_click="ignore",
        )
    widgets.small(story.footer(answer))
