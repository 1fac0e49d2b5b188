"""What part of a model each token passes through, and how sure that is."""

from __future__ import annotations

from typing import Final

import polars as pl

DECODER_SHARE_AT_500M: Final = 0.26
DECODER_SHARE_FALL: Final = 0.6
DECODER_SHARE_MOST: Final = 0.65
"""Embedding table's share of a decoder's parameters: 0.26 · (N / 5·10⁸)^-0.6, at most 0.65. Medians of the 185
decoders in mteb's registry by size: 0.63 at 0.2 B, 0.26 at 0.5 B, 0.15 at 1.7 B, 0.07 at 6 B. Source: METHOD.md#latency"""
DECODER_SHARE_SPREAD: Final = 1.5
"""The ninetieth percentile over the median of that share, within a size."""

ENCODER_SHARE: Final = (0.06, 0.26, 0.69)
"""Tenth, fiftieth and ninetieth percentile of the embedding share over the 334 encoders that state it in mteb's
registry: what an encoder that does not state it may have. Source: METHOD.md#latency"""

TRANSFORMERS: Final = ("encoder", "decoder", "cross_encoder", "late_interaction")


def with_inner_size(models: pl.DataFrame) -> pl.DataFrame:
    """`models` with inner, inner_lo, inner_hi: parameters that each token passes through, null when the size is unknown.

    Total less the embedding table; of a mixture of experts the active ones. Where the table's size is not
    stated it is estimated from models of the kind, and the ends lie apart.
    """
    total = pl.coalesce("n_active_parameters", "n_parameters").cast(pl.Float64)
    # Static word vectors have 0 active parameters; they are no transformers, and 0 is no size of one.
    total = pl.when(total > 0).then(total)
    decoder = pl.col("kind") == "decoder"
    share = (
        (DECODER_SHARE_AT_500M * (total / 5e8).pow(-DECODER_SHARE_FALL)).clip(0.0, DECODER_SHARE_MOST)
    )  # fmt: skip
    large = (share * DECODER_SHARE_SPREAD).clip(0.0, DECODER_SHARE_MOST)
    stated = pl.col("n_embedding_parameters").cast(pl.Float64)
    # A mixture's table is part of its active parameters too. A stated table that leaves nothing is a slip.
    known = pl.when(stated < total).then(total - stated)
    low, middle, high = ENCODER_SHARE
    return models.with_columns(
        inner=pl.coalesce(known, total * (1.0 - pl.when(decoder).then(share).otherwise(middle))),
        inner_lo=pl.coalesce(known, total * (1.0 - pl.when(decoder).then(large).otherwise(high))),
        inner_hi=pl.coalesce(known, total * (1.0 - pl.when(decoder).then(0.0).otherwise(low))),
        read_per_token=total,
    )
