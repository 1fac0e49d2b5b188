"""Ties: which models the evidence cannot tell apart, and who of them goes first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import polars as pl

from advisor.core.recommendation import Leaders, TiedModel

SAME_SIZE: Final = 1.10
"""Models within this factor of the smallest one's parameters count as its size."""
TIED_FROM: Final = 0.05
"""A model that is at least as good as the best in this share of the resamples is tied with it: the 90 % interval
of the difference then includes 0."""
LISTED: Final = 20
"""Tied leaders that are listed; `n_models` counts them all."""

PLevel = Callable[[str, Sequence[str]], Mapping[str, float]]
"""(best, others) → the chance that each of the others is at least as good as the best."""

_SIMPLER_FIRST: Final = (
    "linear", "lexical", "tree", "static_embedding", "late_interaction", "encoder", "cross_encoder",
    "deep_tabular", "tabular_foundation", "decoder", "api", "other",
)  # fmt: skip
_CLASSES: Final = pl.Enum(
    ["no neural model", "under 200M", "200M-500M", "500M-1B", "1B-6B", "6B and over", "undisclosed"]
)


def smallest_first(field: pl.DataFrame) -> pl.DataFrame:
    """Order by size class, parameters (unknown last), simplicity of the kind, estimate, name."""
    order = {kind: i for i, kind in enumerate(_SIMPLER_FIRST)}
    return field.sort(
        pl.col("size_class").cast(_CLASSES),
        pl.col("n_parameters").fill_null(2**62),
        pl.col("kind").replace_strict(order, default=len(order)),
        pl.col("value"),
        pl.col("model_id"),
        descending=[False, False, False, True, False],
    )


def tied(among: pl.DataFrame, p_level: PLevel) -> pl.DataFrame:
    """The rows whose score cannot be told from the best one's, with `p_tie`; the best itself has 1.

    among: rows of the field, at least one.
    """
    best = among.sort(["value", "model_id"], descending=[True, False])["model_id"][0]
    names = among["model_id"].to_list()
    chances = p_level(best, names)
    p_tie = [1.0 if name == best else chances[name] for name in names]
    return among.with_columns(p_tie=pl.Series(p_tie, dtype=pl.Float64)).filter(
        pl.col("p_tie") >= TIED_FROM
    )


def same_size(ordered: pl.DataFrame) -> pl.DataFrame:
    """The rows of the first one's size, most open first, then most downloaded; see smallest_first."""
    first = ordered.row(0, named=True)
    same = pl.col("size_class") == first["size_class"]
    if first["n_parameters"]:
        same &= pl.col("n_parameters") <= first["n_parameters"] * SAME_SIZE
    elif first["size_class"] == "no neural model":
        same &= pl.col("kind") == first["kind"]
    openness = pl.sum_horizontal(
        pl.col(fact).fill_null(value=False).cast(pl.Int8)
        for fact in ("open_weights", "is_open_license", "open_code", "open_data")
    )
    return ordered.filter(same).sort(
        openness,
        pl.col("downloads_30d").fill_null(-1),
        pl.col("p_good_enough"),
        pl.col("model_id"),
        descending=[True, True, True, False],
    )


def leaders(eligible: pl.DataFrame, p_level: PLevel) -> Leaders | None:
    """The tie set at the top: the smallest in it first, then the most open, then the most downloaded.

    Null where no eligible model was measured enough. Source: METHOD.md#verdict
    """
    grounded = eligible.filter("grounded")
    if grounded.is_empty():
        return None
    best = grounded.sort(["value", "model_id"], descending=[True, False])["model_id"][0]
    level = smallest_first(tied(grounded, p_level))
    first = same_size(level)["model_id"][0]
    # Behind the first, plain order of size: who would be next if it were not there.
    rows = sorted(level.iter_rows(named=True), key=lambda row: row["model_id"] != first)
    return Leaders(
        best=best,
        n_models=level.height,
        models=[
            TiedModel(**{key: row[key] for key in TiedModel.model_fields}) for row in rows[:LISTED]
        ],
    )
