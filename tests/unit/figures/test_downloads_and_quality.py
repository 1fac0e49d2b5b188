"""Who dominates whom, held to a plain paired t-interval; and that a mark never stands where the interval does not allow it."""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from statistics import mean, stdev

import asked
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import UnknownName
from advisor.estimate.backtest_loto import benchmark
from advisor.figures import downloads_and_quality as gems
from advisor.figures.answers import shown
from advisor.figures.chart import Chart, Wanted
from advisor.figures.quality import MTEB, Quality, better_than, quality, rivals
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table


@cache
def shipped() -> Chart:
    return gems.build(Wanted(), snapshot.load(shipped_folder()))


@cache
def mteb() -> Quality:
    return quality(MTEB, snapshot.load(shipped_folder()))


def english(model: str) -> dict[str, float]:
    """A model's English score per group of twins, from its evidence row by row, doubted scores left out."""
    subsets = benchmark()
    run = dict(
        table("scores").filter(model_id=model).select("task_id", "model_revision").iter_rows()
    )
    twins = dict(table("tasks").select("task_id", "twin_group").iter_rows())
    doubted = set(
        table("flags")
        .filter(pl.col("model_id") == model, pl.col("flag").is_in(["unexpected", "broken run"]))[
            "task_id"
        ]
        .to_list()
    )
    rows: dict[str, list[float]] = {}
    for row in table("evidence_mteb").filter(model_id=model, split="test").iter_rows(named=True):
        task = row["task_id"]
        if subsets.get(task) == row["subset"] and run.get(task) == row["model_revision"]:
            rows.setdefault(task, []).append(row["value"])
    groups: dict[str, list[float]] = {}
    for task, values in rows.items():
        if task not in doubted:
            groups.setdefault(twins[task] or task, []).append(mean(values))
    return {group: mean(values) for group, values in groups.items()}


def test_a_dominated_models_difference_is_the_mean_over_the_tasks_that_both_did() -> None:
    for row in (
        shipped().frame.filter(scope=MTEB, mark=gems.DOMINATED).head(3).iter_rows(named=True)
    ):
        mine, theirs = english(row["model_id"]), english(row["beaten_by"])
        common = sorted(mine.keys() & theirs.keys() & set(mteb().tasks))
        differences = [theirs[task] - mine[task] for task in common]
        assert row["beaten_by_n_tasks"] == len(common)
        assert row["beaten_by_points"] == pytest.approx(mean(differences))
        # Even before the correction for many rivals the interval must lie above 0; 1.69 is the widest t here.
        half = 1.69 * stdev(differences) / math.sqrt(len(common))
        assert row["beaten_by_lo"] <= mean(differences) - half
        assert row["beaten_by_lo"] > 0


def test_no_mark_without_a_download_count_and_none_where_the_interval_includes_zero() -> None:
    frame = shipped().frame
    assert set(frame.filter(pl.col("downloads_30d").is_null())["mark"]) == {""}
    dominated = frame.filter(pl.col("mark").is_in([gems.DOMINATED, gems.RARE]))
    assert dominated.height > 0
    assert dominated["beaten_by_lo"].min() > 0  # type: ignore[operator]
    found = frame.filter(mark=gems.GEM)
    assert found.height > 0
    assert found["beats_lo"].min() > 0  # type: ignore[operator]
    assert found["beaten_by"].null_count() == found.height


def test_a_dominating_model_is_no_larger_and_a_gem_is_no_larger_than_what_it_beats() -> None:
    frame = shipped().frame
    known = frame.drop_nulls("beaten_by")
    assert (known["beaten_by_n_parameters"] <= known["n_parameters"]).all()
    found = frame.filter(mark=gems.GEM)
    assert (found["n_parameters"] <= found["beats_n_parameters"]).all()
    assert (found["beats_downloads_30d"] >= gems.TIMES * found["downloads_30d"]).all()


def test_downloads_of_one_panel_are_of_one_day() -> None:
    days = (
        shipped()
        .frame.drop_nulls("downloads_30d")
        .group_by("scope")
        .agg(pl.col("downloads_date").n_unique())
    )
    assert set(days["downloads_date"]) == {1}


def test_models_that_are_not_on_the_list_are_counted_aloud() -> None:
    part = shipped().frame.filter(scope=MTEB)
    known = part.drop_nulls("downloads_30d").height
    assert any(f"{known} of {part.height} models are on a list" in note for note in shipped().notes)


