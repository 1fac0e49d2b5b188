"""The page that compares: models or size classes on one task, in every picture that speaks of an answer, and in a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl
import streamlit as st

from advisor.core.ids import SIZE_CLASSES, TABULAR_FAMILIES
from advisor.figures import answers
from advisor.figures.chart import Wanted
from advisor.figures.dimensions import MOST
from advisor.figures.size_scopes import scope_names
from advisor.recommend import api
from advisor.render import chart_tables, html, labels
from advisor.render.charts import catalogue
from advisor.render.side_by_side import facts
from dashboards import charting, drawing, loaders, state, widgets
from dashboards.asking import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.recommendation import RankedModel, Recommendation
    from advisor.recommend.compare import Comparison
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

_OF_TABLES: Final = "tabular-interpretability"
_OF_COVERAGE: Final = ("coverage", "coverage-languages")
CHARTS: Final = {
    **{name: entry.doc for name, entry in catalogue.CHARTS.items() if entry.needs == ("answer",)},
    **{name: catalogue.CHARTS[name].doc for name in charting.known(_OF_COVERAGE)},
}
_FIRST: Final = ("side-by-side", "dimensions")
TASK: Final = state.text("task")
MODELS: Final = state.several("model")
PICTURES: Final = state.several("picture", CHARTS, default=_FIRST)
PARAMETERS: Final = (TASK, MODELS, PICTURES)
_WORDS: Final = "compare_words"


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    with widgets.refusals():
        snapshot = loaders.snapshot()
        _task(now, snapshot)
        if not now[TASK]:
            _nothing()
            return
        answer = charting.answer(now[TASK], snapshot)
        _models(now, answer, snapshot)
        shown = _pictures(now, answer, snapshot)
        _table(now, shown, answer, snapshot)


def _task(now: State, snapshot: Snapshot) -> None:
    """The task in words, or one of those that were measured."""
    if st.session_state.get("compare_shown") != now[TASK] or _WORDS not in st.session_state:
        st.session_state[_WORDS] = st.session_state["compare_shown"] = now[TASK]
        st.session_state["compare_known"] = None
    left, right = st.columns([3, 2])
    with left, st.form("compare_form", border=False):
        st.text_input(
            "Your task, in words", key=_WORDS, max_chars=2_000,
            placeholder="For example: sort German support tickets into 12 queues",
        )  # fmt: skip
        st.form_submit_button("Compare on this task", type="primary", on_click=_submitted)
    with right:
        st.selectbox(
            "Or a measured task", scope_names(snapshot)["task"], index=None, key="compare_known",
            placeholder="type to search", on_change=_known,
        )  # fmt: skip


def _submitted() -> None:
    _write(st.session_state[_WORDS].strip())


def _known() -> None:
    _write(st.session_state["compare_known"] or "")


def _write(task: str) -> None:
    """Another task has other models: those chosen stay where they are size classes."""
    kept = tuple(
        name for name in st.session_state.get(f"page_{MODELS.name}", ()) if name in SIZE_CLASSES
    )
    state.write((TASK, task), (MODELS, kept))


def _nothing() -> None:
    widgets.lines(
        [
            "Say a task first: which model is better depends on what it is for. Or begin with one of these:"
        ]
    )
    for n, words in enumerate(EXAMPLES):
        st.button(words, key=f"compare_example_{n}", on_click=_write, args=(words,))


def _models(now: State, answer: Recommendation, snapshot: Snapshot) -> None:
    competing = _competing(now[TASK], answer, snapshot, snapshot.id)
    sizes = {f"{name}": f"best of {labels.size_class(name)}" for name in SIZE_CLASSES}
    options = [*(rung.size_class for rung in answer.size_ladder), *competing]
    st.multiselect(
        f"Models or size classes, at most {MOST} (none: the named one, the runner-up, the large reference and the best)",
        [*options, *(name for name in now[MODELS] if name not in options)],
        format_func=lambda name: sizes.get(name, name), max_selections=MOST, **state.bound(MODELS, now),
    )  # fmt: skip
    st.html(f'<p class="from">{html.words(answer.verdict.sentence)}</p>')


@st.cache_data(max_entries=8, show_spinner=False)
def _competing(
    task: str, _answer: Recommendation, _snapshot: Snapshot, snapshot_id: str
) -> list[str]:
    """Everybody who competes for the task, the highest estimates first."""
    found = answers.shown(Wanted(answer=_answer), _snapshot).models
    ordered = found.sort("score", "model_id", descending=[True, False], nulls_last=True)
    return ordered["model_id"].to_list()


def _pictures(now: State, answer: Recommendation, snapshot: Snapshot) -> Sequence[str]:
    """The chosen pictures; returns the models that are side by side."""
    tabular = answer.profile.task_family in TABULAR_FAMILIES
    names = [name for name in CHARTS if tabular or name != _OF_TABLES]
    st.pills(
        "Pictures", [*names, *(name for name in now[PICTURES] if name not in names)], selection_mode="multi",
        format_func=lambda name: name.replace("-", " "), **state.bound(PICTURES, now),
    )  # fmt: skip
    beside: list[str] = []
    with widgets.refusals():
        made = charting.chart(_spec("side-by-side", now, answer, ()), snapshot)
        beside = made.frame["model_id"].unique(maintain_order=True).to_list()
    for name in now[PICTURES]:
        if not beside and name in catalogue.CHARTS and "models" in catalogue.CHARTS[name].takes:
            continue  # the line above says why
        charting.show(_spec(name, now, answer, beside), snapshot)
    return beside


def _spec(name: str, now: State, answer: Recommendation, beside: Sequence[str]) -> charting.Spec:
    if name in _OF_COVERAGE:
        return charting.Spec(name=name, tasks=(answer.profile.task_family,))
    takes = catalogue.CHARTS[name].takes
    models = now[MODELS] if "models" in takes else ()
    return charting.Spec(name=name, question=now[TASK], models=models)


def _table(now: State, shown: Sequence[str], answer: Recommendation, snapshot: Snapshot) -> None:
    if len(shown) < 2:
        return
    st.header("In numbers", anchor=False)
    found = _compared(tuple(shown), now[TASK], snapshot, snapshot.id)
    caption = (
        f"{answer.profile.task_family.replace('-', ' ')}, score: {labels.metric(answer.profile.metric)} × 100; "
        "~ predicted, ? not known; odds are among all models, limits aside"
    )
    st.html(chart_tables.beside(found.models, caption=caption))
    if found.absent:
        widgets.lines([f"{name}: {why}" for name, why in found.absent.items()])
    from advisor.render import export

    drawing.downloads(
        {"comparison.csv": (lambda: export.csv(_frame(found.models)), "text/csv")}, key="compare"
    )


@st.cache_resource(max_entries=16, show_spinner=False)
def _compared(
    names: tuple[str, ...], task: str, _snapshot: Snapshot, snapshot_id: str
) -> Comparison:
    return api.compare(list(names), task, snapshot=_snapshot)


def _frame(models: list[RankedModel]) -> pl.DataFrame:
    return pl.DataFrame([{"model": model.model_id, **facts(model)} for model in models])
