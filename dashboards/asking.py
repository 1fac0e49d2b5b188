"""The page that asks: the task in words, as an example or as a file.

Nothing here is slow to import: the page stands before what answers is read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from dashboards import state, uploads, widgets

if TYPE_CHECKING:
    from dashboards.state import State

EXAMPLES: Final = (
    "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters",
    "Sort German support tickets into 12 queues; we have 300 labelled tickets",
    "Find duplicate product titles; 8 GB of RAM, no GPU",
    "Solve grade-school maths word problems",
    "Generate Python code; we need a licence that allows commercial use",
    "Predict credit default from a table of customers; an auditor must understand each decision",
)
TASK: Final = state.text("task")
TARGET: Final = state.text("target")
FILE: Final = "ask_file"
"""Where the visit's state keeps the file that was given."""
_WORDS: Final = "ask_words"


def page() -> None:
    """Everything below the heading."""
    _task(state.current(TASK))
    _answer()


def _task(now: State) -> None:
    """The task in words, as one of the examples, or as a file."""
    if _WORDS not in st.session_state or st.session_state.get("ask_shown") != now[TASK]:
        st.session_state[_WORDS] = st.session_state["ask_shown"] = now[TASK]
    with st.form("ask_form", border=False):
        st.text_area(
            "Your task, in your words", key=_WORDS, height=80, max_chars=10_000,
            placeholder="For example: sort German support tickets into 12 queues; we have 300 labelled tickets",
        )  # fmt: skip
        st.form_submit_button("Find the smallest model", type="primary", on_click=_submitted)
    with st.expander(
        "Example questions", expanded=not now[TASK] and st.session_state.get(FILE) is None
    ):
        for n, words in enumerate(EXAMPLES):
            st.button(words, key=f"example_{n}", on_click=_example, args=(words,))
    with st.expander("Or give a table or a file of texts"):
        st.file_uploader(
            f"A table: {', '.join(uploads.ENDINGS)}; at most {uploads.MAX_MB} MB", type=list(uploads.ENDINGS),
            max_upload_size=uploads.MAX_MB, key=FILE, on_change=_uploaded,
        )  # fmt: skip
        widgets.small(
            "It is read in memory to see what kind of task it is, and forgotten when you leave; nothing is run."
        )


def _submitted() -> None:
    state.write((TASK, st.session_state[_WORDS].strip()), (TARGET, ""))


def _example(words: str) -> None:
    _take_back()
    state.write((TASK, words), (TARGET, ""))


def _uploaded() -> None:
    _take_back()
    state.write((TASK, ""), (TARGET, ""))


def _take_back() -> None:
    from dashboards import limits

    limits.take_back()


@st.fragment
def _answer() -> None:
    """The answer, where there is a question; a changed limit draws this part alone."""
    if len(st.query_params) or st.session_state.get(FILE) is not None:
        from dashboards import question

        question.answered()
