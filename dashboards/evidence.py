"""The page of evidence: every published score, what the guard doubts of them, and where they come from."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.recommend import evidence
from advisor.render import html, labels
from dashboards import drawing, loaders, paging, state, widgets

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from advisor.recommend.evidence import Filter
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

VIEWS: Final = {"scores": "Scores", "doubts": "The guard's doubts", "sources": "Sources"}
VIEW: Final = state.choice("show", tuple(VIEWS))
MODEL: Final = state.text("model")
TASK: Final = state.text("task")
SOURCES: Final = state.several("source")
METRICS: Final = state.several("metric")
FLAGS: Final = state.several("flag", evidence.KINDS)
PARAMETERS: Final = (VIEW, MODEL, TASK, SOURCES, METRICS, FLAGS, paging.PAGE)
_DOUBTS: Final = (
    "Each doubt says what was found. An unexpected score, or one of a broken run, sets no bar in an answer; "
    "a model that declares a task as training data is named with that; copies and sizes in doubt are said beside the model."
)


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    st.segmented_control(
        "Show", tuple(VIEWS), format_func=VIEWS.__getitem__, required=True, **paging.bound(VIEW, now)
    )  # fmt: skip
    with widgets.refusals():
        snapshot = loaders.snapshot()
        {"scores": _scores, "doubts": _doubts, "sources": _sources}[now[VIEW]](now, snapshot)


def _wanted(now: State) -> Filter:
    return evidence.Filter(
        model=now[MODEL], task=now[TASK], sources=now[SOURCES], metrics=now[METRICS], flags=now[FLAGS]
    )  # fmt: skip


def _names(now: State) -> None:
    left, right = st.columns(2)
    hint = "all the words, in any order; a whole name means it alone"
    left.text_input("Model", placeholder=hint, **paging.bound(MODEL, now))
    right.text_input("Task", placeholder=hint, **paging.bound(TASK, now))


def _flags(now: State) -> None:
    st.multiselect("What the guard says", evidence.KINDS, **paging.bound(FLAGS, now))


def _scores(now: State, snapshot: Snapshot) -> None:
    _names(now)
    titles = _titles(snapshot)
    left, middle, right = st.columns(3)
    with left:
        st.multiselect(
            "Source", _with(titles, now[SOURCES]), format_func=lambda name: titles.get(name, name),
            **paging.bound(SOURCES, now),
        )  # fmt: skip
    with middle:
        st.multiselect(
            "Metric", _with(evidence.metrics(snapshot), now[METRICS]), format_func=labels.metric,
            **paging.bound(METRICS, now),
        )  # fmt: skip
    with right:
        _flags(now)
    wanted = _wanted(now)
    n_rows = _count(wanted, snapshot, snapshot.id)
    here, pages = paging.place(now, n_rows)
    _told(n_rows, "score")
    if n_rows == 0:
        return
    found = evidence.scores(
        snapshot, wanted, offset=(here - 1) * paging.ROWS, limit=paging.ROWS
    ).frame
    cells = [_score(row) for row in found.iter_rows(named=True)]
    paging.table(
        html.table(_caption(here, n_rows), list(_SCORE_COLUMNS), cells, right={2, 4, 5, 8})
    )
    paging.steps(here, pages)
    _take(lambda: evidence.scores(snapshot, wanted, limit=evidence.MOST).frame, n_rows, "scores")


_SCORE_COLUMNS: Final = (
    "model", "task", "value", "metric", "standard error", "items", "the guard says", "subset, split", "shots", "source",
    "licence", "model's revision", "data's revision", "harness", "precision", "hardware", "measured",
)  # fmt: skip


def _score(row: dict[str, object]) -> list[str]:
    said = {name: _said(value) for name, value in row.items()}
    parts = [said[name] for name in ("subset", "split") if said[name]]
    harness = " ".join(said[name] for name in ("harness", "harness_version") if said[name])
    return [
        said["model_id"], said["task_id"], said["value"], labels.metric(said["metric"]), said["stderr"],
        said["n_items"], said["flags"], ", ".join(parts), "" if row["n_shot"] == -1 else said["n_shot"],
        said["source_id"], said["licence"], said["model_revision"], said["dataset_revision"], harness,
        said["precision"], said["hardware_id"], said["measured_at"],
    ]  # fmt: skip


def _doubts(now: State, snapshot: Snapshot) -> None:
    st.markdown(_DOUBTS)
    _names(now)
    _flags(now)
    wanted = _wanted(now)
    found = evidence.flags(snapshot, wanted, limit=0)
    here, pages = paging.place(now, found.n_rows)
    _told(found.n_rows, "doubt")
    if found.n_rows == 0:
        return
    shown = evidence.flags(snapshot, wanted, offset=(here - 1) * paging.ROWS, limit=paging.ROWS)
    names = ["model", "task", "doubt", "in detail", "strength", "expected", "usual width"]
    cells = [
        [row["model_id"], row["task_id"] or "the whole model", row["flag"], *map(_said, list(row.values())[3:])]
        for row in shown.frame.iter_rows(named=True)
    ]  # fmt: skip
    paging.table(html.table(_caption(here, found.n_rows), names, cells, right={4, 5, 6}))
    paging.steps(here, pages)
    _take(
        lambda: evidence.flags(snapshot, wanted, limit=evidence.MOST).frame, found.n_rows, "doubts"
    )


def _sources(_now: State, snapshot: Snapshot) -> None:
    found = evidence.sources(snapshot)
    st.markdown(
        "Each source at the commit that was read. One without scores gave sizes, prices, speeds or catalogues."
    )
    names = [
        "source",
        "title",
        "scores",
        "models",
        "tasks",
        "licence",
        "as of",
        "commit",
        "address",
    ]
    cells = [
        [
            row["source_id"], row["title"] or "", f"{row['n_rows']:,}", f"{row['n_models']:,}", f"{row['n_tasks']:,}",
            row["licence"] or "not stated", row["date"] or "not stated", row["commit"] or "not stated", row["url"] or "",
        ]
        for row in found.iter_rows(named=True)
    ]  # fmt: skip
    caption = f"{found.height} sources of snapshot {snapshot.id}"
    paging.table(html.table(caption, names, cells, right={2, 3, 4}))
    _take(lambda: found, found.height, "sources")


def _titles(snapshot: Snapshot) -> dict[str, str]:
    """Source → its title, of those that hold scores, the most first."""
    rows = evidence.sources(snapshot).select("source_id", "title", "n_rows").iter_rows()
    return {name: f"{title or name} ({n:,})" for name, title, n in rows if n}


def _with(known: dict[str, str] | list[str], chosen: tuple[str, ...]) -> list[str]:
    """The names to choose from, with those that the address brought: a name without scores is said to have none."""
    return [*known, *(name for name in chosen if name not in known)]


@st.cache_data(max_entries=64, show_spinner=False)
def _count(wanted: Filter, _snapshot: Snapshot, snapshot_id: str) -> int:
    return evidence.scores(_snapshot, wanted, limit=0).n_rows


def _told(n_rows: int, what: str) -> None:
    words = f"{n_rows:,} {what}{'' if n_rows == 1 else 's'}"
    if n_rows == 0:
        words = f"No {what} fits all of these filters: take one of them away, or check the names."
    st.html(f'<p role="status"><b>{html.words(words)}</b></p>')


def _caption(page: int, n_rows: int) -> str:
    first = (page - 1) * paging.ROWS + 1
    return f"Rows {first:,} to {min(first + paging.ROWS - 1, n_rows):,} of {n_rows:,}"


def _take(rows: Callable[[], pl.DataFrame], n_rows: int, name: str) -> None:
    """Downloads of what the filters leave, made when they are asked for."""
    from advisor.render import export

    if n_rows > evidence.MOST:
        words = (
            f"A download holds the first {evidence.MOST:,} of these {n_rows:,} rows: narrow the filters to have them all. "
            "The whole evidence lies in the snapshot's own parquet files."
        )
        st.html(f'<p class="from">{html.words(words)}</p>')
    drawing.downloads(
        {
            f"{name}.csv": (lambda: export.csv(rows()), "text/csv"),
            f"{name}.parquet": (lambda: _parquet(rows()), "application/vnd.apache.parquet"),
        },
        key=name,
    )


def _parquet(frame: pl.DataFrame) -> bytes:
    stream = io.BytesIO()
    frame.write_parquet(stream)
    return stream.getvalue()


def _said(value: object) -> str:
    """A value as text; what the evidence does not know is empty."""
    if value is None or value == "unknown":
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)
