"""A chart as a page shows it: its words as text around the plot, its data as a table, both to take away."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final, Literal

import streamlit as st

from advisor.render import html
from dashboards import viewport

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style

Place = Literal["page", "column"]
_WIDTH: Final[dict[Place, int]] = {"page": 1248, "column": 668}
"""Pixels that a chart is drawn for on a wide window."""
_PHONE: Final = 358
_ROWS: Final = 50
"""Rows of the table below a chart; the download holds them all."""
_CAMERA: Final = {"format": "png", "scale": 2}


def chart(shown: Chart, *, key: str, place: Place = "page", level: int = 2) -> None:
    """Title, reading, plot, notes, footer, and on demand the data with downloads.

    key: unlike that of any other chart on the page; level: of its heading, one below what it stands under.
    """
    from advisor.render.charts.theme import footer

    st.html(
        f"<h{level} class=chart>{html.words(shown.title)}</h{level}><p>{html.words(shown.reading)}</p>"
    )
    if not shown.empty:
        _plot(shown, key=key, place=place)
    notes = "".join(f"<li>{html.words(note)}</li>" for note in shown.notes)
    st.html(f'<ul class="notes">{notes}</ul><p class="from">{html.words(footer(shown))}</p>')
    _data(shown, key=key)


def style(place: Place = "page") -> Style:
    """How a chart is drawn for this reader: the window's width, the theme in use."""
    from advisor.render.charts import page

    width = _PHONE if viewport.is_phone() else _WIDTH[place]
    drawn = page.style_at(width, dark=st.context.theme.type == "dark")
    return drawn if place == "page" else replace(drawn, plot_height=min(drawn.plot_height, 400))


def table(frame: pl.DataFrame, caption: str, *, rows: int = _ROWS) -> None:
    """The first rows of a frame as a table; how many there are stands in its caption."""
    if frame.height > rows:
        caption = f"{caption}: the first {rows} of {frame.height:,} rows"
    names = [name.replace("_", " ") for name in frame.columns]
    right = {n for n, dtype in enumerate(frame.dtypes) if dtype.is_numeric()}
    cells = [[_cell(value) for value in row] for row in frame.head(rows).iter_rows()]
    st.html(html.table(caption, names, cells, right=right))


def downloads(files: dict[str, tuple[Callable[[], str | bytes], str]], *, key: str) -> None:
    """A button a file: name → (what makes its content when it is asked for, MIME type)."""
    with st.container(horizontal=True):
        for name, (content, mime) in files.items():
            st.download_button(
                f"Download {name}", content, name, mime, key=f"{key}_{name}", on_click="ignore"
            )


def _plot(shown: Chart, *, key: str, place: Place) -> None:
    from advisor.render.charts import catalogue

    st.plotly_chart(
        catalogue.draw(shown, style(place)), theme=None, key=f"{key}_plot",
        alt=f"{shown.title}. Its finding is the text above; its numbers are in the table below.",
        config={"displaylogo": False, "toImageButtonOptions": _CAMERA | {"filename": shown.name}},
    )  # fmt: skip


def _data(shown: Chart, *, key: str) -> None:
    """Table and downloads, made when they are opened."""
    part = st.expander("The numbers, and downloads", key=f"{key}_data", on_change="rerun")
    if not part.open:
        return
    from advisor.render import export
    from advisor.render.charts import page

    with part:
        table(shown.frame, f"Data of {shown.name}")
        files: dict[str, tuple[Callable[[], str | bytes], str]] = {}
        for name, frame in {"": shown.frame, **shown.parts}.items():
            stem = f"{shown.name}-{name}" if name else shown.name
            files[f"{stem}.csv"] = (_later(export.csv, frame), "text/csv")
        files[f"{shown.name}.json"] = (lambda: page.json(shown), "application/json")
        dark = st.context.theme.type == "dark"
        files[f"{shown.name}.html"] = (
            lambda: page.html(shown, dark=dark, script=None),
            "text/html",
        )
        downloads(files, key=key)


def _later(made: Callable[[Any], str], given: Any) -> Callable[[], str]:
    return lambda: made(given)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return str(value)
