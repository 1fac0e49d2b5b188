"""Scores from items, each against the library that defines it."""

import numpy as np
import pytest

from advisor.stats.resampled import _scorer, resampled_scores
from advisor.tables.outcomes import outcomes_of
from bench.rows import items


def made(n=200, seed=0):
    rng = np.random.default_rng(seed)
    target = rng.integers(0, 3, n)
    prediction = np.where(rng.random(n) < 0.7, target, rng.integers(0, 4, n))
    return target, prediction


def frame(**columns):
    n = len(next(iter(columns.values())))
    return items([{"item_id": str(i), **{k: v[i] for k, v in columns.items()}} for i in range(n)])


def check(metric, table, expected, rows):
    """On all items and on drawn ones, against `expected(rows)`."""
    score = _scorer(metric, outcomes_of(table))
    assert score is not None
    everything = np.arange(table.height)
    weights = np.array(
        [np.bincount(part, minlength=table.height) for part in (everything, rows)], dtype=float
    )
    assert score(weights) == pytest.approx([expected(everything), expected(rows)], abs=1e-9)


@pytest.fixture
def rows():
    return np.random.default_rng(1).integers(0, 200, 200)


@pytest.mark.parametrize("metric", ["f1_macro", "macro_f1"])
def test_macro_f1(rows, metric):
    metrics = pytest.importorskip("sklearn.metrics")
    t, p = made()
    table = frame(
        target=[f"c{x}" for x in t], prediction=[f"c{x}" for x in p], value=(t == p).astype(float)
    )
    check(metric, table, lambda r: metrics.f1_score(t[r], p[r], average="macro"), rows)


def test_roc_auc(rows):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(2)
    yes = rng.random(200) < 0.4
    p = np.round(np.clip(rng.normal(np.where(yes, 0.6, 0.4), 0.2), 0, 1), 2)  # with ties
    table = frame(target=["yes" if y else "no" for y in yes], p_target=np.where(yes, p, 1 - p))
    check("roc_auc", table, lambda r: metrics.roc_auc_score(yes[r], p[r]), rows)


@pytest.mark.parametrize("metric", ["spearman", "cosine_spearman", "pearson", "rmse", "r2"])
def test_scores_of_numbers(rows, metric):
    stats = pytest.importorskip("scipy.stats")
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(3)
    t = np.round(rng.normal(size=200), 1)  # with ties
    p = t + rng.normal(size=200)
    table = frame(
        target=[repr(float(x)) for x in t],
        prediction=[repr(float(x)) for x in p],
        value=(t - p) ** 2,
    )
    expected = {
        "spearman": lambda r: stats.spearmanr(t[r], p[r]).statistic,
        "cosine_spearman": lambda r: stats.spearmanr(t[r], p[r]).statistic,
        "pearson": lambda r: stats.pearsonr(t[r], p[r]).statistic,
        "rmse": lambda r: metrics.root_mean_squared_error(t[r], p[r]),
        "r2": lambda r: metrics.r2_score(t[r], p[r]),
    }[metric]
    check(metric, table, expected, rows)


def test_balanced_accuracy(rows):
    metrics = pytest.importorskip("sklearn.metrics")
    t, p = made()
    p = np.minimum(p, 2)  # sklearn warns of a class that is no target
    table = frame(target=[f"c{x}" for x in t], prediction=[f"c{x}" for x in p])
    check("balanced_accuracy", table, lambda r: metrics.balanced_accuracy_score(t[r], p[r]), rows)


def test_log_loss(rows):
    p = np.clip(np.random.default_rng(5).random(200), 0.01, 1)
    check("log_loss", frame(p_target=p), lambda r: -np.log(p[r]).mean(), rows)


@pytest.mark.parametrize("average", ["micro", "macro"])
def test_f1_over_sets_of_labels(rows, average):
    metrics = pytest.importorskip("sklearn.metrics")
    rng = np.random.default_rng(6)
    true, given = rng.random((200, 4)) < 0.4, rng.random((200, 4)) < 0.5

    def words(table):
        return ["|".join(f"l{j}" for j in np.flatnonzero(row)) for row in table]

    expected = lambda r: metrics.f1_score(true[r], given[r], average=average)  # noqa: E731
    check(f"f1_{average}", frame(target=words(true), prediction=words(given)), expected, rows)


def test_any_other_metric_is_the_mean_of_its_items(rows):
    value = np.random.default_rng(4).random(200)
    table = frame(value=value)
    check("ndcg_at_10", table, lambda r: value[r].mean(), rows)


def test_calibration_is_the_mean_gap_by_bin():
    """Two bins by hand: .95 right and .95 wrong (gap .45 over two items), .55 right (gap .45)."""
    table = items(
        [
            {"item_id": str(i), "target": "a", "prediction": said, "p_target": p[0], "probability": list(p)}
            for i, (said, p) in enumerate([("a", (0.95, 0.05)), ("b", (0.05, 0.95)), ("a", (0.55, 0.45))])
        ]
    )  # fmt: skip
    found = resampled_scores("expected_calibration_error", [outcomes_of(table)], draws=1)
    assert found[0, 0] == pytest.approx((abs(1 - 2 * 0.95) + 0.45) / 3)


def test_items_that_lack_what_the_metric_needs_give_none():
    assert resampled_scores("spearman", [outcomes_of(frame(value=[0.0, 1.0]))]) is None
    assert resampled_scores("ndcg_at_10", [outcomes_of(frame(value=[None, 1.0]))]) is None
