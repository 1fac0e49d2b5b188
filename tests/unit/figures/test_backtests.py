"""The backtests' charts against a second count from their tables; misses are said in the sentence."""

from __future__ import annotations

import math
from functools import cache

import polars as pl
import pytest

from advisor.core.errors import BadInput, UnknownName
from advisor.figures import backtest_intervals, backtest_odds, backtest_regret, backtest_sizing
from advisor.figures.chart import Chart, Wanted
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table


@cache
def made(module: str) -> Chart:
    found = {m.__name__.rpartition("_")[2]: m for m in _MODULES}
    chart: Chart = found[module].build(Wanted(), snapshot.load(shipped_folder()))
    return chart


_MODULES = (backtest_odds, backtest_intervals, backtest_regret, backtest_sizing)


def wilson(share: float, n: int) -> tuple[float, float]:
    """The roots of (p - share)² = z² p (1 - p) / n: Wilson's interval as an equation, at 90 %."""
    z2 = 1.6448536269514722**2
    k = round(share * n) / n
    a, b, c = 1 + z2 / n, -(2 * k + z2 / n), k * k
    root = math.sqrt(max(b * b - 4 * a * c, 0.0))
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


def test_intervals_of_shares_are_wilsons() -> None:
    for module, share in [("odds", "came_true"), ("intervals", "coverage"), ("sizing", "value")]:
        for row in made(module).frame.drop_nulls(["lo", "n"]).iter_rows(named=True):
            low, high = wilson(row[share], row["n"])
            assert row["lo"] == pytest.approx(low, abs=1e-9)
            assert row["hi"] == pytest.approx(high, abs=1e-9)


def test_every_bin_of_both_tables_is_there_and_marked_where_it_misses() -> None:
    frame = made("odds").frame
    assert frame.height == table("backtest_odds").height + table("backtest_best").height
    for row in frame.iter_rows(named=True):
        assert row["off"] == (not row["lo"] <= row["stated"] <= row["hi"])


def test_the_sentence_names_the_bin_with_the_largest_gap() -> None:
    best = table("backtest_best")
    gap = (best["came_true"] - best["stated"]).abs()
    row = best.row(int(gap.arg_max() or 0), named=True)
    assert (
        f"{row['stated']:.0%} stated, where {row['came_true']:.0%} came true"
        in made("odds").reading
    )
    assert f"n = {row['n']}" in made("odds").reading


def test_coverage_of_new_tasks_is_the_mean_over_questions() -> None:
    inside: dict[str, float] = {}
    asked: dict[str, int] = {}
    for row in table("receipts").iter_rows(named=True):
        family, n = row["task_family"], row["n_questions"]
        inside[family] = inside.get(family, 0.0) + row["coverage"] * n
        asked[family] = asked.get(family, 0) + n
    part = made("intervals").frame.filter(protocol=backtest_intervals.NEW)
    for row in part.iter_rows(named=True):
        assert row["n"] == asked[row["task_family"]]
        assert row["coverage"] == pytest.approx(
            inside[row["task_family"]] / asked[row["task_family"]]
        )


def test_regret_of_all_families_is_the_mean_over_questions_and_the_sentence_says_it() -> None:
    rows = table("receipts").rows(named=True)
    total = sum(row["n_questions"] for row in rows)
    ours = sum(row["regret_mean_points"] * row["n_questions"] for row in rows) / total
    assert f"{total:,} held-out questions the pick lies {ours:.1f} points" in made("regret").reading
    free = [row for row in rows if row["cap"] is None]
    mean = sum(r["regret_leader_points"] * r["n_questions"] for r in free) / sum(
        r["n_questions"] for r in free
    )
    cell = made("regret").frame.filter(
        panel=backtest_regret.BY_CAP, group=backtest_regret.NO_CAP, rule=backtest_regret.LEADER
    )
    assert cell["regret_points"].item() == pytest.approx(mean)


def test_groups_in_which_another_rule_is_better_are_counted_in_the_sentence() -> None:
    lost = sum(
        row["regret_mean_points"] > min(row["regret_biggest_points"], row["regret_leader_points"])
        for row in table("receipts").iter_rows(named=True)
    )
    assert lost > 0
    assert f"In {lost} of {table('receipts').height} groups" in made("regret").reading


def test_sizing_shows_the_tables_shares_with_the_questions_behind_them() -> None:
    told = (
        table("backtest_sizing")
        .filter(pool="embedding", tolerance=0.05, confidence=0.8)
        .row(0, named=True)
    )
    frame = made("sizing").frame.filter(rule="embedding models", confidence=0.8)
    values = dict(frame.select("measure", "value").iter_rows())
    assert values[backtest_sizing.CANNOT_TELL] == told["cannot_tell"]
    assert values[backtest_sizing.GOOD_ENOUGH] == told["good_enough"]
    assert values[backtest_sizing.SIZE_RATIO] == told["size_ratio"]
    named = frame.filter(measure=backtest_sizing.GOOD_ENOUGH)["n"].item()
    assert named == round(told["n"] * (1 - told["cannot_tell"]))


@pytest.mark.parametrize("tolerance", [0.01, 0.03, 0.05])
def test_misses_of_the_verdict_are_named(tolerance: float) -> None:
    chart = backtest_sizing.build(Wanted(), snapshot.load(shipped_folder()), tolerance=tolerance)
    missed = table("backtest_sizing").filter(
        pl.col("tolerance") == tolerance, pl.col("good_enough") < pl.col("confidence")
    )
    assert ("Less often right than asked for" in chart.reading) == bool(missed.height)


def test_where_the_leaderboards_first_is_more_often_right_the_sentence_says_so() -> None:
    told = (
        table("backtest_sizing")
        .filter(pool="all", tolerance=0.05, confidence=0.5)
        .row(0, named=True)
    )
    assert told["leader_good_enough"] > told["good_enough"]
    assert "more often than this advisor at 50%" in made("sizing").reading


def test_what_was_not_asked_about_is_refused() -> None:
    with pytest.raises(BadInput, match=r"0\.01, 0\.03"):
        backtest_sizing.build(Wanted(), snapshot.load(shipped_folder()), tolerance=0.02)
    with pytest.raises(UnknownName, match="retrieval"):
        backtest_regret.build(Wanted(tasks=("retreival",)), snapshot.load(shipped_folder()))


def test_a_family_without_checked_intervals_is_refused() -> None:
    with pytest.raises(UnknownName, match="retrieval"):
        backtest_intervals.build(Wanted(tasks=("retreival",)), snapshot.load(shipped_folder()))
