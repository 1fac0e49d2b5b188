"""The question as it is asked, and its answer: the verdict, the limits, and what they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import streamlit as st

from advisor.core.errors import BadInput
from advisor.render import html
from advisor.understand import names_a_file
from dashboards import answering, limits, loaders, state, uploads, widgets
from dashboards.asking import FILE, TARGET, TASK

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.request import Asked
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

PARAMETERS: Final = (TASK, TARGET, *limits.PARAMETERS.values(), *answering.PARAMETERS)


def answered() -> None:
    """The verdict first, then the limits beside what they lead to."""
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
        # A limit that nothing can be made of leaves the limits to be changed.
        with widgets.refusals():
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
    file = st.session_state.get(FILE)
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
