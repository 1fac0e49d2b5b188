"""The four dimensions: the answer's own numbers, four rows a model, and missing said as missing."""

import re

import asked
import polars as pl
import pytest

from advisor.core.errors import BadInput, UnknownName
from advisor.core.profile import DIMENSIONS
from advisor.figures import dimensions, side_by_side


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_four_rows_a_model_with_the_answers_numbers(name):
    answer = asked.answer(name)
    frame = dimensions.bars(asked.wanted(name), asked.the_snapshot()).frame
    known = {m.model_id: m.dimensions for m in answer.ranked}
    for (model,), part in frame.group_by("model_id", maintain_order=True):
        assert part["dimension"].to_list() == list(DIMENSIONS)
        for row in part.iter_rows(named=True):
            if model in known:
                own = known[model][row["dimension"]]
                assert (row["value"], row["lo"], row["hi"]) == (own.value, own.lo, own.hi)
                assert row["basis"] == own.basis


@pytest.mark.parametrize("build", [dimensions.bars, dimensions.radar])
def test_the_players_come_first_in_their_order(build):
    answer = asked.answer("model")
    frame = build(asked.wanted("model"), asked.the_snapshot()).frame
    shown = frame["model_id"].unique(maintain_order=True).to_list()
    players = [answer.verdict.model_id, answer.verdict.runner_up, answer.large_reference.model_id]
    assert shown[:3] == players
    assert set(shown[3:]) <= {r.model_id for r in answer.size_ladder}


def test_what_is_not_known_is_null_and_counted_and_never_zero():
    chart = dimensions.bars(asked.wanted("model"), asked.the_snapshot())
    gaps = chart.frame.filter(pl.col("value").is_null())
    assert gaps.height
    assert set(gaps["basis"]) == {"unknown"}
    assert not chart.frame.filter(pl.col("model_id").is_in(gaps["model_id"].implode()))[
        "complete"
    ].any()
    for name in gaps["model_id"]:
        assert any(name in note and "not known" in note for note in chart.notes)


def test_models_and_size_classes_can_be_asked_for():
    answer = asked.answer("free")
    rung = answer.size_ladder[1]
    other = answer.ranked[5].model_id
    wanted = asked.wanted("free", models=(other, rung.size_class))
    frame = dimensions.bars(wanted, asked.the_snapshot()).frame
    assert frame["model_id"].unique(maintain_order=True).to_list() == [other, rung.model_id]
    assert frame["part"].unique(maintain_order=True).to_list() == [
        "asked for",
        f"best of {rung.size_class}",
    ]


def test_an_unknown_model_and_too_many_are_refused():
    with pytest.raises(UnknownName, match="does not compete"):
        dimensions.bars(asked.wanted("free", models=("nobody/none",)), asked.the_snapshot())
    many = tuple(m.model_id for m in asked.answer("free").ranked[:9])
    with pytest.raises(BadInput, match="at most 8"):
        dimensions.bars(asked.wanted("free", models=many), asked.the_snapshot())


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_every_chart_that_compares_models_draws_the_same_ones(name):
    charts = [dimensions.bars, dimensions.radar, side_by_side.build]
    shown = [
        build(asked.wanted(name), asked.the_snapshot()).frame["model_id"].unique(maintain_order=True).to_list()
        for build in charts
    ]  # fmt: skip
    assert shown[0] == shown[1] == shown[2]


@pytest.mark.parametrize("name", list(asked.QUESTIONS))
def test_a_clear_difference_is_one_that_the_printed_numbers_show(name):
    reading = dimensions.bars(asked.wanted(name), asked.the_snapshot()).reading
    for part in reading.rstrip(".").split(";"):
        if "clearly" in part:
            for one, other in re.findall(r"\((\S+) against (\S+?)\)", part):
                assert one != other


def test_numbers_that_print_alike_are_level():
    rows = [
        {"dimension": name, "order": i, "model_id": model, "part": part, "value": value, "lo": value, "hi": value}
        for i, (model, part, value) in enumerate(
            [("a/small", "named", 0.224), ("b/large", "large reference", 0.2161)]
        )
        for name in DIMENSIONS
    ]  # fmt: skip
    reading = dimensions._reading(pl.DataFrame(rows))
    assert "clearly" not in reading
    assert "level, or with overlapping intervals, in accuracy (0.22 against 0.22)" in reading
