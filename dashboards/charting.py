"""Charts by their names in the catalogue, made once for all who look, and the parameters that several pages give them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

import streamlit as st

from advisor.core.errors import BadInput
from advisor.core.ids import SIZE_EDGES
from advisor.core.units import format_count, parse_count
from advisor.render.charts import catalogue
from dashboards import drawing, state, widgets

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.recommendation import Recommendation
    from advisor.figures.chart import Chart
    from advisor.tables.snapshot import Snapshot
    from dashboards.drawing import Place


@dataclass(frozen=True, kw_only=True)
class Spec:
    """What a chart is asked for, as far as a page can say it; equal specs of one snapshot are one chart."""

    name: str
    tasks: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    as_of: date | None = None
    edges: tuple[int, ...] = SIZE_EDGES
    dates: tuple[date, ...] = ()
    """Lists of models to show, by their dates; figure-1 alone reads it."""
    question: str = ""
    """The task of an answer, in words or by name."""


def show(spec: Spec, snapshot: Snapshot, *, place: Place = "page") -> Chart | None:
    """Draw a chart with its words and data; a line instead where it cannot be made, then None."""
    with widgets.refusals():
        made = chart(spec, snapshot)
        drawing.chart(made, key=f"chart_{spec.name}", place=place, level=2)
        return made
    return None


def chart(spec: Spec, snapshot: Snapshot) -> Chart:
    """The chart's data. Raises: as its builder, and as recommend where it is of an answer."""
    return _made(spec, snapshot, snapshot.id)


@st.cache_resource(max_entries=48, show_spinner="Reading the evidence…")
def _made(spec: Spec, _snapshot: Snapshot, snapshot_id: str) -> Chart:
    from advisor.figures.chart import Wanted

    wanted = Wanted(
        answer=answer(spec.question, _snapshot, spec.as_of) if spec.question else None,
        tasks=spec.tasks, models=spec.models, as_of=spec.as_of, edges=spec.edges,
    )  # fmt: skip
    if spec.name == "figure-1" and spec.dates:
        from advisor.figures import downloads_by_size

        return downloads_by_size.build(wanted, _snapshot, dates=spec.dates)
    return catalogue.build(spec.name, wanted, _snapshot)


def answer(question: str, snapshot: Snapshot, as_of: date | None = None) -> Recommendation:
    """The answer with everybody who competed, as charts need it. Raises: see api.recommend."""
    return _answered(question, as_of, snapshot, snapshot.id)


@st.cache_resource(max_entries=8, show_spinner=False)
def _answered(
    question: str, as_of: date | None, _snapshot: Snapshot, snapshot_id: str
) -> Recommendation:
    from advisor.figures.chart import MOST_MODELS
    from advisor.recommend import api
    from advisor.understand import names_a_file

    if names_a_file(question):
        raise BadInput(
            "task: a file of this machine is not opened from here; say the task in words"
        )
    if as_of is None:
        return api.recommend(question, snapshot=_snapshot, top=MOST_MODELS)
    return api.recommend(question, snapshot=_snapshot, top=MOST_MODELS, as_of=as_of)


def known(names: Sequence[str]) -> list[str]:
    """Those of some charts that this installation has."""
    return [name for name in names if name in catalogue.CHARTS]


def day_of(text: str) -> date | None:
    """A day as people type it, None for none. Raises: BadInput: no day."""
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise BadInput("a day is written like 2025-06-30") from None


AS_OF: Final = state.text("as_of", check=day_of)


def _read_days(values: Sequence[str]) -> tuple[date, ...]:
    found = [day_of(value) for value in dict.fromkeys(values)]
    return tuple(one for one in found if one is not None)


def days(name: str) -> state.Parameter[tuple[date, ...]]:
    """Several days."""
    return state.Parameter(
        name=name, default=(), read=_read_days, write=lambda value: [one.isoformat() for one in value]
    )  # fmt: skip


def edges_of(text: str) -> tuple[int, ...]:
    """Edges of size classes as people type them. Raises: BadInput: not sizes in rising order."""
    edges = tuple(parse_count(part, field="edges") for part in text.split(",") if part.strip())
    if not edges or list(edges) != sorted(set(edges)):
        raise BadInput("edges are sizes in rising order, like 200M,500M,1B,6B")
    return edges


EDGES: Final = state.text(
    "edges", default=",".join(format_count(edge) for edge in SIZE_EDGES), check=edges_of
)


def as_of_input(now: state.State) -> None:
    """The date after which nothing is seen."""
    st.text_input("Published until", placeholder="like 2025-06-30", **state.bound(AS_OF, now))
