"""An answer as parts of a page, in the order of the text: the ladder, the models, why, and how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.render import command, explained, html, json, markdown, shadow, story
from advisor.render.story import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.recommend.request import Asked
    from dashboards.state import Parameter

PARAMETERS: Final[tuple[Parameter[str], ...]] = ()


def beside(answer: Recommendation) -> None:
    """What stands beside the limits: the warnings, and how small one can go."""
    if answer.warnings:
        st.html(html.warnings(answer.warnings))
    if answer.size_ladder:
        _section("How small can you go")
        st.html(html.ladder(answer))
    _statements("Why", story.why(answer) + story.undecided(answer))


def below(answer: Recommendation) -> None:
    """What takes the page's whole width."""
    if answer.ranked:
        _section("Models")
        st.html(html.ranking(answer))
    _statements("Worth running next, on your own data", story.worth_measuring(answer))
    _statements(f"{shadow.TITLE}: {shadow.NOTE}", shadow.lines(answer))
    _section("Read as")
    st.html(html.read_as(answer.profile))
    _statements("Where the numbers come from", explained.about(answer))
    trust = [Line("backtest", story.receipt(answer)), Line("competed", story.left_out(answer))]
    _statements("How far to trust it", trust)


def _section(title: str) -> None:
    st.subheader(title, anchor=False)


def _statements(title: str, lines: Sequence[Line]) -> None:
    if lines:
        _section(title)
        st.html(html.statements(lines))


def take_away(
    answer: Recommendation, task: str | TaskProfile, asked: Asked, file: str | None
) -> None:
    """The answer as files, and the command line that gives it."""
    _section("Take it with you")
    words = task if isinstance(task, str) else ""
    st.caption("The same answer on the command line:")
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
    st.html(f'<p class="from">{html.words(story.footer(answer))}</p>')
