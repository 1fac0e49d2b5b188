"""One row per key, chosen by a written rule and never by the order of the input."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from advisor.tables.merge import PRECEDENCE, Rule, prefer

GOOD = {"precision": "bfloat16", "run_mode": "default", "split": "test", "shots": "protocol"}


def rows(*entries):
    base = {"key": "k", **GOOD, "source_id": "euroeval", "n_items": 100, "measured_at": "2025-01-01", "value": 0.5}  # fmt: skip
    return pl.DataFrame([base | entry for entry in entries])


def chosen(*entries):
    return prefer(rows(*entries), PRECEDENCE, key=["key"])["value"].item()


def test_a_full_precision_run_speaks_before_a_quantised_one():
    assert (
        chosen({"precision": "4bit", "value": 0.9}, {"precision": "float16", "value": 0.1}) == 0.1
    )


def test_half_precision_kinds_stand_equal_and_the_next_rule_decides():
    assert chosen({"precision": "float16", "source_id": "obsscaling", "value": 0.2}, {"precision": "bfloat16", "source_id": "open-llm-leaderboard-v1", "value": 0.3}) == 0.3  # fmt: skip


def test_native_files_go_before_dumps_and_dumps_before_recollections():
    order = ["lm-eval-results", "open-llm-leaderboard-v2", "obsscaling"]
    entries = [{"source_id": name, "value": float(place)} for place, name in enumerate(order)]
    assert chosen(*reversed(entries)) == 0.0
    assert chosen(*entries[1:]) == 1.0


def test_the_test_split_goes_before_validation_even_from_a_lesser_source():
    assert chosen({"split": "val", "source_id": "euroeval", "value": 0.1}, {"split": "test", "source_id": "obsscaling", "value": 0.2}) == 0.2  # fmt: skip


def test_a_mode_nobody_asked_for_goes_before_a_chosen_one():
    assert (
        chosen({"run_mode": "thinking", "value": 0.9}, {"run_mode": "default", "value": 0.2}) == 0.2
    )
    assert (
        chosen({"run_mode": "no-thinking", "value": 0.9}, {"run_mode": "medium", "value": 0.2})
        == 0.2
    )


def test_more_items_then_the_newer_run_win():
    assert chosen({"n_items": 10, "value": 0.9}, {"n_items": 1000, "value": 0.2}) == 0.2
    assert chosen({"measured_at": "2024-01-01", "value": 0.9}, {"measured_at": "2026-01-01", "value": 0.2}) == 0.2  # fmt: skip
    assert chosen({"measured_at": None, "value": 0.9}, {"measured_at": "2024-01-01", "value": 0.2}) == 0.2  # fmt: skip


def test_rules_on_columns_that_are_not_there_are_passed_over():
    table = pl.DataFrame({"key": ["a", "a"], "n_items": [1, 5], "value": [0.1, 0.2]})
    assert prefer(table, PRECEDENCE, key=["key"])["value"].to_list() == [0.2]


def test_low_prefers_the_smaller_number():
    table = pl.DataFrame({"key": [1, 1, 1], "cost": [3, None, 2]})
    rule = Rule(column="cost", best="low", why="cheaper")
    assert prefer(table, [rule], key=["key"])["cost"].to_list() == [2]


ENTRY = st.fixed_dictionaries(
    {
        "key": st.sampled_from("ab"),
        "precision": st.sampled_from(["4bit", "float16", "unknown", "odd"]),
        "source_id": st.sampled_from(["euroeval", "helm", "obsscaling", "new"]),
        "n_items": st.one_of(st.none(), st.integers(1, 3)),
        "value": st.integers(0, 3).map(float),
    }
)


@given(st.lists(ENTRY, min_size=1, max_size=8), st.randoms(use_true_random=False))
def test_row_order_never_matters_and_no_key_is_lost(entries, random):
    schema = {"key": pl.String, "precision": pl.String, "source_id": pl.String, "n_items": pl.Int64, "value": pl.Float64}  # fmt: skip
    shuffled = list(entries)
    random.shuffle(shuffled)
    first = prefer(pl.DataFrame(entries, schema=schema), PRECEDENCE, key=["key"])
    assert first.equals(prefer(pl.DataFrame(shuffled, schema=schema), PRECEDENCE, key=["key"]))
    assert first["key"].to_list() == sorted({entry["key"] for entry in entries})
    assert all(row in entries for row in first.to_dicts())
