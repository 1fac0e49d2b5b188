"""Embeddings without a network: what they learn from, and that they hold what they say of themselves."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from bench.harness.text_baselines import HASHED_DIMENSIONS, HashedNgrams, TfidfSvd

TfidfVectorizer = pytest.importorskip("sklearn.feature_extraction.text").TfidfVectorizer

FILE = Path(__file__).parents[2] / "fixtures" / "mteb_own" / "banking77_200.csv"
TEXTS = pl.read_csv(FILE)["text"].to_list()


def test_tfidf_svd_counts_what_it_learned():
    encoder = TfidfSvd()
    encoder.fit(TEXTS[:150])
    vectors = encoder.encode(TEXTS[150:])
    assert vectors.shape == (50, encoder.embed_dim)
    assert vectors.dtype == np.float32
    assert encoder.embed_dim == 149  # one less than the texts it saw
    terms = TfidfVectorizer(ngram_range=(1, 2)).fit(TEXTS[:150]).vocabulary_
    assert encoder.n_parameters == len(terms) * (149 + 1)
    assert not encoder.encode(["zzz qqq"]).any()


def test_tfidf_svd_keeps_the_similarities_of_plain_tfidf():
    encoder = TfidfSvd()
    encoder.fit(TEXTS)
    plain = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True).fit_transform(TEXTS).toarray()
    ours = encoder.encode(TEXTS)
    assert np.abs(ours @ ours.T - plain @ plain.T).mean() < 1e-3


def test_the_same_seed_gives_the_same_vectors():
    first, second = TfidfSvd(seed=3), TfidfSvd(seed=3)
    first.fit(TEXTS)
    second.fit(TEXTS)
    assert np.array_equal(first.encode(TEXTS[:5]), second.encode(TEXTS[:5]))


def test_hashed_ngrams_need_no_fit_and_bear_typing_slips():
    vectors = HashedNgrams().encode(["where is my card", "where is my crad", "exchange rates"])
    assert vectors.shape == (3, HASHED_DIMENSIONS)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    assert vectors[0] @ vectors[1] > 0.6 > 0.2 > vectors[0] @ vectors[2]
