"""What every page is put together from; whatever comes from outside goes through here and stays text."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.errors import AdvisorError, Unclear
from advisor.render import html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dashboards.state import State

_STYLE: Final = """<style>
.scroll { overflow-x: auto; max-width: 100%; }
.scroll:focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
.scroll table { border-collapse: collapse; font-size: .875rem; width: auto; }
.scroll caption { text-align: left; font-size: .8rem; opacity: .8; padding: .2rem 0; }
.scroll th, .scroll td { padding: .3rem .9rem .3rem 0; text-align: left; font-weight: 400; vertical-align: top;
  overflow-wrap: anywhere; min-width: 8rem; max-width: 34rem; border: 0;
  border-bottom: 1px solid color-mix(in srgb, currentColor 18%, transparent); }
.scroll thead th { font-weight: 600; opacity: .85; vertical-align: bottom; overflow-wrap: normal; }
.scroll .number { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; min-width: 0; }
.scroll tr.strong th, .scroll tr.strong td { font-weight: 700; }
.verdict, .question { border-left: .4rem solid currentColor; padding: .2rem 0 .2rem 1rem; }
.verdict .kind { font-weight: 700; margin: 0; font-size: .9rem; }
.verdict h2, .question h2 { font-size: 1.35rem; line-height: 1.35; margin: .1rem 0 0; padding: 0; font-weight: 600;
  overflow-wrap: anywhere; }
.verdict.model { border-color: #009e73; } .verdict.tie { border-color: #0072b2; }
.verdict.cannot_tell { border-color: #e69f00; } .verdict.none_feasible { border-color: #d55e00; }
.question { border-color: #e69f00; } .question p { margin: .3rem 0 0; }
.failure { border-left: .4rem solid #d55e00; padding: .3rem 0 .3rem 1rem; margin: 0; overflow-wrap: anywhere; }
ul.warnings { margin: 0; padding: 0; list-style: none; font-size: .9rem; }
ul.warnings li { overflow-wrap: anywhere; margin: .15rem 0; padding: 0; }
dl.statements { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0; padding: 0; }
dl.statements dt { grid-column: 1; font-weight: 600; margin: 0; padding: 0; }
dl.statements dd { grid-column: 2; margin: 0; padding: 0; overflow-wrap: anywhere; }
@media (min-width: 641px) { .wide .scroll th, .wide .scroll td { white-space: nowrap; min-width: 0; max-width: none; } }
[data-testid="stMarkdownContainer"] table { display: block; overflow-x: auto; max-width: 100%; }
:is(h2, h3).chart { font-size: 1.15rem; line-height: 1.35; font-weight: 600; padding: .4rem 0; overflow-wrap: anywhere; }
[data-testid=stCaptionContainer] { opacity: 1; } [data-testid=stCaptionContainer] p { color: inherit; opacity: .85; }
ul.notes { font-size: .85rem; opacity: .9; margin: 0; padding-left: 1.2rem; }
.from { font-size: .8rem; opacity: .85; margin: 0; overflow-wrap: anywhere; }
@media (max-width: 640px) { dl.statements { grid-template-columns: 1fr; gap: .1rem; }
  dl.statements dt, dl.statements dd { grid-column: 1; } dl.statements dd { padding-bottom: .3rem; } }
</style>"""
_DARK: Final = """<style>
[data-testid=stMain] :is(button[kind^=primary], button[kind^=primary] *, [data-tag], [data-tag] *) { color: #11161d; }
</style>"""
"""On a dark page the light buttons carry dark words."""


def style() -> None:
    """How the parts below look; once a run."""
    st.html(_STYLE)
    if st.context.theme.type == "dark":
        st.html(_DARK)


def heading(title: str, lead: str) -> None:
    """A page's one first-level heading and the line below it; both are the house's own words."""
    st.title(title, anchor=False)
    st.markdown(lead)


def problems(state: State) -> None:
    """A line for each part of the address that was not understood."""
    if state.problems:
        st.html(html.warnings(state.problems))


def small(text: str) -> None:
    """One line in small print, from anywhere."""
    st.html(f'<p class="from">{html.words(text)}</p>')


def lines(texts: Sequence[str]) -> None:
    """Words from anywhere, one line each."""
    st.html("".join(f"<p>{html.words(text)}</p>" for text in texts))


@contextmanager
def refusals() -> Iterator[None]:
    """What cannot be answered ends in one line, or in the question that goes back; a bug shows its traceback."""
    try:
        yield
    except Unclear as unclear:
        st.html(html.question(unclear))
    except AdvisorError as error:
        st.html(html.failure(str(error)))
