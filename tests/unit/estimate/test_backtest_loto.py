from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from advisor.estimate import backtest_loto
from advisor.estimate.matrix import Cells, cells_of
from advisor.tables.schema import EVIDENCE
from tests.estimate_tables import real_slice, some_scores, some_tasks


def test_the_benchmark_has_its_forty_one_tasks_each_with_one_subset():
    found = backtest_loto.benchmark()
    assert len(found) == 41
    assert {subset for subset in found.values() if subset != "default"} == {"en", "en-en"}
    assert sum(subset != "default" for subset in found.values()) == 6


def evidence(*rows):
    known = dict.fromkeys(EVIDENCE)
    named = ("model_id", "model_revision", "task_id", "split", "subset", "value")
    return pl.DataFrame(
        [known | dict(zip(named, row, strict=True)) for row in rows], schema=EVIDENCE
    ).lazy()


def test_the_english_score_is_of_the_scored_run_its_test_split_and_its_subset():
    scores = some_scores(("m", "t", 0.5), ("n", "t", 0.4), ("m", "u", 0.9), model_revision="r")
    found = backtest_loto.english_scores(
        evidence(
            ("m", "r", "t", "test", "en", 0.6),
            ("m", "r", "t", "test", "de", 0.4),
            ("m", "r", "t", "validation", "en", 0.1),
            ("m", "old", "t", "test", "en", 0.2),
            ("n", "r", "t", "test", "de", 0.4),
            ("m", "r", "u", "test", "en", 0.9),
        ),
        scores,
        {"t": "en"},
    )
    assert found.select("model_id", "task_id", "value").rows() == [("m", "t", 0.6)]
    assert found.schema == scores.schema


def test_the_benchmarks_tasks_are_english_and_the_others_what_they_were():
    tasks = some_tasks("a", "b", languages=["deu", "eng"])
    found = backtest_loto.english_tasks(tasks, {"a": "en"})
    assert found["languages"].to_list() == [["eng"], ["deu", "eng"]]
    assert found.schema == tasks.schema


@pytest.fixture(scope="module")
def cells():
    return cells_of(*real_slice(), "embedding")


def asked(cells):
    """The tasks with 40 models play the benchmark."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(backtest_loto, "ROUNDS", 3)
        common = np.flatnonzero(cells.per_task() >= 40)
        return backtest_loto.ask_each(cells, common, np.random.default_rng(0), seed=0)


@pytest.fixture(scope="module")
def table(cells):
    return asked(cells)


def test_every_rule_answers_the_same_questions_within_its_cap(table, cells):
    assert table.group_by("rule").len()["len"].n_unique() == 1
    assert table["regret_points"].min() >= 0
    sizes = cells.models.select("model_id", "n_parameters")
    capped = table.drop_nulls("cap").join(sizes, on="model_id")
    assert capped.filter(pl.col("n_parameters") > pl.col("cap")).is_empty()


def test_a_regret_follows_from_the_scores_alone(table, cells):
    row = table.filter(pl.col("cap").is_null(), rule="ours").row(0, named=True)
    task = cells.tasks["task_id"].to_list().index(row["task_id"])
    scores = dict(
        zip(
            cells.models["model_id"].gather(cells.row[cells.col == task]),
            cells.value[cells.col == task],
            strict=True,
        )
    )
    assert row["n_models"] == len(scores)
    assert row["regret_points"] == pytest.approx(
        100 * (max(scores.values()) - scores[row["model_id"]])
    )


def test_no_pick_changes_when_the_hidden_truth_does(table, cells):
    name = table["task_id"][0]
    there = cells.col == cells.tasks["task_id"].to_list().index(name)
    value = cells.value.copy()
    value[there] = value[there][::-1]
    other = Cells(
        models=cells.models, tasks=cells.tasks, row=cells.row, col=cells.col, value=value, share=cells.share
    )  # fmt: skip
    first, second = table.filter(task_id=name), asked(other).filter(task_id=name)
    same = ["task_id", "cap", "rule", "model_id"]
    assert first.select(same).equals(second.select(same))
    assert not first.equals(second)


def test_the_summary_compares_with_the_best_naive_rule_of_each_pool():
    rows = [
        ("a", None, "ours", 1.0), ("b", None, "ours", 3.0), ("a", None, "x", 4.0), ("b", None, "x", 2.0),
        ("a", None, "y", 9.0), ("b", None, "y", 9.0), ("a", 50, "ours", 5.0), ("a", 50, "x", 4.0),
    ]  # fmt: skip
    table = pl.DataFrame(rows, schema=["task_id", "cap", "rule", "regret_points"], orient="row")
    found = {(x["cap"], x["rule"]): x for x in backtest_loto.loto_summary(table).rows(named=True)}
    assert found[None, "ours"]["against_best_naive"] == pytest.approx(2.0 - 3.0)
    assert found[50, "ours"]["against_best_naive"] == pytest.approx(1.0)
    assert found[None, "ours"]["regret_worst_points"] == 3.0
    assert found[None, "ours"]["within_1_point"] == 0.5
