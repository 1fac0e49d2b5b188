"""The ladder's frame is the answer's ladder, and the named model stands on it."""

import asked
import polars as pl
import pytest

from advisor.core.ids import SIZE_CLASSES
from advisor.figures import size_ladder, words
from advisor.figures.chart import MOST_MODELS, Wanted
from advisor.recommend import api


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_the_rungs_are_the_answers(name):
    answer = asked.answer(name)
    chart = size_ladder.build(asked.wanted(name), asked.the_snapshot())
    best = chart.frame.filter(rung="best")
    assert best["model_id"].to_list() == [r.model_id for r in answer.size_ladder]
    assert best["score"].to_list() == [r.estimate.value for r in answer.size_ladder]
    assert best["p_good_enough"].to_list() == [r.p_good_enough for r in answer.size_ladder]
    assert best["eligible"].to_list() == [r.eligible for r in answer.size_ladder]
    order = [SIZE_CLASSES.index(name) for name in chart.frame["size_class"]]
    assert order == sorted(order)


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_the_named_model_is_on_it_once(name):
    answer = asked.answer(name)
    frame = size_ladder.build(asked.wanted(name), asked.the_snapshot()).frame
    picks = frame.filter("is_pick")["model_id"].to_list()
    assert picks == ([] if answer.verdict.model_id is None else [answer.verdict.model_id])


def test_the_share_of_the_best_is_of_the_highest_rung():
    frame = size_ladder.build(asked.wanted("model"), asked.the_snapshot()).frame
    top = max(frame["score"])
    assert frame["share_of_best"].to_list() == pytest.approx([s / top for s in frame["score"]])


def test_classes_without_a_rung_are_named_aloud():
    chart = size_ladder.build(asked.wanted("language model"), asked.the_snapshot())
    absent = set(SIZE_CLASSES) - set(chart.frame["size_class"])
    said = next(n for n in chart.notes if n.startswith("no model measured on enough"))
    assert absent
    assert all(words.size_class(name) in said for name in absent)


def test_what_stands_outside_the_limits_and_what_is_not_known_are_counted_apart():
    chart = size_ladder.build(asked.wanted("model"), asked.the_snapshot())
    outside = chart.frame.filter(pl.col("undecided").is_null(), eligible=False).height
    assert outside
    assert any(note.startswith(f"{outside} rungs stand outside") for note in chart.notes)


PRICED = "extract invoice fields, at most $0.5 per 1000 documents"


def test_a_rung_whose_cost_is_not_known_is_not_called_outside():
    answer = api.recommend(PRICED, snapshot=asked.the_snapshot(), top=MOST_MODELS)
    chart = size_ladder.build(Wanted(answer=answer), asked.the_snapshot())
    known = {row.model_id: row for row in answer.undecided}
    barred = {row.model_id for row in answer.rejected}
    listed = chart.frame.filter(pl.col("model_id").is_in([*known, *barred]))
    assert listed.height
    for row in listed.iter_rows(named=True):
        assert (row["undecided"] is not None) == (row["model_id"] in known)
        if row["undecided"] is not None:
            assert row["undecided_why"] == known[row["model_id"]].why
            assert not row["eligible"]
    open_ = chart.frame["undecided"].count()
    assert open_
    assert any(note.startswith(f"{open_} rungs may or may not meet") for note in chart.notes)
