"""Scores of one held-out fold with how uncertain each is, and the mean over folds with its interval.

Each score is a smooth function of averages over items, so its variance comes from each item's influence on it:
for ROC AUC that is DeLong's method, for a mean it is the usual standard error. The folds' held-out items are
different, so the variance of the mean over k folds is the sum of the folds' variances over k squared. What the
interval leaves out is that another training set would have given another model. Source: METHOD.md#bench-tabular
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.errors import BadInput
from advisor.core.metrics import spec
from bench.rows import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Codes = NDArray[np.int64]

CLASSIFICATION: Final = (
    "roc_auc", "log_loss", "accuracy", "balanced_accuracy", "f1_macro", "brier_score", "expected_calibration_error",
)  # fmt: skip
REGRESSION: Final = ("rmse", "r2", "mae", "spearman")
MAIN: Final = {"binary": "roc_auc", "multiclass": "accuracy", "regression": "r2"}
"""ROC AUC for two classes: no threshold to choose, and it does not reward the bare majority. Accuracy for more:
it splits by item, so that two models can be paired. R² for numbers: free of the target's unit.
"""
_BINS: Final = 10
_Z: Final = 1.959963984540054
_LEAST_P: Final = float(np.finfo(np.float64).eps)
"""scikit-learn's own clip of probabilities in log_loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A score of one fold and the variance of it, None where there is no honest one."""

    value: float
    variance: float | None
    n: int
    least: int | None = None
    """Rows of the smallest class, where a score without a single mistake can be no surer than these allow."""


def metrics_of(kind: str) -> tuple[str, ...]:
    """The scores that a kind of target gets."""
    return REGRESSION if kind == "regression" else CLASSIFICATION


def main_score(kind: str, asked: str | None) -> str:
    """The score that decides. Raises: BadInput: one that such a target does not have."""
    if asked is None:
        return MAIN[kind]
    if asked not in metrics_of(kind):
        raise BadInput(
            f"--metric: {asked!r} does not fit a {kind} target; type one of {', '.join(metrics_of(kind))}"
        )
    return asked


def classification_scores(target: Codes, probability: Floats) -> dict[str, Score]:
    """target: class codes [n]; probability [n, n_classes], rows adding up to 1.

    A row of NaN is an answer that could not be read: wrong, and for scores of probabilities a blind guess.
    """
    n, k = probability.shape
    predicted, probability = answers(probability)
    right = (predicted == target).astype(np.float64)
    truth = np.eye(k)[target]
    given = np.clip(probability[np.arange(n), target], _LEAST_P, 1.0)
    confidence = probability.max(axis=1)
    # With two classes the usual Brier score counts the positive one alone.
    squared = ((probability - truth) ** 2).sum(axis=1) / (2 if k == 2 else 1)
    found = {
        "roc_auc": roc_auc(target, probability),
        "log_loss": _mean(-np.log(given)),
        "accuracy": _mean(right),
        "balanced_accuracy": _balanced(target, right, k),
        "f1_macro": _f1_macro(target, predicted, k),
        "brier_score": _mean(squared),
        "expected_calibration_error": _calibration(confidence, right),
    }
    counts = np.bincount(target, minlength=k)
    least = {"accuracy": n} | dict.fromkeys(
        ("roc_auc", "balanced_accuracy", "f1_macro"), int(counts[counts > 0].min())
    )
    return {
        name: replace(score, least=least.get(name))
        for name, score in found.items()
        if score is not None
    }


def answers(probability: Floats) -> tuple[NDArray[np.intp], Floats]:
    """The likeliest class of each row (n_classes where the row is NaN), and probabilities with a guess there."""
    k = probability.shape[1]
    unread: NDArray[np.bool_] = np.any(np.isnan(probability), axis=1)
    filled = np.where(unread[:, None], 1 / k, probability)
    return np.where(unread, k, filled.argmax(axis=1)), filled


