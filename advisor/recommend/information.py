"""What measuring one missing cell could change: the chance that another model would be named, and what that is worth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate.goodness import odds
from advisor.recommend.field import POINT
from advisor.recommend.ties import smallest_first
from advisor.stats.chances import Scenarios, is_grounded, p_within

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.core.profile import TaskProfile
    from advisor.recommend.field import Field

DRAWS: Final = 600
OUTCOMES: Final = 60
"""Ways that one measurement may come out."""
CELL_OUTCOMES: Final = 16
LIKELY: Final = 40
"""Models looked at: those with the highest odds, and those that may have the highest score."""
NEAREST: Final = 3
"""Similar public tasks that a model may be measured on."""
_NOISE: Final = 0.015
"""Standard deviation of a score measured on some hundred items, fraction."""
_NOBODY: Final = 2**62
SCHEMA: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "model_id": pl.String,
        "task_id": pl.String,
        "p_changes": pl.Float64,
        "gain": pl.Float64,
        "changes": pl.List(pl.Boolean),
    }
)
"""gain: points, the mean worth of a change. changes: in each of the drawn truths, the same ones for every model on the
user's own data, whether the measurement would change the named model."""


@dataclass(frozen=True, kw_only=True)
class _Rule:
    """The eligible models as the verdict sees them."""

    models: pl.DataFrame
    scenarios: Scenarios
    place: NDArray[np.int64]
    """In the order of size, the smallest 0."""
    p_now: NDArray[np.float64]
    tolerance: float
    confidence: float

    def named(self, p: NDArray[np.float64], may: NDArray[np.bool_]) -> NDArray[np.int64]:
        """(k,) place of the smallest model with enough odds; p, may: (k, n)."""
        found: NDArray[np.int64] = np.where(may & (p >= self.confidence), self.place, _NOBODY).min(
            axis=1
        )
        return found


def _rule(competing: Field, models: pl.DataFrame, profile: TaskProfile) -> _Rule:
    """models: the field's with `eligible` and p_good_enough (see pipeline.with_status)."""
    rows = models["eligible"].arg_true().to_numpy()
    among = models[rows]
    order = {name: i for i, name in enumerate(smallest_first(among)["model_id"])}
    return _Rule(
        models=among,
        scenarios=competing.scenarios.only(rows),
        place=np.array([order[name] for name in among["model_id"]], dtype=np.int64),
        p_now=among["p_good_enough"].to_numpy(),
        tolerance=profile.tolerance * POINT,
        confidence=profile.confidence,
    )


