"""Scores of a labelled text task: the field's metrics over all test items, each with its interval, and each item's share."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor._lazy import need
from advisor.stats.noninferiority import share_interval
from advisor.stats.resampled import Outcomes, resampled_scores
from bench.rows import LEVEL, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


DRAWS: Final = 400
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
    """All scores that the kind of task has, each with its interval."""
    found = [_reading(metric, judged) for metric in METRICS_OF[judged.kind]]
    return [reading for reading in found if reading is not None]


def _reading(metric: str, judged: Judged) -> Reading | None:
    """One score; None where it needs probabilities, or two classes, that are not there."""
    if metric == "roc_auc" and len(judged.labels) != 2:
        return None
    drawn = resampled_scores(metric, [_outcomes(judged, metric)], draws=DRAWS)
    if drawn is None:
        return None
    value, n = float(drawn[0, 0]), len(judged.truth)
    if metric in {"accuracy", "exact_match"}:
        lo, hi = share_interval(value * n, n, level=LEVEL)
        stderr = float(np.sqrt(value * (1 - value) / n))
        return Reading(
            metric=metric,
            value=value,
            lo=lo,
            hi=hi,
            n=n,
            stderr=stderr,
            method="share of items; Wilson",
        )
    draws = drawn[1:, 0][np.isfinite(drawn[1:, 0])]
    if draws.size < DRAWS // 2:
        return Reading(metric=metric, value=value, n=n, method="too few items for an interval")
    lo, hi = np.quantile(draws, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return Reading(
        metric=metric, value=value, lo=min(float(lo), value), hi=max(float(hi), value), n=n,
        stderr=float(draws.std(ddof=1)), method=_METHOD,
    )  # fmt: skip


def _outcomes(judged: Judged, metric: str) -> Outcomes:
    """The items as the scores take them; whole answers are right or wrong where they are asked for as such."""
    truth, said = list(judged.truth), list(judged.prediction)
    if metric == "exact_match":
        value = np.array(
            [_plain(a) == _plain(b) for a, b in zip(truth, said, strict=True)], dtype=float
        )
    else:
        value = item_values(judged)
    stated, largest = p_target(judged), None
    if judged.probability is not None and judged.kind != "multilabel":
        largest = judged.probability.max(axis=1)
    return Outcomes(
        value=value, target=[*truth], prediction=[*said], p_prediction=largest,
        p_target=np.full(len(truth), np.nan) if stated is None else stated,
    )  # fmt: skip


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
