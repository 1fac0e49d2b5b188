"""How a model answers: it turns a text into a vector or a label, or it writes one."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.estimate.model_size import TRANSFORMERS

NEURAL_WAYS: Final = ("encode", "generate")
SIDE_KINDS: Final = ("static_embedding", "linear", "lexical")


def embeds(pool: str | None = None) -> pl.Expr:
    """Whether a model serves as an embedding: by the pool asked about, else if it is of the embedding pool at all."""
    if pool is not None:
        return pl.lit(pool == "embedding")
    return pl.col("pool").list.contains("embedding").fill_null(value=False)


def way_of(pool: str | None = None) -> pl.Expr:
    """One of "encode", "generate", a kind of SIDE_KINDS, or "unknown" (hosted, tables, images).

    Every decoder generates unless it serves as an embedding. A row of a table is no text: what classical
    models of the tabular pool take is not known here.
    """
    kind = pl.col("kind")
    tabular = (
        pl.lit(pool == "tabular")
        if pool is not None
        else pl.col("pool").list.contains("tabular").fill_null(value=False) & ~embeds()
    )
    return (
        pl.when(tabular)
        .then(pl.lit("unknown"))
        .when((kind == "decoder") & ~embeds(pool))
        .then(pl.lit("generate"))
        .when(kind.is_in(TRANSFORMERS))
        .then(pl.lit("encode"))
        .when(kind.is_in(SIDE_KINDS))
        .then(kind)
        .otherwise(pl.lit("unknown"))
    )
