"""Models that the user has not run: what the published scores let expect on the user's own data, and what to run next."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor.core.recommendation import WorthMeasuring
from advisor.recommend.field import LEVEL, POINT
from advisor.recommend.limits import judge
from advisor.recommend.own_field import base_id, published_id
from advisor.recommend.pipeline import with_status
from advisor.recommend.rank import dimensions, ranked_models, with_utility
from advisor.recommend.ties import smallest_first

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import RankedModel
    from advisor.recommend.field import Field
    from advisor.recommend.options import Options
    from advisor.recommend.pipeline import Standing
    from advisor.tables.snapshot import Snapshot

DRAWS: Final = 800
_INSIDE: Final = (0.01, 0.99)
"""Scores are moved on the logit scale, between these."""
WIDER: Final = 1.4
"""How much further than the draws themselves true scores lie from their middle, on the logit scale: set on 40 held-out
MTEB tasks so that nine in ten fall into the 90 % intervals. Source: METHOD.md#own-evidence"""
LISTED: Final = 3
START_S: Final = 30.0
"""Seconds that a job takes beside its items: loading a model, starting its process. Source: METHOD.md#plan"""


@dataclass(frozen=True, kw_only=True)
class Ahead:
    """Published candidates that meet the limits and were not run, placed on the scale of the user's runs."""

    models: pl.DataFrame
    """Field columns with estimates on the user's scale, p_best, p_good_enough, and p_changes, gain, changes (see information)."""
    n_anchors: int
    """Models that both the user and others measured."""
    ranked: list[RankedModel]


def placed(
    published: Field, measured: dict[str, float], *, draws: int = DRAWS, seed: int = 0
) -> NDArray[np.float64] | None:
    """(models, draws) what each of the field's models may score on the user's data; None without a common model.

    measured: published id → score on the user's data. Each draw is one of the similar tasks; how far a model
    lies from the common ones there, on the logit scale, is laid on what those reached on the user's data.
    Source: METHOD.md#own-evidence
    """
    names = published.models["model_id"].to_list()
    rows = [i for i, name in enumerate(names) if name in measured]
    usable = published.scenarios.with_a_bar()
    if not rows or not usable.weights.size:
        return None
    rng = np.random.default_rng(seed)
    task = rng.choice(usable.weights.size, draws, p=usable.weights / usable.weights.sum())
    noise = rng.standard_normal((len(names), draws))
    public = _logit(usable.values[:, task] + usable.spreads[:, task] * noise)
    own = _logit(np.array([measured[names[i]] for i in rows]))
    moved = public + (own[:, None] - public[rows]).mean(axis=0)
    middle = moved.mean(axis=1, keepdims=True)
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-(middle + WIDER * (moved - middle))))
    return result


def predictions(
    own: Standing,
    published: Standing,
    profile: TaskProfile,
    options: Options,
    *,
    snapshot: Snapshot,
    named: str | None,
) -> Ahead | None:
    """The published candidates on the scale of the user's runs; None where no model is known on both.

    named: the model that the own runs name.
    """
    measured: dict[str, float] = {}
    for name, value in own.competing.models.select("model_id", "value").iter_rows():
        if (public := published_id(name)) is not None:
            measured[public] = value
    field = published.competing
    scores = placed(field, measured)
    if scores is None:
        return None
    ran = {base_id(name) for name in own.competing.models["model_id"]}
    judged = judge(field.models, published.taken, profile, options)
    barred = judged.filter(pl.col("judgement") != "holds")["model_id"].unique()
    models = field.models.with_columns(
        value=pl.Series(scores.mean(axis=1)),
        lo=pl.Series(np.quantile(scores, (1 - LEVEL) / 2, axis=1)),
        hi=pl.Series(np.quantile(scores, (1 + LEVEL) / 2, axis=1)),
        level=pl.lit(LEVEL),
        basis=pl.lit("extrapolated"),
    )
    kept = ~pl.col("model_id").is_in([*sorted(ran), *measured]) & ~pl.col("model_id").is_in(
        barred.implode()
    )
    rows = models.select(kept.arg_true()).to_series().to_numpy()
    changes = what_changes(
        own, models[rows], scores[rows], profile, named=named, barred=_barred(own, profile, options)
    )
    among = models[rows].hstack(changes)
    moved = replace(field, models=models)
    scored = dimensions(moved, published.taken, profile, snapshot)
    ordered = with_utility(among, scored, profile, first=None).head(options.top)
    ranked = ranked_models(ordered, scored, published.taken, moved)
    n = len(measured.keys() & set(field.models["model_id"]))
    words = f"not run on your data: placed by {n} model{'' if n == 1 else 's'} that both you and others measured"
    return Ahead(
        models=among,
        n_anchors=n,
        ranked=[m.model_copy(update={"reasons": [words, *m.reasons]}) for m in ranked],
    )


