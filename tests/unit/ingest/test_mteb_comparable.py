"""The mean over a task's own subsets: ten languages, two splits, and models that ran other parts of them."""

from __future__ import annotations

from collections import defaultdict

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.ingest.mteb_comparable import COMMON_SHARE, COMPARABLE, COMPLETE, comparable
from advisor.tables.measured import with_comparable
from advisor.tables.schema import EVIDENCE
from tests import shipped
from tests.estimate_tables import some_scores

LANGUAGES = [f"l{i}" for i in range(10)]


def rows_of(model, subsets, *, task="t", split="test", revision="r", value=None):
    """Evidence rows: each subset's value is its number in tenths, unless told otherwise."""
    return [
        dict.fromkeys(EVIDENCE)
        | {
            "model_id": model, "model_revision": revision, "task_id": task, "split": split, "subset": subset,
            "value": int(subset[1:]) / 10 if value is None else value,
        }
        for subset in subsets
    ]  # fmt: skip


def compared(rows):
    """`comparable` of these rows, the published scores being the means of all of a pair's rows."""
    evidence = pl.DataFrame(rows, schema=EVIDENCE)
    means = evidence.group_by("model_id", "task_id").agg(pl.col("value").mean()).sort("model_id")
    return comparable(some_scores(*means.rows()), evidence)


def everyone(n=4, **facts):
    return [row for i in range(n) for row in rows_of(f"m{i}", LANGUAGES, **facts)]


def test_nothing_changes_where_all_models_ran_the_same():
    found = compared(everyone())
    assert found.is_empty()
    assert found.schema == COMPARABLE


def test_a_model_run_on_one_of_ten_languages_was_not_measured_on_the_task():
    found = compared([*everyone(), *rows_of("one", ["l9"])])
    assert found.rows() == [("one", "t", None)]


def test_a_model_that_misses_one_language_of_ten_still_counts_and_two_is_too_few():
    assert pytest.approx(0.9) == COMPLETE
    found = compared([*everyone(), *rows_of("nine", LANGUAGES[1:]), *rows_of("few", LANGUAGES[2:])])
    assert found.rows() == [("few", "t", None)]


def test_a_model_with_an_extra_split_gets_the_mean_over_the_task_s_own():
    more = rows_of("more", LANGUAGES) + rows_of("more", LANGUAGES, split="dev", value=1.0)
    found = compared([*everyone(), *more])
    assert found.select("model_id", "task_id").rows() == [("more", "t")]
    assert found["value"][0] == pytest.approx(sum(range(10)) / 10 / 10)


def test_a_split_that_half_of_the_models_ran_is_the_task_s_own():
    half = [row for i in range(2) for row in rows_of(f"m{i}", LANGUAGES, split="dev", value=1.0)]
    found = compared([*everyone(), *half])
    assert found.rows() == [("m2", "t", None), ("m3", "t", None)]


def test_rows_of_a_run_that_is_not_the_scored_one_count_for_nothing():
    rows = [*everyone(), *rows_of("old", LANGUAGES)]
    evidence = pl.DataFrame(
        rows + rows_of("old", ["l0"], split="dev", revision="q"), schema=EVIDENCE
    )
    scores = some_scores(*((f"m{i}", "t", 0.45) for i in range(4)), ("old", "t", 0.45))
    assert comparable(scores, evidence).is_empty()


def test_each_task_has_its_own_subsets():
    other = [row for i in range(4) for row in rows_of(f"m{i}", ["l9"], task="u")]
    assert compared([*everyone(), *other]).is_empty()


@given(seed=st.integers(0, 50), cut=st.integers(0, 10))
def test_row_order_does_not_matter(seed, cut):
    rows = [*everyone(), *rows_of("cut", LANGUAGES[:cut]), *rows_of("cut", ["l3"], split="dev")]
    evidence = pl.DataFrame(rows, schema=EVIDENCE)
    scores = some_scores(*((name, "t", 0.4) for name in ("cut", "m0", "m1", "m2", "m3")))
    mixed = evidence.sample(fraction=1.0, shuffle=True, seed=seed)
    found, straight = comparable(scores, mixed), comparable(scores, evidence)
    assert found.select("model_id", "task_id").equals(straight.select("model_id", "task_id"))
    assert found["value"].to_list() == pytest.approx(straight["value"].to_list())


def test_scores_are_set_right_left_out_or_left_alone():
    scores = some_scores(("a", "t", 0.1), ("b", "t", 0.2), ("c", "t", 0.3), ("a", "u", 0.4))
    table = pl.DataFrame([("a", "t", 0.9), ("c", "t", None)], schema=COMPARABLE, orient="row")
    found = with_comparable(scores.lazy(), table.lazy()).collect()
    assert found.select("model_id", "task_id", "value").rows() == [
        ("a", "t", 0.9), ("b", "t", 0.2), ("a", "u", 0.4),
    ]  # fmt: skip
    assert found.schema == scores.schema
    assert with_comparable(scores.lazy(), table.clear().lazy()).collect().equals(scores)


@pytest.mark.parametrize(
    "task", ["STS22", "MTOPDomainClassification", "MultiLongDocRetrieval", "STSBenchmark"]
)
def test_real_runs_of_a_task_by_plain_python(task):
    """From the shipped evidence rows, one model after the other, against the shipped table."""
    evidence = shipped.table("evidence_mteb").filter(pl.col("task_id") == task)
    scores = shipped.table("scores").filter(pl.col("task_id") == task)
    revision = dict(scores.select("model_id", "model_revision").rows())
    ran = defaultdict(dict)
    columns = ("model_id", "model_revision", "split", "subset", "value")
    for model, of, split, subset, value in evidence.select(columns).iter_rows():
        if value is not None and revision.get(model) == of:
            ran[model].setdefault((split, subset), []).append(value)
    held = defaultdict(int)
    for parts in ran.values():
        for part in parts:
            held[part] += 1
    own = {part for part, n in held.items() if n >= COMMON_SHARE * max(held.values())}
    expected = {}
    for model, parts in ran.items():
        inside = [sum(parts[part]) / len(parts[part]) for part in parts if part in own]
        if len(inside) < COMPLETE * len(own):
            expected[model] = None
        elif set(parts) - own:
            expected[model] = sum(inside) / len(inside)
    there = shipped.table("comparable").filter(pl.col("task_id") == task)
    for table in (comparable(scores, evidence), there):
        found = dict(table.select("model_id", "value").rows())
        assert found.keys() == expected.keys()
        for model, value in found.items():
            assert value == (None if expected[model] is None else pytest.approx(expected[model]))
    assert expected
