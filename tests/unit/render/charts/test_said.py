"""Words of the charts of one answer: units as readers use them, nothing known said as such, names escaped."""

import pytest

from advisor.render.charts import rows, said
from advisor.render.charts.theme import Style


@pytest.mark.parametrize(
    ("measure", "value", "words"),
    [
        ("latency_p95_s", 0.0113, "11.3 ms"),
        ("memory_bytes", 661e6, "661 MB"),
        ("cost_usd_per_1k_items", 0.2, "$0.2"),
        ("parameters", 150e6, "150M"),
        ("score", 0.5213, "52.1"),
        ("generality", 0.571, "0.57"),
        ("score", None, "?"),
    ],
)
def test_amounts_stand_in_the_readers_units(measure, value, words):
    assert said.amount(measure, value) == words


def test_a_span_has_its_interval_and_its_basis():
    row = {"taken": 0.01, "taken_lo": 0.007, "taken_hi": 0.019, "taken_basis": "interpolated"}
    words = said.span("latency_p95_s", row, "taken")
    assert words == "10 ms (7 ms to 19 ms), predicted from other models on this task"
    unknown = {"value": None, "lo": None, "hi": None, "basis": "unknown"}
    assert said.span("memory_bytes", unknown) == "not known"


def test_hover_escapes_the_name_and_leaves_out_empty_lines():
    row = {"model_id": "<i>org</i>/a&b", "kind": "encoder", "n_parameters": 22_700_000}
    text = said.hover(row, "", "score 1 < 2")
    assert (
        text
        == "<b>&lt;i&gt;org&lt;/i&gt;/a&amp;b</b><br>encoders, 22.7M parameters<br>score 1 &lt; 2"
    )


def test_the_axis_of_models_runs_down_and_names_them_once():
    axis = rows.model_axis(["org/first", "<b>second"], Style())
    assert axis["range"] == [1.5, -0.5]
    assert axis["ticktext"] == ["<b>org/first</b>", "&lt;b&gt;second"]
    assert rows.model_axis(["a", "b"], Style(), named=False)["ticktext"] == ["", ""]
    assert rows.margin(["x" * 60], Style()) == rows.margin(["x" * 30], Style())
