"""Several plots in one figure: where each lies, in pixels, with its title above it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from advisor.render.charts import theme
from advisor.render.charts.names import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.figures.chart import Chart
    from advisor.render.charts.theme import Style


@dataclass(frozen=True, kw_only=True)
class Panel:
    """One plot of a figure."""

    number: int
    """1 for the first."""
    pixels: tuple[float, float]
    """Width and height."""
    x_domain: tuple[float, float]
    y_domain: tuple[float, float]

    @property
    def axes(self) -> dict[str, str]:
        """What a trace in this plot is given: its axes."""
        suffix = "" if self.number == 1 else str(self.number)
        return {"xaxis": f"x{suffix}", "yaxis": f"y{suffix}"}

    def set_axes(self, figure: Any, x: dict[str, Any], y: dict[str, Any]) -> None:
        """Give the plot its axes, made by theme.axis."""
        suffix = "" if self.number == 1 else str(self.number)
        figure.update_layout(
            {
                f"xaxis{suffix}": x | {"domain": list(self.x_domain), "anchor": f"y{suffix}"},
                f"yaxis{suffix}": y | {"domain": list(self.y_domain), "anchor": f"x{suffix}"},
            }
        )

    def title(self, figure: Any, text: str, style: Style, *, across: float | None = None) -> None:
        """Write the plot's title above it. across: pixels that it may take; None: the plot's width."""
        lines = lines_of(text, across or self.pixels[0], style)
        figure.add_annotation(
            text="<br>".join(f"<b>{shown(line)}</b>" for line in lines), showarrow=False, align="left",
            xref="paper", x=self.x_domain[0], xanchor="left", yref="paper", y=self.y_domain[1], yanchor="bottom",
            font={"size": style.font_size, "color": style.ink}, name="panel",
        )  # fmt: skip


def lines_of(text: str, pixels: float, style: Style) -> list[str]:
    """A panel's title in lines that fit."""
    return textwrap.wrap(text, max(12, int(pixels / (style.font_size * 0.57)))) or [""]


def grid(
    chart: Chart,
    style: Style,
    rows: Sequence[float],
    *,
    columns: Sequence[float] = (1.0,),
    above: Sequence[float],
    between: float = 0,
    **figure_options: Any,
) -> tuple[Any, list[list[Panel]]]:
    """An empty figure of the house with plots in rows and columns.

    rows: height of each row's plots, pixels; above: pixels free above each row, for its title and the tick labels
    of the row before; columns: relative widths; between: pixels between columns. figure_options: of theme.figure.
    """
    high = sum(rows) + sum(above)
    figure = theme.figure(chart, replace(style, plot_height=round(high)), **figure_options)
    margin = figure.layout.margin
    wide = style.width - margin.l - margin.r
    free = wide - between * (len(columns) - 1)
    panels: list[list[Panel]] = []
    top = 0.0
    for tall, air in zip(rows, above, strict=True):
        top += air
        row: list[Panel] = []
        left = 0.0
        for share in columns:
            width = free * share / sum(columns)
            row.append(
                Panel(
                    number=len(columns) * len(panels) + len(row) + 1,
                    pixels=(width, tall),
                    x_domain=(left / wide, min(1.0, (left + width) / wide)),
                    y_domain=(max(0.0, 1 - (top + tall) / high), 1 - top / high),
                )
            )
            left += width + between
        panels.append(row)
        top += tall
    return figure, panels
