"""Long tables a page at a time: which page stands in the URL, and a changed filter begins at the first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, TypeVar

import streamlit as st

from advisor.core.errors import BadInput
from dashboards import state

if TYPE_CHECKING:
    from collections.abc import Sequence

    from dashboards.state import Parameter, State

T = TypeVar("T")
ROWS: Final = 50
"""Rows of one page."""
_MOST: Final = 1_000_000


def _read(values: Sequence[str]) -> int:
    number = int(values[-1]) if values[-1].isascii() and values[-1].isdigit() else 0
    if not 1 <= number <= _MOST:
        raise BadInput(f"a page is a number from 1 to {_MOST:,}")
    return number


PAGE: Final = state.Parameter(name="page", default=1, read=_read, write=lambda value: [str(value)])


def bound(parameter: Parameter[Any], now: State) -> dict[str, Any]:
    """Like state.bound, for a filter of the long table: what it changes is shown from the first page."""
    kept = state.bound(parameter, now)
    return {**kept, "on_change": _changed, "args": (parameter, kept["key"])}


def _changed(parameter: Parameter[Any], key: str) -> None:
    value = st.session_state[key]
    if value is None:
        value = parameter.default
    state.write((parameter, tuple(value) if isinstance(value, list) else value), (PAGE, 1))


def place(now: State, n_rows: int, *, rows: int = ROWS) -> tuple[int, int]:
    """The page that is shown and how many there are; an address beyond the last shows the last."""
    pages = max(1, -(-n_rows // rows))
    return min(now[PAGE], pages), pages


def table(shown: str) -> None:
    """A table of many columns: on a wide window each row stays one line, and the table scrolls sideways."""
    st.html(f'<div class="wide">{shown}</div>')


def steps(page: int, pages: int) -> None:
    """Buttons to the pages around, where there is more than one."""
    if pages == 1:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, target in {
            "First": 1, "Previous": page - 1, "Next": page + 1, "Last": pages,
        }.items():  # fmt: skip
            st.button(
                label, key=f"to_{label}", disabled=target == page or not 1 <= target <= pages,
                on_click=state.write, args=((PAGE, target),),
            )  # fmt: skip
        st.html(f'<p role="status">Page {page:,} of {pages:,}</p>')