def _barred(own: Standing, profile: TaskProfile, options: Options) -> set[str]:
    judged = judge(own.competing.models, own.taken, profile, options)
    return set(judged.filter(pl.col("judgement") != "holds")["model_id"])


@dataclass(frozen=True, kw_only=True)
class _Now:
    """The measured models as an answer sees them; places are positions in the order of size."""

    point: NDArray[np.float64]
    sorted_draws: NDArray[np.float64]
    """(models, draws), each row sorted."""
    place: NDArray[np.int64]
    named_place: int
    named_value: float
    tolerance: float
    confidence: float


def what_changes(
    own: Standing,
    models: pl.DataFrame,
    scores: NDArray[np.float64],
    profile: TaskProfile,
    *,
    named: str | None,
    barred: set[str],
) -> pl.DataFrame:
    """For each candidate at `models`, were it run: p_changes, gain (points), p_good_enough, p_best, changes (by draw).

    scores: (models, draws). A candidate that comes out below the best measured model is named when it is within the
    tolerance and smaller than the one named; above it, the measured ones are held against it, on the same resamples.
    Source: METHOD.md#plan
    """
    field = own.competing.models.with_row_index("row").filter(
        ~pl.col("model_id").is_in(sorted(barred))
    )
    point = field["value"].to_numpy()
    columns = ["model_id", "size_class", "n_parameters", "kind", "value"]
    order = smallest_first(pl.concat([field.select(columns), models.select(columns)]))
    place = {name: i for i, name in enumerate(order["model_id"])}
    values = dict(zip(field["model_id"], point.tolist(), strict=True))
    tolerance = profile.tolerance * POINT
    now = _Now(
        point=point,
        sorted_draws=np.sort(own.competing.scenarios.values[field["row"].to_numpy()], axis=1),
        place=np.array([place[name] for name in field["model_id"]], dtype=np.int64),
        named_place=_LAST if named is None else place[named],
        named_value=point.max() - tolerance if named is None else values[named],
        tolerance=tolerance,
        confidence=profile.confidence,
    )
    rows = [
        _if_run(now, scores[i], place[name]) for i, name in enumerate(models["model_id"].to_list())
    ]
    names = ("p_changes", "gain", "p_good_enough", "p_best")
    frame = pl.DataFrame(rows, schema=[*names, "changes"], orient="row")
    return frame.with_columns(
        *(pl.col(name).cast(pl.Float64) for name in names),
        pl.col("changes").cast(pl.List(pl.Boolean)),
    )


_LAST: Final = 2**62
"""The place of "no model": behind all."""


def _if_run(
    now: _Now, value: NDArray[np.float64], place: int
) -> tuple[float, float, float, float, list[bool]]:
    """p_changes, gain, p_good_enough, p_best and changes of a candidate from its draws."""
    best = float(now.point.max())
    above, enough = value > best, value >= best - now.tolerance
    missed = np.stack(
        [np.searchsorted(ends, value - now.tolerance) / ends.size for ends in now.sorted_draws]
    )
    still = np.where(1.0 - missed >= now.confidence, now.place[:, None], _LAST).min(axis=0)
    winner = np.where(
        above,
        np.minimum(still, place),
        np.where(enough, np.minimum(now.named_place, place), now.named_place),
    )
    changes = winner != now.named_place
    if not changes.any():
        return 0.0, 0.0, _chance(enough), _chance(above), changes.tolist()
    after = np.where(winner == place, value, best)
    won = after - now.named_value
    # A smaller one is worth the tolerance, which is what would be given up for it, less what it loses.
    worth = np.where(winner < now.named_place, now.tolerance + np.minimum(won, 0.0), won)
    gain = float(np.maximum(worth[changes], 0.0).mean() / POINT)
    return (
        float(changes.mean()), gain, _chance(enough), _chance(above), changes.tolist(),
    )  # fmt: skip


