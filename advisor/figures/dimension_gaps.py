"""By how much one model beats another on each of the four dimensions, with an interval or the reason for none."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import NormalDist
from typing import TYPE_CHECKING, Final, Literal

import polars as pl

from advisor.figures import answers
from advisor.recommend.field import LEVEL
from advisor.score.efficiency import efficiency
from advisor.score.interpretability import interpretability

if TYPE_CHECKING:
    from collections.abc import Mapping

    from advisor.figures.answers import Shown
    from advisor.tables.snapshot import Snapshot

_Z: Final = NormalDist().inv_cdf((1 + LEVEL) / 2)
_SAME: Final = 1e-9
EFFICIENCY: Final[Mapping[str, str]] = {
    "latency_p95_s": "latency",
    "memory_bytes": "memory",
    "cost_usd_per_1k_items": "cost",
}
"""What the efficiency score is made of, in words."""

Better = Literal["small", "large", "equal", "cannot tell"]


@dataclass(frozen=True, kw_only=True)
class Gap:
    """The small model's dimension less the large one's."""

    dimension: str
    value: float | None
    lo: float | None
    hi: float | None
    unit: str
    """Of value, lo and hi."""
    how: str
    """How the interval was made, in words."""
    words: str
    """Who is better by how much, in words."""
    shown: Mapping[str, tuple[float | None, float | None, float | None, str]] = field(
        default_factory=dict
    )
    """Per model the score that is compared (value, lo, hi, basis), where it is not the answer's own."""

    @property
    def better(self) -> Better:
        """Who is better, where the interval allows to say so."""
        if self.value is None or self.lo is None or self.hi is None:
            return "cannot tell"
        if max(abs(self.value), abs(self.lo), abs(self.hi)) < _SAME:
            return "equal"
        if self.lo > 0:
            return "small"
        return "large" if self.hi < 0 else "cannot tell"


def gaps(found: Shown, small: str, large: str, snapshot: Snapshot) -> list[Gap]:
    """One gap per dimension, in the order of DIMENSIONS."""
    return [
        _accuracy(found, small, large),
        _generality(found, small, large, snapshot),
        _efficiency(found, small, large),
        _interpretability(found, small, large, snapshot),
    ]


def _accuracy(found: Shown, small: str, large: str) -> Gap:
    unit = "fraction of the main score"
    named = found.stand is not None and found.stand.competing.is_named
    how = (
        f"{LEVEL:.0%} interval from the two scores' own errors"
        if named
        else f"{LEVEL:.0%} interval for one task like yours, paired over the similar tasks"
    )
    difference = found.difference(small, large)
    if difference is None:
        return _unknown("accuracy", unit, "not known of one of them")
    value, lo, hi = difference
    if not named and found.stand is not None:
        level = found.stand.apart.p_level(large, [small])[small]
        share = f"{level:.0%}" if level >= 0.005 else "less than 1%"
        how += f"; on the mean of the similar tasks the small one is at least as good in {share} of the resamples"
    return Gap(
        dimension="accuracy", value=value, lo=lo, hi=hi, unit=unit, how=how,
        words=_words(value, lo, hi, scale=100, digits=1, unit=" points"),
    )  # fmt: skip


def _generality(found: Shown, small: str, large: str, snapshot: Snapshot) -> Gap:
    """Paired over the other task families: level less level, its mean's error from their spread and both levels' errors."""
    unit = "standard deviations of a task's scores"
    levels = snapshot.collect(
        snapshot.scan("generality").filter(
            pl.col("model_id").is_in([small, large]),
            pl.col("task_family") != found.answer.profile.task_family,
        )
    )
    wide = [
        levels.filter(pl.col("model_id") == name).select("task_family", "level", "spread")
        for name in (small, large)
    ]
    both = wide[0].join(wide[1], on="task_family", suffix="_large").sort("task_family")
    if both.is_empty():
        return _unknown("generality", unit, "no other family on which both are known")
    gap = both["level"] - both["level_large"]
    noise = both.select(pl.col("spread") ** 2 + pl.col("spread_large") ** 2).to_series()
    spread = gap.var()
    error = ((_number(spread) + _number(noise.mean())) / both.height) ** 0.5
    value = _number(gap.mean())
    lo, hi = value - _Z * error, value + _Z * error
    families = (
        f"{both.height} other task families, paired over them"
        if both.height > 1
        else f"the one other family that both have ({both['task_family'][0]}), its own error alone"
    )
    return Gap(
        dimension="generality", value=value, lo=lo, hi=hi, unit=unit,
        how=f"{LEVEL:.0%} interval of the mean level on {families}",
        words=_words(value, lo, hi, digits=2, unit=" standard deviations"),
    )  # fmt: skip


