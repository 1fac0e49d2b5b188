"""Names beside points, placed so that none lies on another: what finds no room is left to the hover text.

Greedy, the most important first, each tried at eight places around its point: point-feature labelling after Christensen,
Marks and Shieber, "An empirical study of algorithms for point-feature label placement" (1995), section 3.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from advisor.render.charts.names import model, short

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.render.charts.theme import Style

LETTER: Final = 0.6
"""Width of a letter over its size: names hold more digits and capitals than prose does."""
GAP: Final = 7
"""Pixels between a point and its name."""
AIR: Final = 2
"""Pixels around a name that no other may enter."""


@dataclass(frozen=True, kw_only=True)
class Named:
    """A point that wants its name shown; the first in a list are the most important."""

    x: float
    y: float
    name: str
    bold: bool = False
    colour: str | None = None


@dataclass(frozen=True, kw_only=True)
class Box:
    """A rectangle in pixels of the plot, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        """Whether the two share any area."""
        return not (
            self.right <= other.left
            or other.right <= self.left
            or self.bottom <= other.top
            or other.bottom <= self.top
        )


@dataclass(frozen=True, kw_only=True)
class Span:
    """What an axis shows, in the units of the data; ends may be in either order."""

    low: float
    high: float
    log: bool = False

    def share(self, value: float) -> float:
        """Where a value lies, 0 at `low` and 1 at `high`."""
        if self.log:
            return (math.log10(value) - math.log10(self.low)) / (
                math.log10(self.high) - math.log10(self.low)
            )
        return (value - self.low) / (self.high - self.low)

    @property
    def range(self) -> list[float]:
        """As plotly wants an axis's range: exponents on a log axis."""
        return [math.log10(self.low), math.log10(self.high)] if self.log else [self.low, self.high]


def span(values: Iterable[float | None], *, log: bool = False, air: float = 0.06) -> Span:
    """An axis that holds all of `values` with some air at both ends; a single value gets room around it."""
    known = [value for value in values if value is not None and (value > 0 or not log)]
    if not known:
        return Span(low=1.0 if log else 0.0, high=10.0 if log else 1.0, log=log)
    low, high = (min(known), max(known))
    if log:
        a, b = math.log10(low), math.log10(high)
        pad = air * (b - a) or 0.3
        return Span(low=10 ** (a - pad), high=10 ** (b + pad), log=True)
    pad = air * (high - low) or abs(low) * 0.1 or 1.0
    return Span(low=low - pad, high=high + pad)


@dataclass(frozen=True, kw_only=True)
class Plot:
    """Where names are placed: what its axes show, and how many pixels it has."""

    x: Span
    y: Span
    pixels: tuple[float, float]
    axes: tuple[str, str] = ("x", "y")
    """Plotly's names of the axes, in a figure with several plots."""

    def pixel(self, x: float, y: float) -> tuple[float, float]:
        """A point in data units, in pixels from the plot's upper left."""
        return self.x.share(x) * self.pixels[0], (1 - self.y.share(y)) * self.pixels[1]


def whole(figure: Any, style: Style, x: Span, y: Span) -> Plot:
    """The only plot of a figure made by theme.figure."""
    margin = figure.layout.margin
    return Plot(x=x, y=y, pixels=(style.width - margin.l - margin.r, style.plot_height))


def name_points(
    figure: Any,
    wanted: Sequence[Named],
    plot: Plot,
    style: Style,
    *,
    avoid: Iterable[tuple[float, float]] = (),
    letters: int = 28,
) -> list[str]:
    """Write as many of the names as find room; returns those written, in the order wanted.

    avoid: other points, in data units, that a name should rather not cover.
    """
    letters = min(letters, 18) if style.phone else letters
    points = [plot.pixel(x, y) for x, y in avoid]
    taken: list[Box] = []
    written = []
    for point in wanted:
        text = model(point.name, letters)
        at = plot.pixel(point.x, point.y)
        box = _best(at, _extent(short(point.name, letters), style), plot.pixels, taken, points)
        if box is None:
            continue
        taken.append(box)
        written.append(point.name)
        figure.add_annotation(
            x=_on(point.x, plot.x), y=_on(point.y, plot.y), xref=plot.axes[0], yref=plot.axes[1],
            text=f"<b>{text}</b>" if point.bold else text, showarrow=False, xanchor="left", yanchor="top",
            xshift=box.left + AIR - at[0], yshift=-(box.top + AIR - at[1]),
            font={"size": style.font_size - 1, "color": point.colour or style.ink}, name="label",
        )  # fmt: skip
    return written


def _on(value: float, axis: Span) -> float:
    return math.log10(value) if axis.log else value


def _extent(text: str, style: Style) -> tuple[float, float]:
    size = style.font_size - 1
    return len(text) * size * LETTER + 2 * AIR, size * 1.35 + 2 * AIR


def _best(
    at: tuple[float, float],
    extent: tuple[float, float],
    size: tuple[float, float],
    taken: Sequence[Box],
    points: Sequence[tuple[float, float]],
) -> Box | None:
    """The place inside the plot that meets no other name and covers the fewest points; the first of equals."""
    best: tuple[int, Box] | None = None
    for box in _places(at, extent):
        inside = box.left >= 0 and box.top >= 0 and box.right <= size[0] and box.bottom <= size[1]
        if not inside or any(box.meets(other) for other in taken):
            continue
        covered = sum(box.left < px < box.right and box.top < py < box.bottom for px, py in points)
        if best is None or covered < best[0]:
            best = (covered, box)
        if covered == 0:
            break
    return best[1] if best else None


def _places(at: tuple[float, float], extent: tuple[float, float]) -> Iterable[Box]:
    """Right, left, above, below, then the four corners."""
    x, y = at
    wide, high = extent
    for left, top in (
        (x + GAP, y - high / 2),
        (x - GAP - wide, y - high / 2),
        (x - wide / 2, y - GAP - high),
        (x - wide / 2, y + GAP),
        (x + GAP, y - GAP - high),
        (x - GAP - wide, y - GAP - high),
        (x + GAP, y + GAP),
        (x - GAP - wide, y + GAP),
    ):
        yield Box(left=left, top=top, right=left + wide, bottom=top + high)
