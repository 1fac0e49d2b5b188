"""How much work one call is for a transformer: arithmetic and bytes, from parameters and tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Values = NDArray[np.float64]

FLOPS_PER_PARAMETER_AND_TOKEN: Final = 2.0
"""A multiplication and an addition per weight and token. Source: arXiv 2001.08361, table 1."""
PARAMETERS_PER_LAYER: Final = 12.0
"""Parameters of a standard layer over its squared width: 4 in attention, 8 in the feed-forward part. Source: likewise."""
LAYERS_AT_100M: Final = 14.7
LAYERS_GROWTH: Final = 0.281
"""Depth of published transformers against non-embedding parameters: least squares on logarithms over 17 of them,
from two layers of BERT to Llama-2-70B. Source: METHOD.md#work-per-item"""


def layers(non_embedding: Values) -> Values:
    """Likely number of layers of a transformer with so many parameters outside its embedding table."""
    return np.maximum(LAYERS_AT_100M * (non_embedding / 1e8) ** LAYERS_GROWTH, 1.0)


def layers_times_width(non_embedding: Values) -> Values:
    """Likely number of layers times hidden size; within 40 % of the 17 published shapes.

    From N = 12 · layers · width². Source: METHOD.md#work-per-item
    """
    return np.sqrt(non_embedding * layers(non_embedding) / PARAMETERS_PER_LAYER)


def flops_per_item(non_embedding: Values, tokens: float | Values, layers_x_width: Values) -> Values:
    """FLOP of one forward pass over `tokens` tokens of one item: weights, and attention over pairs of tokens.

    Args:
        non_embedding: shape (n,), parameters outside the embedding table; of a mixture, the active ones.
        tokens: of the item.
        layers_x_width: shape (n,), number of layers times hidden size.
    Source: METHOD.md#work-per-item
    """
    weights = FLOPS_PER_PARAMETER_AND_TOKEN * non_embedding * tokens
    result: Values = weights + 4.0 * layers_x_width * np.square(tokens)
    return result
