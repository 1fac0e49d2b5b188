"""What the backtests let be promised and what came of it, group by group: verdicts, intervals, odds and picks, misses first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import MissingData
from advisor.core.units import format_count
from advisor.stats.noninferiority import share_interval

if TYPE_CHECKING:
    from collections.abc import Iterator

    from advisor.tables.snapshot import Snapshot

LEVEL: Final = 0.90
"""Of the interval of what was found; a share that was promised and lies above it was missed."""
FEWEST: Final = 20
"""Questions from which a group of picks says something."""
NEEDED: Final = ("backtest_sizing", "backtest_odds", "backtest_best", "backtest_cells_groups", "receipts", "distance")  # fmt: skip
JUDGED: Final = pl.Schema(
    {
        "kind": pl.String, "about": pl.String, "unit": pl.String, "promised": pl.Float64, "found": pl.Float64,
        "lo": pl.Float64, "hi": pl.Float64, "n": pl.Int64, "missed": pl.Boolean,
    }
)  # fmt: skip
"""One group a row, of each kind the missed ones first, and of those the worst. kind: "verdict" (a named model was good enough less often than asked for),
"interval" (90 % intervals held fewer scores), "far" (the same, on tasks far from everything measured), "odds" (stated odds
came true less often), "pick" (our pick costs more points than a rule that a reader could use instead).
unit: "share", promised and found are fractions and lo, hi Wilson's interval of what was found; "points", promised is the other
rule's mean regret, and lo, hi are null: the table keeps no spread. missed: beyond what so few cases leave open; a pick's
regret is compared as it is. Groups of fewer than FEWEST cases are left out."""


def judged(snapshot: Snapshot) -> pl.DataFrame:
    """JUDGED rows of the backtests that the snapshot stores. Raises: MissingData: it stores none."""
    if lacking := [name for name in NEEDED if name not in snapshot.manifest["tables"]]:
        raise MissingData(
            f"snapshot {snapshot.id} holds no {', '.join(lacking)}; run `advisor data build --from DIR`"
        )
    parts = [
        _worst(list(found(snapshot)))
        for found in (_verdicts, _intervals, _far, _odds, _picks)
    ]  # fmt: skip
    return pl.concat(parts)


def _worst(rows: list[dict[str, Any]]) -> pl.DataFrame:
    frame = pl.DataFrame(rows, schema=JUDGED)
    worst = (pl.col("promised") - pl.col("found")).abs()
    return frame.sort("missed", worst, "about", descending=[True, True, False])


def _share(kind: str, about: str, promised: float, found: float, n: int) -> dict[str, Any]:
    low, high = share_interval(round(found * n), n, level=LEVEL)
    return {
        "kind": kind, "about": about, "unit": "share", "promised": promised, "found": found, "lo": low, "hi": high,
        "n": n, "missed": high < promised,
    }  # fmt: skip


def _verdicts(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for row in snapshot.table("backtest_sizing").iter_rows(named=True):
        if row["pool"] == "all" or row["good_enough"] is None:
            continue
        n = round(row["n"] * (1 - row["cannot_tell"]))
        about = f"{_pool(row['pool'])}, within {_points(row['tolerance'])}"
        if n >= FEWEST:
            yield _share("verdict", about, row["confidence"], row["good_enough"], n)


def _intervals(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for row in snapshot.table("backtest_cells_groups").iter_rows(named=True):
        about = f"{_pool(row['pool'])}, {row['task_family'].replace('-', ' ')}, {row['size_class']}"
        if row["n"] >= FEWEST:
            yield _share("interval", about, LEVEL, row["coverage"], row["n"])


def _far(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    """The table counts tasks and not scores: the tasks stand for n, which makes the interval wide."""
    for row in snapshot.table("distance").iter_rows(named=True):
        about = f"{_pool(row['pool'])}, tasks unlike everything measured"
        yield _share("far", about, LEVEL, row["coverage_far"], row["n_tasks"])


def _odds(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    for table, what in (("backtest_odds", "good enough"), ("backtest_best", "the best")):
        for row in snapshot.table(table).iter_rows(named=True):
            about = f"odds of being {what}, {10 * row['bin']} to {10 * row['bin'] + 10} %"
            if row["n"] >= FEWEST:
                yield _share("odds", about, row["stated"], row["came_true"], row["n"])


def _picks(snapshot: Snapshot) -> Iterator[dict[str, Any]]:
    rules = {
        "regret_leader_points": "the leaderboard's first",
        "regret_biggest_points": "the biggest",
    }
    for row in snapshot.table("receipts").iter_rows(named=True):
        if row["n_questions"] < FEWEST:
            continue
        cap = f"up to {format_count(row['cap'])}" if row["cap"] else "no size cap"
        for column, name in rules.items():
            if row[column] is not None:
                yield {
                    "kind": "pick", "about": f"{row['task_family'].replace('-', ' ')}, {cap}, against {name}",
                    "unit": "points", "promised": row[column], "found": row["regret_mean_points"], "lo": None,
                    "hi": None, "n": row["n_questions"], "missed": row[column] < row["regret_mean_points"],
                }  # fmt: skip


def _points(fraction: float) -> str:
    return "1 point" if fraction == 0.01 else f"{100 * fraction:g} points"


def _pool(name: str) -> str:
    return {"tabular": "tables", "embedding": "embedding models"}.get(
        name, f"{name.replace('-', ' ')}s"
    )
