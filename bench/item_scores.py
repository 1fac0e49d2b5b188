"""A main score as a function of items drawn: what a paired bootstrap needs, checked against the number that was reported."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Score = Callable[[NDArray[np.intp]], float]

CLOSE: Final = 1e-6
"""A score computed from items is the reported one when it is as near as this, relative to 1 or to itself."""


def score_of(metric: str, items: pl.DataFrame, reported: float) -> Score | None:
    """The metric over rows of `items` (bench.protocol.ITEMS); None where the items do not give `reported`."""
    for build in (*_FROM_ITEMS.get(metric, ()), _mean):
        score = build(items)
        if score is not None and math.isclose(
            score(np.arange(items.height)), reported, rel_tol=CLOSE, abs_tol=CLOSE
        ):
            return score
    return None


def values_of(items: pl.DataFrame) -> NDArray[np.float64] | None:
    """Each item's share in the main score; None where one has none."""
    if items.is_empty() or items["value"].null_count():
        return None
    return items["value"].to_numpy()


def _mean(items: pl.DataFrame) -> Score | None:
    values = values_of(items)
    return None if values is None else lambda rows: float(values[rows].mean())


def _rmse(items: pl.DataFrame) -> Score | None:
    values = values_of(items)
    return None if values is None else lambda rows: math.sqrt(values[rows].mean())


def _r2(items: pl.DataFrame) -> Score | None:
    values, target = values_of(items), _numbers(items["target"])
    if values is None or target is None:
        return None

    def score(rows: NDArray[np.intp]) -> float:
        spread = target[rows].var()
        return float(1.0 - values[rows].mean() / spread) if spread > 0 else math.nan

    return score


def _pearson(items: pl.DataFrame) -> Score | None:
    return _correlation(items, lambda x: x)


def _spearman(items: pl.DataFrame) -> Score | None:
    return _correlation(items, lambda x: pl.Series(x).rank().to_numpy())


def _correlation(
    items: pl.DataFrame, scale: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> Score | None:
    """0 where one of the two does not vary: it then orders nothing."""
    target, prediction = _numbers(items["target"]), _numbers(items["prediction"])
    if target is None or prediction is None:
        return None

    def score(rows: NDArray[np.intp]) -> float:
        x, y = scale(target[rows]), scale(prediction[rows])
        x, y = x - x.mean(), y - y.mean()
        size = math.sqrt((x @ x) * (y @ y))
        return float(x @ y) / size if size > 0 else 0.0

    return score


def _roc_auc(items: pl.DataFrame) -> Score | None:
    """Of two classes: the chance that one of the second has the higher probability of being of it."""
    labels = sorted(items["target"].drop_nulls().unique())
    if len(labels) != 2 or items["p_target"].null_count() or items["target"].null_count():
        return None
    is_second = (items["target"] == labels[1]).to_numpy()
    p = items["p_target"].to_numpy()
    # Rounded, because 1 - (1 - p) is not p and equal probabilities must stay equal.
    p = np.round(np.where(is_second, p, 1.0 - p), 12)

    def score(rows: NDArray[np.intp]) -> float:
        second = is_second[rows]
        n = int(second.sum())
        pairs = n * (len(rows) - n)
        ranks = pl.Series(p[rows]).rank().to_numpy()
        return float(ranks[second].sum() - n * (n + 1) / 2) / pairs if pairs else math.nan

    return score


def _f1_macro(items: pl.DataFrame) -> Score | None:
    """Mean F1 over the labels that are a target or a prediction among the rows, as scikit-learn has it."""
    if items["target"].null_count() or items["prediction"].null_count():
        return None
    n = items.height
    both = pl.concat([items["target"], items["prediction"]]).rank("dense").to_numpy() - 1
    codes = both.astype(np.intp)
    target, prediction, most = codes[:n], codes[n:], int(codes.max()) + 1

    def score(rows: NDArray[np.intp]) -> float:
        t, p = target[rows], prediction[rows]
        hits = np.bincount(t[t == p], minlength=most)
        named = np.bincount(t, minlength=most) + np.bincount(p, minlength=most)
        there = named > 0
        return float((2.0 * hits[there] / named[there]).mean())

    return score


def _balanced_accuracy(items: pl.DataFrame) -> Score | None:
    """Share right of each class that is a target among the rows, averaged."""
    if items["target"].null_count() or items["prediction"].null_count():
        return None
    right = (items["target"] == items["prediction"]).to_numpy()
    code = items["target"].rank("dense").to_numpy().astype(np.intp) - 1

    def score(rows: NDArray[np.intp]) -> float:
        asked = np.bincount(code[rows])
        return float((np.bincount(code[rows], right[rows])[asked > 0] / asked[asked > 0]).mean())

    return score


def _log_loss(floor: float) -> Callable[[pl.DataFrame], Score | None]:
    """floor: the least probability that is counted with; libraries differ in it."""

    def build(items: pl.DataFrame) -> Score | None:
        if items["p_target"].null_count():
            return None
        loss = -np.log(np.maximum(items["p_target"].to_numpy(), floor))
        return lambda rows: float(loss[rows].mean())

    return build


def _f1_of_sets(*, average: str) -> Callable[[pl.DataFrame], Score | None]:
    """F1 over the labels of sets written "a|b", all together or label by label."""

    def build(items: pl.DataFrame) -> Score | None:
        if items["target"].null_count() or items["prediction"].null_count():
            return None
        true, given = (
            [set(words.split("|")) - {""} for words in items[name]]
            for name in ("target", "prediction")
        )
        labels = sorted(set().union(*true, *given))
        one, other = (
            np.array([[label in found for label in labels] for found in sets], dtype=np.float64)
            for sets in (true, given)
        )

        def score(rows: NDArray[np.intp]) -> float:
            hits, named = (one * other)[rows].sum(axis=0), (one + other)[rows].sum(axis=0)
            if average == "micro":
                return float(2.0 * hits.sum() / max(named.sum(), 1.0))
            there = named > 0
            return float((2.0 * hits[there] / named[there]).mean()) if there.any() else math.nan

        return score

    return build


def _numbers(column: pl.Series) -> NDArray[np.float64] | None:
    read = column.cast(pl.Float64, strict=False)
    return None if read.null_count() or read.is_empty() else read.to_numpy()


_FROM_ITEMS: Final[dict[str, tuple[Callable[[pl.DataFrame], Score | None], ...]]] = {
    "rmse": (_rmse,), "r2": (_r2,), "pearson": (_pearson,), "spearman": (_spearman,), "cosine_spearman": (_spearman,),
    "roc_auc": (_roc_auc,), "balanced_accuracy": (_balanced_accuracy,),
    "f1_macro": (_f1_macro, _f1_of_sets(average="macro")), "macro_f1": (_f1_macro,),
    "f1_micro": (_f1_of_sets(average="micro"),), "log_loss": (_log_loss(1e-6), _log_loss(2.0**-52)),
}  # fmt: skip
"""Ways to a metric, the first that gives the reported number is taken."""
