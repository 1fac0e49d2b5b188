from __future__ import annotations

import polars as pl
import pytest
from frames import a_model, models
from hypothesis import given
from hypothesis import strategies as st

from advisor.score.accuracy import accuracy
from advisor.score.efficiency import efficiency
from advisor.score.generality import generality
from advisor.score.interpretability import interpretability, rubric


def estimate(value, lo, hi):
    return pl.DataFrame(
        {"model_id": ["m"], "value": [value], "lo": [lo], "hi": [hi], "basis": ["measured"]}
    )


def test_accuracy_runs_from_chance_to_the_ceiling():
    row = accuracy(estimate(0.625, 0.25, 1.0), chance=0.25).row(0, named=True)
    assert (row["value"], row["lo"], row["hi"]) == (0.5, 0.0, 1.0)


def quantity(name, value):
    return pl.DataFrame(
        {
            "model_id": ["m"],
            "quantity": [name],
            "value": [value],
            "lo": [value / 2],
            "hi": [value * 2],
            "basis": ["prior"],
        }
    )


def test_a_second_lies_where_the_log_scale_says():
    # 1e-4 s to 60 s is 5.778 decades; 0.06 s is 2.778 of them from the top: 1 - 2.778 / 5.778 = 0.519.
    row = efficiency(quantity("latency_p95_s", 0.06)).row(0, named=True)
    assert row["value"] == pytest.approx(0.5192, abs=1e-4)
    assert row["lo"] < row["value"] < row["hi"]


@given(st.floats(1e-5, 100), st.floats(1e-5, 100))
def test_a_slower_model_is_never_more_efficient(a, b):
    fast, slow = sorted((a, b))
    scores = [efficiency(quantity("latency_p95_s", x))["value"][0] for x in (fast, slow)]
    assert scores[0] >= scores[1]


def test_the_weakest_basis_is_the_one_that_is_shown():
    both = pl.concat(
        [
            quantity("latency_p95_s", 1.0),
            quantity("memory_bytes", 1e9).with_columns(basis=pl.lit("measured")),
        ]
    )
    assert efficiency(both)["basis"].to_list() == ["prior"]


def test_a_model_of_which_nothing_is_known_has_no_score():
    assert efficiency(quantity("latency_p95_s", 1.0).clear()).is_empty()
    assert interpretability(models(a_model("m", kind="other"))).is_empty()


def test_interpretability_spans_what_is_not_known():
    pool = models(
        a_model("known", kind="linear", open_weights=True, open_code=True, open_data=True),
        a_model("silent", kind="linear", open_weights=None, open_code=None, open_data=None),
        a_model("closed", kind="api", open_weights=False, open_code=False, open_data=False),
    )
    found = {row["model_id"]: row for row in interpretability(pool).iter_rows(named=True)}
    assert found["known"]["value"] == pytest.approx(1.0)
    assert (found["silent"]["lo"], found["silent"]["hi"]) == pytest.approx((0.7, 1.0))
    assert found["closed"]["hi"] == 0.0
    assert {row["basis"] for row in found.values()} == {"prior"}


def test_the_rubric_gives_a_source_for_every_line_and_weights_that_sum_to_one():
    assert sum(rubric()["weights"].values()) == pytest.approx(1.0)
    assert all(
        line["source"] and 0 <= line["value"] <= 1 for line in rubric()["transparency"].values()
    )


def levels(*rows):
    return pl.DataFrame(
        list(rows),
        schema={
            "model_id": pl.String,
            "task_family": pl.String,
            "level": pl.Float64,
            "spread": pl.Float64,
            "n_measured": pl.Int32,
        },
        orient="row",
    )


def test_generality_leaves_the_tasks_own_family_out():
    table = levels(
        ("m", "retrieval", 9.0, 0.1, 5),
        ("m", "clustering", 0.0, 0.1, 5),
        ("m", "reranking", 0.0, 0.1, 5),
    )
    assert generality(table, family="retrieval", models=["m"])["value"][0] == pytest.approx(0.5)


def test_little_coverage_makes_the_interval_wide_and_not_the_score_low():
    table = levels(
        ("sure", "clustering", 1.0, 0.1, 9), ("sure", "reranking", 1.0, 0.1, 9),
        ("unsure", "clustering", 1.0, 1.5, 0), ("unsure", "reranking", 1.0, 1.5, 0),
    )  # fmt: skip
    rows = {
        row["model_id"]: row
        for row in generality(table, family="retrieval", models=["sure", "unsure"]).iter_rows(
            named=True
        )
    }
    assert rows["sure"]["value"] == pytest.approx(rows["unsure"]["value"])
    assert rows["unsure"]["hi"] - rows["unsure"]["lo"] > rows["sure"]["hi"] - rows["sure"]["lo"]
    assert (rows["sure"]["basis"], rows["unsure"]["basis"]) == ("measured", "extrapolated")
