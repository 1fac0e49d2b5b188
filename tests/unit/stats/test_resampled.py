"""Scores of resamples against scikit-learn and scipy on the items written out."""

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import f1_score, r2_score, roc_auc_score

from advisor.stats.resampled import DRAWS, Outcomes, _counts, resampled_scores


def outcomes(n=60, seed=0, **changes):
    rng = np.random.default_rng(seed)
    facts = {
        "value": (rng.random(n) < 0.7).astype(float),
        "target": [str(x) for x in rng.integers(0, 3, n)],
        "prediction": [str(x) for x in rng.integers(0, 3, n)],
        "p_target": rng.random(n),
    }
    return Outcomes(**(facts | changes))


def written_out(counts):
    return np.repeat(np.arange(counts.size), counts.astype(int))


def by_hand(metric, model, score):
    """The first 25 resamples, each scored on its items written out."""
    chunks = _counts(len(model.value), 0, DRAWS)
    counts = np.concatenate([next(chunks), next(chunks)[:24]])
    ours = resampled_scores(metric, [model], seed=0)[:25, 0]
    assert ours == pytest.approx([score(written_out(row)) for row in counts], abs=1e-9)


def test_accuracy_is_the_share_right():
    model = outcomes()
    by_hand("accuracy", model, lambda at: model.value[at].mean())


def test_macro_f1_is_scikit_learns():
    model = outcomes(n=25)
    true, said = np.array(model.target), np.array(model.prediction)
    by_hand("f1_macro", model, lambda at: f1_score(true[at], said[at], average="macro"))


def test_spearman_is_scipys_with_its_ties():
    rng = np.random.default_rng(1)
    true, said = rng.integers(0, 6, 50).astype(float), rng.normal(size=50)
    model = outcomes(50, target=[str(x) for x in true], prediction=[str(x) for x in said])
    by_hand("spearman", model, lambda at: spearmanr(true[at], said[at]).statistic)


def test_roc_auc_is_scikit_learns_with_its_ties():
    rng = np.random.default_rng(2)
    true = np.array(["no", "yes"] * 30)
    p_yes = np.round(rng.random(60), 1)
    model = outcomes(60, target=true.tolist(), p_target=np.where(true == "yes", p_yes, 1 - p_yes))
    by_hand("roc_auc", model, lambda at: roc_auc_score(true[at] == "yes", p_yes[at]))


def test_r2_is_scikit_learns():
    rng = np.random.default_rng(3)
    true, said = rng.normal(5, 2, 60), rng.normal(5, 2, 60)
    model = outcomes(60, target=[repr(float(x)) for x in true], value=(true - said) ** 2)
    by_hand("r2", model, lambda at: r2_score(true[at], said[at]))


def test_micro_f1_counts_labels_over_all_items():
    model = outcomes(3, target=["a|b", "c", "a"], prediction=["a", "c|d", ""])
    assert resampled_scores("f1_micro", [model])[0, 0] == pytest.approx(2 * 2 / (4 + 3))


def test_a_score_that_needs_more_than_the_items_hold_is_not_made_up():
    assert resampled_scores("f1_macro", [outcomes(target=[None] * 60)]) is None
    assert resampled_scores("roc_auc", [outcomes()]) is None  # three classes
    assert resampled_scores("accuracy", [outcomes(value=np.full(60, np.nan))]) is None


def test_one_model_twice_never_differs_from_itself():
    drawn = resampled_scores("accuracy", [outcomes(), outcomes()])
    assert drawn.shape[1] == 2
    assert (drawn[:, 0] == drawn[:, 1]).all()


def test_the_mean_over_folds_is_what_each_fold_alone_would_score():
    model, folds = outcomes(n=40), np.repeat([0, 1], [10, 30])
    true, said = np.array(model.target), np.array(model.prediction)
    each = [f1_score(true[folds == fold], said[folds == fold], average="macro") for fold in (0, 1)]
    assert resampled_scores("f1_macro", [model], folds=folds)[0, 0] == pytest.approx(np.mean(each))
