"""The page of popularity: downloads by size class, list, tag and date, and downloads against quality."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.ids import SIZE_EDGES
from advisor.figures.popularity import counted, listings
from advisor.render import chart_tables
from dashboards import charting, loaders, paging, state, widgets

if TYPE_CHECKING:
    from datetime import date

    from advisor.tables.snapshot import Snapshot
    from dashboards.state import State

VIEWS: Final = {
    "figure-1": "By list",
    "downloads-by-tag": "By tag",
    "downloads-over-time": "Over time",
    "downloads-and-quality": "Against quality",
}
SHOWN: Final = charting.known(tuple(VIEWS))
VIEW: Final = state.choice("show", SHOWN)
TAGS: Final = state.several("tag")
DATES: Final = charting.days("date")
TASKS: Final = state.several("on")
PARAMETERS: Final = (VIEW, TAGS, DATES, TASKS, charting.EDGES, charting.AS_OF)
_QUALITY: Final = "downloads-and-quality"
_READING: Final = (
    "A *hidden gem* is a model that nothing no larger beats, and that beats a far more downloaded one; a *popular but "
    "dominated* model is beaten by one that is no larger, as free and of the same languages. Both are said only where the "
    "interval of the difference leaves no doubt."
)


def page() -> None:
    """Everything below the heading."""
    now = state.current(*PARAMETERS)
    widgets.problems(now)
    st.segmented_control(
        "Show", SHOWN, format_func=VIEWS.__getitem__, required=True, **state.bound(VIEW, now)
    )  # fmt: skip
    with widgets.refusals():
        snapshot = loaders.snapshot()
        if now[VIEW] == _QUALITY:
            _against_quality(now, snapshot)
        else:
            _by_size(now, snapshot)


def _by_size(now: State, snapshot: Snapshot) -> None:
    tags, lists = _choices(snapshot, snapshot.id)
    left, middle, right = st.columns([2, 2, 1])
    with left:
        st.multiselect(
            "Pipeline tags (none: all)", [*tags, *(tag for tag in now[TAGS] if tag not in tags)],
            **state.bound(TAGS, now),
        )  # fmt: skip
    with middle:
        if now[VIEW] == "figure-1":
            st.multiselect(
                "Lists, by their dates (none: the latest of each way of choosing)",
                [*lists, *(day for day in now[DATES] if day not in lists)],
                format_func=lambda day: f"{day}: {lists[day]}" if day in lists else str(day),
                **state.bound(DATES, now),
            )  # fmt: skip
        else:
            charting.as_of_input(now)
    with right:
        st.text_input("Edges of the size classes", **state.bound(charting.EDGES, now))
    made = charting.show(
        charting.Spec(
            name=now[VIEW], tasks=now[TAGS], edges=charting.edges_of(now[charting.EDGES]), as_of=charting.day_of(now[charting.AS_OF]),
            dates=now[DATES] if now[VIEW] == "figure-1" else (),
        ),
        snapshot,
    )  # fmt: skip
    if made is not None and not made.empty and "downloads_30d_total" in made.frame.columns:
        paging.table(chart_tables.downloads(made.frame))


def _against_quality(now: State, snapshot: Snapshot) -> None:
    from advisor.figures.size_scopes import scope_names

    st.markdown(_READING)
    left, right = st.columns([3, 1])
    tasks = scope_names(snapshot)["task"]
    with left:
        st.multiselect(
            "Quality on these tasks, together (none: the pools' usual sets)",
            [*tasks, *(name for name in now[TASKS] if name not in tasks)], **state.bound(TASKS, now),
        )  # fmt: skip
    with right:
        charting.as_of_input(now)
    made = charting.show(
        charting.Spec(name=_QUALITY, tasks=now[TASKS], as_of=charting.day_of(now[charting.AS_OF])),
        snapshot,
    )
    if made is not None and not made.empty:
        paging.table(chart_tables.gems(made.frame))


@st.cache_data(max_entries=2, show_spinner=False)
def _choices(_snapshot: Snapshot, snapshot_id: str) -> tuple[list[str], dict[date, str]]:
    """Pipeline tags, the most used first, and the lists' dates with what is on them."""
    rows = counted(_snapshot, SIZE_EDGES).rows
    tags = rows["tag"].value_counts(sort=True)["tag"].to_list()
    lists: dict[date, str] = {}
    for row in listings(rows).iter_rows(named=True):
        words = f"{row['n_models']:,} models, {row['ranking_note']}"
        lists[row["date"]] = f"{lists[row['date']]}; {words}" if row["date"] in lists else words
    return tags, lists