def on_own_data(competing: Field, models: pl.DataFrame, profile: TaskProfile) -> pl.DataFrame:
    """SCHEMA rows, task_id null: each likely model, were it measured on the user's own data.

    The scenarios that the odds come from are weighed anew by how well they agree with what the measurement may
    say; the odds move as the share of scenarios does. Source: METHOD.md#plan
    """
    rule = _rule(competing, models, profile)
    usable = rule.scenarios.with_a_bar()
    if not usable.weights.size:
        return SCHEMA.to_frame()
    rng = np.random.default_rng(0)
    task = rng.choice(usable.weights.size, DRAWS, p=usable.weights / usable.weights.sum())
    noise = rng.standard_normal((len(usable.values), DRAWS))
    truth = usable.values[:, task] + usable.spreads[:, task] * noise
    bars = (usable.values - np.where(usable.decides, 0.0, usable.spreads)).max(axis=0)
    enough = (truth >= bars[task] - rule.tolerance - 1e-12).astype(np.float64)
    moved = _logit(rule.p_now) - _logit(enough.mean(axis=1))
    may = is_grounded(rule.scenarios)
    now = rule.named(rule.p_now[None, :], may[None, :])[0]
    at = _row_at(rule, int(now))
    rows, names = [], rule.models["model_id"].to_list()
    for i in _likely(rule).tolist():
        seen = truth[i, :OUTCOMES]
        weight = np.exp(-0.5 * ((seen[:, None] - truth[i][None, :]) / _NOISE) ** 2)
        weight /= weight.sum(axis=1, keepdims=True)
        p = _share(_logit(weight @ enough.T) + moved)
        allowed = np.tile(may, (OUTCOMES, 1))
        allowed[:, i] = True
        then = rule.named(p, allowed)
        rows.append((names[i], None, *_worth(rule, weight @ truth.T, int(now), at, then)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def on_public_tasks(
    competing: Field, models: pl.DataFrame, profile: TaskProfile, *, goodness: pl.DataFrame
) -> pl.DataFrame:
    """SCHEMA rows: each likely model on the nearest public tasks that it was not measured on.

    The predicted score is replaced by draws from its own distribution, and the odds are computed again as for an
    answer. Source: METHOD.md#plan
    """
    rule = _rule(competing, models, profile)
    here = rule.scenarios
    tasks = competing.tasks["task_id"].to_list()
    if competing.is_named:
        tasks = [str(profile.task_id)]
    if here.values.shape[1] != len(tasks):
        return (
            SCHEMA.to_frame()
        )  # a similar task that no model was measured on: the columns have no names
    rng = np.random.default_rng(0)
    may = is_grounded(here)
    now = int(rule.named(rule.p_now[None, :], may[None, :])[0])
    at = _row_at(rule, now)
    rows, names = [], rule.models["model_id"].to_list()
    nearest = np.argsort(-here.weights, kind="stable")[:NEAREST].tolist()
    for i in _likely(rule).tolist():
        for j in nearest:
            if here.decides[i, j] or not here.spreads[i, j] > 0:
                continue
            draws = here.values[i, j] + here.spreads[i, j] * rng.standard_normal(CELL_OUTCOMES)
            then, expected = _if_measured(rule, competing, (int(i), int(j)), draws, goodness)
            rows.append((names[i], tasks[j], *_worth(rule, expected, now, at, then)))
    return pl.DataFrame(rows, schema=SCHEMA, orient="row")


def _if_measured(
    rule: _Rule,
    competing: Field,
    cell: tuple[int, int],
    draws: NDArray[np.float64],
    goodness: pl.DataFrame,
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Places named for each value that the cell may have, and the scores expected then, (k,) and (k, n)."""
    i, j = cell
    here = rule.scenarios
    decides, spreads = here.decides.copy(), here.spreads.copy()
    decides[i, j], spreads[i, j] = True, 0.0
    share = here.weights[j] / here.weights.sum()
    then, expected = [], []
    for value in draws:
        values, column = here.values.copy(), here.column.copy()
        # The expected score follows the cell by its weight; on a named task it is the cell.
        column[i] += share * (value - values[i, j])
        values[i, j] = value
        new = Scenarios(
            values=values, spreads=spreads, decides=decides, weights=here.weights, column=column, pool=here.pool
        )  # fmt: skip
        p = (
            p_within(new, rule.tolerance)
            if competing.is_named
            else odds(new, rule.tolerance, goodness)
        )
        then.append(rule.named(np.nan_to_num(p)[None, :], is_grounded(new)[None, :])[0])
        expected.append(column)
    return np.array(then), np.array(expected)


def _worth(
    rule: _Rule, expected: NDArray[np.float64], now: int, at: int | None, then: NDArray[np.int64]
) -> tuple[float, float, list[bool]]:
    """(p_changes, gain in points, changes) from what is named in each outcome and the scores expected there, (k, n).

    A change to a larger model is worth the score that it wins; to a smaller one, or from none to one, the tolerance,
    which is what would be given up for it, less the score that it loses.
    """
    changes = then != now
    if not changes.any():
        return 0.0, 0.0, changes.tolist()
    row_of = np.empty(len(rule.place), dtype=np.int64)
    row_of[rule.place] = np.arange(len(rule.place))
    gains = []
    for k in np.flatnonzero(changes):
        if then[k] == _NOBODY:
            gains.append(0.0)  # it is known then that nothing is sure, and nothing is won by it
            continue
        won = 0.0 if at is None else float(expected[k, row_of[then[k]]] - expected[k, at])
        smaller = then[k] < now
        gains.append(rule.tolerance + min(won, 0.0) if smaller else won)
    gain = float(np.maximum(gains, 0.0).mean() / POINT)
    return float(changes.mean()), gain, changes.tolist()


def _likely(rule: _Rule) -> NDArray[np.int64]:
    """Rows of the models worth looking at: of the highest odds, and of the highest score that may be."""
    highest = rule.models["hi"].fill_null(0.0).to_numpy() + rule.models["value"].to_numpy()
    first = np.argsort(-rule.p_now, kind="stable")[: LIKELY // 2]
    second = np.argsort(-highest, kind="stable")[: LIKELY // 2]
    return np.unique(np.concatenate([first, second])).astype(np.int64)


def _row_at(rule: _Rule, place: int) -> int | None:
    return None if place == _NOBODY else int(np.flatnonzero(rule.place == place)[0])


def _logit(p: NDArray[np.float64]) -> NDArray[np.float64]:
    inside = np.clip(p, 0.002, 0.998)
    result: NDArray[np.float64] = np.log(inside / (1.0 - inside))
    return result


def _share(logit: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 1.0 / (1.0 + np.exp(-logit))
    return result
