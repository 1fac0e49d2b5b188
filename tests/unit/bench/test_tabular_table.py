"""A user's table read for cross-validation: what is left out, what is told, and each way it can be wrong."""

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.core.errors import BadInput
from bench.harness.tabular_columns import MISSING, RowReader, clean, code
from bench.harness.tabular_encoding import LinearArray, Pool, TargetMeans, TreeArray
from bench.harness.tabular_table import duplicates_across, read_table, split

FIXTURES = Path(__file__).parents[2] / "fixtures" / "tabular"
N = 60


def table(tmp_path, **columns):
    base = {"x": [i * 0.37 % 1 for i in range(N)], "colour": ["red", "green", "blue"] * (N // 3)}
    frame = pl.DataFrame({**base, "y": ["no", "yes"] * (N // 2), **columns})
    file = tmp_path / "mine.parquet"
    frame.write_parquet(file)
    return file


def read(file, **options):
    return read_table(file, **{"target": "y", "folds": 3, **options})


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ({"void": pl.Series([None] * N, dtype=pl.Float64)}, "'void': left out; empty"),
        ({"one": [7] * N}, "'one': left out; the same in every row"),
        ({"id": [f"C-{i:04}" for i in range(N)]}, "'id': left out; names the row"),
        ({"tags": [["a", "b"]] * N}, "'tags': left out; holds lists"),
        ({"mixed": [str(i) for i in range(N - 2)] + ["low", "high"]}, "'mixed': read as numbers, and its 2 other cells"),
    ],
)  # fmt: skip
def test_dirt_is_left_out_and_told(tmp_path, column, words):
    found = read(table(tmp_path, **column))
    assert any(words in w for w in found.warnings), found.warnings
    left = [*found.features.numeric_names, *found.features.categorical_names]
    assert {"x", "colour"} <= set(left)
    assert "left out" not in words or not set(column) & set(left)


def test_infinite_numbers_count_as_missing():
    made = clean(pl.DataFrame({"x": [1.0, float("inf"), 2.0, None]}))
    assert made.warnings == ("'x': 1 infinite values count as missing",)
    assert made.frame["x"].null_count() == 2


def test_dates_become_days_and_parts_and_yes_or_no_becomes_numbers():
    days = pl.date_range(pl.date(2024, 1, 1), pl.date(2024, 2, 29), eager=True).alias("day")
    texts = days.cast(pl.String).alias("text_day")
    flags = pl.Series("flag", [True, None] * 30)
    features = code(clean(pl.DataFrame([days, texts, flags])).frame)
    place = features.numeric_names.index
    assert {"day (days)", "day (month)", "day (weekday)", "text_day (days)"} <= set(
        features.numeric_names
    )
    assert features.numeric[31, place("day (month)")] == 2
    assert features.numeric[0, place("day (weekday)")] == 1
    assert np.isnan(features.numeric[1, place("flag")])
    assert (features.numeric[:, 0] == features.numeric[:, place("text_day (days)")]).all()


def test_a_column_that_gives_the_answer_away_is_named(tmp_path):
    found = read(table(tmp_path, copy=["n", "y"] * (N // 2)))
    assert found.facts["leakage_suspects"] == ["copy"]
    assert "'copy' gives 'y' away almost alone" in found.warnings[0]
    assert read(table(tmp_path, copy=["n", "y"] * (N // 2)), drop=["copy"]).facts == {
        "leakage_suspects": []
    }


def test_copies_on_both_sides_of_a_split_are_counted():
    frame = pl.DataFrame({"a": [1, 1, 1, 2, 2, 3], "b": ["x"] * 6})
    assert duplicates_across(frame, np.array([0, 0, 1, 0, 0, 1], dtype=np.int32)) == 3
    blood = read_table(FIXTURES / "blood.parquet", target="donated", folds=3)
    at, rows = split(blood, folds=3, seed=0), blood.frame.rows()
    seen = {fold: {r for r, f in zip(rows, at, strict=True) if f == fold} for fold in range(3)}
    by_hand = sum(
        any(r in seen[g] for g in range(3) if g != f) for r, f in zip(rows, at, strict=True)
    )
    assert duplicates_across(blood.frame, at) == by_hand > 100


def test_a_class_smaller_than_the_folds_is_left_out_and_told(tmp_path):
    labels = ["no", "yes"] * (N // 2 - 1) + ["maybe", "maybe"]
    found = read(table(tmp_path, y=labels))
    assert (found.labels, found.kind, len(found.target)) == (("no", "yes"), "binary", N - 2)
    assert any("1 classes with fewer rows than the 3 folds" in w for w in found.warnings)
    assert found.item_ids[-1] == str(N - 3)


def test_rows_without_a_label_are_left_out_and_told(tmp_path):
    found = read(table(tmp_path, y=[None, " "] + ["no", "yes"] * (N // 2 - 1)))
    assert len(found.target) == N - 2
    assert "2 rows have no 'y': left out" in found.warnings


@pytest.mark.parametrize(
    ("column", "options", "words"),
    [
        ({}, {"target": "nope"}, "--target: there is no column 'nope'; the file has x, colour, y"),
        ({}, {"drop": ["nope"]}, "--drop: there is no column 'nope'"),
        ({"y": ["a"] * N}, {}, "has one value only"),
        ({"y": pl.Series([None] * N, dtype=pl.String)}, {}, "is empty in all 60 rows"),
        ({}, {"asked": "regression"}, "holds words like 'no'; a regression needs numbers"),
        ({"y": [f"t{i}" for i in range(N)]}, {}, "too many to be classes"),
        ({"y": [i * 1.5 for i in range(N)]}, {"asked": "classification"}, "or say --kind regression"),
        ({"y": [["a"]] * N}, {}, "one class or number a row is needed"),
        ({}, {"folds": 20}, "60 labelled rows are too few for 20 folds; at least 100"),
        ({"y": ["no"] * (N - 2) + ["yes"] * 2}, {}, "fewer than two classes with at least 3 rows"),
        ({"x": [1.0] * N, "colour": ["red"] * N}, {}, "no input is left beside 'y'"),
    ],
)  # fmt: skip
def test_each_bad_target_is_one_clear_line(tmp_path, column, options, words):
    with pytest.raises(BadInput) as caught:
        read(table(tmp_path, **column), **options)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path):
    with pytest.raises(BadInput, match=r"--data: .*cannot be opened"):
        read(tmp_path / "nope.csv")


@pytest.mark.parametrize(
    ("values", "kind", "labels"),
    [
        ([0, 1] * (N // 2), "binary", ("0", "1")),
        ([0.0, 1.0] * (N // 2), "binary", ("0", "1")),
        ([True, False] * (N // 2), "binary", ("false", "true")),
        (["b", "a", "c"] * (N // 3), "multiclass", ("a", "b", "c")),
        ([i * 0.5 for i in range(N)], "regression", ()),
    ],
)
def test_the_target_says_what_kind_of_task_it_is(tmp_path, values, kind, labels):
    found = read(table(tmp_path, y=values))
    assert (found.kind, found.labels) == (kind, labels)


def test_rows_read_one_by_one_are_the_rows_of_the_table():
    features = read_table(FIXTURES / "penguins.parquet", target="species", folds=3).features
    reader = RowReader(features)
    again = reader.read(reader.raw())
    np.testing.assert_array_equal(again.numeric, features.numeric)
    np.testing.assert_array_equal(again.codes, features.codes)
    numbers, words = reader.raw()[0]
    strange = reader.read([(numbers, tuple("never seen" for _ in words))])
    assert (strange.codes == MISSING).all()


def levels(words):
    return code(pl.DataFrame({"c": pl.Series(words, dtype=pl.String)}))


def test_rare_and_unseen_levels_share_a_code_and_missing_stays_missing():
    features = levels(["a"] * 5 + ["b"] * 5 + ["c", "d", None])
    pool = Pool(features.take(np.arange(11)), at_least=2, at_most=10)  # "d" and the gap are unseen
    assert pool.codes(features)[[0, 5, 10, 11, 12], 0].tolist() == [0, 1, 2, 2, MISSING]
    assert Pool(features, at_least=1, at_most=2).codes(features)[[0, 5, 10], 0].tolist() == [
        0,
        1,
        1,
    ]


@given(st.integers(0, 1000))
def test_mean_targets_of_training_rows_never_hold_their_own_target(seed):
    """Flipping one row's target changes other rows' values, and never its own."""
    rng = np.random.default_rng(seed)
    features = levels([f"l{i}" for i in rng.integers(8, size=40)])
    target = rng.normal(size=40)
    row = int(rng.integers(40))
    changed = target.copy()
    changed[row] += 100
    before = TargetMeans(features, target, above=2, seed=0).fitted()
    after = TargetMeans(features, changed, above=2, seed=0).fitted()
    assert after[row] == pytest.approx(before[row])
    assert not np.allclose(after, before)


def test_a_linear_array_is_standardised_marks_gaps_and_is_one_hot():
    frame = pl.DataFrame(
        {"x": [1.0, 2.0, None, 5.0], "c": pl.Series(["a", "b", "a", None], dtype=pl.String)}
    )
    features = code(frame)
    made = LinearArray(features, at_least=1, at_most=10)(features).toarray()
    filled = np.array([1.0, 2.0, 2.0, 5.0])  # the gap at the median
    np.testing.assert_allclose(made[:, 0], (filled - filled.mean()) / filled.std())
    assert made[:, 1].tolist() == [0, 0, 1, 0]
    assert made[:, 2:].sum(axis=1).tolist() == [1, 1, 1, 1]
    assert (made[0, 2:] == made[2, 2:]).all()
    assert not (made[0, 2:] == made[3, 2:]).all()


def test_a_tree_array_keeps_gaps_as_gaps():
    features = levels(["a", "b", "c", None] * 5)
    target = np.arange(20, dtype=np.float64)
    made = TreeArray(features, target, at_least=1, at_most=10, means_above=2, seed=0)(features)
    assert made.shape == (20, 2)
    assert np.isnan(made[3::4, 0]).all()
    assert not np.isnan(made[:, 1]).any()


def test_the_target_cannot_be_dropped():
    with pytest.raises(BadInput, match="--drop: 'donated' is the target"):
        read_table(FIXTURES / "blood.parquet", target="donated", folds=3, drop=["donated"])