def regression_scores(target: Floats, predicted: Floats) -> dict[str, Score]:
    """Both [n]."""
    n = len(target)
    error = (target - predicted) ** 2
    mse = float(error.mean())
    spread = (target - target.mean()) ** 2
    found = {
        "rmse": Score(
            value=mse**0.5, n=n,
            variance=_square((error - mse) / (2 * n * mse**0.5)) if mse > 0 else 0.0,
        ),
        "mae": _mean(np.abs(target - predicted)),
    }  # fmt: skip
    if (total := float(spread.sum())) > 0:
        r2 = 1 - float(error.sum()) / total
        found["r2"] = Score(value=r2, variance=_square((error - (1 - r2) * spread) / total), n=n)
    if (rho := _spearman(target, predicted)) is not None:
        found["spearman"] = rho
    return found


def roc_auc(target: Codes, probability: Floats) -> Score | None:
    """Two classes: of the second. More: one against the rest, averaged over the classes that are there."""
    n, k = probability.shape
    present = [1] if k == 2 else [c for c in range(k) if (target == c).any()]
    influence, values = np.zeros(n), []
    for c in present:
        positive = target == c
        if positive.all() or not positive.any():
            return None
        area, each = _area(probability[:, c], positive)
        values.append(area)
        influence += each / len(present)
    return Score(value=float(np.mean(values)), variance=_square(influence), n=n)


def _area(score: Floats, positive: NDArray[np.bool_]) -> tuple[float, Floats]:
    """Area under the ROC curve and each item's influence on it (DeLong's placement values)."""
    up, down = np.sort(score[positive]), np.sort(score[~positive])
    n_up, n_down = len(up), len(down)
    beaten = _share_below(down, score[positive])
    beating = 1 - _share_below(up, score[~positive])
    area = float(beaten.mean())
    each = np.empty(len(score))
    each[positive] = (beaten - area) / n_up
    each[~positive] = (beating - area) / n_down
    return area, each


def _share_below(ordered: Floats, of: Floats) -> Floats:
    """Share of `ordered` that lies below each value, ties counting half."""
    left, right = np.searchsorted(ordered, of, "left"), np.searchsorted(ordered, of, "right")
    made: Floats = (left + right) / (2 * len(ordered))
    return made


def _balanced(target: Codes, right: Floats, k: int) -> Score:
    counts = np.bincount(target, minlength=k)
    there = counts > 0
    recall = np.bincount(target, right, minlength=k)[there] / counts[there]
    by_class = np.zeros(k)
    by_class[there] = recall
    influence = (right - by_class[target]) / (there.sum() * counts[target])
    return Score(value=float(recall.mean()), variance=_square(influence), n=len(target))


def _f1_macro(target: Codes, predicted: NDArray[np.intp], k: int) -> Score:
    truth, said = np.eye(k)[target], np.eye(k + 1)[predicted][:, :k]
    both, either = truth * said, truth + said
    total = either.sum(axis=0)
    there = total > 0
    f1 = 2 * both.sum(axis=0)[there] / total[there]
    influence = ((2 * both[:, there] - f1 * either[:, there]) / total[there]).mean(axis=1)
    return Score(value=float(f1.mean()), variance=_square(influence), n=len(target))


def _calibration(confidence: Floats, right: Floats) -> Score:
    """Mean distance between stated and true shares right, in ten bins of equal width."""
    n = len(right)
    at = np.minimum((confidence * _BINS).astype(np.intp), _BINS - 1)
    gap = np.bincount(at, right - confidence, minlength=_BINS)
    value = float(np.abs(gap).sum() / n)
    influence = (np.sign(gap)[at] * (right - confidence) - value) / n
    return Score(value=value, variance=_square(influence), n=n)


def _spearman(target: Floats, predicted: Floats) -> Score | None:
    from scipy.stats import rankdata

    n = len(target)
    if n <= 3 or np.ptp(target) == 0 or np.ptp(predicted) == 0:
        return None
    rho = float(np.corrcoef(rankdata(target), rankdata(predicted))[0, 1])
    # Bonett and Wright (2000), carried from Fisher's z to the correlation.
    variance = (1 - rho**2) ** 2 * (1 + rho**2 / 2) / (n - 3)
    return Score(value=rho, variance=variance, n=n)


