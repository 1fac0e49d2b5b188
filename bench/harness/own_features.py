"""Texts as rows of a matrix: counted word and letter pieces, or an encoder's vectors; two texts as one row."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final, Protocol

import numpy as np

from advisor._lazy import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.harness.encoders import Encoder

_WORD: Final = r"(?u)\b\w+\b"
"""Single letters count as words: some languages write whole words so."""

Row = tuple[str, ...]
"""An item: one text, or two."""


class Features(Protocol):
    """Fitted on training rows, then turns any rows into a matrix."""

    def fit(self, rows: Sequence[Row]) -> Any:
        """The matrix of the training rows."""
        ...

    def transform(self, rows: Sequence[Row]) -> Any:
        """The matrix of any rows: (n, d), sparse or dense."""
        ...

    def vectors(self, texts: Sequence[str]) -> Any:
        """Unit vectors of single texts, for cosines."""
        ...

    def parts(self, width: int) -> list[int]:
        """Where each part of a vector of that width ends."""
        ...


class TfidfFeatures:
    """TF-IDF of words and word pairs beside that of letter runs of 2 to 4 within words.

    Letter runs stand in for stems, typos and compounds, in any script with spaces. Source: METHOD.md#bench-own
    """

    def __init__(self) -> None:
        need("sklearn", extra="bench")
        from sklearn.feature_extraction.text import TfidfVectorizer
        from sklearn.pipeline import make_union

        words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=_WORD)
        letters = TfidfVectorizer(
            analyzer="char_wb", ngram_range=(2, 4), sublinear_tf=True, min_df=2
        )
        self._words, self._union = words, make_union(words, letters)
        self.n_features = 0

    def fit(self, rows: Sequence[Row]) -> Any:
        """The matrix of the training rows. Raises: ValueError: no text holds a letter."""
        self._union.fit([text for row in rows for text in row])
        made = self.transform(rows)
        self.n_features = made.shape[1]
        return made

    def transform(self, rows: Sequence[Row]) -> Any:
        """Sparse (n, d)."""
        from scipy import sparse

        sides = [self.vectors(side) for side in zip(*rows, strict=True)]
        if len(sides) == 1:
            return sides[0]
        one, two = sides
        return sparse.hstack([abs(one - two), one.multiply(two)], format="csr")

    def vectors(self, texts: Sequence[str]) -> Any:
        """Sparse unit rows: both halves are unit vectors, so their union is divided by the root of two."""
        return self._union.transform(list(texts)) / np.sqrt(2.0)

    def parts(self, width: int) -> list[int]:
        """Words end where letters begin."""
        return [len(self._words.vocabulary_), width]


class EncoderFeatures:
    """An encoder's vectors, brought to unit length; of two texts their distance and product, by coordinate."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self.n_features = 0

    def fit(self, rows: Sequence[Row]) -> Any:
        """The matrix of the training rows; nothing is learned."""
        made = self.transform(rows)
        self.n_features = made.shape[1]
        return made

    def transform(self, rows: Sequence[Row]) -> NDArray[np.float32]:
        """Dense (n, d)."""
        sides = [self.vectors(side) for side in zip(*rows, strict=True)]
        if len(sides) == 1:
            return sides[0]
        one, two = sides
        joined: NDArray[np.float32] = np.hstack([np.abs(one - two), one * two])
        return joined

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Dense unit rows; a text without tokens is all zeros."""
        made = self.encoder.encode(list(texts))
        length = np.linalg.norm(made, axis=1, keepdims=True)
        unit: NDArray[np.float32] = (made / np.where(length > 0.0, length, 1.0)).astype(np.float32)
        return unit

    def parts(self, width: int) -> list[int]:
        """One part."""
        return [width]


def cosines(features: Features, rows: Sequence[Row]) -> NDArray[np.float64]:
    """(n, parts) cosine of each pair of texts, for each part of the features on its own."""
    one, two = (features.vectors(side) for side in zip(*rows, strict=True))
    product = one.multiply(two) if hasattr(one, "multiply") else one * two
    ends = [0, *features.parts(product.shape[1])]
    sums = [
        np.asarray(product[:, a:b].sum(axis=1), dtype=np.float64).ravel() for a, b in pairwise(ends)
    ]
    return np.column_stack(sums)