def _chance(of_draws: NDArray[np.bool_]) -> float:
    """A share of draws as a probability: half a draw is added on each side, so that nothing is sure."""
    return float((of_draws.sum() + 0.5) / (of_draws.size + 1))


def worth_measuring(
    ahead: Ahead | None,
    published: Standing,
    profile: TaskProfile,
    snapshot: Snapshot,
    options: Options,
) -> list[WorthMeasuring]:
    """What to run next on the user's data; see Recommendation.worth_measuring."""
    if ahead is None:
        rows = first_anchors(published, profile, snapshot, options)
        return [_worth(row, published, profile, None, why) for row, why in rows]
    worth = ahead.models.filter(pl.col("p_changes") > 0.005).sort(
        [pl.col("p_changes") * pl.col("gain"), pl.col("model_id")], descending=[True, False]
    )
    return [
        _worth(row, published, profile, row["p_changes"], _because(row))
        for row in worth.head(LISTED).iter_rows(named=True)
    ]


def first_anchors(
    published: Standing, profile: TaskProfile, snapshot: Snapshot, options: Options
) -> list[tuple[dict[str, Any], str]]:
    """Field rows of the published candidates to run first, and why: they tie the published scores to the data."""
    judged = judge(published.competing.models, published.taken, profile, options)
    models = with_status(published.competing, judged, profile, snapshot)
    usable = models.filter("eligible", "grounded")
    enough = smallest_first(usable.filter(pl.col("p_good_enough") >= profile.confidence))
    likely = usable.sort(["p_good_enough", "model_id"], descending=[True, False])
    best = usable.sort(["value", "model_id"], descending=[True, False])
    found: dict[str, tuple[dict[str, Any], str]] = {}
    for frame, why in (
        (enough, "the smallest that public tasks like yours call good enough; it ties their scores to your data"),
        (best, "the best on public tasks like yours; it says what size could buy"),
        (likely, "the likeliest to be good enough by public tasks like yours"),
    ):  # fmt: skip
        if frame.height:
            row = frame.row(0, named=True)
            found.setdefault(row["model_id"], (row, why))
    return list(found.values())


def _because(row: dict[str, Any]) -> str:
    expected = f"{row['value'] / POINT:.1f} ({row['lo'] / POINT:.1f} to {row['hi'] / POINT:.1f})"
    return f"{row['p_changes']:.0%} likely to change the answer; {expected} is expected of it there"


def _worth(
    row: dict[str, Any], published: Standing, profile: TaskProfile, p: float | None, why: str
) -> WorthMeasuring:
    return WorthMeasuring(
        model_id=row["model_id"],
        n_parameters=row["n_parameters"],
        size_class=row["size_class"],
        p_changes=p,
        cost_s=seconds(published.taken, row["model_id"], items_of(profile)),
        why=why,
    )


def items_of(profile: TaskProfile) -> int | None:
    """Rows of the user's file that have a label."""
    found = (profile.table or {}).get("labelled_rows")
    return found if isinstance(found, int) else None


def seconds(taken: pl.DataFrame, model_id: str, n_items: int | None) -> float | None:
    """Expected seconds of a run: START_S and each item once at its predicted latency; null where that is unknown."""
    found = taken.filter(pl.col("model_id") == model_id, pl.col("quantity") == "latency_p95_s")
    if found.is_empty() or n_items is None:
        return None
    return START_S + n_items * float(found["value"][0])


def _logit(share: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(share, *_INSIDE)
    result: NDArray[np.float64] = np.log(inside / (1.0 - inside))
    return result
