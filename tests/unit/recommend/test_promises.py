"""Promises and what came of them: each row against the snapshot's backtest tables read directly."""

from __future__ import annotations

import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.recommend import promises
from advisor.tables import snapshot as snapshots
from advisor.tables.locate import shipped_folder


@pytest.fixture(scope="module")
def shipped():
    return snapshots.load(shipped_folder())


@pytest.fixture(scope="module")
def found(shipped):
    return promises.judged(shipped)


def test_every_group_with_enough_cases_is_judged_once(shipped, found) -> None:
    counts = dict(found["kind"].value_counts().iter_rows())
    sizing = shipped.table("backtest_sizing").filter(
        pl.col("pool") != "all",
        pl.col("good_enough").is_not_null(),
        (pl.col("n") * (1 - pl.col("cannot_tell"))).round() >= promises.FEWEST,
    )
    picks = shipped.table("receipts").filter(pl.col("n_questions") >= promises.FEWEST)
    assert counts["verdict"] == sizing.height
    assert counts["interval"] == shipped.table("backtest_cells_groups").height
    assert counts["odds"] == 20
    assert counts["far"] == shipped.table("distance").height
    assert counts["pick"] == picks.select(
        pl.sum_horizontal(pl.col("regret_leader_points", "regret_biggest_points").is_not_null())
    ).sum().item()  # fmt: skip
    assert not found.select("kind", "about", "promised").is_duplicated().any()


def test_a_pick_that_costs_more_than_the_leader_is_a_miss(shipped, found) -> None:
    receipts = shipped.table("receipts").filter(pl.col("n_questions") >= promises.FEWEST)
    worse = sum(
        receipts.filter(pl.col(rule) < pl.col("regret_mean_points")).height
        for rule in ("regret_leader_points", "regret_biggest_points")
    )
    picks = found.filter(pl.col("kind") == "pick")
    assert picks["missed"].sum() == worse > 0
    assert (picks.filter("missed")["promised"] < picks.filter("missed")["found"]).all()


def test_misses_come_first_and_the_worst_before_the_others(found) -> None:
    for (kind,), part in found.group_by("kind"):
        missed = part["missed"].to_list()
        assert missed == sorted(missed, reverse=True), kind
        gaps = (part.filter("missed")["promised"] - part.filter("missed")["found"]).abs().to_list()
        assert gaps == sorted(gaps, reverse=True), kind


def test_a_share_is_missed_only_where_chance_does_not_explain_it(found) -> None:
    shares = found.filter(pl.col("unit") == "share")
    assert (shares["missed"] == (shares["hi"] < shares["promised"])).all()
    assert shares.filter(~pl.col("missed") & (pl.col("found") < pl.col("promised"))).height > 0
    # The exact binomial test agrees on the clear ones: at most 5 % of draws that keep the promise look like this.
    for row in shares.filter("missed").iter_rows(named=True):
        sd = (row["promised"] * (1 - row["promised"]) / row["n"]) ** 0.5
        assert row["found"] < row["promised"] - 1.6 * sd, row


def test_a_snapshot_without_backtests_says_so(shipped) -> None:
    older = snapshots.Snapshot(path=shipped.path, manifest={**shipped.manifest, "tables": {}})
    with pytest.raises(MissingData, match="holds no backtest_sizing"):
        promises.judged(older)
