"""Scores of a labelled text task: the field's metrics over all test items, each with its interval, and each item's share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor._lazy import need
from advisor.stats.noninferiority import resample, share_interval
from bench.rows import LEVEL, Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray


DRAWS: Final = 400
_FLOOR: Final = 1e-6
"""Least probability that log loss counts with: an infinite loss says nothing more than a large one."""
_METHOD: Final = f"over items; percentile bootstrap, {DRAWS} draws"

_CLASSES: Final = (
    "accuracy", "f1_macro", "balanced_accuracy", "log_loss", "expected_calibration_error", "roc_auc",
)  # fmt: skip
METRICS_OF: Final[dict[str, tuple[str, ...]]] = {
    "classification": _CLASSES,
    "pairs": _CLASSES,
    "multilabel": ("f1_micro", "f1_macro", "f1_samples", "accuracy"),
    "similarity": ("spearman", "pearson"),
    "extraction": ("token_f1", "exact_match"),
    "generation": ("rougeL", "exact_match"),
}
"""What each kind of task is scored by; roc_auc for two classes only, log_loss where probabilities are stated."""


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What was asked and what was said, item by item."""

    kind: str
    labels: Sequence[str]
    truth: Sequence[str]
    prediction: Sequence[str]
    probability: NDArray[np.float64] | None
    """(n, labels), where the model states any."""


def readings(judged: Judged) -> list[Reading]:
    """All scores that the kind of task has."""
    scorers = scorers_of(judged)
    n = len(judged.truth)
    drawn = resample(n, seed=0, draws=DRAWS)
    everything = np.arange(n)
    return [_reading(metric, score, drawn, everything) for metric, score in scorers.items()]


def _reading(
    metric: str,
    score: Callable[[NDArray[np.intp]], float],
    drawn: NDArray[np.intp],
    everything: NDArray[np.intp],
) -> Reading:
    value, n = float(score(everything)), everything.size
    if metric in {"accuracy", "exact_match"}:
        lo, hi = share_interval(value * n, n, level=LEVEL)
        return Reading(
            metric=metric, value=value, lo=min(lo, value), hi=max(hi, value), n=n,
            stderr=float(np.sqrt(value * (1 - value) / n)), method="share of items; Wilson",
        )  # fmt: skip
    draws = np.array([score(rows) for rows in drawn])
    draws = draws[np.isfinite(draws)]
    if draws.size < DRAWS // 2:
        return Reading(metric=metric, value=value, n=n, method="too few items for an interval")
    lo, hi = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Reading(
        metric=metric, value=value, lo=min(float(lo), value), hi=max(float(hi), value), n=n,
        stderr=float(draws.std(ddof=1)), method=_METHOD,
    )  # fmt: skip


def scorers_of(judged: Judged) -> dict[str, Callable[[NDArray[np.intp]], float]]:
    """Each metric as a function of the test rows that count, so that a resample is scored like the whole."""
    truth, said = judged.truth, judged.prediction
    if judged.kind in {"classification", "pairs"}:
        return _of_classes(judged.labels, truth, said, judged.probability)
    if judged.kind == "multilabel":
        return _of_sets(judged.labels, truth, said)
    if judged.kind == "similarity":
        return _of_numbers(np.array(truth, dtype=float), np.array(said, dtype=float))
    values = item_values(judged)
    exact = np.array(
        [_plain(a) == _plain(b) for a, b in zip(truth, said, strict=True)], dtype=float
    )
    main = "token_f1" if judged.kind == "extraction" else "rougeL"
    return {main: _mean(values), "exact_match": _mean(exact)}


def item_values(judged: Judged) -> NDArray[np.float64]:
    """(n,) each item's share in a score that splits by item; NaN for similarity, where none does."""
    truth, said = judged.truth, judged.prediction
    if judged.kind in {"classification", "pairs"}:
        return np.array([a == b for a, b in zip(truth, said, strict=True)], dtype=float)
    if judged.kind == "similarity":
        return np.full(len(truth), np.nan)
    if judged.kind == "multilabel":
        return np.array(
            [
                _set_f1(set(a.split("|")), set(b.split("|")) - {""})
                for a, b in zip(truth, said, strict=True)
            ]
        )
    if judged.kind == "extraction":
        return np.array([_token_f1(a, b) for a, b in zip(truth, said, strict=True)])
    score = need("rouge_score.rouge_scorer", extra="bench").RougeScorer(
        ["rougeL"], use_stemmer=False
    )
    return np.array(
        [score.score(a, b)["rougeL"].fmeasure for a, b in zip(truth, said, strict=True)]
    )


def p_target(judged: Judged) -> NDArray[np.float64] | None:
    """(n,) probability given to the true class; None where there is none."""
    if judged.probability is None or judged.kind not in {"classification", "pairs"}:
        return None
    place = {name: i for i, name in enumerate(judged.labels)}
    rows = np.array([place[t] for t in judged.truth])
    return np.asarray(judged.probability[np.arange(rows.size), rows])


def _mean(values: NDArray[np.float64]) -> Callable[[NDArray[np.intp]], float]:
    return lambda rows: float(values[rows].mean())