def _mean(each: Floats) -> Score:
    n = len(each)
    variance = float(each.var(ddof=1)) / n if n > 1 else None
    return Score(value=float(each.mean()), variance=variance, n=n)


def _square(influence: Floats) -> float:
    return float((influence**2).sum())


def readings(folds: Sequence[dict[str, Score]], *, main: str) -> list[Reading]:
    """The mean over folds of every score, the main one first, then each fold's own under subset "fold 1" ...

    A score that a fold lacks is left out altogether.
    """
    common = [name for name in folds[0] if all(name in scores for scores in folds)]
    order = sorted(common, key=lambda name: name != main)
    found = [_overall(name, [scores[name] for scores in folds]) for name in order]
    for number, scores in enumerate(folds, start=1):
        found += [_of_fold(name, scores[name], f"fold {number}") for name in order]
    return found


def _overall(name: str, scores: Sequence[Score]) -> Reading:
    k = len(scores)
    variances = [s.variance for s in scores if s.variance is not None]
    whole = Score(
        value=float(np.mean([s.value for s in scores])),
        variance=float(np.sum(variances)) / k**2 if len(variances) == k else None,
        n=sum(s.n for s in scores),
        least=None if scores[0].least is None else sum(s.least or 0 for s in scores),
    )
    return _reading(name, whole, None, f"mean over {k} folds; ")


def _of_fold(name: str, score: Score, subset: str) -> Reading:
    return _reading(name, score, subset, "")


_WAYS: Final = {
    "roc_auc": "DeLong's variance",
    "spearman": "Bonett and Wright's variance",
}
"""Where a score's variance comes from, other than its items."""
_ITEMS: Final = "the items' variance"


def _reading(name: str, score: Score, subset: str | None, of: str) -> Reading:
    value, limits = score.value, spec(name)
    way = f"{of}normal interval from {_WAYS.get(name, _ITEMS)}"
    lo: float | None
    hi: float | None
    if score.variance is None:
        lo = hi = stderr = None
        way = f"{of}no interval: one item"
    elif score.least is not None and value == 1.0:
        lo, hi, stderr = max(0.0, 1 - 3 / score.least), 1.0, 0.0
        way = f"{of}no mistake seen: rule of three over {score.least} rows"
    else:
        stderr = score.variance**0.5
        lo = max(value - _Z * stderr, -np.inf if limits.lower is None else limits.lower)
        hi = min(value + _Z * stderr, np.inf if limits.upper is None else limits.upper)
        lo, hi = float(min(lo, value)), float(max(hi, value))
    return Reading(
        metric=name, value=value, lo=lo, hi=hi, stderr=stderr, n=score.n, subset=subset, method=way
    )


def item_values(main: str, target: NDArray[np.generic], predicted: Floats) -> list[float | None]:
    """Each item's share in the main score; None where it does not split by item.

    predicted: probabilities [n, n_classes], or numbers [n].
    """
    if main in {"rmse", "r2"}:
        return _plain((target - predicted) ** 2)  # type: ignore[operator]
    if main == "mae":
        return _plain(np.abs(target - predicted))  # type: ignore[operator]
    if predicted.ndim == 2:
        n, k = predicted.shape
        codes = target.astype(np.intp)
        said, predicted = answers(predicted)
        if main == "accuracy":
            return _plain((said == codes).astype(np.float64))
        if main == "log_loss":
            return _plain(-np.log(np.clip(predicted[np.arange(n), codes], _LEAST_P, 1.0)))
        if main == "brier_score":
            squared = ((predicted - np.eye(k)[codes]) ** 2).sum(axis=1)
            return _plain(squared / (2 if k == 2 else 1))
    return [None] * len(target)


def _plain(values: Floats) -> list[float | None]:
    return [float(v) for v in values]
