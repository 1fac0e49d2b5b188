"""What a looser limit would buy: for each limit that bars a model, the step that pays, and how much it pays."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

import polars as pl

from advisor.core.recommendation import Gain, ShadowPrice
from advisor.recommend.field import LEVEL, POINT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.core.profile import Constraints, TaskProfile
    from advisor.recommend.differences import Differences
    from advisor.recommend.field import Field

MATTERS: Final = 0.5
"""Points below which a gain is nothing."""
FURTHEST: Final = 4.0
"""A limit is relaxed to at most this many times itself."""
DROPPED: Final = ("commercial_licence", "license", "open_weights", "local_only", "interpretable")
"""Wishes that hold or do not: dropped whole. Languages are a fact about the data and are never dropped."""
_DECIMAL: Final = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0)
_DOUBLING: Final = tuple(2.0**k * part for k in range(-10, 12) for part in (1.0, 1.5))
"""Memory as it is sold: ... 4, 6, 8, 12, 16, 24 ... GB."""


class _Numeric(NamedTuple):
    """A limit on a quantity: where it is known, and how many canonical units one of its own is."""

    quantity: str | None
    """Null: the size, which stands on the card."""
    factor: float


_NUMERIC: Final = {
    "max_parameters": _Numeric(None, 1.0),
    "max_memory_gb": _Numeric("memory_bytes", 1e9),
    "max_latency_ms": _Numeric("latency_p95_s", 1e-3),
    "max_cost_usd_per_1k": _Numeric("cost_usd_per_1k_items", 1.0),
}


def shadow_prices(
    competing: Field,
    judged: pl.DataFrame,
    taken: pl.DataFrame,
    profile: TaskProfile,
    differences: Differences,
) -> list[ShadowPrice]:
    """One price per stated limit that bars a model, in the order in which the limits were judged.

    judged: see limits.judge; taken: see quantities. Each limit is relaxed alone, all others as stated, so
    only models that it alone bars can enter. Nothing is judged anew: a numeric limit admits a model from the
    upper end of its interval on. Source: METHOD.md#verdict
    """
    barring = judged.filter(pl.col("judgement") != "holds")
    barred: dict[str, list[str]] = {}
    for name, constraint in barring.select("model_id", "constraint").iter_rows():
        barred.setdefault(name, []).append(constraint)
    values = {
        name: value
        for name, value, grounded in competing.models.select(
            "model_id", "value", "grounded"
        ).iter_rows()
        if grounded
    }
    now = _best((name for name in values if name not in barred), values)
    prices = []
    for constraint in judged["constraint"].unique(maintain_order=True):
        kept_out = [name for name, limits in barred.items() if constraint in limits]
        alone = [name for name in kept_out if len(barred[name]) == 1 and name in values]
        if constraint in DROPPED and kept_out:
            prices.append(_price(constraint, None, None, now, _best(alone, values), differences))
        if constraint not in _NUMERIC:
            continue
        needs = _needs(competing.models, taken, constraint)
        if not needs.keys() & set(kept_out):
            continue  # it bars only models that no such limit would admit
        limit = _limit(profile.constraints, constraint)
        to, entrant = _step(constraint, limit, now, {n: needs.get(n) for n in alone}, values)
        prices.append(_price(constraint, limit, to, now, entrant, differences))
    return prices


def round_up(need: float, constraint: str) -> float:
    """The least round number of the limit's own unit from which `need` (canonical unit) is met."""
    factor = _NUMERIC[constraint].factor
    if constraint == "max_memory_gb" and need <= _DOUBLING[-1] * factor:
        return next(step for step in _DOUBLING if step * factor >= need)
    power = math.floor(math.log10(max(need / factor, 1e-12)))
    steps = (step * 10.0**p for p in (power, power + 1) for step in _DECIMAL)
    return next(step for step in steps if step * factor >= need)


def _best(names: Iterable[str], values: dict[str, float]) -> str | None:
    return min(names, key=lambda name: (-values[name], name), default=None)


def _limit(constraints: Constraints, constraint: str) -> float:
    return float(getattr(constraints, constraint))


def _needs(models: pl.DataFrame, taken: pl.DataFrame, constraint: str) -> dict[str, float]:
    """The least limit, in the canonical unit, under which each model is known to hold it."""
    quantity = _NUMERIC[constraint].quantity
    if quantity is None:
        sized = models.filter(
            pl.col("n_parameters").is_not_null(), ~pl.col("params_suspect").fill_null(value=False)
        )
        return dict(sized.select("model_id", "n_parameters").iter_rows())
    known = taken.filter(pl.col("quantity") == quantity, pl.col("hi").is_not_null())
    return dict(known.select("model_id", "hi").iter_rows())


def _step(
    constraint: str,
    limit: float,
    now: str | None,
    needs: dict[str, float | None],
    values: dict[str, float],
) -> tuple[float, str | None]:
    """The next limit at which something worth having enters, and the best model that it lets in.

    That is the least need of a model estimated at least MATTERS points above today's best, rounded up, at
    most FURTHEST times the limit; where there is none, the furthest limit with whoever enters there.
    """
    factor, furthest = _NUMERIC[constraint].factor, FURTHEST * limit
    reach = {n: need for n, need in needs.items() if need is not None and need <= furthest * factor}
    bar = -math.inf if now is None else values[now] + MATTERS * POINT
    paying = [need for name, need in reach.items() if values[name] >= bar]
    to = min(round_up(min(paying), constraint), furthest) if paying else furthest
    entrants = (name for name, need in reach.items() if need <= to * factor)
    return to, _best(entrants, values)


def _price(
    constraint: str,
    limit: float | None,
    to: float | None,
    now: str | None,
    entrant: str | None,
    differences: Differences,
) -> ShadowPrice:
    def nothing(reason: str, *, model_id: str | None = None) -> ShadowPrice:
        return ShadowPrice(
            constraint=constraint, from_limit=limit, to_limit=to, gain_points=None, model_id=model_id, reason=reason
        )  # fmt: skip

    if entrant is None:
        return nothing("no well-measured model enters by this step alone")
    if now is None:
        return nothing("no well-measured model meets the limits now", model_id=entrant)
    value, lo, hi = (
        part / POINT
        for part in differences.interval(differences.row(entrant), differences.row(now))
    )
    if value <= 0:
        return nothing("the best model stays the same")
    if hi < MATTERS:
        return nothing(f"at most {hi:.1f} points")
    gain = Gain(value=value, lo=lo, hi=hi, level=LEVEL)
    return ShadowPrice(
        constraint=constraint, from_limit=limit, to_limit=to, gain_points=gain, model_id=entrant, reason=None
    )  # fmt: skip
