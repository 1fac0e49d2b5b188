"""Figure 1: every number against a plain count over the rows, the survey's shares, and laws of classes and shares."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from datetime import date
from functools import cache
from statistics import median

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from advisor.core.errors import BadInput, UnknownName
from advisor.core.ids import SIZE_CLASSES
from advisor.figures import downloads_by_size
from advisor.figures.chart import Chart, Wanted
from advisor.figures.popularity import SIZE_UNKNOWN, class_names
from advisor.tables import snapshot
from advisor.tables.locate import shipped_folder
from tests.shipped import table
from tests.unit.figures.hub import DAY, LATER, LIST, row
from tests.unit.figures.hub import snapshot as hub

WHOLE = date(2022, 7, 2)
SHARES_2022 = {
    "under 200M": 0.808,
    "200M-500M": 0.143,
    "500M-1B": 0.033,
    "1B-6B": 0.006,
    "6B and over": 0.010,
}
"""Counted from the source by another program before it entered a snapshot."""


@cache
def shipped() -> Chart:
    return downloads_by_size.build(Wanted(), snapshot.load(shipped_folder()))


def plain_count(day: date) -> dict[str, list[int]]:
    """Downloads per class on one day, from the table as text and without the chart's code."""
    text = io.StringIO()
    table("popularity").filter(pl.col("date") == day).write_csv(text)
    text.seek(0)
    found: dict[str, list[int]] = defaultdict(list)
    for line in csv.DictReader(text):
        if line["is_test_fixture"] == "true" or line["downloads_30d"] == "":
            continue
        size = line["n_parameters"]
        place = 0 if not size else 1 + sum(float(size) >= e for e in (2e8, 5e8, 1e9, 6e9))
        found[[SIZE_UNKNOWN, *SHARES_2022][place]].append(int(line["downloads_30d"]))
    return found


def test_the_whole_hub_of_2022_has_the_shares_that_were_counted_from_its_source() -> None:
    frame = shipped().frame.filter(date=WHOLE)
    shares = dict(zip(frame["size_class"], frame["downloads_share"], strict=True))
    for name, share in SHARES_2022.items():
        assert shares[name] == pytest.approx(share, abs=0.0005)
    assert frame["unknown_downloads_share"][0] == pytest.approx(1 - 0.935, abs=0.0005)


def test_totals_medians_and_numbers_of_models_are_those_of_a_plain_count() -> None:
    counted = plain_count(WHOLE)
    frame = shipped().frame.filter(date=WHOLE)
    assert set(frame["size_class"]) == set(counted)
    for line in frame.iter_rows(named=True):
        values = counted[line["size_class"]]
        assert line["n_models"] == len(values)
        assert line["downloads_30d_total"] == sum(values)
        assert line["downloads_30d_median"] == median(values)


def test_every_list_chosen_differently_is_a_panel_of_its_own() -> None:
    frame = shipped().frame
    panels = frame.group_by("panel").agg(
        pl.struct("source_id", "ranking_note").n_unique(), pl.col("date").n_unique()
    )
    assert panels.height == 3
    assert panels.select(pl.exclude("panel").max()).row(0) == (1, 1)
    assert any("do not compare" in note for note in shipped().notes)


def test_lists_of_twelve_are_left_out_and_counted() -> None:
    small = (
        table("popularity")
        .filter(~pl.col("is_test_fixture"))
        .group_by("source_id", "ranking_note", "date")
        .len()
        .filter(pl.col("len") < 100)
        .height
    )
    assert any(f"{small} lists of fewer than 100 models" in note for note in shipped().notes)


def test_a_date_that_is_asked_for_is_shown_however_short_its_list() -> None:
    day = table("popularity").filter(source_id="hub-daily-huggingface")["date"].max()
    assert isinstance(day, date)
    chart = downloads_by_size.build(Wanted(), snapshot.load(shipped_folder()), dates=[day])
    assert set(chart.frame["date"]) == {day}


def test_a_date_without_a_list_is_refused_with_the_largest_ones() -> None:
    with pytest.raises(BadInput, match="2022-07-02"):
        downloads_by_size.build(Wanted(), snapshot.load(shipped_folder()), dates=[date(2020, 1, 1)])


def test_what_came_later_is_invisible() -> None:
    chart = downloads_by_size.build(Wanted(as_of=date(2023, 1, 1)), snapshot.load(shipped_folder()))
    assert set(chart.frame["date"]) == {WHOLE}
    early = downloads_by_size.build(Wanted(as_of=date(2020, 1, 1)), snapshot.load(shipped_folder()))
    assert early.empty
    assert "2020-01-01" in early.reading


def test_classes_between_the_surveys_edges_have_the_names_of_the_house() -> None:
    assert class_names(Wanted().edges) == SIZE_CLASSES[1:6]


@pytest.mark.parametrize("edges", [(), (0, 5), (5, 5), (7, 5), (-1,)])
def test_edges_that_make_no_classes_are_refused(edges: tuple[int, ...]) -> None:
    with pytest.raises(BadInput, match="ascending"):
        class_names(edges)


