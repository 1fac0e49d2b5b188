"""The words in an evidence row's `subset` that say what was run: batch, tokens in and out, threads."""

from __future__ import annotations

from typing import Final

import polars as pl

FIELDS: Final = ("batch", "input_tokens", "output_tokens", "threads", "labels")
"""Numbers that a subset may state; what it does not state is unknown."""


def subset_words(**counts: int) -> str:
    """The subset of a measurement: "batch=1;input_tokens=128;output_tokens=0;threads=1".

    Raises: ValueError: a field that FIELDS does not list.
    """
    if strange := sorted(set(counts) - set(FIELDS)):
        raise ValueError(f"subset: {strange[0]!r} is not one of {', '.join(FIELDS)}")
    return ";".join(f"{name}={counts[name]}" for name in FIELDS if name in counts)


def subset_columns(*fields: str) -> list[pl.Expr]:
    """Expressions that read `fields` (all of FIELDS when none is named) out of a column `subset`.

    Floats, since published runs state mean lengths and batches; null where the subset states no number.
    """
    return [
        pl.col("subset")
        .str.extract(rf"(?:^|;)\s*{name}\s*=\s*(\d{{1,18}}(?:\.\d+)?)\s*(?:;|$)")
        .cast(pl.Float64)
        .alias(name)
        for name in fields or FIELDS
    ]
