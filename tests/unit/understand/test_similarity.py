from __future__ import annotations

import polars as pl
import pytest

from advisor.core.ids import pool_of_family
from advisor.tables.task_words import build_index, terms_of
from advisor.understand.similarity import MIN_MODELS, nearest, nearest_to_task


def tasks_of(*rows):
    """A small tasks table: (task_id, family, description, languages, twin_group, n_models)."""
    names = ["task_id", "task_family", "description", "languages", "twin_group", "n_models"]
    frame = pl.DataFrame(rows, schema=names, orient="row")
    return frame.with_columns(
        domains=pl.lit(["Written"]),
        is_aggregate=pl.lit(value=False),
        pool=pl.col("task_family").map_elements(pool_of_family, return_dtype=pl.String),
    )


def reader(frame):
    tables = {"tasks": frame, "task_index": build_index(frame)}
    return lambda name: tables[name].lazy()


def ids(neighbours):
    return [n.task_id for n in neighbours]


def test_a_task_in_the_users_language_comes_before_one_that_is_not():
    read = reader(
        tasks_of(
            ("A", "retrieval", "court decisions", ["eng"], "a", 99),
            ("B", "retrieval", "court decisions", ["deu"], "b", 50),
        )
    )
    found = nearest(read, text="search court decisions", family="retrieval", languages=["deu"])
    assert ids(found) == ["B", "A"]
    assert found[0].similarity > found[1].similarity + 0.2


def test_a_task_about_the_same_thing_comes_before_one_that_is_not():
    read = reader(
        tasks_of(
            ("A", "retrieval", "recipes and cooking", ["eng"], "a", 99),
            ("B", "retrieval", "bank customers ask about loans", ["eng"], "b", 50),
        )
    )
    assert ids(
        nearest(
            read, text="loan questions of bank customers", family="retrieval", languages=["eng"]
        )
    ) == ["B", "A"]


def test_a_multilingual_task_counts_by_the_share_that_is_wanted():
    read = reader(
        tasks_of(
            ("All", "retrieval", "x", ["deu", "eng", "fra", "spa"], "a", 50),
            ("Own", "retrieval", "x", ["deu"], "b", 50),
            ("Not", "retrieval", "x", ["fra"], "c", 50),
        )
    )
    assert ids(nearest(read, text="y", family="retrieval", languages=["deu"])) == [
        "Own",
        "All",
        "Not",
    ]


def test_another_family_is_asked_only_where_it_is_related():
    read = reader(
        tasks_of(
            ("Rank", "reranking", "x", ["eng"], "a", 50),
            ("Find", "retrieval", "x", ["eng"], "b", 50),
            ("Sums", "reasoning-math", "x", ["eng"], "c", 50),
        )
    )
    assert ids(nearest(read, text="x", family="reranking", languages=["eng"])) == ["Rank", "Find"]


def test_copies_of_a_task_take_two_places_at_most():
    read = reader(tasks_of(*((f"T{i}", "retrieval", "x", ["eng"], "same", 50) for i in range(5))))
    assert len(nearest(read, text="x", family="retrieval", languages=["eng"])) == 2


def test_hardly_measured_tasks_and_those_outside_are_no_neighbours():
    read = reader(
        tasks_of(
            ("Few", "retrieval", "x", ["eng"], "a", MIN_MODELS - 1),
            ("None", None, "x", ["eng"], "b", 99),
            ("Good", "retrieval", "x", ["eng"], "c", MIN_MODELS),
        )
    )
    assert ids(nearest(read, text="x", family="retrieval", languages=[])) == ["Good"]


def test_neighbours_come_by_similarity_between_0_and_1_at_most_k(read):
    found = nearest(
        read,
        text="customer questions to a bank",
        family="text-classification",
        languages=["eng"],
        k=5,
    )
    values = [n.similarity for n in found]
    assert values == sorted(values, reverse=True)
    assert all(0 <= v <= 1 for v in values)
    assert len(found) == 5
    assert "Banking77Classification" in ids(found)


def test_a_catalogued_task_is_never_its_own_neighbour(read):
    assert "STSBenchmark" not in ids(nearest_to_task(read, "STSBenchmark", k=10))
    assert nearest_to_task(read, "CIFAR10") == []


def test_row_order_does_not_matter(read):
    shuffled = read("tasks").collect().sample(fraction=1.0, shuffle=True, seed=3)
    again = reader(shuffled)
    asked = {"text": "legal questions", "family": "retrieval", "languages": ["deu"]}
    assert nearest(again, **asked) == nearest(read, **asked)


def test_the_weights_of_a_task_have_length_one(read):
    lengths = (
        build_index(read("tasks").collect())
        .group_by("task_id")
        .agg((pl.col("weight") ** 2).sum().sqrt())
    )
    assert lengths["weight"].to_list() == pytest.approx([1.0] * lengths.height, abs=1e-4)


def test_names_are_split_into_their_words():
    assert terms_of("AmazonReviewsClassification tickets ticket") == [
        "amazon",
        "review",
        "ticket",
        "ticket",
    ]
