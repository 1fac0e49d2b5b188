"""The receipt under the answer is the row of the snapshot's own table, and changes when that row does."""

from __future__ import annotations

import polars as pl
import pytest
from two_snapshots import FAMILY, cut

from advisor.recommend import api
from advisor.render import story
from advisor.tables import snapshot

TASK = "sort English support tickets into queues"
CAP = 200_000_000


@pytest.fixture(scope="module")
def tables():
    kept = cut(api.open_snapshot())
    return {n: t for n, t in kept.items() if not n.startswith("evidence")}


@pytest.fixture(scope="module")
def written(tables, tmp_path_factory):
    return snapshot.load(snapshot.write(tmp_path_factory.mktemp("receipts"), tables, facts={}))


def ask(written, receipts=None, **options):
    """The answer from the written snapshot, its receipts replaced by writing a snapshot that has others."""
    if receipts is None:
        return api.recommend(TASK, snapshot=written, **options)
    tables = {n: written.table(n) for n in written.manifest["tables"]} | {"receipts": receipts}
    other = snapshot.write(written.path.parent, tables, facts={})
    return api.recommend(TASK, snapshot=snapshot.load(other), **options)


def row_of(receipts, cap):
    same = pl.col("cap").is_null() if cap is None else pl.col("cap") == cap
    return receipts.filter(pl.col("task_family") == FAMILY, same)


def test_a_changed_row_of_the_table_changes_the_receipt(written, tables):
    receipts = tables["receipts"]
    mine = (pl.col("task_family") == FAMILY) & (pl.col("cap") == CAP)
    doctored = receipts.with_columns(
        regret_mean_points=pl.when(mine).then(42.5).otherwise("regret_mean_points")
    )
    before, after = ask(written, max_params=CAP), ask(written, doctored, max_params=CAP)
    assert (
        before.receipt["regret_mean_points"]
        == row_of(receipts, CAP)["regret_mean_points"].item()
        != 42.5
    )
    assert after.receipt == before.receipt | {"regret_mean_points": 42.5}
    assert "42.5 points below the best on average" in story.receipt(after)
    # The advice itself does not read its own track record.
    assert after.verdict == before.verdict


def test_a_row_of_another_family_or_cap_changes_nothing(written, tables):
    mine = (pl.col("task_family") == FAMILY) & (pl.col("cap") == CAP)
    others = tables["receipts"].with_columns(
        regret_mean_points=pl.when(mine.fill_null(value=False))
        .then("regret_mean_points")
        .otherwise(99.0)
    )
    assert ask(written, others, max_params=CAP).receipt == ask(written, max_params=CAP).receipt


@pytest.mark.parametrize(
    ("limit", "cap"), [(None, None), (CAP, CAP), (150_000_000, CAP), (1_200_000_000, 10**9)]
)
def test_the_row_is_that_of_the_family_and_the_nearest_size_cap(written, tables, limit, cap):
    found = ask(written, **({} if limit is None else {"max_params": limit})).receipt
    expected = row_of(tables["receipts"], cap).row(0, named=True)
    assert {key: found[key] for key in expected} == expected
    assert (found["task_family"], found["cap"]) == (FAMILY, cap)


def test_coverage_of_the_row_is_shown_where_the_table_has_it(written, tables):
    mine = (pl.col("task_family") == FAMILY) & (pl.col("cap") == CAP)
    covered = tables["receipts"].with_columns(
        coverage=pl.when(mine.fill_null(value=False)).then(0.87).otherwise(0.5)
    )
    answer = ask(written, covered, max_params=CAP)
    assert (answer.receipt["coverage"], answer.receipt["level"]) == (0.87, 0.9)
    assert "; its 90% intervals held 87% of the scores there" in story.receipt(answer)
    stated = ask(written, covered.with_columns(level=pl.lit(0.8)), max_params=CAP)
    assert "its 80% intervals held 87%" in story.receipt(stated)


def test_without_a_coverage_column_none_is_claimed(written, tables):
    plain = tables["receipts"].drop("coverage", "level", strict=False)
    answer = ask(written, plain, max_params=CAP)
    assert not {"coverage", "level"} & set(answer.receipt)
    assert "of the scores there" not in story.receipt(answer)
    assert "points below the best on average" in story.receipt(answer)
    # What is said of single cells is of the pool, and says so.
    assert answer.receipt["cells_coverage"] == pytest.approx(0.9, abs=0.1)
    assert "on single scores held out at random" in story.receipt(answer)


def test_no_held_out_question_of_the_family_is_said_plainly(written, tables):
    none = tables["receipts"].filter(pl.col("task_family") != FAMILY)
    answer = ask(written, none)
    assert answer.receipt == {}
    assert story.receipt(answer).startswith("this snapshot holds no backtest")


def test_an_answer_keeps_its_receipt_in_every_form(written):
    from advisor.render import json, markdown, text

    answer = ask(written, max_params=CAP)
    words = "points below the best on average"
    assert words in " ".join(text.render(answer, width=120).split())
    assert words in markdown.render(answer)
    assert json.parse(json.render(answer)).receipt["n_questions"] == answer.receipt["n_questions"]
