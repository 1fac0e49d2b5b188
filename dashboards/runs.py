"""The page of one's own runs: each run's ladder and measurements, and two models paired item by item. Read only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.ranges import within
from advisor.render import bench_runs, html, runs_html
from advisor.render.escape import plain
from advisor.tables import paired_runs
from advisor.tables.own import own_evidence
from advisor.tables.run_folders import stored_runs
from dashboards import drawing, paging, state, widgets

if TYPE_CHECKING:
    import polars as pl

    from advisor.core.runs import Comparison, RunLine, TaskComparison
    from advisor.tables.paired_runs import Measurement
    from advisor.tables.run_folders import Runs, StoredRun
    from dashboards.state import State

RUNS: Final = state.several("run")
FIRST: Final = state.text("first")
SECOND: Final = state.text("second")
ON: Final = state.text("on")
TOLERANCE: Final = state.text(
    "tolerance",
    default="1",
    check=lambda text: within("points that may be given up", text, least=0, most=100, example="1"),
)
PARAMETERS: Final = (RUNS, ON, FIRST, SECOND, TOLERANCE, paging.PAGE)
_CONFIDENCE: Final = 0.95
_MOST_PAIRS: Final = 50
_ITEMS: Final = 20
"""Items of one page."""
_HOW: Final = """advisor bench ladder --data tickets.csv --input text --label queue
advisor bench compare RUN"""


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    with widgets.refusals():
        kept = stored_runs()
        if kept.warnings:
            st.html(html.warnings(kept.warnings))
        if not kept.found:
            _none(kept)
            return
        lines = {line.run_id: line for line in reversed(kept.lines)}
        chosen = now[RUNS] or (next(iter(lines)),)
        _choose(now, lines, chosen)
        runs = [kept.run(name) for name in chosen]
        for run in runs:
            _run(run)
        _compare(now, runs)
    with widgets.refusals():
        _used(kept)


def _none(kept: Runs) -> None:
    widgets.lines(
        [
            f"There are no runs under {kept.root} yet. These two lines make one and compare its models:"
        ]
    )
    st.code(_HOW, language=None, wrap_lines=True)
    st.markdown(
        "The first climbs from guessing to larger models on your labelled texts until nothing larger can matter. "
        "What it measures shows here, and decides before anything published when you ask about the same file."
    )


def _choose(now: State, lines: dict[str, RunLine], chosen: tuple[str, ...]) -> None:
    key = "runs_chosen"
    if st.session_state.get(key) != list(chosen):
        st.session_state[key] = list(chosen)
    st.multiselect(
        "Runs, the latest first", [*lines, *(name for name in now[RUNS] if name not in lines)],
        format_func=lambda name: _title(lines[name]) if name in lines else name, key=key, on_change=_chosen,
    )  # fmt: skip


def _chosen() -> None:
    state.write(
        (RUNS, tuple(st.session_state["runs_chosen"])), (FIRST, ""), (SECOND, ""), (paging.PAGE, 1)
    )


def _title(line: RunLine) -> str:
    what = ", ".join(line.tasks[:2]) + (
        f" and {len(line.tasks) - 2} more" if len(line.tasks) > 2 else ""
    )
    return plain(
        f"{what}: {line.n_done} of {line.n_jobs} jobs done, {line.last_at[:16].replace('T', ' ')} UTC, {line.run_id}"
    )


def _run(run: StoredRun) -> None:
    line = run.line
    st.header("What was run", anchor=False)
    ladder = run.ladder()
    if ladder is not None:
        st.html(runs_html.ladder(ladder))
        facts = (
            f"{ladder.task_id}: {ladder.kind}, {ladder.n_test:,} test items, learned from {ladder.n_train:,}. "
            f"{ladder.verdict.stopped[:1].upper()}{ladder.verdict.stopped[1:]}."
        )
        widgets.lines([facts])
    found = run.entries()
    if found:
        named = ladder.verdict.model if ladder is not None else None
        st.html(runs_html.measured(found, caption=f"Run {line.run_id}", named=named))
    if line.n_pending:
        widgets.lines(
            [
                f"{line.n_pending} of {line.n_jobs} jobs have not ended: the run goes on, or was interrupted."
            ]
        )
    not_run = (
        []
        if ladder is None
        else [f"{one.model} was not run: {one.reason}" for one in ladder.not_run]
    )
    warnings = dict.fromkeys(words for one in found for words in one.warnings)
    if not_run:
        widgets.lines(not_run)
    if warnings:
        st.html(html.warnings(list(warnings)))
    machine = (
        ""
        if ladder is None
        else f"Measured on {ladder.hardware.name}, {ladder.hardware.cores} cores. "
    )
    st.html(f'<p class="from">{html.words(f"{machine}{line.file}")}</p>')
    st.code(f"advisor {line.command}", language=None, wrap_lines=True)


def _compare(now: State, runs: list[StoredRun]) -> None:
    st.header("Models against each other, item by item", anchor=False)
    st.text_input(
        "Points that may be given up", **state.bound(TOLERANCE, now)
    )  # fmt: skip
    with widgets.refusals():
        found, comparison = _compared(
            tuple((run.line.run_id, run.line.last_at, run.line.n_done) for run in runs),
            float(now[TOLERANCE]),
            runs,
        )
        if comparison.warnings:
            st.html(html.warnings(comparison.warnings))
        for task in comparison.tasks:
            st.html(runs_html.contenders(task, confidence=comparison.confidence))
            st.html(runs_html.pairs(task, bench_runs.surest(task, most=_MOST_PAIRS)))
        _two(now, found, comparison.tasks)


@st.cache_data(max_entries=8, show_spinner=False)
def _compared(
    known: tuple[tuple[str, str, int], ...], tolerance: float, _runs: list[StoredRun]
) -> tuple[list[Measurement], Comparison]:
    """known: what tells these runs from the same ones, continued later."""
    found = {one.job_id: one for run in _runs for one in run.measurements()}
    names = [name for name, _, _ in known]
    made = paired_runs.compare(
        names, list(found.values()), tolerance_points=tolerance, confidence=_CONFIDENCE
    )
    return list(found.values()), made


def _two(now: State, found: list[Measurement], tasks: list[TaskComparison]) -> None:
    """Two models of one's choice on one task: the sentence, and the items on which they differ."""
    named = {_called(tasks, n): task for n, task in enumerate(tasks)}
    chosen = now[ON] if now[ON] in named else next(iter(named))
    if len(named) > 1:
        _pick("Measured on", ON, list(named), chosen)
    task = named[chosen]
    labels = [one.label for one in task.models]
    strangers = [name for name in (now[FIRST], now[SECOND]) if name and name not in labels]
    if strangers:
        widgets.lines([f"{name} was not measured on the items of {chosen}" for name in strangers])
    first = now[FIRST] if now[FIRST] in labels else labels[0]
    others = [name for name in labels if name != first]
    second = now[SECOND] if now[SECOND] in others else others[0]
    left, right = st.columns(2)
    with left:
        _pick("One model", FIRST, labels, first)
    with right:
        _pick("And another", SECOND, others, second)
    pair = next(one for one in task.pairs if {one.first, one.second} == {first, second})
    key = (pair.first, pair.second)
    st.html(runs_html.pair(task, pair))
    one, other = (_labelled(found, task, name) for name in key)
    differ = paired_runs.beside(one, other)
    here, pages = paging.place(now, differ.height, rows=_ITEMS)
    shown = differ.slice((here - 1) * _ITEMS, _ITEMS)
    caption = f"Items that they answered differently: {differ.height:,} of {task.n_items:,}"
    st.html(runs_html.items(shown, first=key[0], second=key[1], caption=caption))
    paging.steps(here, pages)
    drawing.downloads({"items.csv": (lambda: _csv(differ), "text/csv")}, key="runs")


