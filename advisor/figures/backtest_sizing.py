"""How the verdict did on questions with known answers: when it cannot tell, how often it was right, how much too large."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import polars as pl

from advisor.core.errors import BadInput
from advisor.figures.chart import Chart
from advisor.stats.noninferiority import share_interval

if TYPE_CHECKING:
    from advisor.figures.chart import Wanted
    from advisor.tables.snapshot import Snapshot

LEVEL: Final = 0.90
TOLERANCE: Final = 0.05
_FEW: Final = 10
"""A median ratio of fewer questions is left out: it has no interval that would show how little it says."""
OURS: Final = "this advisor"
CANNOT_TELL: Final = "cannot tell"
GOOD_ENOUGH: Final = "named model was good enough"
SIZE_RATIO: Final = "its size over the smallest sufficient (median)"
_POOLS: Final = {
    "all": "all questions", "embedding": "embedding models", "language-model": "language models", "tabular": "tables",
}  # fmt: skip
_ALWAYS: Final = {
    "leader": "always the leaderboard's first",
    "seven": "always the best of about 7B",
}
FRAME: Final = pl.Schema(
    {
        "measure": pl.String, "rule": pl.String, "confidence": pl.Float64, "value": pl.Float64, "lo": pl.Float64,
        "hi": pl.Float64, "n": pl.Int64,
    }
)  # fmt: skip
"""One measure of one rule at one asked confidence a row. rule: a pool under our rule, or one of the rules that always name a
model (over all questions). lo, hi: Wilson's interval of a share; null for the ratio, whose spread the table does not keep. n: the
questions behind it."""


def build(wanted: Wanted, snapshot: Snapshot, *, tolerance: float = TOLERANCE) -> Chart:
    """Three measures of the verdict against the confidence asked for, at one tolerance (fraction of the scale).

    Reads nothing of `wanted`. Raises: BadInput: a tolerance that was not asked about. Source: METHOD.md#good-enough
    """
    table = snapshot.table("backtest_sizing")
    known = sorted(set(table["tolerance"]))
    if tolerance not in known:
        points = ", ".join(f"{value:g}" for value in known)
        raise BadInput(f"tolerance: {tolerance:g} was not asked about; it can be {points}")
    part = table.filter(tolerance=tolerance)
    rows = [row for one in part.iter_rows(named=True) for row in _of(one)]
    order = {name: i for i, name in enumerate([*_POOLS.values(), *_ALWAYS.values()])}
    measures = {name: i for i, name in enumerate((CANNOT_TELL, GOOD_ENOUGH, SIZE_RATIO))}
    frame = pl.DataFrame(rows, schema=FRAME, orient="row").sort(
        pl.col("measure").replace_strict(measures, return_dtype=pl.Int64),
        pl.col("rule").replace_strict(order, return_dtype=pl.Int64),
        "confidence",
    )
    return Chart(
        name="backtest-sizing",
        title=f"The verdict on questions with known answers, tolerance {100 * tolerance:g} points",
        reading=_reading(part, tolerance),
        frame=frame,
        notes=(
            "Each question: a held-out task and a size cap; the truth is the smallest model measured within the tolerance of the "
            "best under the cap. Good enough counts only questions on which a model was named.",
            f"Bars: Wilson's {LEVEL:.0%} interval, as if questions were independent; caps share a task, so the truth is wider. No "
            "bar for the ratio: the table keeps its median alone.",
            "A ratio of 1 is the smallest sufficient model itself; below 1 a smaller one was named, which is then not good "
            "enough. Methods for tables mostly have no parameters: they have no line of their own, and among all questions they "
            f"pull the median down, at 90% to 0. Medians of fewer than {_FEW} questions are left out.",
        ),
        better="cannot tell: down; good enough: on or above the diagonal; ratio: near 1",
        pool=f"{int(part.filter(pool='all')['n'].max() or 0):,} held-out questions",  # type: ignore[arg-type]
        snapshot_id=snapshot.id,
        facts={
            f"{row['pool']}, {row['confidence']:g}: {name}": row[name]
            for row in part.iter_rows(named=True)
            for name in ("cannot_tell", "good_enough", "size_ratio")
        },
    )  # fmt: skip


def _of(one: dict[str, object]) -> list[tuple[object, ...]]:
    """FRAME rows of one row of the table."""
    pool, confidence, n = str(one["pool"]), one["confidence"], int(str(one["n"]))
    unsure = float(str(one["cannot_tell"]))
    named = round(n * (1 - unsure))
    found = [_share(CANNOT_TELL, _POOLS[pool], confidence, unsure, n)]
    if one["good_enough"] is not None and named:
        found.append(
            _share(GOOD_ENOUGH, _POOLS[pool], confidence, float(str(one["good_enough"])), named)
        )
    if one["size_ratio"] is not None and named >= _FEW and pool != "tabular":
        found.append((SIZE_RATIO, _POOLS[pool], confidence, one["size_ratio"], None, None, named))
    if pool == "all":
        for rule, words in _ALWAYS.items():
            good, ratio = one[f"{rule}_good_enough"], one[f"{rule}_size_ratio"]
            if good is not None and rule == "leader":
                found.append(_share(GOOD_ENOUGH, words, confidence, float(str(good)), n))
            elif good is not None:
                # Asked only where the pool has such models: how often is not in the table.
                found.append((GOOD_ENOUGH, words, confidence, good, None, None, None))
            if ratio is not None:
                found.append((SIZE_RATIO, words, confidence, ratio, None, None, None))
    return found


def _share(measure: str, rule: str, confidence: object, share: float, n: int) -> tuple[object, ...]:
    low, high = share_interval(round(share * n), n, level=LEVEL)
    return (measure, rule, confidence, share, low, high, n)


def _reading(part: pl.DataFrame, tolerance: float) -> str:
    every = part.filter(pool="all").sort("confidence")
    if every.is_empty():
        return "No held-out question."
    told = "; ".join(
        f"at {row['confidence']:.0%} it cannot tell in {_percent(row['cannot_tell'])} and is right in {_percent(row['good_enough'])}"
        for row in every.iter_rows(named=True)
    )
    first = every.row(0, named=True)
    misses = part.filter(pl.col("good_enough") < pl.col("confidence"))
    where = ", ".join(
        f"{_POOLS[pool]} at {confidence:.0%} ({right:.0%})"
        for pool, confidence, right in misses.select(
            "pool", "confidence", "good_enough"
        ).iter_rows()
    )
    missed = (
        f" Less often right than asked for: {where}."
        if where
        else " In no pool was it less often right than asked for."
    )
    beaten = every.filter(pl.col("leader_good_enough") > pl.col("good_enough"))["confidence"]
    more = (
        f", more often than this advisor at {', '.join(f'{c:.0%}' for c in beaten)}"
        if len(beaten)
        else ""
    )
    return (
        f"Within {100 * tolerance:g} points, by confidence asked for: {told}. Naming always the leaderboard's first is right in "
        f"{_percent(first['leader_good_enough'])}{more}, with {first['leader_size_ratio']:.1f} times the parameters needed.{missed}"
    )


def _percent(share: float | None) -> str:
    return "none" if share is None else f"{share:.0%}"
