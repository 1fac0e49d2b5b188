"""Guard protocol: wrong scores are planted among the real ones, and the guard is asked to find them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from advisor.estimate import low_rank
from advisor.estimate.backtest_new_task import CANDIDATES_LEAST, CAPS, sampled
from advisor.estimate.broken_runs import Verdicts, judge
from advisor.estimate.matrix import Cells, cells_of, scale_of
from advisor.estimate.planted import KINDS, Planted, plant
from advisor.estimate.task_similarity import similarity

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from advisor.estimate.surface import Read

    Mask = NDArray[np.bool_]

MOVED: Final = 0.05
"""Fraction by which a planted score differs from the true one before anybody could tell it from noise."""
POOLS: Final = ("embedding", "language-model")
NEIGHBOURS: Final = 16
SHARPNESS: Final = 6.0
"""Nearest tasks of the simple rule, and the power of likeness that they are weighted by."""

GUARD: Final = pl.Schema(
    {"pool": pl.String, "measure": pl.String, "kind": pl.String, "n": pl.Int64, "share": pl.Float64,
     "regret_mean_points": pl.Float64}
)  # fmt: skip
"""One figure a row.

measure "recall" (share of planted scores flagged), "recall, moved 5 points" (of those that differ by MOVED or more),
"runs found" (share of broken runs of whose moved scores at least half are flagged), "flagged, untouched" (share of
scores that were left alone), "flagged, nothing planted", "flagged anew" (untouched, and not flagged when nothing was
planted), "regret" (of picks on held-out tasks; n questions).
"""


def guard_backtest(read: Read, *, seed: int) -> pl.DataFrame:
    """GUARD of both pools; some minutes. Needs the build extra. read: gives the tables scores, tasks and models."""
    scores, tasks, models = (read(name).collect() for name in ("scores", "tasks", "models"))
    parts = [cells_of(scores, tasks, models, pool) for pool in POOLS]
    found = [
        pool_backtest(cells, seed=seed).select(pl.lit(pool).alias("pool"), pl.all())
        for pool, cells in zip(POOLS, parts, strict=True)
        if cells.value.size
    ]
    return pl.concat(found) if found else GUARD.to_frame()


def pool_backtest(cells: Cells, *, seed: int) -> pl.DataFrame:
    """GUARD without its pool column, of one pool's cells."""
    planted = plant(cells, seed=seed)
    before, after = judge(cells), judge(planted.cells)
    rows = [*_recall(planted, _flagged(after)), *_untouched(planted, before, after)]
    return pl.DataFrame(
        [(*row, None) for row in rows] + _regrets(cells, planted.cells, after, before, seed=seed),
        schema=[(name, kind) for name, kind in GUARD.items() if name != "pool"],
        orient="row",
    )


def _flagged(found: Verdicts) -> Mask:
    flagged: Mask = found.unexpected | found.broken
    return flagged


def _recall(planted: Planted, flagged: Mask) -> list[tuple[str, str, int, float | None]]:
    in_run = planted.run != ""
    groups = {kind: planted.kind == kind for kind in KINDS}
    groups |= {"all single scores": planted.kind != "", "scores of broken runs": in_run}
    far = planted.moved >= MOVED
    rows = [
        (name, kind, *_share(flagged, group & keep))
        for name, keep in (("recall", np.ones_like(far)), ("recall, moved 5 points", far))
        for kind, group in groups.items()
    ]
    runs = np.unique(planted.cells.row[in_run & far])
    caught = np.array([flagged[in_run & far & (planted.cells.row == m)].mean() for m in runs])
    return [*rows, ("runs found", "broken runs", *_share(caught >= 0.5, np.ones(len(runs), bool)))]


def _untouched(
    planted: Planted, before: Verdicts, after: Verdicts
) -> list[tuple[str, str, int, float | None]]:
    clean = (planted.kind == "") & (planted.run == "")
    everything = np.ones_like(clean)
    return [
        ("flagged, untouched", "unexpected", *_share(after.unexpected, clean)),
        ("flagged, untouched", "broken run", *_share(after.broken, clean)),
        ("flagged, nothing planted", "unexpected", *_share(before.unexpected, everything)),
        ("flagged, nothing planted", "broken run", *_share(before.broken, everything)),
        ("flagged anew", "either", *_share(_flagged(after) & ~_flagged(before), clean)),
    ]


def _share(hit: Mask, among: Mask) -> tuple[int, float | None]:
    n = int(among.sum())
    return n, float(hit[among].mean()) if n else None


def _regrets(
    clean: Cells, dirty: Cells, after: Verdicts, before: Verdicts, *, seed: int
) -> list[tuple[str, str, int, None, float | None]]:
    """Mean regret of the simple rule on true scores, on the planted ones, and on those with the flagged left out."""
    asked = sampled(clean, seed=seed)
    rows: list[tuple[str, str, int, None, float | None]] = []
    for kind, seen in (
        ("true scores", clean),
        ("true scores, guarded", clean.only(~_flagged(before))),
        ("planted, no guard", dirty),
        ("planted, guarded", dirty.only(~_flagged(after))),
    ):
        regret = pick_regrets(clean, seen, asked)
        rows.append(("regret", kind, len(regret), None, float(np.mean(regret)) if regret else None))
    return rows


def pick_regrets(truth: Cells, known: Cells, asked: NDArray[np.intp]) -> list[float]:
    """Points lost by picking the highest similarity-weighted standing over the nearest tasks, per question.

    Holes are filled by low-rank completion. The asked tasks and their twins are hidden; the candidates are the
    models truly measured on the task, under each of CAPS.
    """
    groups = np.array(truth.tasks["twin_group"].fill_null("").to_list())
    visible = ~np.isin(groups, groups[asked])
    seen = known.only(visible[known.col])
    z = scale_of(seen).to_z(seen)
    table = low_rank.complete(seen, z)
    table[seen.row, seen.col] = z
    usable = visible & (seen.per_task() > 0)
    likeness = similarity(truth.tasks)
    size = truth.models["n_parameters"].cast(pl.Float64).fill_null(np.inf).to_numpy()
    regrets = []
    for task in asked.tolist():
        near = np.argsort(-np.where(usable, likeness[task], -1.0), kind="stable")[:NEIGHBOURS]
        standing = table[:, near] @ likeness[task, near] ** SHARPNESS
        own = np.flatnonzero(truth.col == task)
        for cap in CAPS:
            able = own[size[truth.row[own]] <= (np.inf if cap is None else cap)]
            if able.size >= CANDIDATES_LEAST:
                pick = able[np.argmax(standing[truth.row[able]])]
                regrets.append(100.0 * float(truth.value[able].max() - truth.value[pick]))
    return regrets
