import builders
import pytest

from advisor.render import numbers
from advisor.render.layout import bar, fit_name


@pytest.mark.parametrize(
    ("fraction", "shown"),
    [
        (0.0, "0%"),
        (0.0001, "<1%"),
        (0.005, "0%"),
        (0.006, "1%"),
        (0.864, "86%"),
        (0.996, ">99%"),
        (1.0, "100%"),
        (None, "?"),
    ],
)
def test_a_probability_is_never_rounded_to_certainty(fraction, shown):
    assert numbers.percent(fraction) == shown


def test_points_are_hundredths_without_a_minus_before_zero():
    assert [numbers.points(x) for x in (0.5213, -0.0001, -0.02)] == ["52.1", "0.0", "-2.0"]


def test_an_interval_below_zero_is_written_with_a_word():
    assert numbers.spread(builders.a_score(0.01, half=0.03)) == "-2.0 to 4.0"


@pytest.mark.parametrize(
    ("count", "shown"), [(0, "0"), (950, "950"), (86_400, "86k"), (999_600, "1.0M"), (None, "?")]
)
def test_downloads_are_short_and_unknown_stays_unknown(count, shown):
    assert numbers.downloads(count) == shown


def test_a_bar_is_as_long_as_its_share():
    assert bar(1.0, 8) == "█" * 8
    assert bar(0.5, 8) == "████    "
    assert bar(2.0, 8) == "█" * 8
    assert len(bar(0.3, 8)) == 8


def test_a_long_model_name_keeps_its_start_and_its_end():
    assert fit_name("org/short", 20) == "org/short"
    assert fit_name("sentence-transformers/all-MiniLM-L6-v2", 20) == "…/all-MiniLM-L6-v2"
    cut = fit_name("ibm-granite/granite-embedding-small-english-r2", 20)
    assert cut.startswith("…/granite")
    assert cut.endswith("-r2")
    assert len(cut) <= 20