def _of_classes(
    labels: Sequence[str],
    truth: Sequence[str],
    said: Sequence[str],
    probability: NDArray[np.float64] | None,
) -> dict[str, Callable[[NDArray[np.intp]], float]]:
    place = {name: i for i, name in enumerate(labels)}
    # An answer that names no label is a class of its own, wrong wherever it stands.
    true = np.array([place[t] for t in truth])
    given = np.array([place.get(s, len(labels)) for s in said])
    k = len(labels) + 1
    cells = true * k + given

    def table(rows: NDArray[np.intp]) -> NDArray[np.float64]:
        return np.bincount(cells[rows], minlength=k * k).reshape(k, k).astype(float)

    found: dict[str, Callable[[NDArray[np.intp]], float]] = {
        "accuracy": _mean((true == given).astype(float)),
        "f1_macro": lambda rows: _macro_f1(table(rows)),
        "balanced_accuracy": lambda rows: _balanced(table(rows)),
    }
    if probability is not None:
        p_true = np.maximum(probability[np.arange(true.size), true], _FLOOR)
        found["log_loss"] = _mean(-np.log(p_true))
        found["expected_calibration_error"] = lambda rows: _calibration(
            probability[rows], true[rows]
        )
        if len(labels) == 2:
            found["roc_auc"] = lambda rows: _auc(probability[rows, 1], true[rows] == 1)
    return found


def _macro_f1(table: NDArray[np.float64]) -> float:
    """Mean F1 of the classes that occur, in truth or answers. Source: scikit-learn's f1_score(average="macro")."""
    right, true, given = np.diag(table), table.sum(axis=1), table.sum(axis=0)
    occurs = (true + given > 0)[:-1]
    f1 = 2 * right / np.maximum(true + given, 1.0)
    return float(f1[:-1][occurs].mean())


def _balanced(table: NDArray[np.float64]) -> float:
    true = table.sum(axis=1)
    return float((np.diag(table)[true > 0] / true[true > 0]).mean())


def _auc(score: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive outranks a negative, ties half. Source: Mann and Whitney 1947."""
    n, m = int(positive.sum()), int((~positive).sum())
    if not n or not m:
        return float("nan")
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return float((ranks[positive].sum() - n * (n + 1) / 2.0) / (n * m))


def _calibration(probability: NDArray[np.float64], true: NDArray[np.intp], bins: int = 10) -> float:
    """Mean gap between the probability of the answer and the share right, over ten equal bins. Source: Naeini 2015."""
    stated, answer = probability.max(axis=1), probability.argmax(axis=1)
    place = np.minimum((stated * bins).astype(int), bins - 1)
    right = (answer == true).astype(float)
    gaps = np.bincount(place, weights=right - stated, minlength=bins)
    return float(np.abs(gaps).sum() / true.size)


def _of_sets(
    labels: Sequence[str], truth: Sequence[str], said: Sequence[str]
) -> dict[str, Callable[[NDArray[np.intp]], float]]:
    from bench.harness.own_methods import indicators

    true, given = indicators(truth, labels).astype(float), indicators(said, labels).astype(float)
    both = true * given
    per_item = 2 * both.sum(axis=1) / np.maximum(true.sum(axis=1) + given.sum(axis=1), 1.0)

    def micro(rows: NDArray[np.intp]) -> float:
        return float(2 * both[rows].sum() / max(true[rows].sum() + given[rows].sum(), 1.0))

    def macro(rows: NDArray[np.intp]) -> float:
        total = true[rows].sum(axis=0) + given[rows].sum(axis=0)
        return float((2 * both[rows].sum(axis=0) / np.maximum(total, 1.0))[total > 0].mean())

    return {
        "f1_micro": micro,
        "f1_macro": macro,
        "f1_samples": _mean(per_item),
        "accuracy": _mean((true == given).all(axis=1).astype(float)),
    }


def _of_numbers(
    truth: NDArray[np.float64], said: NDArray[np.float64]
) -> dict[str, Callable[[NDArray[np.intp]], float]]:
    return {
        "spearman": lambda rows: _correlation(_ranks(truth[rows]), _ranks(said[rows])),
        "pearson": lambda rows: _correlation(truth[rows], said[rows]),
    }


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    return ranks


def _correlation(one: NDArray[np.float64], two: NDArray[np.float64]) -> float:
    """Pearson's; 0 where one of the two does not vary, since it then orders nothing."""
    a, b = one - one.mean(), two - two.mean()
    scale = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum() / scale) if scale > 0.0 else 0.0


def _set_f1(true: set[str], given: set[str]) -> float:
    return 2 * len(true & given) / max(len(true) + len(given), 1)


def _plain(text: str) -> str:
    """Lower case, without punctuation and articles. Source: SQuAD's evaluation script."""
    bare = re.sub(r"[^\w\s]", " ", text.lower())
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", bare).split())


def _token_f1(true: str, given: str) -> float:
    """Overlap of words. Source: SQuAD's evaluation script."""
    a, b = _plain(true).split(), _plain(given).split()
    if not a or not b:
        return float(a == b)
    shared = sum((Counter(a) & Counter(b)).values())
    return 2 * shared / (len(a) + len(b))
