"""A score on many resamples of the same items, for several models at once: one resample serves them all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from collections.abc import Iterator

Scorer = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""How often each item was drawn, (k, n), to scores, (k,)."""
DRAWS: Final = 2_000
"""A probability of one half is then known to about a point."""
_LARGEST: Final = 40_000_000
"""Draws times items; beyond it there are fewer draws."""
FLOOR: Final = 1e-6
"""Least probability that log loss counts with: an infinite loss says nothing more than a large one."""
_CHUNK: Final = 4_000_000
"""Draws times items held in memory at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcomes:
    """One model's outcomes on n items, in the same order for every model; what is not known is NaN or None."""

    value: NDArray[np.float64]
    """(n,) share in the main score: 1 right, 0 wrong; squared error."""
    target: list[str | None]
    prediction: list[str | None]
    p_target: NDArray[np.float64]
    """(n,) probability given to the true class."""
    p_prediction: NDArray[np.float64] | None = None
    """(n,) probability given to the answer."""

    def only(self, rows: NDArray[np.intp]) -> Outcomes:
        """These items alone."""
        return Outcomes(
            value=self.value[rows],
            target=[self.target[i] for i in rows],
            prediction=[self.prediction[i] for i in rows],
            p_target=self.p_target[rows],
            p_prediction=None if self.p_prediction is None else self.p_prediction[rows],
        )


def resampled_scores(
    metric: str,
    models: list[Outcomes],
    *,
    folds: NDArray[np.int64] | None = None,
    seed: int = 0,
    draws: int = DRAWS,
) -> NDArray[np.float64] | None:
    """(1 + draws, models) the score on the items themselves, then on each resample; None where it needs more.

    Resamples draw as many items as there are, with replacement; a row is the same resample for every model,
    which pairs them. folds: (n,), where the score is the mean of the folds' own scores. draws: at most; fewer
    where the items are many. Source of the metrics: as scikit-learn defines them, to which tests hold them.
    """
    scorers = [
        _scorer(metric, model) if folds is None else _by_fold(metric, model, folds)
        for model in models
    ]
    if not models or any(scorer is None for scorer in scorers):
        return None
    n = len(models[0].value)
    parts = [
        np.column_stack([scorer(counts) for scorer in scorers if scorer is not None])
        for counts in _counts(n, seed, draws)
    ]
    return np.concatenate(parts)


