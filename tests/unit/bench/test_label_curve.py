"""Curves of labels: power laws followed, and the chance that more labels change the answer."""

import numpy as np
import pytest

from advisor.core.errors import BadInput
from bench.label_curve import Line, followed, forecast, wanted_total
from bench.ladder import Rules

RULES = Rules(metric="accuracy", tolerance=0.01)
SIZES = np.array([100.0, 200.0, 400.0, 800.0])


def line(model: str, level: float, slope: float, *, spread: float = 0.0) -> Line:
    rng = np.random.default_rng(0)
    error = level * (SIZES / 100.0) ** slope
    draws = 1.0 - error * np.exp(spread * rng.standard_normal((400, 1)))
    return Line(
        model=model,
        n_train=SIZES,
        draws=np.broadcast_to(draws, (400, 4)),
        points=[],
        n_items=10_000,
    )


def test_a_power_law_is_followed_exactly():
    far = followed(line("a", 0.3, -0.5), np.array([800.0, 6400.0]))
    assert far[0] == pytest.approx([1 - 0.3 * 8**-0.5, 1 - 0.3 * 64**-0.5])


def test_scores_never_pass_one_nor_fall_with_more_labels():
    worse = line("a", 0.2, 0.3)
    far = followed(worse, np.array([800.0, 8e6]))
    assert (far <= 1.0).all()
    assert far[0][1] == pytest.approx(far[0][0])


def test_a_steeper_rival_takes_over_where_the_laws_say():
    """The crossing is found a second time on a fine grid."""
    words = forecast(
        line("small", 0.20, -0.1, spread=0.01), line("large", 0.35, -0.3), RULES, total=None
    )
    n = int(words.split("about ")[1].split(" labels")[0].replace(",", ""))
    x = np.linspace(1, 100, 1_000_000)
    expected = 100 * x[np.argmax((0.20 * x**-0.1 - 0.35 * x**-0.3) > 0.01)]
    assert n == pytest.approx(expected, rel=0.12)


def test_with_a_total_the_odds_there_are_said():
    words = forecast(line("small", 0.1, -0.2), line("large", 0.3, -0.2), RULES, total=1600)
    assert "with 1,600 labels in all at odds of below 1%" in words


@pytest.mark.parametrize("given", ["many", "-3", "0"])
def test_a_budget_that_is_no_number_is_refused(given):
    with pytest.raises(BadInput, match="--label-budget"):
        wanted_total(given)


def test_auto_and_numbers_are_read():
    assert wanted_total("auto") is None
    assert wanted_total("2k") == 2000