def test_a_model_at_an_edge_is_in_the_class_above() -> None:
    chart = downloads_by_size.build(
        Wanted(edges=(100,)), hub([row("a", 3, 99), row("b", 4, 100)]), least_models=1
    )
    totals = dict(zip(chart.frame["size_class"], chart.frame["downloads_30d_total"], strict=True))
    assert totals == {"under 100": 3, "100 and over": 4, SIZE_UNKNOWN: 0}


def test_fixtures_and_unread_counts_are_set_aside_aloud() -> None:
    rows = [
        row("a", 3, 10),
        row("tiny-random", 70, 1, is_test_fixture=True),
        row("unread", None, 10),
    ]
    chart = downloads_by_size.build(Wanted(), hub(rows), least_models=1)
    assert chart.frame["downloads_30d_total"].sum() == 3
    note = next(note for note in chart.notes if note.startswith("Left out"))
    assert "1 test fixtures" in note
    assert "70 downloads" in note
    assert "1 models without a download count" in note


def test_a_list_that_does_not_say_how_it_was_chosen_is_shown_as_such() -> None:
    chart = downloads_by_size.build(
        Wanted(), hub([row("a", 3, 10, ranking_note=None)]), least_models=1
    )
    assert chart.frame["downloads_30d_total"].sum() == 3
    assert "not known" in chart.frame["panel"][0]


def test_a_class_without_models_is_shown_as_none_and_has_no_median() -> None:
    chart = downloads_by_size.build(Wanted(), hub([row("a", 3, 10)]), least_models=1)
    empty = chart.frame.filter(size_class="6B and over").row(0, named=True)
    assert (empty["n_models"], empty["downloads_30d_median"]) == (0, None)


def test_a_tag_narrows_what_is_counted_and_an_unknown_one_is_refused() -> None:
    rows = [row("a", 3, 10), row("b", 5, 10, pipeline_tag=None)]
    one = downloads_by_size.build(Wanted(tasks=("fill-mask",)), hub(rows), least_models=1)
    none = downloads_by_size.build(Wanted(tasks=("no tag",)), hub(rows), least_models=1)
    assert one.frame["downloads_30d_total"].sum() == 3
    assert none.frame["downloads_30d_total"].sum() == 5
    with pytest.raises(UnknownName, match="fill-mask"):
        downloads_by_size.build(Wanted(tasks=("fil-mask",)), hub(rows))


def test_panels_of_tags_add_up_to_the_list() -> None:
    read = snapshot.load(shipped_folder())
    tags = tuple(
        table("popularity")
        .filter(date=WHOLE)
        .select(pl.col("pipeline_tag").fill_null("no tag"))
        .to_series()
        .unique()
    )
    chart = downloads_by_size.build_by_tag(Wanted(tasks=tags), read)
    whole = shipped().frame.filter(date=WHOLE)
    summed = chart.frame.group_by("size_class").agg(pl.col("downloads_30d_total").sum())
    joined = whole.join(summed, on="size_class", suffix="_of_tags")
    assert joined.height == 6
    assert (
        joined["downloads_30d_total"].to_list() == joined["downloads_30d_total_of_tags"].to_list()
    )


_MODELS = st.lists(
    st.tuples(st.integers(0, 10_000), st.one_of(st.none(), st.integers(1, 1000)), st.booleans()),
    min_size=1,
    max_size=30,
)


def _rows(models: list[tuple[int, int | None, bool]]) -> list[dict[str, object]]:
    return [
        row(
            f"m{i}",
            downloads,
            size,
            date=LATER if later else DAY,
            ranking_note=LIST if later else "whole Hub",
        )
        for i, (downloads, size, later) in enumerate(models)
    ]


@settings(max_examples=25)
@given(_MODELS, st.randoms(use_true_random=False))
def test_shares_sum_to_one_lie_in_their_bounds_and_do_not_depend_on_order(models, random) -> None:
    rows = _rows(models)
    chart = downloads_by_size.build(Wanted(edges=(100, 500)), hub(rows), least_models=1)
    for panel in chart.frame.partition_by("panel"):
        assert panel["models_share"].sum() == pytest.approx(1)
        sized = panel.drop_nulls("downloads_share")
        if sized.height:
            assert sized["downloads_share"].sum() == pytest.approx(1)
        known = sized.filter(pl.col("downloads_share_low").is_not_null())
        low, share, high = (
            known[f"downloads_share{end}"].to_list() for end in ("_low", "", "_high")
        )
        for a, b, c in zip(low, share, high, strict=True):
            assert a <= b + 1e-12 <= c + 2e-12
    random.shuffle(rows)
    again = downloads_by_size.build(Wanted(edges=(100, 500)), hub(rows), least_models=1)
    assert again.frame.equals(chart.frame)


@settings(max_examples=25)
@given(_MODELS, st.integers(2, 500), st.integers(2, 500))
def test_moving_an_edge_moves_models_between_its_two_classes_alone(models, first, second) -> None:
    def counts(edge: int) -> list[int]:
        chart = downloads_by_size.build(
            Wanted(edges=(1, edge, 600)), hub(_rows(models)), least_models=1
        )
        return (chart.frame.group_by("position").agg(pl.col("n_models").sum()).sort("position"))[
            "n_models"
        ].to_list()

    one, other = counts(first), counts(second)
    assert (one[0], one[3], one[4]) == (other[0], other[3], other[4])
    assert one[1] + one[2] == other[1] + other[2]