def _called(tasks: list[TaskComparison], n: int) -> str:
    """The task's name; of tasks that are called the same, with other data, also which of them."""
    name = tasks[n].task_id
    earlier = sum(task.task_id == name for task in tasks[:n])
    return f"{name} ({earlier + 1})" if earlier else name


def _labelled(found: list[Measurement], task: TaskComparison, label: str) -> Measurement:
    job = next(one.job_id for one in task.models if one.label == label)
    return next(one for one in found if one.job_id == job)


def _pick(label: str, parameter: state.Parameter[str], options: list[str], value: str) -> None:
    key = f"runs_{parameter.name}"
    if st.session_state.get(key) != value:
        st.session_state[key] = value
    st.selectbox(
        label,
        options,
        key=key,
        on_change=_picked,
        args=(parameter, key),
    )


def _picked(parameter: state.Parameter[str], key: str) -> None:
    state.write((parameter, st.session_state[key]), (paging.PAGE, 1))


def _csv(frame: pl.DataFrame) -> str:
    from advisor.render import export

    return export.csv(frame)


def _used(kept: Runs) -> None:
    """What of the runs answers use."""
    st.header("What answers use", anchor=False)
    own = own_evidence()
    if own is None:
        if kept.found:
            widgets.lines(
                ["Nothing is collected for answers yet; `advisor bench collect` does that."]
            )
        return
    names = ["measured on", "models", "jobs", "last measured"]
    rows = [[str(value) for value in row] for row in own.by_task().iter_rows()]
    st.html(
        html.table(
            "Your measurements that answers about the same data rest on", names, rows, right={1, 2}
        )
    )
