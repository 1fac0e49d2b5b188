"""Scores of a fold against scikit-learn's, and their intervals against resampling."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn import metrics

from advisor.core.errors import BadInput
from bench.harness.tabular_scores import (
    classification_scores,
    item_values,
    main_score,
    readings,
    regression_scores,
)


def guesses(n, k, seed=0, skill=1.5):
    """Class codes and probabilities that lean to them; every class is there."""
    rng = np.random.default_rng(seed)
    target = np.concatenate([np.arange(k), rng.integers(k, size=n - k)])
    logits = rng.normal(size=(n, k)) + skill * np.eye(k)[target]
    p = np.exp(logits)
    return target, p / p.sum(axis=1, keepdims=True)


def calibration_by_hand(target, p):
    total = 0.0
    for low in np.arange(10) / 10:
        top = p.max(axis=1)
        here = (top >= low) & (top < low + 0.1) if low < 0.9 else top >= low
        if here.any():
            gap = (p.argmax(axis=1) == target)[here].mean() - top[here].mean()
            total += abs(gap) * here.mean()
    return total


@pytest.mark.parametrize("k", [2, 4])
def test_each_classification_score_is_scikit_learns(k):
    target, p = guesses(300, k)
    said = p.argmax(axis=1)
    expected = {
        "roc_auc": metrics.roc_auc_score(target, p[:, 1] if k == 2 else p, multi_class="ovr"),
        "log_loss": metrics.log_loss(target, p),
        "accuracy": metrics.accuracy_score(target, said),
        "balanced_accuracy": metrics.balanced_accuracy_score(target, said),
        "f1_macro": metrics.f1_score(target, said, average="macro"),
        "brier_score": metrics.brier_score_loss(target, p[:, 1] if k == 2 else p),
        "expected_calibration_error": calibration_by_hand(target, p),
    }
    found = classification_scores(target, p)
    assert {name: score.value for name, score in found.items()} == pytest.approx(expected)


def test_ties_in_the_ranking_count_half():
    target, p = guesses(200, 2)
    p = np.round(p, 1)
    found = classification_scores(target, p)["roc_auc"].value
    assert found == pytest.approx(metrics.roc_auc_score(target, p[:, 1]))


def test_each_regression_score_is_scikit_learns():
    rng = np.random.default_rng(0)
    target = rng.normal(size=200)
    predicted = target + rng.normal(size=200)
    expected = {
        "rmse": metrics.root_mean_squared_error(target, predicted),
        "r2": metrics.r2_score(target, predicted),
        "mae": metrics.mean_absolute_error(target, predicted),
        "spearman": spearmanr(target, predicted).statistic,
    }
    found = regression_scores(target, predicted)
    assert {name: score.value for name, score in found.items()} == pytest.approx(expected)


@pytest.mark.parametrize("k", [2, 3])
def test_the_variance_is_about_what_resampling_the_items_gives(k):
    target, p = guesses(400, k)
    rng = np.random.default_rng(1)
    draws = [rng.integers(400, size=400) for _ in range(500)]
    resampled = [classification_scores(target[d], p[d]) for d in draws]
    for name, score in classification_scores(target, p).items():
        spread = np.std([r[name].value for r in resampled])
        near = 0.35 if name == "expected_calibration_error" else 0.12
        assert score.variance**0.5 == pytest.approx(spread, rel=near), name


def test_the_variance_of_a_regression_is_about_what_resampling_gives():
    rng = np.random.default_rng(2)
    target = rng.normal(size=400)
    predicted = target + rng.normal(size=400)
    draws = [rng.integers(400, size=400) for _ in range(500)]
    resampled = [regression_scores(target[d], predicted[d]) for d in draws]
    for name, score in regression_scores(target, predicted).items():
        spread = np.std([r[name].value for r in resampled])
        assert score.variance**0.5 == pytest.approx(spread, rel=0.15), name


def test_an_answer_that_could_not_be_read_is_wrong_whatever_the_class():
    p = np.array([[0.9, 0.1], [np.nan, np.nan], [0.2, 0.8], [np.nan, np.nan]])
    target = np.array([0, 0, 1, 1])
    assert classification_scores(target, p)["accuracy"].value == 0.5
    assert item_values("accuracy", target, p) == [1.0, 0.0, 1.0, 0.0]


def test_the_mean_over_folds_comes_first_and_a_faultless_score_has_a_lower_end_below_one():
    target, p = guesses(60, 2, skill=50)
    fold = classification_scores(target, p)
    made = readings([fold, fold], main="roc_auc")
    assert (made[0].metric, made[0].subset, made[0].n, made[0].value) == ("roc_auc", None, 120, 1.0)
    assert made[0].lo == pytest.approx(1 - 3 / (2 * np.bincount(target).min()))
    assert {r.subset for r in made} == {None, "fold 1", "fold 2"}


def test_shares_of_items_add_up_to_the_score():
    target, p = guesses(100, 3)
    scores = classification_scores(target, p)
    for name in ("accuracy", "log_loss", "brier_score"):
        assert np.mean(item_values(name, target, p)) == pytest.approx(scores[name].value)
    assert item_values("roc_auc", target, p) == [None] * 100


def test_a_metric_of_the_other_kind_is_refused_with_those_that_fit():
    assert main_score("regression", None) == "r2"
    with pytest.raises(BadInput, match=r"'roc_auc' does not fit a regression target.*rmse"):
        main_score("regression", "roc_auc")