def test_a_task_nobody_was_measured_on_is_refused() -> None:
    with pytest.raises(UnknownName, match="Banking77"):
        gems.build(Wanted(tasks=("Banking78Classification",)), snapshot.load(shipped_folder()))


def test_levels_of_a_complete_table_are_plain_means() -> None:
    values = np.array([[0.2, 0.4, 0.9], [0.1, 0.3, 0.5]])
    one = Quality(
        name="by hand", pool="embedding", models=pl.DataFrame(), tasks=("a", "b", "c"), values=values,
        n_doubted=0,
    )  # fmt: skip
    level, half = one.level()
    assert level == pytest.approx(values.mean(axis=1))
    assert (half > 0).all()


def test_a_gap_is_filled_by_what_the_task_and_the_model_let_expect() -> None:
    effects, tasks = np.array([0.1, 0.0, -0.1]), np.array([0.3, 0.5, 0.7, 0.6])
    full = effects[:, None] + tasks
    holed = full.copy()
    holed[0, 2] = np.nan
    one = Quality(
        name="by hand", pool="embedding", models=pl.DataFrame(), tasks=("a", "b", "c", "d"), values=holed,
        n_doubted=0,
    )  # fmt: skip
    assert one.level()[0] == pytest.approx(full.mean(axis=1), abs=1e-6)


_FACTS = {
    "model_id": ["big", "same", "small", "closed", "bound", "unsized", "german"],
    "size_at_least": [100.0, 100.0, 10.0, 10.0, 10.0, None, 100.0],
    "size_at_most": [100.0, 100.0, 10.0, 10.0, 10.0, None, 100.0],
    "commercial_use": ["yes", "yes", "yes", "yes", "no", "yes", "yes"],
    "open_weights": [True, True, True, False, True, True, True],
    "languages": [["eng"], None, ["eng", "deu"], None, None, None, ["deu", "eng"]],
}


def test_only_models_that_could_stand_in_are_rivals() -> None:
    facts = pl.DataFrame(_FACTS)
    ids = facts["model_id"]

    def of(row: int) -> set[str]:
        return {ids[int(i)] for i in rivals(facts, row)}

    assert of(0) == {"same", "small", "german"}
    assert of(4) == {"small"}, "as free or freer"
    assert of(5) == set(), "a size that is not known is never surely no larger"
    assert of(6) == {"small"}, "who declares German is replaced by who declares it"


@settings(max_examples=30)
@given(st.integers(2, 12), st.integers(5, 25), st.integers(0, 2**20))
def test_better_is_never_mutual_and_never_from_few_tasks(
    models: int, tasks: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(0.5, 0.1, (models, tasks)) + rng.normal(0, 0.2, (models, 1))
    values[rng.random(values.shape) < 0.2] = np.nan
    found = {
        (row, one.model): one
        for row in range(models)
        for one in better_than(values, row, np.array([i for i in range(models) if i != row]))
    }
    for (row, other), one in found.items():
        assert (other, row) not in found
        assert one.n_tasks >= 10
        assert 0 < one.lo <= one.by <= one.hi


def test_of_a_named_tasks_answer_points_are_differences_of_its_scores() -> None:
    chart = gems.build(asked.wanted("named task"), asked.the_snapshot())
    assert set(chart.frame["scope"]) == {gems.THE_ANSWER}
    value = dict(chart.frame.select("model_id", "level").iter_rows())
    dominated = chart.frame.drop_nulls("beaten_by")
    assert dominated.height > 0
    for row in dominated.iter_rows(named=True):
        assert row["beaten_by_points"] == pytest.approx(value[row["beaten_by"]] - row["level"])
        assert row["beaten_by_lo"] > 0
        assert row["beaten_by_n_parameters"] <= row["n_parameters"]


def test_of_a_free_question_a_mark_needs_the_paired_interval() -> None:
    wanted = asked.wanted("free")
    chart = gems.build(wanted, asked.the_snapshot())
    behind = shown(wanted, asked.the_snapshot())
    for row in chart.frame.filter(pl.col("mark") != "").iter_rows(named=True):
        other = row["beaten_by"] or row["beats"]
        gap = behind.difference(
            *((other, row["model_id"]) if row["beaten_by"] else (row["model_id"], other))
        )
        assert gap is not None
        assert gap[1] > 0


def test_before_anybody_was_measured_the_chart_is_empty_and_says_so() -> None:
    chart = gems.build(Wanted(as_of=date(2015, 1, 1)), asked.the_snapshot())
    assert chart.empty
    assert "half of these tasks" in chart.reading
