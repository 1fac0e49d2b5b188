"""The numbers behind some charts as tables of a page, in readers' units: size, downloads, models side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor.core.units import format_count
from advisor.render import numbers
from advisor.render.html import table
from advisor.render.side_by_side import facts

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

    from advisor.core.recommendation import RankedModel

_RETURNS: Final = {
    "grow": "returns grow",
    "hold": "not shown to diminish",
    "diminish": "diminish, but do not end",
    "stop": "diminish",
    "not shown": "no gain shown above the edge",
    "rise": "larger scores higher",
    "none": "no effect of size shown",
    "cannot tell": "too few makers to tell",
}
"""By the words of figures.size_returns."""


def slopes(frame: pl.DataFrame, *, caption: str) -> str:
    """What a tenfold size is worth, over all sizes, below and above the edge, in points with 90 % intervals."""
    heads = ["about", "returns", "all sizes", "below the edge", "above it", "edge", "r²", "models", "makers"]  # fmt: skip
    rows = [
        [
            *([row["panel"]] if "panel" in row else []),
            row["scope"],
            _RETURNS.get(row["returns"] or "", "too few models for a curve"),
            *(_slope(row, name) for name in ("slope", "below", "above")),
            format_count(row["edge"]) if row["edge"] else "",
            "" if row["r2"] is None else f"{row['r2']:.2f}",
            _count(row["n_models"]),
            _count(row["n_makers"]),
        ]
        for row in frame.iter_rows(named=True)
    ]
    first = 1 if "panel" in frame.columns else 0
    names = ["task type", "data set", *heads[1:]] if first else heads
    return table(caption, names, rows, right=set(range(first + 2, first + 9)))


def _slope(row: dict[str, Any], name: str) -> str:
    value, low, high = row[name], row[f"{name}_lo"], row[f"{name}_hi"]
    if value is None:
        return ""
    if low is None or high is None:
        return numbers.points(value)
    return f"{numbers.points(value)} ({numbers.points(low)} to {numbers.points(high)})"


def shares(frame: pl.DataFrame) -> str:
    """What the best model under each size cap reaches of the best of all."""
    caption = (
        "Share of the best; one model: the same for all tasks; each task: with a model of its own"
    )
    heads = ["about", "at most", "models", "best of them", "its score", "of the best: one model", "each task"]  # fmt: skip
    rows = [
        [
            row["scope"], format_count(row["cap"]), _count(row["n_models"]), row["model_id"] or "",
            "" if row["value"] is None else numbers.points(row["value"]), _percent(row["share"]),
            _percent(row["share_per_task"]),
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    return table(caption, heads, rows, right={1, 2, 4, 5, 6})


def downloads(frame: pl.DataFrame) -> str:
    """Models, total and median downloads of each size class in each list."""
    heads = ["list", "size class", "models", "downloads in 30 days", "share", "median", "middle half", "most downloaded"]  # fmt: skip
    rows = [
        [
            row.get("panel") or _list(row), row["size_class"], _count(row["n_models"]), _count(row["downloads_30d_total"]),
            _percent(row["downloads_share"]), _whole(row["downloads_30d_median"]),
            _half(row), row["most_downloaded"] or "",
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    caption = "Downloads by size class; share: of the downloads whose model's size is known"
    return table(caption, heads, rows, right={2, 3, 4, 5, 6})


def beside(models: Sequence[RankedModel], *, caption: str) -> str:
    """Models in columns, one fact a line; the words of `advisor compare`."""
    columns = {model.model_id: facts(model) for model in models}
    lines = dict.fromkeys(label for found in columns.values() for label in found)
    rows = [[label, *(found[label] for found in columns.values())] for label in lines]
    return table(caption, ["", *columns], rows)


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def gems(frame: pl.DataFrame) -> str:
    """The hidden gems and the popular but dominated models, with who beats whom by how much."""
    heads = ["model", "what it is", "measured on", "size", "downloads in 30 days", "score", "the other", "its size", "its downloads", "points apart"]  # fmt: skip
    rows = []
    for row in frame.iter_rows(named=True):
        if row["mark"] not in _MARKED:
            continue
        verb, own, low, high = _MARKED[row["mark"]]
        rows.append(
            [
                row["model_id"], row["mark"], row["scope"], format_count(row["n_parameters"]),
                _count(row["downloads_30d"]), numbers.points(row["level"]), f"{verb} {row[own]}",
                format_count(row[f"{own}_n_parameters"]), _count(row[f"{own}_downloads_30d"]), _apart(row, own, low, high),
            ]
        )  # fmt: skip
    caption = "Hidden gems, and popular models that another beats at no cost; points with their interval where it has two ends"
    return table(caption, heads, rows, right={3, 4, 5, 7, 8, 9})


_MARKED: Final = {
    "hidden gem": ("beats", "beats", "beats_lo", ""),
    "popular, dominated": ("is beaten by", "beaten_by", "beaten_by_lo", "beaten_by_hi"),
}
"""By the marks of figures.downloads_and_quality: the verb, and the columns of the other model."""


def _apart(row: dict[str, Any], own: str, low: str, high: str) -> str:
    value = row[f"{own}_points"]
    if value is None or row[low] is None:
        return ""
    points = numbers.points
    ends = f"{points(row[low])} to {points(row[high])}" if high else f"at least {points(row[low])}"
    return f"{points(value)} ({ends})"


def _list(row: dict[str, Any]) -> str:
    return f"{row['date']} · {row['ranking_note']}"


def _half(row: dict[str, Any]) -> str:
    if row["downloads_30d_q25"] is None or row["downloads_30d_q75"] is None:
        return ""
    return f"{row['downloads_30d_q25']:,.0f}–{row['downloads_30d_q75']:,.0f}"


def _whole(value: float | None) -> str:
    return "" if value is None else f"{value:,.0f}"


def _percent(value: float | None) -> str:
    return "" if value is None else numbers.percent(value)
