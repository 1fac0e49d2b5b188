"""The verdict: the smallest model that is good enough, or the honest refusal to name one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from advisor.core.recommendation import LargeReference, Verdict
from advisor.core.units import format_count
from advisor.recommend.ladder import score_estimate
from advisor.recommend.ties import same_size, smallest_first, tied

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.recommend.ties import PLevel


def verdict(
    eligible: pl.DataFrame, undecided: int, profile: TaskProfile, p_level: PLevel
) -> Verdict:
    """Name the smallest grounded model with enough odds; else say why none is named.

    Of several of its size, those that cannot be told from the best of them are tied: the most open one is
    named, then the most downloaded. eligible: rows of the field whose limits all hold, with p_good_enough
    and grounded. Source: METHOD.md#verdict
    """
    if eligible.is_empty():
        return _nothing(undecided)
    enough = smallest_first(
        eligible.filter("grounded", pl.col("p_good_enough") >= profile.confidence)
    )
    if enough.is_empty():
        return _cannot_tell(eligible, profile)
    level = same_size(tied(same_size(enough), p_level))
    named = level.row(0, named=True)
    others = [name for name in level["model_id"].to_list() if name != named["model_id"]]
    runner = _runner_up(eligible, named, others, profile)
    odds = _percent(named["p_good_enough"])
    sentence = (
        f"{_name(named)} is good enough: the odds are {odds} that it comes within {profile.tolerance:g} "
        f"points of the best of {eligible.height:,} eligible models."
    )
    if others:
        sentence += (
            f" {len(others)} more of its size {'is' if len(others) == 1 else 'are'} level with it."
        )
    return Verdict(
        kind="tie" if others else "model",
        model_id=named["model_id"],
        n_parameters=named["n_parameters"],
        size_class=named["size_class"],
        p_good_enough=named["p_good_enough"],
        tie_set=[named["model_id"], *others] if others else [],
        runner_up=None if runner is None else runner[0],
        why_not_runner_up=None if runner is None else runner[1],
        sentence=sentence,
    )


def large_reference(reference: pl.DataFrame, named: dict[str, Any] | None) -> LargeReference | None:
    """The best grounded model when size, memory, latency and cost are no object; null when there is none.

    reference: rows of the field that pass every other limit. A model larger than the named one is
    preferred, so that the answer says what size would buy.
    """
    best = reference.filter("grounded").sort(["value", "model_id"], descending=[True, False])
    if named is not None:
        size = named["n_parameters"] or 0
        larger = best.filter(pl.col("n_parameters") > size)
        best = larger if larger.height else best
    if best.is_empty():
        return None
    row = best.row(0, named=True)
    ratio = gap = None
    if named is not None:
        gap = row["value"] - named["value"]
        if row["n_parameters"] and named["n_parameters"]:
            ratio = row["n_parameters"] / named["n_parameters"]
    return LargeReference(
        model_id=row["model_id"],
        n_parameters=row["n_parameters"],
        size_class=row["size_class"],
        estimate=score_estimate(row),
        parameter_ratio=ratio,
        given_up=gap,
    )


def _percent(p: float) -> str:
    """Odds in words; what is not certain is never called so."""
    if 0 < p < 0.005:
        return "<1%"
    return ">99%" if 0.995 <= p < 1 else f"{p:.0%}"


def _name(row: dict[str, Any]) -> str:
    if row["size_class"] == "no neural model":
        return f"{row['model_id']} (no neural network)"
    if row["n_parameters"] is None:
        return f"{row['model_id']} (size undisclosed)"
    return f"{row['model_id']} ({format_count(row['n_parameters'])} parameters)"


def _runner_up(
    eligible: pl.DataFrame, named: dict[str, Any], tied: list[str], profile: TaskProfile
) -> tuple[str, str] | None:
    """The next smaller model that falls short; where there is none, the next larger one that would do."""
    ordered = smallest_first(eligible.filter("grounded"))
    position = ordered["model_id"].index_of(named["model_id"])
    smaller = ordered.head(position or 0).filter(
        ~pl.col("model_id").is_in(tied), pl.col("p_good_enough") < profile.confidence
    )
    if smaller.height:
        row = smaller.sort(["p_good_enough", "model_id"], descending=[True, False]).row(
            0, named=True
        )
        return row[
            "model_id"
        ], f"smaller, but only {_percent(row['p_good_enough'])} likely to be good enough"
    larger = ordered.slice((position or 0) + 1).filter(
        ~pl.col("model_id").is_in(tied), pl.col("p_good_enough") >= profile.confidence
    )
    if larger.height:
        row = larger.row(0, named=True)
        but = "larger"
        if row["n_parameters"] is None or row["n_parameters"] == named["n_parameters"]:
            worse = row["p_good_enough"] < named["p_good_enough"]
            but = "less likely to be" if worse else "not known to be smaller"
        return row["model_id"], f"good enough too ({_percent(row['p_good_enough'])}), but {but}"
    return None


def _nothing(undecided: int) -> Verdict:
    if undecided:
        kind, sentence = (
            "cannot_tell",
            (
                f"Cannot tell: no model is known to meet every limit; {undecided:,} may, but a fact about each is "
                "missing. The list of undecided models says which."
            ),
        )
    else:
        kind, sentence = (
            "none_feasible",
            (
                "None feasible: every model fails at least one limit. The list of rejected models says which; "
                "relax the limit that rejects most."
            ),
        )
    return _empty(kind, sentence)


def _cannot_tell(eligible: pl.DataFrame, profile: TaskProfile) -> Verdict:
    nearest = eligible.filter("grounded").sort(
        ["p_good_enough", "model_id"], descending=[True, False]
    )
    if nearest.is_empty():
        return _empty(
            "cannot_tell",
            f"Cannot tell: none of the {eligible.height:,} eligible models was measured on similar tasks. "
            "Measure a few of them on your own data; `advisor plan` says which.",
        )
    row = nearest.row(0, named=True)
    return _empty(
        "cannot_tell",
        f"Cannot tell: no eligible model reaches {profile.confidence:.0%} odds of coming within "
        f"{profile.tolerance:g} points of the best; {_name(row)} comes nearest with "
        f"{row['p_good_enough']:.0%}. Measure it on your own data (`advisor plan` says what to measure first), "
        "or ask with a larger --tolerance.",
    )


def _empty(kind: Any, sentence: str) -> Verdict:
    return Verdict(
        kind=kind,
        model_id=None,
        n_parameters=None,
        size_class=None,
        p_good_enough=None,
        tie_set=[],
        runner_up=None,
        why_not_runner_up=None,
        sentence=sentence,
    )
