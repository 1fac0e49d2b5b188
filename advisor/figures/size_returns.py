"""What a chooser reads off a size curve: the best model up to each size, the knee, shares of the best, and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from advisor.core.units import format_count
from advisor.recommend.ladder import knee

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.figures.size_points import Points
    from advisor.stats.size_curve import SizeCurve, Slope

CAPS: Final[Mapping[str, tuple[int, ...]]] = {
    "embedding": (
        35_000_000, 86_000_000, 150_000_000, 350_000_000, 700_000_000, 1_000_000_000, 2_000_000_000, 8_000_000_000,
    ),
    "language-model": (
        150_000_000, 700_000_000, 2_000_000_000, 4_000_000_000, 8_000_000_000, 15_000_000_000, 35_000_000_000,
        75_000_000_000,
    ),
    "tabular": (),
}  # fmt: skip
"""Size caps that shares are told for, parameters, by pool: just above the sizes that many models have."""
TOLERANCE: Final = 0.05
"""Fraction of the scale that the knee gives away: the default tolerance of an answer, five points."""

SHARES: Final = pl.Schema(
    {
        "cap": pl.Int64, "n_models": pl.Int64, "model_id": pl.String, "value": pl.Float64, "share": pl.Float64,
        "share_per_task": pl.Float64,
    }
)  # fmt: skip


def envelope(sized: pl.DataFrame) -> pl.DataFrame:
    """The models that no smaller or equally large one reaches, smallest first: POINTS rows; of equals the first by name.

    sized: POINTS rows with a size.
    """
    ordered = sized.sort(["n_parameters", "value", "model_id"], descending=[False, True, False])
    best_before = pl.col("value").cum_max().shift(1)
    return ordered.filter(best_before.is_null() | (pl.col("value") > best_before))


def knee_of(frontier: pl.DataFrame, tolerance: float = TOLERANCE) -> str | None:
    """The smallest model of the envelope that no larger one beats by more than the tolerance: the ladder's rule.

    Source: METHOD.md#ladder
    """
    at = knee(frontier["value"].to_list(), tolerance)
    return None if at is None else str(frontier["model_id"][at])


def shares(points: Points, caps: Sequence[int]) -> pl.DataFrame:
    """SHARES: what the best model under each cap reaches of the best of all, those of undisclosed size included.

    share: one model for all tasks, its mean over the best mean. share_per_task: the mean over the tasks of the best
    score under the cap over the best score, each task with a model of its own, as a chooser with one task reads it;
    null where a task's best is not above 0 or has nobody under the cap. Caps without a model are left out.
    """
    top = points.models["value"].max()
    sizes = points.models.select("model_id", "n_parameters")
    cells = points.cells.join(sizes, on="model_id")
    best = cells.group_by("task_id").agg(best=pl.col("value").max())
    rows = []
    for cap in caps:
        under = points.sized.filter(pl.col("n_parameters") <= cap)
        if under.is_empty():
            continue
        first = under.sort(["value", "model_id"], descending=[True, False]).row(0, named=True)
        small = cells.filter(pl.col("n_parameters") <= cap).group_by("task_id")
        each = best.join(small.agg(pl.col("value").max()), on="task_id", how="left")
        whole = bool((each["best"] > 0).all()) and each["value"].null_count() == 0
        rows.append(
            {
                "cap": cap,
                "n_models": under.height,
                "model_id": first["model_id"],
                "value": first["value"],
                "share": first["value"] / top if isinstance(top, float) and top > 0 else None,
                "share_per_task": each.select((pl.col("value") / pl.col("best")).mean()).item()
                if whole
                else None,
            }
        )
    return pl.DataFrame(rows, schema=SHARES)


Returns = Literal["grow", "hold", "diminish", "stop", "not shown", "rise", "none", "cannot tell"]


def returns(curve: SizeCurve) -> Returns:
    """Whether size keeps paying, judged on the intervals of the slopes below and above the edge and of their difference.

    Above the edge the slope is above 0 and: larger than below ("grow"), smaller ("diminish"), or neither ("hold"). It
    may be 0 and is smaller than below ("stop"), or the difference cannot be told either ("not shown"). Without slopes
    of their own, the straight line's: "rise", "none", or "cannot tell" where there are too few makers.
    """
    if curve.above is None or curve.change is None:
        if curve.slope.lo is None:
            return "cannot tell"
        return "rise" if curve.slope.rises else "none"
    less = curve.change.hi is not None and curve.change.hi < 0
    if curve.above.rises:
        if curve.change.rises:
            return "grow"
        return "diminish" if less else "hold"
    return "stop" if less else "not shown"


def returns_words(curve: SizeCurve) -> str:
    """The same in a sentence with its numbers."""
    told = returns(curve)
    if curve.above is None or curve.below is None:
        words = {
            "rise": "Larger models score higher",
            "none": "No effect of size can be shown",
            "cannot tell": "Too few makers to say what size does",
        }
        return f"{words[told]}: {per_decade(curve.slope)} per tenfold parameters."
    edge = format_count(curve.edge)
    said = {
        "grow": "Returns grow",
        "hold": "Returns are not shown to diminish",
        "diminish": "Returns diminish but do not end",
        "stop": "Returns diminish",
        "not shown": f"No gain from size is shown above {edge}",
    }
    return (
        f"{said[told]}: a tenfold size is worth {per_decade(curve.above)} within the sizes above {edge}, "
        f"{per_decade(curve.below)} within those below."
    )


def whole_words(curve: SizeCurve) -> str:
    """The straight line over all sizes; where it is steeper than both sides, why that is no contradiction."""
    words = f"Over all sizes it is worth {per_decade(curve.slope)}"
    if curve.above is None or curve.below is None:
        words = f"Over all sizes {per_decade(curve.slope)} per tenfold parameters"
    elif curve.slope.value > max(curve.above.value, curve.below.value):
        words += ", more than within either side because the step between the two sides counts too"
    return f"{words}; r² {curve.r2:.2f}."


def per_decade(slope: Slope) -> str:
    """Like "7.2 points (4.3 to 9.7)"."""
    value = f"{points(slope.value)} points"
    if slope.lo is None or slope.hi is None:
        return f"{value} (no interval: too few makers)"
    return f"{value} ({points(slope.lo)} to {points(slope.hi)})"


def points(fraction: float) -> str:
    """Hundredths of the scale with one decimal."""
    text = f"{100 * fraction:.1f}"
    return "0.0" if text == "-0.0" else text
