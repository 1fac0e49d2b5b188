"""mteb's scores as readings: its own names, each with the interval that is honest for it or the reason for none."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor.core.metrics import METRICS, spec
from bench.harness.resampling import spread
from bench.rows import LEVEL, Reading

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.harness.mteb_items import Part

_EXPERIMENTS: Final = "scores_per_experiment"
_LEVELS: Final = {"v_measure": "v_measures", "ami": "ami_scores"}


def readings(part: Part, *, main_score: str, seed: int) -> list[Reading]:
    """The main score first, then mteb's other numbers that core.metrics knows by the same name.

    Beside a retrieval score only those at a rank: mteb calls the hit rate at one "accuracy" there.
    """
    is_ranked = "_at_" in main_score
    others = [
        name
        for name, value in part.scores.items()
        if name != main_score and name in METRICS and _is_number(value)
        if "_at_" in name or not is_ranked
    ]
    return [_reading(name, part, seed) for name in (main_score, *others)]


def _reading(metric: str, part: Part, seed: int) -> Reading:
    value = float(part.scores[metric])
    plain: dict[str, Any] = {"metric": metric, "value": value, "n": part.n_items}
    if (score := part.resampled.get(metric)) is not None:
        found = spread(score, part.n_items, level=LEVEL, seed=seed)
        if found is not None:
            over = f"{part.n_items} items"
            if part.n_experiments > 1:
                over += f" and {part.n_experiments} experiments"
            method = f"mteb; bootstrap over {over}, {found.n_draws} draws"
            return _within(plain, found.lo, found.hi, found.stderr, method)
    runs = _of_experiments(metric, part.scores)
    if len(runs) > 1:
        is_redrawn = (
            metric in _LEVELS
        )  # mteb draws documents anew for each clustering: a bootstrap by itself
        stderr = float(np.std(runs, ddof=1)) / (1 if is_redrawn else math.sqrt(len(runs)))
        half = _t_quantile(len(runs) - 1) * stderr
        method = (
            f"mteb; spread of its {len(runs)} clusterings, each of documents drawn anew"
            if is_redrawn
            else f"mteb; its {len(runs)} experiments on the same test items: other training rows alone"
        )
        return _within(plain, value - half, value + half, stderr, method)
    return Reading(method="mteb; no interval: the score does not split by item", **plain)


def _within(plain: dict[str, Any], lo: float, hi: float, stderr: float, method: str) -> Reading:
    """The interval cut at the metric's bounds, and never beside its own value: mteb rounds some scores."""
    known, value = spec(plain["metric"]), plain["value"]
    lo = lo if known.lower is None else max(lo, known.lower)
    hi = hi if known.upper is None else min(hi, known.upper)
    return Reading(lo=min(lo, value), hi=max(hi, value), stderr=stderr, method=method, **plain)


def _of_experiments(metric: str, scores: Mapping[str, Any]) -> list[float]:
    """The metric's value in each of mteb's own repetitions; empty where there were none."""
    if _EXPERIMENTS in scores:
        values = [run.get(metric) for run in scores[_EXPERIMENTS]]
    else:
        levels = scores.get(_LEVELS.get(metric, ""))
        values = [v for level in levels.values() for v in level] if isinstance(levels, dict) else []
    return [float(value) for value in values if _is_number(value)]


def _t_quantile(freedom: int) -> float:
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, freedom))


def _is_number(value: object) -> bool:
    """Whether it is one: mteb writes bare NaN where a score has no value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
