"""Interval widths as a small table: for each group of cells, how many scales wide at each level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.core.errors import BadInput
from advisor.stats.conformal import margins

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

LEVELS: Final = (*(round(0.50 + 0.01 * i, 2) for i in range(50)), 0.995, 0.999)
"""Levels kept in the table; between two of them the wider one serves, so that coverage never falls short."""

GROUP_LEAST: Final = 200
"""Held-out cells that a group needs for widths of its own; a smaller one takes its pool's."""

EVERYTHING: Final = 0
"""Group number of a pool's cells taken together."""

QUANTILES: Final = pl.Schema(
    {
        "pool": pl.String,
        "group": pl.UInt8,
        "label": pl.String,
        "n_cells": pl.Int64,
        "level": pl.Float64,
        "multiplier": pl.Float64,
    }
)
"""multiplier: half-width over the cell's scale; null where the group is too small for that level."""


def quantile_table(
    pool: str, ratios: NDArray[np.float64], labels: Sequence[str | None]
) -> pl.DataFrame:
    """QUANTILES of one pool from held-out |error| / scale and each cell's group label.

    Group 0 is the whole pool; the others are the labels with at least GROUP_LEAST cells, in their order.
    Source: METHOD.md#intervals
    """
    named = pl.Series("label", labels, dtype=pl.String)
    counts = named.drop_nulls().value_counts().filter(pl.col("count") >= GROUP_LEAST)
    groups: list[tuple[str, NDArray[np.float64]]] = [("all", ratios)]
    groups += [
        (label, ratios[(named == label).fill_null(value=False).to_numpy()])
        for label in counts["label"].sort().to_list()
    ]
    return pl.concat(
        pl.DataFrame(
            {
                "pool": pool,
                "group": number,
                "label": label,
                "n_cells": len(part),
                "level": LEVELS,
                "multiplier": margins(part, LEVELS),
            },
            schema=QUANTILES,
        )
        for number, (label, part) in enumerate(groups)
    )


def group_numbers(table: pl.DataFrame, labels: Sequence[str | None]) -> NDArray[np.uint8]:
    """Each label's group in one pool's QUANTILES; EVERYTHING for one that has none of its own."""
    known = dict(
        table.filter(pl.col("group") != EVERYTHING).select("label", "group").unique().rows()
    )
    return np.array([known.get(label or "", EVERYTHING) for label in labels], dtype=np.uint8)


def multipliers(table: pl.DataFrame, *, level: float) -> pl.DataFrame:
    """(pool, group, multiplier) at `level`; a group too small for it takes its pool's, null if that is too.

    Raises: BadInput: level outside (0, 1).
    """
    check_level(level)
    kept = [x for x in LEVELS if x >= level - 1e-9]
    if not kept:
        return table.select("pool", "group", multiplier=pl.lit(None, dtype=pl.Float64)).unique()
    at = table.filter(pl.col("level") == kept[0])
    whole = at.filter(pl.col("group") == EVERYTHING).select("pool", whole="multiplier")
    return at.join(whole, on="pool", how="left").select(
        "pool", "group", multiplier=pl.coalesce("multiplier", "whole")
    )


def check_level(level: float) -> None:
    """Refuse a level that is not a share. Raises: BadInput."""
    if not 0.0 < level < 1.0:
        raise BadInput(f"level: {level!r} must lie between 0 and 1; write it like 0.90")
