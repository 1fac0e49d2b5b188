from __future__ import annotations

import pytest

from advisor.core.ids import TOO_FEW
from advisor.recommend import api
from advisor.recommend.verdict import _percent
from advisor.render import story

BILL = "extract invoice fields from English text, at most $0.5 per 1000 documents"
FAQ = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"


def test_a_rung_whose_fact_is_missing_is_not_called_outside_the_limits() -> None:
    answer = api.recommend(BILL, top=1000)
    missing = {row.model_id: row.constraint for row in answer.undecided}
    failing = {row.model_id for row in answer.rejected}
    unknown = [rung for rung in answer.size_ladder if rung.model_id in missing]
    assert unknown, "the question is chosen for a ladder with such a rung"
    for rung in answer.size_ladder:
        note = story.rung_note(answer, rung)
        if rung.model_id in missing:
            assert "cost not known" in note
            assert "outside your limits" not in note
        elif rung.model_id in failing:
            assert "outside your limits" in note


def test_a_model_that_may_not_be_named_is_marked_and_the_mark_explained() -> None:
    answer = api.recommend(FAQ)
    thin = [model for model in answer.ranked if TOO_FEW in model.reasons]
    assert thin
    for model in answer.ranked:
        assert story.cells(model)["score"].endswith(story.THIN) == (model in thin)
    assert f"{story.THIN} too little evidence" in story.scale(answer)
    assert answer.verdict.model_id not in {model.model_id for model in thin}


def test_what_is_given_up_is_never_called_the_best_where_a_rung_stands_higher() -> None:
    for task in (BILL, FAQ):
        answer = api.recommend(task)
        large = answer.large_reference
        assert large is not None
        (line,) = (line for line in story.why(answer) if line.label == "given up")
        highest = max(rung.estimate.value for rung in answer.size_ladder)
        assert ("the best when" in line.text) == (large.estimate.value >= highest)


def test_a_licence_that_bars_commercial_use_is_a_caution() -> None:
    answer = api.recommend("sort German support tickets", max_params="300M", labels=300)
    model = story.named(answer)
    assert model is not None
    said = any("bars commercial use" in line.text for line in story.why(answer))
    assert said == (model.commercial_use == "no")


@pytest.mark.parametrize(
    ("p", "words"),
    [(0.0, "0%"), (0.004, "<1%"), (0.006, "1%"), (0.5, "50%"), (0.996, ">99%"), (1.0, "100%")],
)
def test_odds_are_not_rounded_to_certainty(p: float, words: str) -> None:
    assert _percent(p) == words
