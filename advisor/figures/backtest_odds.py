"""Stated odds against how often they came true, on held-out questions with known answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.figures.chart import Chart
from advisor.stats.noninferiority import share_interval

if TYPE_CHECKING:
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

LEVEL: Final = 0.90
ENOUGH: Final = "good enough"
BEST: Final = "best"
_TABLES: Final = {ENOUGH: "backtest_odds", BEST: "backtest_best"}
FRAME: Final = pl.Schema(
    {
        "what": pl.String, "bin": pl.Int64, "n": pl.Int64, "stated": pl.Float64, "came_true": pl.Float64,
        "lo": pl.Float64, "hi": pl.Float64, "off": pl.Boolean,
    }
)  # fmt: skip
"""One bin of stated odds a row. stated: mean of the odds in it; came_true: share that was so, with Wilson's interval at
LEVEL; off: whether the stated odds lie outside that interval."""


def build(wanted: Wanted, snapshot: Snapshot) -> Chart:
    """How the odds of being good enough, and of being best, came true. Reads nothing of `wanted`.

    Source: METHOD.md#good-enough
    """
    parts = [
        snapshot.table(table).with_columns(what=pl.lit(what)) for what, table in _TABLES.items()
    ]
    ends = [
        share_interval(round(row["came_true"] * row["n"]), row["n"], level=LEVEL)
        for part in parts
        for row in part.iter_rows(named=True)
    ]
    frame = pl.concat(parts).with_columns(
        lo=pl.Series([low for low, _ in ends]), hi=pl.Series([high for _, high in ends])
    )
    frame = frame.with_columns(off=~pl.col("stated").is_between("lo", "hi"))
    frame = frame.select(pl.col(name).cast(dtype) for name, dtype in FRAME.items())
    summary = snapshot.table("backtest_calibration")
    questions = int(summary["n_questions"].max() or 0)  # type: ignore[arg-type]
    return Chart(
        name="backtest-odds",
        title="Stated odds against what came true",
        reading=" ".join(_reading(part) for part in frame.partition_by("what", maintain_order=True)),
        frame=frame,
        notes=(
            f"{LEVEL:.0%} intervals are Wilson's for independent cases; many cases share a question, so the truth is wider.",
            "Each question's task, and every task that shares its data, was held out of the fit, of the choice of similar tasks "
            "and of the curve that states the odds. Good enough: within 1, 3 or 5 points of the best, taken together.",
            _errors(summary),
        ),
        better="on the diagonal",
        pool=f"{questions:,} held-out questions; {int(frame['n'].sum()):,} stated odds",
        snapshot_id=snapshot.id,
        facts={
            f"{row['what']}: expected_calibration_error": row["expected_calibration_error"]
            for row in summary.iter_rows(named=True)
        },
    )  # fmt: skip


def _reading(part: pl.DataFrame) -> str:
    """The largest miss and its direction, and how many bins are off."""
    what = part["what"][0]
    gaps = part.with_columns(gap=pl.col("came_true") - pl.col("stated"))
    worst = gaps.sort(pl.col("gap").abs(), descending=True).row(0, named=True)
    off = part.filter("off").height
    high = gaps.filter(pl.col("off"), pl.col("gap") < 0).height
    ways = f"{off} of {part.height} bins are off by more than chance"
    lean = f" ({high} of them stated too high)" if off else ""
    return (
        f"Odds of being {what}: {ways}{lean}; the largest gap is at {worst['stated']:.0%} stated, where "
        f"{worst['came_true']:.0%} came true (n = {worst['n']:,})."
    )


def _errors(summary: pl.DataFrame) -> str:
    parts = [
        f"{row['what']} {100 * row['expected_calibration_error']:.1f} points"
        for row in summary.iter_rows(named=True)
    ]
    return (
        f"Mean gap over all cases: {', '.join(parts)}; most cases have odds near 0, where a gap can hardly be large: read the "
        "bins on the right."
    )
