from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import AdvisorError, BadInput
from advisor.core.ids import SIZE_CLASSES, size_class
from advisor.core.units import format_bytes, format_count, format_seconds, parse_bytes, parse_count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("150M", 150_000_000),
        ("7B", 7_000_000_000),
        ("150_000_000", 150_000_000),
        ("0.5b", 500_000_000),
        (" 22.7 M ", 22_700_000),
    ],
)
def test_sizes_are_read_as_people_write_them(text, count):
    assert parse_count(text) == count


@pytest.mark.parametrize(
    ("text", "size"),
    [("8GB", 8_000_000_000), ("8 GiB", 8 * 2**30), ("500MB", 500_000_000), ("1.5tb", 1.5e12)],
)
def test_memory_is_read_in_powers_of_ten_unless_it_says_otherwise(text, size):
    assert parse_bytes(text) == size


@pytest.mark.parametrize("text", ["", "M", "-3B", "0", "7 billion", "1e9999", "nan", "8GB GB"])
def test_what_is_no_size_is_refused_with_an_example(text):
    with pytest.raises(BadInput, match="write it like"):
        parse_count(text)


def test_memory_without_a_unit_is_refused():
    with pytest.raises(BadInput, match="8GB"):
        parse_bytes("8")


@given(st.text(max_size=20))
def test_no_text_makes_the_reader_crash(text):
    for parse in (parse_count, parse_bytes):
        with contextlib.suppress(AdvisorError):
            assert parse(text) > 0


@given(st.integers(1, 10**13))
def test_a_count_survives_the_round_trip_to_three_digits(count):
    assert parse_count(format_count(count)) == pytest.approx(count, rel=0.006)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (22_713_216, "22.7M"),
        (7_615_616_512, "7.62B"),
        (999_999_999, "1B"),
        (None, "?"),
        (820, "820"),
    ],
)
def test_counts_are_shown_in_readers_units(value, shown):
    assert format_count(value) == shown


def test_times_and_bytes_are_shown_in_readers_units():
    assert [format_seconds(x) for x in (0.0142, 2.34, 8e-5, 7200, None)] == [
        "14.2 ms",
        "2.34 s",
        "80 µs",
        "2 h",
        "?",
    ]
    assert [format_bytes(x) for x in (8e9, 91_234_567, 500, None)] == [
        "8 GB",
        "91.2 MB",
        "500 B",
        "?",
    ]


@pytest.mark.parametrize(
    ("count", "kind", "expected"),
    [
        (199_999_999, "encoder", "under 200M"),
        (200_000_000, "encoder", "200M-500M"),
        (500_000_000, "encoder", "500M-1B"),
        (1_000_000_000, "decoder", "1B-6B"),
        (6_000_000_000, "decoder", "6B and over"),
        (None, "api", "undisclosed"),
        (None, "tree", "no neural model"),
        (10**9, "linear", "no neural model"),
    ],
)
def test_size_classes_have_the_surveys_edges(count, kind, expected):
    assert size_class(count, kind) == expected


@given(st.integers(0, 10**12), st.integers(0, 10**12))
def test_a_larger_model_is_never_in_a_smaller_class(a, b):
    small, large = sorted((a, b))
    assert SIZE_CLASSES.index(size_class(small, "encoder")) <= SIZE_CLASSES.index(
        size_class(large, "encoder")
    )
