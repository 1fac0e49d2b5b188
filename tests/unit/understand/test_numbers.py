from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.understand.numbers import figure_value, numbers_in


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a fifth of a second", 0.2),
        ("two tenths of a second", 0.2),
        ("one and a half seconds", 1.5),
        ("half a billion", 5e8),
        ("a quarter of a million", 250_000),
        ("a couple of hundred", 200),
        ("twelve hundred", 1_200),
        ("three hundred and fifty", 350),
        ("two million three hundred thousand", 2_300_000),
        ("2k", 2_000),
        ("1.5B", 1.5e9),
        ("150_000_000", 150_000_000),
        ("dreihundertfünfzig", 350),
        ("zweitausend", 2_000),
        ("eine halbe", 0.5),
        ("anderthalb", 1.5),
        ("fünfhundert Millionen", 5e8),
        ("deux cents", 200),
        ("un quart", 0.25),
        ("trescientas", 300),
        ("mil millones", 1e9),
        ("medio", 0.5),
        ("三百", 300),
        ("两千", 2_000),
        ("五分之一", 0.2),
        ("零点五", 0.5),
        ("1.5亿", 1.5e8),
    ],
)
def test_a_number_in_words_is_its_value(text, value):
    found = numbers_in(text)
    assert len(found) == 1
    assert found[0].value == pytest.approx(value)


@pytest.mark.parametrize(
    ("figures", "decimal_comma", "value"),
    [
        ("1,200", False, 1200),
        ("1.200", True, 1200),
        ("0,5", True, 0.5),
        ("0.5", False, 0.5),
        ("1,234,567", False, 1_234_567),
        ("1.234,5", True, 1234.5),
        ("2 000", False, 2000),
        ("0.500", False, 0.5),
    ],
)
def test_separators_are_read_as_the_language_writes_them(figures, decimal_comma, value):
    assert figure_value(figures, decimal_comma=decimal_comma) == value


def test_money_is_not_read_as_a_french_hundred():
    assert numbers_in("0.5 cents")[0].value == 0.5


def test_names_with_figures_are_no_numbers():
    assert [n for n in numbers_in("p95 on a T4 with GPT4") if not n.weak] == []


@given(st.integers(1, 10**12))
def test_a_whole_number_survives_grouping(n):
    assert [x.value for x in numbers_in(f"about {n:,} of them")] == [float(f"{n:.12g}")]
