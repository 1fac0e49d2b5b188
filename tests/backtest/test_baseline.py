"""A backtest that gets worse fails: a slice of the shipped scores, a fixed seed, and the figures it once reached."""

from __future__ import annotations

import json

import pytest

from tests.backtest.figures import BASELINE, HIGHER_IS_BETTER, TWO_SIDED, figures

SLACK = 0.05
"""Part of a figure by which another machine's arithmetic may move it."""
LEAST = 0.01
"""The same for figures near 0."""


@pytest.mark.slow
def test_no_figure_of_the_backtest_got_worse():
    reached, found = json.loads(BASELINE.read_text(encoding="utf-8")), figures()
    assert found.keys() == reached.keys()
    worse = {}
    for name, before in reached.items():
        slack = max(SLACK * abs(before), LEAST)
        now = found[name]
        if name in TWO_SIDED:
            bad = abs(now - before) > slack
        else:
            bad = now < before - slack if name in HIGHER_IS_BETTER else now > before + slack
        if bad:
            worse[name] = (before, now)
    assert not worse
