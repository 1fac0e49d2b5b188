"""Side by side: the numbers of the answer, measured scores as published, differences as the house pairs them."""

import asked
import polars as pl
import pytest

from advisor.figures import side_by_side
from advisor.recommend.behind import standing_behind
from advisor.tables.measured import measured_scores


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_every_measure_of_every_model_is_the_answers_or_unknown(name):
    known = {m.model_id: m for m in asked.answer(name).ranked}
    frame = side_by_side.build(asked.wanted(name), asked.the_snapshot()).frame
    assert frame.height == frame["model_id"].n_unique() * len(side_by_side.MEASURES)
    for row in frame.iter_rows(named=True):
        model = known.get(row["model_id"])
        if model is None:
            assert not row["eligible"]
            continue
        measure = row["measure"]
        if measure == "score":
            expected = model.estimate.value
        elif measure == "parameters":
            expected = model.n_parameters
        elif measure in model.dimensions:
            expected = model.dimensions[measure].value
        else:
            found = model.efficiency.get(measure)
            expected = None if found is None else found.value
        assert row["value"] == expected
        assert (row["basis"] == "unknown") == (expected is None)


def test_differences_are_the_houses_paired_ones_to_the_first():
    wanted = asked.wanted("model")
    chart = side_by_side.build(wanted, asked.the_snapshot())
    apart = standing_behind(wanted.answer, asked.the_snapshot()).apart
    first, *others = chart.frame["model_id"].unique(maintain_order=True).to_list()
    assert chart.parts["differences"]["model_id"].to_list() == others
    for name, value, lo, hi, p_level in chart.parts["differences"].iter_rows():
        assert (value, lo, hi) == apart.interval(apart.row(first), apart.row(name))
        assert p_level == apart.p_level(first, [name])[name]
        average, one_task = chart.reading.split(". On one task like yours ")
        word = (
            "level with"
            if 0.05 <= p_level <= 0.95
            else "better than"
            if p_level < 0.05
            else "worse than"
        )
        clauses = average.split(" is ", 1)[1].split("; ")
        assert next(part for part in clauses if name in part).startswith(word)
        said = one_task.split(name)[1].split(";")[0]
        assert ("could go either way" in said) == (lo <= 0 <= hi)


def test_on_a_measured_task_no_similar_one_is_spoken_of():
    reading = side_by_side.build(asked.wanted("named task"), asked.the_snapshot()).reading
    assert reading.startswith("On this very task")
    assert "similar" not in reading
    assert "like yours" not in reading


def test_scores_on_similar_tasks_are_the_measured_ones_and_the_most_similar_comes_first():
    chart = side_by_side.tasks(asked.wanted("model"), asked.the_snapshot())
    scores = measured_scores(asked.the_snapshot().scan).collect()
    joined = chart.frame.join(scores, on=["model_id", "task_id"], how="left", suffix="_there")
    assert chart.frame.height
    assert joined["value"].to_list() == joined["value_there"].to_list()
    near = chart.frame["similarity"].to_list()
    assert near == sorted(near, reverse=True)
    tasks = {n.task_id for n in asked.answer("model").profile.neighbours}
    assert set(chart.frame["task_id"]) <= tasks


def test_how_often_the_first_is_above_is_counted_by_hand():
    chart = side_by_side.tasks(asked.wanted("model"), asked.the_snapshot())
    wide = chart.frame.pivot(on="model_id", index="task_id", values="value")
    first, second = wide.columns[1:3]
    both = wide.drop_nulls([first, second])
    ahead = both.filter(pl.col(first) > pl.col(second)).height
    assert f"above {second} on {ahead} of {both.height}" in chart.reading


def test_a_tree_has_no_size_and_is_not_said_to_hide_it():
    chart = side_by_side.build(asked.wanted("interpretable"), asked.the_snapshot())
    trees = chart.frame.filter(pl.col("kind").is_in(["tree", "linear"]))["model_id"].unique()
    assert trees.len()
    for name in trees:
        said = [note for note in chart.notes if note.startswith(f"not known of {name}:")]
        assert not any("size" in note for note in said)


def test_without_a_named_model_the_best_of_the_ladder_are_compared():
    answer = asked.answer("cannot tell")
    frame = side_by_side.build(asked.wanted("cannot tell"), asked.the_snapshot()).frame
    shown = frame["model_id"].unique(maintain_order=True).to_list()
    assert answer.verdict.model_id is None
    assert 2 <= len(shown) <= 4
    top = max(answer.size_ladder, key=lambda rung: rung.estimate.value)
    assert top.model_id in shown
