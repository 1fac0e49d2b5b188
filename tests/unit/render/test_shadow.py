from __future__ import annotations

import builders
import pytest

from advisor.core.recommendation import Gain
from advisor.recommend.shadow_prices import DROPPED
from advisor.render import shadow, text
from advisor.render.escape import to_ascii


def said(**price) -> str:
    answer = builders.a_recommendation(shadow_prices=[builders.a_price(**price)])
    [line] = shadow.lines(answer)
    return f"{line.label}: {line.text}"


@pytest.mark.parametrize(
    ("constraint", "before", "after", "words"),
    [
        ("max_latency_ms", 20.0, 35.0, "latency: 20 → 35 ms: +2.1 points"),
        ("max_memory_gb", 8.0, 12.0, "memory: 8 → 12 GB: +2.1 points"),
        ("max_memory_gb", 0.5, 1.5, "memory: 500 MB → 1.5 GB: +2.1 points"),
        ("max_parameters", 150e6, 6e8, "size: 150M → 600M: +2.1 points"),
        ("max_cost_usd_per_1k", 0.5, 1.2, "cost: $0.5 → $1.2 per 1,000: +2.1 points"),
    ],
)
def test_a_step_is_told_in_the_unit_that_was_typed(constraint, before, after, words):
    assert said(constraint=constraint, from_limit=before, to_limit=after).startswith(words)


@pytest.mark.parametrize("constraint", DROPPED)
def test_a_wish_is_dropped_whole_and_has_words_for_it(constraint):
    shown = said(constraint=constraint, from_limit=None, to_limit=None)
    assert "→" not in shown
    assert "None" not in shown
    assert shown.endswith("+2.1 points (-0.4 to +4.6), with intfloat/multilingual-e5-small")


def test_nothing_is_said_with_its_reason_and_a_first_model_by_name():
    assert said(gain_points=None, model_id=None, reason="the best model stays the same").endswith(
        "ms: nothing; the best model stays the same"
    )
    first = said(
        gain_points=None, model_id="a/b", reason="no well-measured model meets the limits now"
    )
    assert first.endswith("lets in a/b; no well-measured model meets the limits now")


def test_a_gain_below_zero_at_its_lower_end_keeps_its_signs():
    gain = Gain(value=0.6, lo=-20.8, hi=22.1, level=0.9)
    assert "+0.6 points (-20.8 to +22.1)" in said(gain_points=gain)


def test_the_arrow_has_an_ascii_form_and_no_block_stands_where_no_limit_does():
    assert to_ascii("20 → 35 ms") == "20 -> 35 ms"
    assert shadow.TITLE not in text.render(builders.a_recommendation(shadow_prices=[]))
    assert shadow.TITLE in text.render(builders.a_recommendation())
