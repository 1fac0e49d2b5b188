"""Memory that a model takes where it runs: its weights, what it computes in, and the program around it."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.estimate.arithmetic import layers, layers_times_width
from advisor.estimate.model_size import with_inner_size
from advisor.estimate.ways import NEURAL_WAYS, SIDE_KINDS, way_of

HALF_BYTES: Final = 2.0
FULL_BYTES: Final = 4.0

RUNTIME_BYTES: Final = {
    "transformer": 447e6,
    "static_embedding": 87e6,
    "linear": 289e6,
    "lexical": 228e6,
}
"""Peak of the process over its weights at one text of 16 tokens: Python with PyTorch and transformers, with numpy
and tokenizers, with scikit-learn. Measured on the shapes (data/shape_timings.parquet). Source: METHOD.md#memory"""

BYTES_PER_TOKEN_AND_WIDTH: Final = 200.0
"""What the process grows by per token of a call and unit of hidden size, float32; measured likewise. Source: METHOD.md#memory"""

CACHE_BYTES: Final = 2.0 * HALF_BYTES
"""Key and value in half precision, per token, layer and unit of width; grouped heads need less."""


def memory(
    models: pl.DataFrame, *, batch_size: int = 1, tokens: int = 128, pool: str | None = None
) -> pl.DataFrame:
    """Bytes that each model takes in use: one row a model, quantity "memory_bytes", sorted by model_id.

    All experts of a mixture count. `lo` is the weights alone, as a lean runtime holds them; `hi` has them in
    float32 where their published bytes are not known. value null: hosted, or the size is not known.

    basis: "interpolated" from published bytes and measured overhead, "extrapolated" where the bytes come from
    the parameter count and the usual precision.

    models: MODELS columns. batch_size, tokens: of the largest call. pool: as for latency.
    Source: METHOD.md#memory
    """
    sized = with_inner_size(models).select("model_id", "inner", *_weights(pool))
    inner = sized["inner"].fill_null(0.0).to_numpy()
    wide = layers_times_width(inner)
    words = batch_size * tokens
    # Per token: buffers of one layer, freed when the next one runs; the cache of all layers, when text is written.
    extra = sized.with_columns(
        active=pl.Series(BYTES_PER_TOKEN_AND_WIDTH * wide / layers(inner) * words),
        cache=pl.Series(CACHE_BYTES * wide * words),
        runtime=pl.col("group").replace_strict(
            RUNTIME_BYTES, default=None, return_dtype=pl.Float64
        ),
    )
    overhead = pl.col("runtime") + pl.when(pl.col("group") == "transformer").then(
        "active"
    ).otherwise(0.0)
    value = pl.col("usual") + overhead
    known = value.is_not_null()
    cache = pl.when("writes").then("cache").otherwise(0.0)
    basis = pl.when("published").then(pl.lit("interpolated")).otherwise(pl.lit("extrapolated"))
    return extra.select(
        "model_id",
        quantity=pl.lit("memory_bytes"),
        value=value,
        lo=pl.when(known).then("least"),
        hi=pl.when(known).then(pl.col("most") + overhead + cache),
        basis=pl.when(known).then(basis),
        n_evidence=pl.when(known).then(pl.lit(1, dtype=pl.Int64)),
    ).sort("model_id")


def _weights(pool: str | None) -> list[pl.Expr]:
    """group, writes, published, and the bytes of the weights: least, usual, most."""
    way, kind = way_of(pool), pl.col("kind")
    count = pl.col("n_parameters").cast(pl.Float64)
    published = pl.col("weights_bytes").cast(pl.Float64)
    # A text classifier of a few hundred thousand weights states none; they vanish beside the program.
    none = pl.when(way.is_in(["linear", "lexical"])).then(0.0)
    # Of the embedding models that state their bytes, 277 of 327 encoders take 4 a parameter and 97 of 172
    # decoders 2; language models are published, and were measured, in 16 bits.
    usual = pl.when(kind == "decoder").then(HALF_BYTES).otherwise(FULL_BYTES)
    most = pl.when(way == "generate").then(HALF_BYTES).otherwise(FULL_BYTES)
    return [
        pl.when(way.is_in(NEURAL_WAYS))
        .then(pl.lit("transformer"))
        .when(way.is_in(SIDE_KINDS))
        .then(way)
        .alias("group"),
        (way == "generate").alias("writes"),
        published.is_not_null().alias("published"),
        pl.coalesce(published, count * HALF_BYTES, none).alias("least"),
        pl.coalesce(published, count * usual, none).alias("usual"),
        pl.coalesce(published, count * most, none).alias("most"),
    ]
