"""Scores of own tasks against scikit-learn and scipy, on answers with ties, gaps and unread labels."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn import metrics

from bench.harness.own_scores import Judged, item_values, readings

LABELS = ["a", "b", "c"]


def judged(truth, said, probability=None, kind="classification", labels=LABELS):
    return Judged(kind=kind, labels=labels, truth=truth, prediction=said, probability=probability)


def scores(found: Judged) -> dict[str, float]:
    return {reading.metric: reading.value for reading in readings(found)}


answers = st.lists(
    st.tuples(st.sampled_from(LABELS), st.sampled_from([*LABELS, ""])), min_size=2, max_size=60
)


@settings(deadline=None)
@given(answers)
def test_classification_is_sklearns(pairs):
    truth, said = [list(x) for x in zip(*pairs, strict=True)]
    found = scores(judged(truth, said))
    known = sorted(set(truth) | (set(said) - {""}))
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(truth, said))
    expected = metrics.f1_score(truth, said, average="macro", labels=known, zero_division=0)
    assert found["f1_macro"] == pytest.approx(expected)
    recalls = metrics.recall_score(
        truth, said, average=None, labels=sorted(set(truth)), zero_division=0
    )
    assert found["balanced_accuracy"] == pytest.approx(np.mean(recalls))


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_log_loss_and_auc_are_sklearns(seed):
    rng = np.random.default_rng(seed)
    probability = rng.dirichlet([1, 1], 40).round(2) * 0.98 + 0.01
    truth = ["ab"[i] for i in rng.integers(0, 2, 40)]
    said = ["ab"[i] for i in probability.argmax(axis=1)]
    found = scores(judged(truth, said, probability, labels=["a", "b"]))
    true = np.array([t == "b" for t in truth])
    expected = -np.log(np.where(true, probability[:, 1], probability[:, 0])).mean()
    assert found["log_loss"] == pytest.approx(expected)
    if 0 < true.sum() < 40:
        assert found["roc_auc"] == pytest.approx(metrics.roc_auc_score(true, probability[:, 1]))


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.sets(st.sampled_from(LABELS), min_size=1), st.sets(st.sampled_from(LABELS))),
        min_size=2,
        max_size=40,
    )
)
def test_multilabel_is_sklearns(pairs):
    truth, said = ["|".join(sorted(t)) for t, _ in pairs], ["|".join(sorted(s)) for _, s in pairs]
    found = scores(judged(truth, said, kind="multilabel"))
    y, p = (
        [[name in side for name in LABELS] for side in sides] for sides in zip(*pairs, strict=True)
    )
    y, p = np.array(y, dtype=int), np.array(p, dtype=int)
    assert found["f1_micro"] == pytest.approx(
        metrics.f1_score(y, p, average="micro", zero_division=0)
    )
    assert found["f1_samples"] == pytest.approx(
        metrics.f1_score(y, p, average="samples", zero_division=0)
    )
    assert found["accuracy"] == pytest.approx(metrics.accuracy_score(y, p))
    values = item_values(judged(truth, said, kind="multilabel"))
    assert values.mean() == pytest.approx(found["f1_samples"])


@settings(deadline=None)
@given(st.integers(0, 1000))
def test_spearman_is_scipys_with_ties(seed):
    rng = np.random.default_rng(seed)
    truth, said = rng.integers(0, 6, 30).astype(float), rng.integers(0, 4, 30).astype(float)
    found = scores(
        judged([str(t) for t in truth], [str(s) for s in said], kind="similarity", labels=[])
    )
    if np.ptp(truth) and np.ptp(said):
        assert found["spearman"] == pytest.approx(stats.spearmanr(truth, said).statistic)


def test_token_f1_by_hand():
    """the cat sat / a cat: articles fall away, so {cat, sat} against {cat}: 2·1/(2+1)."""
    values = item_values(
        judged(["the cat sat", "Berlin!"], ["a cat", "berlin"], kind="extraction", labels=[])
    )
    assert values.tolist() == pytest.approx([2 / 3, 1.0])


def test_every_interval_holds_its_value_and_says_how_it_was_made():
    rng = np.random.default_rng(0)
    truth = [LABELS[i] for i in rng.integers(0, 3, 80)]
    said = [t if rng.random() < 0.7 else "a" for t in truth]
    for reading in readings(judged(truth, said, rng.dirichlet([1, 1, 1], 80))):
        assert reading.lo <= reading.value <= reading.hi
        assert reading.n == 80
        assert reading.method != "unknown"
