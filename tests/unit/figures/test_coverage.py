"""Cells of the coverage against a plain count over scores, models and tasks; and what counts as a model that competes."""

from __future__ import annotations

from datetime import date
from functools import cache

import polars as pl
import pytest

from advisor.core.errors import UnknownName
from advisor.core.ids import TASK_FAMILIES, size_class
from advisor.figures import coverage
from advisor.figures.chart import Chart, Wanted
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table


@cache
def shipped() -> Chart:
    return coverage.build(Wanted(), snapshot.load(shipped_folder()))


@cache
def pairs() -> list[tuple[str, str]]:
    """(model, task) with a score that counts, from the tables one by one."""
    gone = {
        (model, task)
        for model, task, value in table("comparable")
        .select("model_id", "task_id", "value")
        .iter_rows()
        if value is None
    }
    scored = table("scores").select("model_id", "task_id", "value").iter_rows()
    return [(m, t) for m, t, value in scored if value is not None and (m, t) not in gone]


def test_cells_are_those_of_a_plain_count() -> None:
    families = dict(table("tasks").select("task_id", "task_family").iter_rows())
    classes = {
        row["model_id"]: size_class(row["n_parameters"], row["kind"])
        for row in table("models").iter_rows(named=True)
        if row["kind"] != "other" and (row["verified"] or row["pool"] != ["language-model"])
    }
    for family, group in [("retrieval", "under 200M"), ("code-generation", "6B and over")]:
        who = [m for m, t in pairs() if families.get(t) == family and classes.get(m) == group]
        cell = (
            shipped().frame.filter(facet="size class", group=group, row=family).row(0, named=True)
        )
        assert cell["n_scores"] == len(who)
        assert cell["n_measured"] == len(set(who))
        assert cell["n_models"] == sum(name == group for name in classes.values())


def test_both_facets_hold_every_cell_and_the_same_scores() -> None:
    frame = shipped().frame
    for _, part in frame.group_by("facet"):
        assert part.height == part["group"].n_unique() * len(TASK_FAMILIES)
    totals = frame.group_by("facet").agg(pl.col("n_scores").sum())["n_scores"]
    assert totals.n_unique() == 1


def test_shares_lie_between_none_and_all() -> None:
    shares = shipped().frame["share"].drop_nulls()
    assert shares.min() >= 0  # type: ignore[operator]
    assert shares.max() <= 1  # type: ignore[operator]


def test_named_models_are_columns_of_their_own_with_their_scores() -> None:
    models = ("BAAI/bge-small-en-v1.5", "openai-community/gpt2")
    chart = coverage.build(Wanted(models=models), snapshot.load(shipped_folder()))
    families = dict(table("tasks").select("task_id", "task_family").iter_rows())
    for model in models:
        own = chart.frame.filter(group=model)
        for cell in own.iter_rows(named=True):
            plain = sum(m == model and families.get(t) == cell["row"] for m, t in pairs())
            assert cell["n_shown"] == plain


def test_a_size_class_narrows_the_models_to_its_own_by_kind() -> None:
    chart = coverage.build(Wanted(models=("under 200M",)), snapshot.load(shipped_folder()))
    assert set(chart.frame["facet"]) == {"kind"}
    whole = shipped().frame.filter(facet="size class", group="under 200M")["n_scores"].sum()
    assert chart.frame["n_scores"].sum() == whole


def test_a_language_counts_tasks_in_it_alone() -> None:
    chart = coverage.build_languages(Wanted(tasks=("German",)), snapshot.load(shipped_folder()))
    alone = set(table("tasks").filter(pl.col("languages") == ["deu"])["task_id"])
    board = table("models").filter(
        (pl.col("kind") == "other") | ((pl.col("pool") == ["language-model"]) & ~pl.col("verified"))
    )
    outside = set(board["model_id"])
    known = set(table("models")["model_id"])
    plain = sum(t in alone and m in known and m not in outside for m, t in pairs())
    assert chart.frame.filter(facet="kind")["n_scores"].sum() == plain


def test_models_released_later_are_invisible() -> None:
    early = coverage.build(Wanted(as_of=date(2021, 1, 1)), snapshot.load(shipped_folder()))
    assert early.frame["n_scores"].sum() < shipped().frame["n_scores"].sum() / 4


@pytest.mark.parametrize("wanted", [Wanted(tasks=("retreival",)), Wanted(models=("gpt2-smal",))])
def test_unknown_names_are_refused_with_near_ones(wanted: Wanted) -> None:
    with pytest.raises(UnknownName, match="did you mean"):
        coverage.build(wanted, snapshot.load(shipped_folder()))


def test_before_the_first_model_nothing_was_measured_and_the_chart_says_so() -> None:
    chart = coverage.build(Wanted(as_of=date(1990, 1, 1)), snapshot.load(shipped_folder()))
    assert chart.empty
    assert "No model competed" in chart.reading