def _counts(n: int, seed: int, most: int) -> Iterator[NDArray[np.float64]]:
    """How often each item is drawn: (1, n) ones, then chunks of (k, n)."""
    yield np.ones((1, n))
    draws = min(most, max(200, _LARGEST // n))
    rng = np.random.default_rng(seed)
    step = max(1, _CHUNK // n)
    for start in range(0, draws, step):
        drawn = [
            np.bincount(rng.integers(0, n, n), minlength=n) for _ in range(min(step, draws - start))
        ]
        yield np.array(drawn, dtype=np.float64)


def _by_fold(metric: str, model: Outcomes, folds: NDArray[np.int64]) -> Scorer | None:
    parts = [np.flatnonzero(folds == fold) for fold in np.unique(folds)]
    scorers = [_scorer(metric, model.only(rows)) for rows in parts]
    known = [scorer for scorer in scorers if scorer is not None]
    if len(known) < len(parts):
        return None

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        each = [s(w[:, rows]) for s, rows in zip(known, parts, strict=True)]
        result: NDArray[np.float64] = np.mean(each, axis=0)
        return result

    return score


def _scorer(metric: str, model: Outcomes) -> Scorer | None:
    """Weights (k, n) → scores (k,); None where the outcomes do not hold what the metric needs."""
    if metric in _OF_WORDS:
        known = None not in model.target and None not in model.prediction
        return _OF_WORDS[metric](model) if known else None
    if metric in _OF_PROBABILITIES:
        return _OF_PROBABILITIES[metric](model) if np.isfinite(model.p_target).all() else None
    if not np.isfinite(model.value).all():
        return None
    if metric == "r2":
        return _r2(model)
    if metric == "rmse":
        return lambda w: np.sqrt((w @ model.value) / w.sum(axis=1))
    if metric == "accuracy" and not np.isin(model.value, (0.0, 1.0)).all():
        # Of several labels an item's share is its F1, and accuracy counts the items that are right as a whole.
        return _mean(
            np.array([t == p for t, p in zip(model.target, model.prediction, strict=True)], float)
        )
    return _mean(model.value)


def _mean(values: NDArray[np.float64]) -> Scorer:
    return lambda w: (w @ values) / w.sum(axis=1)


def _log_loss(model: Outcomes) -> Scorer:
    return _mean(-np.log(np.maximum(model.p_target, FLOOR)))


def _calibration(model: Outcomes, bins: int = 10) -> Scorer | None:
    """Mean gap between the answer's probability and the share right, over ten equal bins. Source: Naeini 2015."""
    stated = model.p_prediction
    if stated is None or not np.isfinite(stated).all():
        return None
    gap = (
        np.array([t == p for t, p in zip(model.target, model.prediction, strict=True)], float)
        - stated
    )
    member = np.eye(bins)[np.minimum((stated * bins).astype(int), bins - 1)]
    return lambda w: np.abs(w @ (member * gap[:, None])).sum(axis=1) / w.sum(axis=1)


def _r2(
    model: Outcomes,
) -> Scorer | None:
    target = _numbers(model.target)
    if target is None:
        return None
    target = target - target.mean()

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        n = w.sum(axis=1)
        around = w @ target**2 - (w @ target) ** 2 / n
        result: NDArray[np.float64] = 1.0 - (w @ model.value) / np.maximum(around, 1e-300)
        return result

    return score


def _members(model: Outcomes) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(n, labels) 1 where an item bears the label, and where it was said to; labels of an item are joined by "|".

    An answer without a label ("") is none of them.
    """
    true, said = (
        [[p for p in str(x).split("|") if p] for x in part]
        for part in (model.target, model.prediction)
    )
    place = {
        name: i
        for i, name in enumerate(sorted({n for part in (true, said) for x in part for n in x}))
    }
    made = []
    for part in (true, said):
        matrix = np.zeros((len(part), len(place)))
        for row, names in enumerate(part):
            matrix[row, [place[name] for name in names]] = 1.0
        made.append(matrix)
    return made[0], made[1]


def _balanced_accuracy(model: Outcomes) -> Scorer:
    """Mean recall of the classes that occur."""
    true, said = _members(model)

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        hits, there = w @ (true * said), w @ true
        result: NDArray[np.float64] = (hits / np.maximum(there, 1.0)).sum(axis=1) / (there > 0).sum(
            axis=1
        )
        return result

    return score


def _f1_macro(model: Outcomes) -> Scorer:
    true, said = _members(model)

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        both, either = w @ (true * said), w @ true + w @ said
        f1 = 2.0 * both / np.maximum(either, 1.0)
        result: NDArray[np.float64] = f1.sum(axis=1) / np.maximum((either > 0).sum(axis=1), 1)
        return result

    return score


def _f1_micro(model: Outcomes) -> Scorer:
    true, said = _members(model)
    both, either = (true * said).sum(axis=1), (true + said).sum(axis=1)
    return lambda w: 2.0 * (w @ both) / np.maximum(w @ either, 1e-300)


def _correlation(model: Outcomes, *, ranks: bool) -> Scorer | None:
    true, said = _numbers(model.target), _numbers(model.prediction)
    if true is None or said is None:
        return None
    columns = [_groups(x) for x in (true, said)]

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        if ranks:
            x, y = (_ranks(w, order, group) for order, group in columns)
        else:
            x, y = np.broadcast_to(true, w.shape), np.broadcast_to(said, w.shape)
        n = w.sum(axis=1, keepdims=True)
        x, y = (a - (w * a).sum(axis=1, keepdims=True) / n for a in (x, y))
        spread = np.sqrt((w * x * x).sum(axis=1) * (w * y * y).sum(axis=1))
        result: NDArray[np.float64] = (w * x * y).sum(axis=1) / np.maximum(spread, 1e-300)
        return result

    return score


def _roc_auc(
    model: Outcomes,
) -> Scorer | None:
    names = sorted({str(t) for t in model.target if t is not None})
    if len(names) != 2 or not np.isfinite(model.p_target).all() or None in model.target:
        return None
    positive = np.array([t == names[1] for t in model.target])
    # Rounded, so that 1 - (1 - p) ties with p.
    p_positive = np.where(positive, model.p_target, 1.0 - model.p_target)
    order, group = _groups(np.asarray(np.round(p_positive, 12), dtype=np.float64))

    def score(w: NDArray[np.float64]) -> NDArray[np.float64]:
        below = _ranks(np.where(positive, 0.0, w), order, group) - 0.5
        wins = (np.where(positive, w, 0.0) * below).sum(axis=1)
        pairs = w[:, positive].sum(axis=1) * w[:, ~positive].sum(axis=1)
        result: NDArray[np.float64] = np.where(pairs > 0, wins / np.maximum(pairs, 1.0), 0.5)
        return result

    return score


def _groups(x: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Order of the values, and the number of the group of equals that each item is in."""
    _, group = np.unique(x, return_inverse=True)
    return np.argsort(group, kind="stable"), group


def _ranks(
    w: NDArray[np.float64], order: NDArray[np.intp], group: NDArray[np.intp]
) -> NDArray[np.float64]:
    """(k, n) weighted mid-rank of each item: the weight below it, half its equals', and one half."""
    starts = np.flatnonzero(np.diff(group[order], prepend=-1))
    mass = np.add.reduceat(w[:, order], starts, axis=1)
    middle = np.cumsum(mass, axis=1) - mass / 2.0 + 0.5
    result: NDArray[np.float64] = middle[:, group]
    return result


def _numbers(words: list[str | None]) -> NDArray[np.float64] | None:
    try:
        found = np.array([float(str(word)) for word in words])
    except ValueError:
        return None
    return found if np.isfinite(found).all() else None


_OF_WORDS: Final[dict[str, Callable[[Outcomes], Scorer | None]]] = {
    "f1_macro": _f1_macro,
    "macro_f1": _f1_macro,
    "f1_micro": _f1_micro,
    "balanced_accuracy": _balanced_accuracy,
    "spearman": lambda model: _correlation(model, ranks=True),
    "cosine_spearman": lambda model: _correlation(model, ranks=True),
    "pearson": lambda model: _correlation(model, ranks=False),
}
_OF_PROBABILITIES: Final[dict[str, Callable[[Outcomes], Scorer | None]]] = {
    "roc_auc": _roc_auc,
    "log_loss": _log_loss,
    "expected_calibration_error": _calibration,
}