def _efficiency(found: Shown, small: str, large: str) -> Gap:
    """On the quantities that are known of both; their errors taken as independent, which is on the wide side."""
    unit = "efficiency score, 0 to 1"
    taken = found.taken.filter(
        pl.col("model_id").is_in([small, large]), pl.col("value").is_not_null()
    )
    known = taken.group_by("quantity").agg(pl.col("model_id").n_unique())
    common = known.filter(pl.col("model_id") == 2)["quantity"]
    names = [name for name in EFFICIENCY if name in set(common)]
    if not names:
        seen = set(taken.filter(pl.col("quantity").is_in(list(EFFICIENCY)))["model_id"])
        lacking = [side for side, name in (("small", small), ("large", large)) if name not in seen]
        why = f"neither latency, memory nor cost is known of the {' or the '.join(lacking)} one"
        return _unknown("efficiency", unit, why if lacking else "nothing is known of both")
    scores = {
        row["model_id"]: row
        for row in efficiency(taken.filter(pl.col("quantity").is_in(names))).iter_rows(named=True)
    }
    one, other = scores[small], scores[large]
    value = one["value"] - other["value"]
    lo = value - ((one["value"] - one["lo"]) ** 2 + (other["hi"] - other["value"]) ** 2) ** 0.5
    hi = value + ((one["hi"] - one["value"]) ** 2 + (other["value"] - other["lo"]) ** 2) ** 0.5
    amounts = {
        (row["model_id"], row["quantity"]): row["value"] for row in taken.iter_rows(named=True)
    }
    told = ", ".join(
        f"{EFFICIENCY[name]} {answers.amount(name, amounts[small, name])} against "
        f"{answers.amount(name, amounts[large, name])}"
        for name in names
    )
    listed = ", ".join(EFFICIENCY[name] for name in names)
    return Gap(
        dimension="efficiency", value=value, lo=lo, hi=hi, unit=unit,
        how=f"{listed} on their logarithmic scales, {LEVEL:.0%} intervals taken as independent; {told}",
        words=_words(value, lo, hi, digits=2, unit=" of the scale"),
        shown={
            name: (row["value"], row["lo"], row["hi"], row["basis"]) for name, row in scores.items()
        },
    )  # fmt: skip


def _interpretability(found: Shown, small: str, large: str, snapshot: Snapshot) -> Gap:
    """From the declared rubric: the ends are what the unknown facts allow, not a probability."""
    unit = "interpretability score, 0 to 1"
    if found.stand is not None:
        models = found.stand.competing.models.filter(pl.col("model_id").is_in([small, large]))
    else:
        models = snapshot.collect(
            snapshot.scan("models").filter(pl.col("model_id").is_in([small, large]))
        )
    scores = {row["model_id"]: row for row in interpretability(models).iter_rows(named=True)}
    if small not in scores or large not in scores:
        return _unknown("interpretability", unit, "the class of one of them is not known")
    one, other = scores[small], scores[large]
    value, lo, hi = (
        one["value"] - other["value"],
        one["lo"] - other["hi"],
        one["hi"] - other["lo"],
    )
    return Gap(
        dimension="interpretability", value=value, lo=lo, hi=hi, unit=unit,
        how="declared rubric (model class, open weights, code and data), a prior: the interval is what unknown facts allow",
        words=_words(value, lo, hi, digits=2, unit=" of the rubric's scale"),
    )  # fmt: skip


def _unknown(dimension: str, unit: str, why: str) -> Gap:
    return Gap(dimension=dimension, value=None, lo=None, hi=None, unit=unit, how=why, words=why)


def _number(value: object) -> float:
    return float(value) if isinstance(value, (int, float)) else 0.0


def _words(value: float, lo: float, hi: float, *, digits: int, unit: str, scale: float = 1) -> str:
    """Like "small better by 0.31 of the scale, 0.22 to 0.40"; "the same"; or the difference where it may be 0."""
    if max(abs(value), abs(lo), abs(hi)) < _SAME:
        return "the same"

    def spelt(number: float) -> str:
        text = f"{scale * number:.{digits}f}"
        return text[1:] if text.startswith("-") and float(text) == 0 else text

    if lo > 0:
        return f"small better by {spelt(value)}{unit}, {spelt(lo)} to {spelt(hi)}"
    if hi < 0:
        return f"large better by {spelt(-value)}{unit}, {spelt(-hi)} to {spelt(-lo)}"
    return f"{spelt(value)}{unit}, small less large, {spelt(lo)} to {spelt(hi)}"
