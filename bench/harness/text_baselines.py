"""Embeddings without a neural network: TF-IDF with a truncated SVD, and hashed letter n-grams."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor._lazy import need

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST_DIMENSIONS: Final = 256
MOST_TERMS: Final = 100_000
HASHED_DIMENSIONS: Final = 2048


class TfidfSvd:
    """Words and word pairs weighted by TF-IDF (sublinear), reduced to 256 dimensions; needs `fit`.

    No setting was tuned on any test data. Source: METHOD.md#bench-mteb
    """

    model_id = "baseline/tfidf-svd"
    kind = "lexical"
    context_tokens = None

    def __init__(self, *, seed: int = 0) -> None:
        """Nothing is learned yet."""
        self._seed = seed
        self._steps: Any = None

    @property
    def embed_dim(self) -> int:
        """Dimensions that the fit left."""
        return int(self._steps[-1].components_.shape[0])

    @property
    def n_parameters(self) -> int:
        """The projection's coefficients and one weight a term."""
        return int(self._steps[-1].components_.size + self._steps[0].idf_.size)

    @property
    def weights_bytes(self) -> int:
        """Of the projection and the terms' weights, as they lie in memory."""
        return int(self._steps[-1].components_.nbytes + self._steps[0].idf_.nbytes)

    def fit(self, texts: Sequence[str]) -> None:
        """Learn terms, weights and projection from texts alone.

        Fewer terms or texts than dimensions give fewer dimensions. ValueError: no text holds a word.
        """
        text = need("sklearn.feature_extraction.text", extra="bench")
        decomposition = need("sklearn.decomposition", extra="bench")
        pipeline = need("sklearn.pipeline", extra="bench")
        terms = text.TfidfVectorizer(
            ngram_range=(1, 2), sublinear_tf=True, max_features=MOST_TERMS, dtype=np.float32
        )
        weighted = terms.fit_transform(texts)
        dimensions = max(1, min(MOST_DIMENSIONS, weighted.shape[0] - 1, weighted.shape[1] - 1))
        svd = decomposition.TruncatedSVD(dimensions, random_state=self._seed).fit(weighted)
        self._steps = pipeline.Pipeline([("terms", terms), ("svd", svd)])

    def encode(self, texts: Sequence[str], batch_size: int = 32) -> NDArray[np.float32]:
        """Shape (texts, embed_dim); zeros for a text without a known term."""
        del batch_size  # sparse rows take no batches
        made: NDArray[np.float32] = self._steps.transform(list(texts)).astype(np.float32)
        return made


class HashedNgrams:
    """Runs of three to five letters within words, hashed with a sign into 2,048 dimensions; learns nothing."""

    model_id = "baseline/hashed-ngrams"
    kind = "lexical"
    context_tokens = None
    embed_dim = HASHED_DIMENSIONS
    n_parameters = 0
    weights_bytes = 0

    def __init__(self, *, seed: int = 0) -> None:
        """The hash does not depend on the seed."""
        del seed
        text = need("sklearn.feature_extraction.text", extra="bench")
        self._hasher = text.HashingVectorizer(
            analyzer="char_wb", ngram_range=(3, 5), n_features=HASHED_DIMENSIONS, dtype=np.float32
        )

    def encode(self, texts: Sequence[str], batch_size: int = 32) -> NDArray[np.float32]:
        """Shape (texts, 2048), each row of length one; zeros for a text without letters."""
        del batch_size  # sparse rows take no batches
        made: NDArray[np.float32] = self._hasher.transform(list(texts)).toarray()
        return made


BASELINES: Final = {"tfidf-svd": TfidfSvd, "hashed-ngrams": HashedNgrams}
"""By their spelling on the command line."""
