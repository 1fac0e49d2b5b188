"""One chart as a web page that needs no server: words as text, the picture drawn for the reader's width, its data below."""

from __future__ import annotations

import html as escaping
from typing import TYPE_CHECKING, Any, Final

import orjson

from advisor._lazy import need
from advisor.render.charts import catalogue
from advisor.render.charts.names import shown
from advisor.render.charts.theme import PHONE, Style, footer

if TYPE_CHECKING:
    from advisor.figures.chart import Chart

WIDTHS: Final = (PHONE - 32, 700 - 32, 1280 - 32)
"""Widths that a page holds a drawing for, each less the page's margins: the widest that fits is shown."""
PHONE_PLOT: Final = 380
"""Pixels of plot height on a phone."""
ROWS: Final = 200
"""Rows of the table below the picture; the file beside holds them all."""

_CSS: Final = """
:root{color-scheme:%(scheme)s}
body{margin:0 auto;max-width:1280px;padding:16px;background:%(paper)s;color:%(ink)s;font:16px/1.45 %(font)s}
h1{font-size:1.35rem;margin:.2em 0}p{margin:.4em 0}
ul.notes,footer{color:%(faint)s;font-size:.85rem}ul.notes{padding-left:1.2em}
details{margin-top:1em}summary{cursor:pointer}
.table{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem}
th,td{padding:.2em .7em;border-bottom:1px solid %(grid)s;text-align:left;white-space:nowrap}
"""

_SCRIPT: Final = """
(function(){
  var drawings=JSON.parse(document.getElementById('drawings').textContent), box=document.getElementById('chart'), now=null;
  function fitting(){var w=box.clientWidth, best=drawings[0]; drawings.forEach(function(d){if(d.width<=w)best=d;}); return best;}
  function draw(){var d=fitting(); if(d===now)return; now=d;
    Plotly.react(box,d.figure.data,d.figure.layout,{responsive:true,displaylogo:false});}
  draw(); window.addEventListener('resize',draw);
})();
"""


def html(chart: Chart, *, dark: bool, script: str | None) -> str:
    """The page. script: the name of the file beside it that holds plotly's script; None puts the script inside."""
    style = Style(dark=dark)
    colours = {
        "scheme": "dark" if dark else "light",
        "paper": style.paper,
        "ink": style.ink,
        "faint": style.faint,
        "grid": style.grid,
        "font": "Inter,'Helvetica Neue',Arial,sans-serif",
    }
    loaded = (
        f'<script src="{script}"></script>' if script else f"<script>{plotly_script()}</script>"
    )
    notes = "".join(f"<li>{shown(note)}</li>" for note in chart.notes)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{shown(chart.title)}</title>'
        '<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{_CSS % colours}</style>{loaded}</head><body>"
        f"<h1>{shown(chart.title)}</h1><p>{shown(chart.reading)}</p>"
        f'<div id="chart" role="img" aria-label="{escaping.escape(chart.reading)}"></div>'
        f'<ul class="notes">{notes}</ul><footer>{shown(footer(chart))}</footer>'
        f"{_table(chart)}"
        f'<script type="application/json" id="drawings">{_embedded(_drawings(chart, dark=dark))}</script>'
        f"<script>{_SCRIPT}</script></body></html>\n"
    )


def json(chart: Chart) -> bytes:
    """The words, the numbers in them, all rows and the drawing, for programs."""
    words = {
        "name": chart.name,
        "title": chart.title,
        "reading": chart.reading,
        "notes": chart.notes,
        "better": chart.better,
        "pool": chart.pool,
        "snapshot_id": chart.snapshot_id,
        "as_of": chart.as_of,
        "facts": chart.facts,
        "data": chart.frame.to_dicts(),
        "parts": {name: frame.to_dicts() for name, frame in chart.parts.items()},
        "figure": _plain(catalogue.draw(chart, Style())),
    }
    return orjson.dumps(words, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY)


def plotly_script() -> str:
    """Plotly's own script, out of the installed package."""
    found: str = need("plotly.offline", extra="charts").get_plotlyjs()
    return found


def style_at(width: int, *, dark: bool) -> Style:
    """How a chart is drawn on a page whose text column is that wide."""
    height = PHONE_PLOT if width <= PHONE else 460
    return Style(width=width, dark=dark, framed=False, fluid=True, plot_height=height)


def _drawings(chart: Chart, *, dark: bool) -> list[dict[str, Any]]:
    return [
        {"width": width, "figure": _plain(catalogue.draw(chart, style_at(width, dark=dark)))}
        for width in WIDTHS
    ]


def _plain(figure: Any) -> dict[str, Any]:
    plain: dict[str, Any] = orjson.loads(figure.to_json())
    return plain


def _embedded(content: object) -> str:
    """JSON inside a script element: nothing in it may look like the element's end."""
    return orjson.dumps(content).decode().replace("<", "\\u003c")


def _table(chart: Chart) -> str:
    if chart.empty:
        return ""
    frame = chart.frame
    head = "".join(f"<th>{shown(name.replace('_', ' '))}</th>" for name in frame.columns)
    rows = "".join(
        "<tr>" + "".join(f"<td>{shown(_cell(value))}</td>" for value in row) + "</tr>"
        for row in frame.head(ROWS).iter_rows()
    )
    more = f" (first {ROWS} of {frame.height:,} rows)" if frame.height > ROWS else ""
    return (
        f"<details><summary>The data{more}</summary>"
        f'<div class="table"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div></details>'
    )


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, list):
        return "; ".join(str(part) for part in value)
    return str(value)
