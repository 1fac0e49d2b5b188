from __future__ import annotations

import itertools

import polars as pl
import pytest

from advisor.core.ids import MODEL_KINDS
from advisor.figures.chart import Chart
from advisor.render.charts import names, theme, ticks
from advisor.render.charts.labels import Span


def luminance(colour: str) -> float:
    """Relative luminance of an sRGB colour, as WCAG 2.2 defines it."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_every_kind_stands_out_from_the_background(dark: bool) -> None:
    style = theme.Style(dark=dark)
    for look in theme.PALETTE.values():
        assert contrast(look.colour(style), style.paper) >= 3
    for text in (style.ink, style.faint, style.accent):
        assert contrast(text, style.paper) >= 4.5


def test_every_kind_has_a_look_of_its_own_and_words() -> None:
    assert set(theme.PALETTE) == set(MODEL_KINDS) == set(theme.KIND_WORDS)
    for one, other in itertools.combinations(theme.PALETTE.values(), 2):
        assert one.symbol != other.symbol
    for one, other in itertools.combinations(theme.SEQUENCE, 2):
        assert one.symbol != other.symbol
        assert one.light != other.light


def test_outside_text_is_never_read_as_a_tag() -> None:
    chart = Chart(
        name="x", title="<b>bold</b> & <a href='javascript:alert(1)'>x</a>", reading="a<br>b",
        frame=pl.DataFrame({"x": [1]}), notes=("<i>note</i>",), pool="<p>", snapshot_id="s",
    )  # fmt: skip
    written = " ".join(note.text for note in theme.figure(chart, theme.Style()).layout.annotations)
    for tag in ("<a", "<i>", "<br>", "<p>", "</a"):
        assert tag not in written
    assert "&lt;a href" in written


def test_a_long_name_is_cut_in_the_middle_after_its_maker() -> None:
    assert names.short("org/model", 20) == "org/model"
    assert names.short("a-long-organisation/model-name", 20) == "model-name"
    cut = names.short("x/" + "abcdefghij" * 5, 21)
    assert len(cut) == 21
    assert cut.startswith("abcdefghij")
    assert cut.endswith("abcdefghij")
    assert names.model("<script>", 20) == "&lt;script&gt;"


@pytest.mark.parametrize(
    ("shown", "unit", "first", "last"),
    [
        (Span(low=5e6, high=2e10, log=True), "parameters", "10M", "10B"),
        (Span(low=2e-4, high=0.4, log=True), "seconds", "1 ms", "100 ms"),
        (Span(low=5e7, high=2e10, log=True), "bytes", "100 MB", "10 GB"),
        (Span(low=0.02, high=4, log=True), "usd", "$0.1", "$1"),
    ],
)
def test_log_ticks_are_in_readers_units(shown: Span, unit: str, first: str, last: str) -> None:
    axis = ticks.log_axis(shown, unit, theme.Style())
    assert axis["ticktext"][0] == first
    assert axis["ticktext"][-1] == last
    assert axis["range"] == shown.range


def test_a_short_axis_still_has_ticks() -> None:
    axis = ticks.log_axis(Span(low=1.1, high=1.3, log=True), "usd", theme.Style())
    assert len(axis["tickvals"]) >= 2


def test_long_times_are_marked_in_minutes_and_hours() -> None:
    axis = ticks.log_axis(Span(low=0.5, high=50_000, log=True), "seconds", theme.Style())
    assert axis["ticktext"] == ["1 s", "10 s", "60 s", "10 min", "1 h", "10 h"]
    assert axis["tickvals"] == [1.0, 10.0, 60.0, 600.0, 3600.0, 36000.0]


@pytest.mark.parametrize(("low", "high"), [(400, 1200), (100, 9_000), (70, 90_000), (30, 200)])
def test_long_times_on_a_short_axis_are_round_too(low: float, high: float) -> None:
    axis = ticks.log_axis(Span(low=low, high=high, log=True), "seconds", theme.Style())
    assert len(axis["ticktext"]) >= 2
    assert all("." not in word for word in axis["ticktext"]), axis["ticktext"]
