"""The page that asks: the task in, the answer out, the limits between them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from advisor.core.errors import BadInput
from advisor.render import html
from advisor.understand import names_a_file
from dashboards import answering, limits, loaders, state, uploads, widgets

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.request import Asked
    from advisor.tables.snapshot import Snapshot
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
PARAMETERS: Final = (TASK, TARGET, *limits.PARAMETERS.values(), *answering.PARAMETERS)
_WORDS: Final = "ask_words"
_FILE: Final = "ask_file"


def page() -> None:
    """Everything below the heading."""
    _task(state.current(*PARAMETERS))
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
        "Example questions", expanded=not now[TASK] and st.session_state.get(_FILE) is None
    ):
        for n, words in enumerate(EXAMPLES):
            st.button(words, key=f"example_{n}", on_click=_example, args=(words,))
    with st.expander("Or give a table or a file of texts"):
        st.file_uploader(
            f"A table: {', '.join(uploads.ENDINGS)}; at most {uploads.MAX_MB} MB", type=list(uploads.ENDINGS),
            max_upload_size=uploads.MAX_MB, key=_FILE, on_change=_uploaded,
        )  # fmt: skip
        widgets.small(
            "It is read in memory to see what kind of task it is, and forgotten when you leave; nothing is run."
        )


def _submitted() -> None:
    state.write((TASK, st.session_state[_WORDS].strip()), (TARGET, ""))


def _example(words: str) -> None:
    limits.take_back()
    state.write((TASK, words), (TARGET, ""))


def _uploaded() -> None:
    limits.take_back()
    state.write((TASK, ""), (TARGET, ""))


@st.fragment
def _answer() -> None:
    """The verdict first, then the limits beside what they lead to; a changed limit draws this part alone."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    with widgets.refusals():
        snapshot = loaders.snapshot()
        found = _read(now, snapshot)
        if found is None:
            return
        task, said, file = found
        asked = _asked(now)
        answer = None
        with (
            widgets.refusals()
        ):  # a limit that nothing can be made of leaves the limits to be changed
            answer = answering.answered(task, snapshot, asked)
            st.html(html.verdict(answer))
        left, right = st.columns([1, 2], gap="large")
        with left:
            _limits(said, now)
        if answer is not None:
            with right:
                answering.beside(answer, now, snapshot)
            answering.below(answering.listed(answer))
            answering.take_away(answering.listed(answer), task, asked, file)


def _asked(now: State) -> Asked:
    asked = limits.asked(now)
    if now[TARGET]:
        asked["target"] = now[TARGET]
    return asked


def _read(
    now: State, snapshot: Snapshot
) -> tuple[str | TaskProfile, TaskProfile, str | None] | None:
    """The task as it is asked, what its words alone say, and the file's name where it is one; None: nothing asked."""
    file = st.session_state.get(_FILE)
    if now[TASK]:
        if names_a_file(now[TASK]):
            raise BadInput(
                "task: a file of this machine is not opened from here; upload it under “Or give a table”"
            )
        return now[TASK], loaders.reading(now[TASK], snapshot), None
    if file is None:
        return None
    profile = _profile_of(file, now, snapshot)
    return profile, profile, uploads.file_name(file.name)


def _profile_of(file: Any, now: State, snapshot: Snapshot) -> TaskProfile:
    """The file's profile, read once per visit and column to predict."""
    asked = {name: value for name, value in _asked(now).items() if name in {"target", "language"}}
    key = (file.file_id, snapshot.id, repr(asked))
    if st.session_state.get("file_key") != key:
        st.session_state["file_profile"] = uploads.profile_of(
            file.name, file.getvalue(), snapshot=snapshot, asked=asked  # type: ignore[arg-type]
        )  # fmt: skip
        st.session_state["file_key"] = key
    profile: TaskProfile = st.session_state["file_profile"]
    return profile


def _limits(said: TaskProfile, now: State) -> None:
    st.subheader("Limits", anchor=False)
    if said.table is not None:
        _column(said, now)
    limits.sliders(said, now)
    limits.also_read(said)
    with st.expander("More limits and wishes"):
        limits.wishes(said, now)
    if limits.asked(now):
        st.button("Back to what the text says", on_click=limits.take_back)


def _column(said: TaskProfile, now: State) -> None:
    """Which column of the table is to be predicted."""
    table = said.table or {}
    names = table.get("column_names")
    columns = [str(name) for name in names] if isinstance(names, list) else []
    guessed = str(table.get("target"))
    if now[TARGET] and now[TARGET] not in columns:
        columns.append(now[TARGET])
    key = "ask_column"
    if st.session_state.get(key) != (now[TARGET] or guessed):
        st.session_state[key] = now[TARGET] or guessed
    st.selectbox("Column to predict", columns or [guessed], key=key, on_change=_column_chosen)


def _column_chosen() -> None:
    state.write((TARGET, st.session_state["ask_column"]))
