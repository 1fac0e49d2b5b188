"""lm-eval's logged samples as items: what was right, what was said, how likely the right answer was."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from advisor.core.metrics import METRICS, base_metric

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from numpy.typing import NDArray

MAIN: Final = (
    "acc_norm", "acc", "exact_match", "pass@1", "f1", "mcc", "bleu", "chrf", "rougeL", "rouge1", "bits_per_byte",
    "byte_perplexity", "word_perplexity", "perplexity",
)  # fmt: skip
"""Which metric decides, where a task has several: the first of these."""
WEIGHTED: Final = frozenset({"word_perplexity", "byte_perplexity", "bits_per_byte"})
"""Metrics whose items are (log-likelihood, words or bytes), added up before they are divided."""
DRAWS: Final = 1000
_LONGEST: Final = 2000
"""Characters of an answer that are kept."""


def main_metric(metrics: Iterable[str]) -> str | None:
    """The deciding one of a task's metrics, its answer filter included; None where none is known."""
    known = [name for name in metrics if base_metric(name) in METRICS]
    for wanted in MAIN:
        for name in known:
            if base_metric(name) == wanted:
                return name
    return known[0] if known else None


def item_records(
    samples: Sequence[Mapping[str, Any]], metric: str, *, subset: str
) -> list[dict[str, Any]]:
    """Records with the columns of ITEMS, one an item and answer filter.

    metric: the one whose per-item value is kept, e.g. "exact_match:strict-match"; an item of another
    filter has that filter in its id, and the same metric under that filter as its value.
    """
    fixed = _fixed_choices(samples)
    wanted = metric.partition(":")[2] or "none"
    return [
        _record(sample, metric, subset=subset, fixed=fixed, main_filter=wanted)
        for sample in samples
    ]


def item_values(samples: Sequence[Mapping[str, Any]], metric: str) -> list[Any]:
    """The raw per-item values of a metric under its filter: numbers, or pairs for WEIGHTED."""
    name, _, wanted = metric.partition(":")
    return [
        sample[name]
        for sample in samples
        if sample.get("filter", "none") == (wanted or "none") and name in sample
    ]


def is_share(values: Sequence[Any]) -> bool:
    """Whether every item is right or wrong, so that the mean is a share."""
    return bool(values) and all(
        isinstance(v, bool | int | float | np.number) and float(v) in (0.0, 1.0) for v in values
    )


def weighted_interval(
    values: Sequence[tuple[float, float]], metric: str, *, seed: int, level: float
) -> tuple[float, float]:
    """Interval of a perplexity or of bits per byte: items drawn again, added up, divided."""
    pairs = np.array([[float(a), float(b)] for a, b in values])
    drawn = np.random.default_rng(seed).integers(0, len(pairs), (DRAWS, len(pairs)))
    sums = pairs[drawn].sum(axis=1)
    found = weighted(sums, metric)
    lo, hi = np.quantile(found, [(1 - level) / 2, (1 + level) / 2])
    return float(lo), float(hi)


def weighted(sums: NDArray[np.float64], metric: str) -> NDArray[np.float64]:
    """The metric from summed (log-likelihood, weight) in the last axis."""
    mean: NDArray[np.float64] = -sums[..., 0] / sums[..., 1]
    if base_metric(metric) == "bits_per_byte":
        return mean / math.log(2)
    return np.exp(mean)


def _record(
    sample: Mapping[str, Any],
    metric: str,
    *,
    subset: str,
    fixed: list[str] | None,
    main_filter: str,
) -> dict[str, Any]:
    answer_filter = str(sample.get("filter", "none"))
    name = metric.partition(":")[0]
    doc = str(sample["doc_id"])
    record: dict[str, Any] = {
        "item_id": doc if answer_filter == main_filter else f"{doc}:{answer_filter}",
        "subset": subset,
        "value": _value(sample.get(name), metric),
        "target": _text(sample.get("target")),
        "prediction": None,
    }
    choices = _choices(sample)
    if choices is not None:
        return record | _chosen(sample, choices, normalised=name == "acc_norm", fixed=fixed)
    first = (sample.get("filtered_resps") or [None])[0]
    if isinstance(first, str):
        return record | {"prediction": _text(first)}
    likely = _loglikelihood(first)
    if likely is not None and name not in WEIGHTED:
        return record | {"p_target": math.exp(min(0.0, likely))}
    return record


def _chosen(
    sample: Mapping[str, Any], choices: list[str], *, normalised: bool, fixed: list[str] | None
) -> dict[str, Any]:
    """Prediction and probabilities of a multiple-choice item: the softmax over the choices' likelihoods."""
    likely = np.array([_loglikelihood(r) or 0.0 for r in sample["filtered_resps"][: len(choices)]])
    scores = likely / [max(1, len(choice)) for choice in choices] if normalised else likely
    shares = np.exp(likely - likely.max())
    shares /= shares.sum()
    right = _right(sample.get("target"), choices)
    order = None if fixed is None else [choices.index(label) for label in fixed]
    return {
        "target": _text(sample.get("target")) if right is None else choices[right],
        "prediction": choices[int(scores.argmax())],
        "p_target": None if right is None else float(shares[right]),
        "probability": None if order is None else [float(shares[i]) for i in order],
    }


def _choices(sample: Mapping[str, Any]) -> list[str] | None:
    """The texts that were compared; None where the item was no choice between several."""
    asked, told = sample.get("arguments") or [], sample.get("filtered_resps") or []
    if len(asked) < 2 or len(told) < 2 or _loglikelihood(told[0]) is None:
        return None
    contexts = {str(one[0]) for one in asked}
    # Where the contexts differ (Winogrande), the choice is between them and not between the endings.
    place = 1 if len({str(one[1]) for one in asked}) > 1 else 0
    if place == 1 and len(contexts) > 1:
        asked = [one for one in asked if str(one[0]) == str(asked[0][0])]
    return [str(one[place]).strip() for one in asked]


def _fixed_choices(samples: Sequence[Mapping[str, Any]]) -> list[str] | None:
    """The sorted labels, where every item chooses between the same ones."""
    found = [_choices(sample) for sample in samples]
    first = found[0] if found else None
    if first is None or len(set(first)) < len(first):
        return None
    same = all(choices is not None and set(choices) == set(first) for choices in found)
    return sorted(first) if same else None


def _right(target: object, choices: list[str]) -> int | None:
    if isinstance(target, bool):
        return None
    if isinstance(target, int | np.integer):
        return int(target) if 0 <= target < len(choices) else None
    if isinstance(target, str):
        if target.strip() in choices:
            return choices.index(target.strip())
        return int(target) if target.isdigit() and int(target) < len(choices) else None
    return None


def _loglikelihood(response: Any) -> float | None:
    if isinstance(response, list | tuple) and len(response) == 2:
        return float(response[0])
    return None


def _value(raw: Any, metric: str) -> float | None:
    """An item's share in the score; None where it has none of its own (corpus BLEU)."""
    if isinstance(raw, bool | int | float | np.number):
        value = float(raw)
        return value if math.isfinite(value) else None
    if base_metric(metric) in WEIGHTED and isinstance(raw, list | tuple):
        value = float(weighted(np.array([float(raw[0]), float(raw[1])]), metric))
        return value if math.isfinite(value) else None
    return None


def _text(raw: object) -> str | None:
    return None if raw is None else str(raw)[:_LONGEST]
