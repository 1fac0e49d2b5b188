"""Scores read from counts equal the same scores on items written out as often as they were drawn."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.harness import resampling

scipy_stats = pytest.importorskip("scipy.stats")
sklearn_metrics = pytest.importorskip("sklearn.metrics")


@st.composite
def drawn(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, scores with ties, and how often each item was drawn."""
    n = draw(st.integers(4, 30))
    labels = draw(st.lists(st.integers(0, 1), min_size=n, max_size=n))
    scores = draw(st.lists(st.integers(-3, 3).map(float), min_size=n, max_size=n))
    counts = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    labels[:2], counts[:2] = [0, 1], [1, 2]
    scores[:2] = [0.5, 0.25]
    return np.array(labels), np.array(scores), np.array(counts)


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_average_precision_is_that_of_scikit_learn(case):
    labels, scores, counts = case
    ours = resampling.average_precision(labels, scores)(counts[None, :].astype(float))[0]
    theirs = sklearn_metrics.average_precision_score(
        np.repeat(labels, counts), np.repeat(scores, counts)
    )
    assert ours == pytest.approx(theirs)


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_rank_and_linear_correlation_are_those_of_scipy(case):
    labels, scores, counts = case
    long = np.repeat(labels, counts), np.repeat(scores, counts)
    weights = counts[None, :].astype(float)
    assert resampling.spearman(labels, scores)(weights)[0] == pytest.approx(
        scipy_stats.spearmanr(*long).statistic
    )
    assert resampling.pearson(labels, scores)(weights)[0] == pytest.approx(
        scipy_stats.pearsonr(*long).statistic
    )


@settings(max_examples=40, deadline=None)
@given(drawn())
def test_best_accuracy_is_the_best_over_all_thresholds_between_items(case):
    labels, scores, counts = case
    scores = scores + np.arange(scores.size) * 1e-6  # no ties, so that every cut is a threshold
    ours = resampling.best_accuracy(labels, scores)(counts[None, :].astype(float))[0]
    long_labels, long_scores = np.repeat(labels, counts), np.repeat(scores, counts)
    cuts = [((long_scores >= cut) == long_labels).mean() for cut in np.unique(long_scores)[1:]]
    assert ours == pytest.approx(max(cuts))


def test_the_interval_of_a_mean_is_the_one_of_theory():
    rng = np.random.default_rng(0)
    values = (rng.random(400) < 0.8).astype(float)
    found = resampling.spread(resampling.mean(values), 400, level=0.95)
    expected = np.sqrt(values.mean() * (1 - values.mean()) / 400)
    assert found.stderr == pytest.approx(expected, rel=0.1)
    assert found.hi - found.lo == pytest.approx(2 * 1.96 * expected, rel=0.15)


def test_experiments_widen_the_interval():
    rng = np.random.default_rng(0)
    luck = rng.normal(0, 0.1, (10, 1))
    right = (rng.random((10, 300)) < 0.7 + luck).astype(float)
    over_items = resampling.spread(resampling.mean(right.mean(axis=0)), 300, level=0.95)
    over_both = resampling.spread(resampling.mean_of_experiments(right), 300, level=0.95)
    assert over_both.stderr > 1.3 * over_items.stderr
    between = right.mean(axis=1).std() / np.sqrt(10)
    assert over_both.stderr == pytest.approx(np.hypot(over_items.stderr, between), rel=0.15)


@settings(max_examples=40, deadline=None)
@given(drawn())
@pytest.mark.parametrize("average", ["macro", "weighted"])
def test_f1_is_that_of_scikit_learn(average, case):
    truth, guess, counts = case[0], (case[1] > 0).astype(int), case[2]
    score = resampling.f1_of_experiments(truth, guess[None, :], is_weighted=average == "weighted")
    theirs = sklearn_metrics.f1_score(
        np.repeat(truth, counts), np.repeat(guess, counts), average=average, zero_division=0.0
    )
    assert score(counts[None, :].astype(float))[0] == pytest.approx(theirs, abs=1e-6)


def test_one_item_has_no_interval():
    assert resampling.spread(resampling.mean([1.0]), 1, level=0.95) is None


def test_many_items_take_fewer_draws():
    found = resampling.spread(resampling.mean(np.arange(60_000.0)), 60_000, level=0.95)
    assert found.n_draws == 333
