from __future__ import annotations

import numpy as np
import polars as pl
import pytest

from advisor.estimate.model_similarity import log10_size, model_parts, near, release_year
from advisor.estimate.task_similarity import (
    SIMILARITY_WEIGHTS,
    overlap,
    same,
    similarity,
    task_parts,
    text_cosine,
    words,
)
from tests.estimate_tables import real_slice, some_models, some_tasks


def test_joined_words_are_split_at_capitals_and_digits():
    assert words("SpanishNews-v2") == ["spanish", "news", "v", "2"]


def test_unknown_labels_are_like_nothing_but_themselves():
    assert same(["a", None, "a", None]).tolist() == [
        [1, 0, 1, 0], [0, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1],
    ]  # fmt: skip


def test_overlap_is_shared_members_over_the_root_of_the_sizes():
    assert overlap([["eng", "deu"], ["eng"], None])[0].tolist() == pytest.approx([1, 0.5**0.5, 0])


def test_a_word_that_every_text_holds_says_nothing():
    found = text_cosine(["the cat", "the cat", "the dog"])
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == 0.0


def test_similarity_runs_from_nothing_shared_to_all_shared():
    tasks = pl.concat(
        [
            some_tasks("a", "b", description="questions about law", domains=["Legal"]),
            some_tasks(
                "c", task_family="clustering", task_type="Clustering", languages=["deu"], metric="v_measure",
                description="cars", domains=["News"],
            ),
        ]
    )  # fmt: skip
    found = similarity(tasks)
    assert found[0, 1] == pytest.approx(1.0)
    assert found[0, 2] == 0.0
    assert sum(SIMILARITY_WEIGHTS.values()) == pytest.approx(1.0)


def test_every_part_is_a_covariance():
    _, tasks, models = real_slice()
    for parts in (task_parts(tasks), model_parts(models)):
        for name, part in parts.items():
            assert np.linalg.eigvalsh(part).min() > -1e-8, name


def test_similarity_does_not_depend_on_row_order():
    _, tasks, _ = real_slice()
    turned = similarity(tasks.reverse())[::-1, ::-1]
    assert turned == pytest.approx(similarity(tasks))


def test_sizes_and_dates_are_null_safe():
    models = pl.concat(
        [
            some_models("a", n_parameters=10**8, released="2024-07-15"),
            some_models("b", n_parameters=0, released="2024"),
            some_models("c", n_parameters=None, released=None),
        ]
    )
    assert log10_size(models).tolist() == pytest.approx([8.0, np.nan, np.nan], nan_ok=True)
    assert release_year(models).tolist() == pytest.approx([2024.5, 2024.5, np.nan], nan_ok=True)


def test_an_unknown_fact_counts_as_the_median():
    assert near(np.array([1.0, np.nan, 1.0]), 0.4).tolist() == [[1.0] * 3] * 3
