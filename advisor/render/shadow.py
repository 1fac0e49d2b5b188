"""What a looser limit would buy, one line a limit: "20 → 35 ms: +2.1 points (0.4 to 4.0), with ..."."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from advisor.core.units import format_bytes, format_count
from advisor.render.story import Line

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation, ShadowPrice

TITLE: Final = "What a looser limit would buy"
NOTE: Final = "each limit alone; gain in the best score"
_DROPPED: Final = {
    "commercial_licence": ("licence", "one that forbids commercial use, or does not say"),
    "license": ("licence", "one that is not open"),
    "open_weights": ("weights", "models that cannot be downloaded"),
    "local_only": ("where", "models that others run"),
    "interpretable": ("kind", "models that do not explain themselves"),
}
_LABELS: Final = {
    "max_parameters": "size",
    "max_memory_gb": "memory",
    "max_latency_ms": "latency",
    "max_cost_usd_per_1k": "cost",
}


def lines(answer: Recommendation) -> list[Line]:
    """One statement per limit that bars a model; nothing where none does."""
    return [
        Line(_label(price), f"{_step(price)}: {_gain(price)}") for price in answer.shadow_prices
    ]


def _label(price: ShadowPrice) -> str:
    return _LABELS.get(price.constraint) or _DROPPED[price.constraint][0]


def _step(price: ShadowPrice) -> str:
    if price.from_limit is None or price.to_limit is None:
        return _DROPPED[price.constraint][1]
    before, after = (_limit(price.constraint, x) for x in (price.from_limit, price.to_limit))
    number, _, unit = before.partition(" ")
    # The unit once, where both have the same: "20 → 35 ms".
    return f"{number if unit and after.endswith(f' {unit}') else before} → {after}"


def _limit(constraint: str, value: float) -> str:
    if constraint == "max_parameters":
        return format_count(value)
    if constraint == "max_memory_gb":
        return format_bytes(value * 1e9)
    return f"{value:g} ms" if constraint == "max_latency_ms" else f"${value:g} per 1,000"


def _gain(price: ShadowPrice) -> str:
    gain = price.gain_points
    if gain is not None:
        ends = f"{gain.lo:+.1f} to {gain.hi:+.1f}"
        return f"{gain.value:+.1f} points ({ends}), with {price.model_id}"
    if price.model_id is not None:
        return f"lets in {price.model_id}; {price.reason}"
    return f"nothing; {price.reason}"
