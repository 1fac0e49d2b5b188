"""The backtests as tables of a page: what was promised and what came true, verdicts, receipts, and the estimators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from advisor.core.units import format_count
from advisor.render import numbers
from advisor.render.html import table

if TYPE_CHECKING:
    import polars as pl

KINDS: Final = {
    "verdict": "a named model is good enough as often as was asked for",
    "interval": "a 90 % interval holds the measured score in 90 % of cases",
    "far": "the same on tasks that are unlike everything measured",
    "odds": "what was stated as likely comes true at least as often",
    "pick": "our pick costs no more than the rule a reader would use instead",
}
"""By the kinds of recommend.promises."""


def tally(frame: pl.DataFrame) -> str:
    """How many groups of each promise missed it. frame: recommend.promises.JUDGED."""
    rows = []
    for kind, words in KINDS.items():
        part = frame.filter(frame["kind"] == kind)
        rows.append([words, f"{part['missed'].sum():,}", f"{part.height:,}"])
    return table("What is promised, and in how many groups it was missed", ["promise", "missed", "groups"], rows, right={1, 2})  # fmt: skip


def missed(frame: pl.DataFrame, kind: str) -> str:
    """The groups that missed one promise, the worst first."""
    part = frame.filter((frame["kind"] == kind) & frame["missed"])
    points = kind == "pick"
    heads = ["group", "the other rule", "our pick", "cases"] if points else ["group", "promised", "came true", "90 % interval", "cases"]  # fmt: skip
    rows = [_judged(row, points=points) for row in part.iter_rows(named=True)]
    said = " (mean points below the best)" if points else ""
    return table(f"Missed: {KINDS[kind]}{said}", heads, rows, right={1, 2, 3, 4})


def _judged(row: dict[str, Any], *, points: bool) -> list[str]:
    if points:
        return [row["about"], f"{row['promised']:.1f}", f"{row['found']:.1f}", f"{row['n']:,}"]
    held = f"{_exact(row['lo'])} to {_exact(row['hi'])}"
    return [row["about"], _exact(row["promised"]), _exact(row["found"]), held, f"{row['n']:,}"]


def odds(frame: pl.DataFrame, *, caption: str) -> str:
    """Stated odds and how often they came true, by tenths of the odds stated."""
    rows = [
        [
            f"{10 * row['bin']} to {10 * row['bin'] + 10} %", _exact(row["stated"]), _exact(row["came_true"]),
            f"{row['n']:,}",
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    return table(caption, ["odds stated", "on average", "came true", "cases"], rows, right={1, 2, 3})  # fmt: skip


def sizing(frame: pl.DataFrame) -> str:
    """How verdicts came true by pool, tolerance and confidence, beside two rules that need no advice."""
    heads = [
        "questions about", "may give up", "odds asked for", "questions", "cannot tell", "named: good enough",
        "leaderboard's first: good enough", "7B: good enough",
    ]  # fmt: skip
    rows = [
        [
            row["pool"].replace("-", " "), f"{100 * row['tolerance']:g} points", _share(row["confidence"]),
            f"{row['n']:,}", _share(row["cannot_tell"]), _share(row["good_enough"]), _share(row["leader_good_enough"]),
            _share(row["seven_good_enough"]),
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    caption = "Verdicts on held-out tasks; good enough: within the points given up of the best measured model"
    return table(caption, heads, rows, right=set(range(1, 8)))


def receipts(frame: pl.DataFrame) -> str:
    """What picks cost by task family and size cap: the lines that stand under answers."""
    heads = [
        "family", "size cap", "questions", "our pick costs: mean", "median", "the biggest: mean",
        "leaderboard's first: mean", "within 1 point", "90 % intervals held", "named", "of them good enough",
    ]  # fmt: skip
    rows = [
        [
            row["task_family"].replace("-", " "), format_count(row["cap"]) if row["cap"] else "none",
            f"{row['n_questions']:,}", *(_points(row[f"regret_{name}_points"]) for name in ("mean", "median", "biggest", "leader")),
            _share(row["within_1_point"]), _share(row["coverage"]), f"{row['n_named']:,}", _share(row["named_good_enough"]),
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    return table("Points below the best model under the cap, on held-out tasks", heads, rows, right=set(range(1, 11)))  # fmt: skip


def estimators(frame: pl.DataFrame) -> str:
    """How far off predicted scores are, ours first and naive rules after it."""
    heads = ["models", "estimator", "scores hidden", "mean miss", "median miss", "better than additive by", "interval held", "its width"]  # fmt: skip
    rows = [
        [
            row["pool"].replace("-", " "), row["estimator"], f"{row['n']:,}", _points(row["mae_points"]),
            _points(row["median_points"]), _share(row["skill"]), _share(row["coverage"]), _points(row["width_points"]),
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    caption = "A share of the measured scores hidden, everything fitted again; misses and widths in points"
    return table(caption, heads, rows, right=set(range(2, 8)))


def groups(frame: pl.DataFrame) -> str:
    """How often the 90 % intervals held, by pool, task family and size class."""
    heads = ["models", "task family", "size class", "scores hidden", "interval held", "its width", "mean miss"]  # fmt: skip
    rows = [
        [
            row["pool"].replace("-", " "), row["task_family"].replace("-", " "), row["size_class"], f"{row['n']:,}",
            _share(row["coverage"]), _points(row["width_points"]), _points(row["mae_points"]),
        ]
        for row in frame.iter_rows(named=True)
    ]  # fmt: skip
    return table("Coverage by group; widths and misses in points", heads, rows, right={3, 4, 5, 6})


def _share(value: float | None) -> str:
    return "" if value is None else numbers.percent(value)


def _exact(value: float) -> str:
    """With a decimal: many cases tell shares apart that round to the same percent."""
    return f"{100 * value:.1f}%"


def _points(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"
