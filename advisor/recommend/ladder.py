"""The size ladder: the best model of each size class, and the rung after which size stops paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.ids import SIZE_CLASSES
from advisor.core.recommendation import Rung, ScoreEstimate

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import polars as pl


def score_estimate(row: dict[str, Any]) -> ScoreEstimate:
    """The estimate columns of one row of the field as a typed object."""
    return ScoreEstimate(**{name: row[name] for name in ScoreEstimate.model_fields})


def size_ladder(field: pl.DataFrame, *, tolerance: float) -> list[Rung]:
    """One rung per size class that has a well-evidenced model, smallest class first.

    field: one row per model of the reference set with size_class, estimate columns, p_good_enough
    (null where not eligible), eligible, grounded (enough evidence to stand for its class).
    tolerance: fraction of the metric's scale. Undisclosed sizes stand last and are never the knee.
    Source: METHOD.md#ladder
    """
    best = (
        field.filter("grounded")
        .sort(["value", "model_id"], descending=[True, False])
        .group_by("size_class", maintain_order=True)
        .first()
    )
    rows = {row["size_class"]: row for row in best.iter_rows(named=True)}
    ordered = [rows[name] for name in SIZE_CLASSES if name in rows]
    if not ordered:
        return []
    top = max(row["value"] for row in ordered)
    sized = [row for row in ordered if row["size_class"] != "undisclosed"]
    at = knee([row["value"] for row in sized], tolerance)
    bend = None if at is None else sized[at]
    return [
        Rung(
            size_class=row["size_class"],
            model_id=row["model_id"],
            n_parameters=row["n_parameters"],
            estimate=score_estimate(row),
            share_of_best=row["value"] / top if top > 0 else 0.0,
            p_good_enough=row["p_good_enough"],
            eligible=row["eligible"],
            is_knee=row is bend,
        )
        for row in ordered
    ]


def knee(values: Sequence[float], tolerance: float) -> int | None:
    """Position of the smallest rung that no larger rung beats by more than the tolerance; None without rungs.

    values: the rungs' estimates, smallest rung first. Source: METHOD.md#ladder
    """
    for at, value in enumerate(values):
        if all(larger - value <= tolerance for larger in values[at + 1 :]):
            return at
    return None
