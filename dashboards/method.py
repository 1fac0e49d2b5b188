"""The page of method: how each number is made, what each metric means, what was read, and which versions answer."""

from __future__ import annotations

import datetime as dt
import platform
from importlib import metadata
from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.metrics import METRICS
from advisor.core.units import format_bytes
from advisor.recommend import evidence
from advisor.recommend.status import status
from advisor.render import document, html
from dashboards import loaders, state, widgets

if TYPE_CHECKING:
    from advisor.render.document import Section
    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

VIEWS: Final = {
    "text": "How numbers are made",
    "metrics": "Metrics",
    "data": "Data and licences",
    "versions": "Versions",
}
VIEW: Final = state.choice("show", tuple(VIEWS))
SECTION: Final = state.text("section", default="method")
WORDS: Final = state.text("words")
PARAMETERS: Final = (VIEW, SECTION, WORDS)
_WHOLE: Final = "everything"
_LIBRARIES: Final = (
    "numpy",
    "polars",
    "pydantic",
    "plotly",
    "streamlit",
    "xgboost",
    "scikit-learn",
)


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    st.segmented_control(
        "Show", tuple(VIEWS), format_func=VIEWS.__getitem__, required=True, **state.bound(VIEW, now)
    )  # fmt: skip
    with widgets.refusals():
        {"text": _text, "metrics": _metrics, "data": _data, "versions": _versions}[now[VIEW]](now)


def _text(now: State) -> None:
    every = _sections()
    anchors = [one.anchor for one in every]
    chosen = now[SECTION]
    left, right = st.columns([1, 2])
    with left:
        st.text_input(
            "Only sections with the words",
            placeholder="for example: interval",
            **state.bound(WORDS, now),
        )
    found = document.holding(every, now[WORDS])
    shown = [one.anchor for one in found]
    titles = {one.anchor: "  " * (one.depth - 2) + one.title for one in every}
    options = [*shown, _WHOLE] if chosen in {*shown, _WHOLE} else [chosen, *shown, _WHOLE]
    with right:
        st.selectbox(
            f"Section ({len(found)} of {len(every)} hold the words)" if now[WORDS].split() else "Section",
            options, format_func=lambda name: titles.get(name, name), **state.bound(SECTION, now),
        )  # fmt: skip
    if chosen == _WHOLE:
        for one in every:
            _section(one, anchors)
        return
    if chosen not in anchors:
        widgets.lines([f"There is no section {chosen}; choose one above."])
        return
    place = anchors.index(chosen)
    for one in _with_parts(every, place):
        _section(one, anchors)
    _around(every, place)


def _with_parts(every: list[Section], place: int) -> list[Section]:
    """A section and those below it; of the document's own title the first text alone."""
    first, *rest = every[place:]
    if first.depth == 1:
        return [first]
    parts = [first]
    for one in rest:
        if one.depth <= first.depth:
            break
        parts.append(one)
    return parts


def _section(one: Section, anchors: list[str]) -> None:
    """A heading that a link can point to, and its text, in which mentions of sections are links."""
    st.header(one.title, anchor=one.anchor) if one.depth <= 2 else st.subheader(
        one.title, anchor=one.anchor
    )
    st.markdown(document.linked(one.text, anchors, address="method?section={}"))


def _around(every: list[Section], place: int) -> None:
    with st.container(horizontal=True):
        for name, other in {"Back to": place - 1, "On to": place + 1}.items():
            if 0 <= other < len(every):
                st.button(
                    f"{name} {every[other].title}", key=f"section_{name}",
                    on_click=state.write, args=((SECTION, every[other].anchor),),
                )  # fmt: skip


@st.cache_data(max_entries=1, show_spinner=False)
def _sections() -> list[Section]:
    return document.read("METHOD.md")


def _metrics(_now: State) -> None:
    st.markdown(
        "Every metric that a table here may hold. A *point* is a hundredth of the scale of a fraction or a correlation."
    )
    names = ["metric", "name", "unit", "better", "least", "most", "blind guess", "what it is"]
    cells = [
        [one.id, one.label, one.unit, one.better, *map(_number, (one.lower, one.upper, one.chance)), one.doc]
        for one in METRICS.values()
    ]  # fmt: skip
    st.html(html.table(f"{len(cells)} metrics", names, cells, right={4, 5, 6}))


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _data(_now: State) -> None:
    snapshot = loaders.snapshot()
    sources = evidence.sources(snapshot)
    names = ["source", "title", "licence", "as of", "scores", "commit", "address"]
    cells = [
        [
            row["source_id"], row["title"] or "", row["licence"] or "not stated", row["date"] or "not stated",
            f"{row['n_rows']:,}", row["commit"] or "not stated", row["url"] or "",
        ]
        for row in sources.iter_rows(named=True)
    ]  # fmt: skip
    st.html(html.table(f"{len(cells)} sources of snapshot {snapshot.id}", names, cells, right={4}))
    st.header("What became of what was read", anchor=False)
    st.markdown(
        "Nothing is dropped in silence: each source's files and rows, what was done with them, and why."
    )
    names = ["source", "what", "how many", "done", "why"]
    fates = [
        [str(row["source"]), str(row["kind"]), f"{row['n_rows']:,}", str(row["action"]), str(row.get("why") or "")]
        for row in snapshot.manifest.get("rows", [])
    ]  # fmt: skip
    st.html(html.table("What was read, changed and set aside", names, fates, right={2}))


def _versions(_now: State) -> None:
    snapshot = loaders.snapshot()
    facts = status(snapshot, today=dt.datetime.now(dt.UTC).date())
    age = facts["age_days"]
    built = facts["created_at"] or "not recorded"
    cells = [
        ["snapshot", facts["id"]],
        ["built", built if age is None else f"{built}, {age:,} days ago"],
        ["built with", f"slm-advisor {snapshot.manifest.get('advisor_version', 'not recorded')}"],
        [
            "answering",
            f"slm-advisor {_version('slm-advisor') or 'not installed: run from its folder'}",
        ],
        ["Python", platform.python_version()],
        *([name, version] for name in _LIBRARIES if (version := _version(name))),
    ]
    st.html(html.table("What answers", ["what", "version"], cells))
    _tables(facts["tables"], snapshot)


def _version(library: str) -> str | None:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return None


def _tables(tables: dict[str, dict[str, int]], snapshot: Snapshot) -> None:
    cells = [
        [name, f"{entry['rows']:,}", format_bytes(entry["bytes"])] for name, entry in tables.items()
    ]
    st.html(
        html.table(
            f"Tables of snapshot {snapshot.id}", ["table", "rows", "size"], cells, right={1, 2}
        )
    )
