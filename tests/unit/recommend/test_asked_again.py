"""The same task with other limits: what is kept between two questions never changes an answer."""

from __future__ import annotations

from pathlib import Path

import pytest

from advisor.recommend import api
from advisor.recommend.pipeline import limits_aside, standing, weighed
from advisor.recommend.request import request

FAQ = "English FAQ retrieval for RAG, under 15 ms on CPU with at most 150M parameters"
TICKETS = "Sort German support tickets into 12 queues; we have 300 labelled tickets"
COMPLAINTS = Path(__file__).resolve().parents[3] / "examples" / "complaints.csv"


@pytest.mark.parametrize(
    ("task", "asked"),
    [
        (FAQ, {}),
        (FAQ, {"max_params": "500M"}),
        (FAQ, {"max_params": "any", "max_latency_ms": "any"}),
        (FAQ, {"tolerance": 1, "confidence": 0.9, "weights": "accuracy=1"}),
        (FAQ, {"hardware": "nvidia-a100-pcie", "license": "commercial"}),
        (FAQ, {"as_of": "2024-12-31"}),
        (TICKETS, {"labels": 20}),
        (TICKETS, {"language": "French", "max_memory": "1GB"}),
    ],
)
def test_an_answer_is_the_one_that_was_weighed_from_nothing_kept(task, asked):
    snapshot = api.open_snapshot()
    api.recommend(task)  # what is kept for it must not answer the other question
    profile, options = request(task, snapshot=snapshot, **asked)
    fresh = weighed(
        standing(profile, snapshot, as_of=options.as_of), profile, snapshot, options=options
    )
    assert api.recommend(task, **asked) == fresh


def test_what_enters_the_estimates_is_not_set_aside():
    snapshot = api.open_snapshot()
    plain, labelled, on_gpu, stated = (
        limits_aside(request(TICKETS, snapshot=snapshot, **asked)[0])
        for asked in ({}, {"labels": 5}, {"hardware": "nvidia-a100-pcie"}, {"max_params": "1B"})
    )
    assert plain != labelled
    assert plain != on_gpu
    assert plain == stated


def test_any_takes_back_the_limit_that_the_text_states():
    answer = api.recommend(FAQ, max_latency_ms="any")
    limits = answer.profile.constraints
    assert (limits.max_latency_ms, limits.max_parameters) == (None, 150_000_000)
    assert "constraints.max_latency_ms" not in answer.profile.read_from


def test_a_table_that_was_read_once_gets_the_answer_of_its_file():
    profile = api.read(COMPLAINTS, target="queue")
    for asked in ({}, {"max_params": "50M", "tolerance": 2}):
        assert api.recommend(profile, target="queue", **asked) == api.recommend(
            COMPLAINTS, target="queue", **asked
        )
