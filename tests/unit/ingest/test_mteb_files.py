import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from advisor.ingest.mteb_files import Metrics, TaskFile, iter_entries, task_file

METRICS = Metrics(
    {
        "T": "accuracy",
        "Pairs": "max_ap",
        "CMedQAv1-reranking": "map",
        "DiaBlaBitextMining": "f1",
        "MLSUMClusteringS2S": "v_measure",
        "XPQARetrieval": "ndcg_at_10",
    }
)


def entries(content: dict[str, Any]) -> list[tuple[object, object, object]]:
    found = task_file(content, METRICS)
    assert isinstance(found, TaskFile)
    return list(iter_entries(found.splits))


def old(task: str, **splits: Any) -> dict[str, Any]:
    return {"mteb_dataset_name": task, "dataset_revision": "d"} | splits


def test_an_old_file_without_subsets_has_the_default_one() -> None:
    assert entries(old("T", test={"accuracy": 0.5, "evaluation_time": 3})) == [
        ("test", "default", 0.5)
    ]


def test_an_old_file_may_have_one_more_level_of_subsets() -> None:
    content = old(
        "T", test={"en": {"accuracy": 0.1}, "de": {"accuracy": 0.2}, "evaluation_time": 3}
    )
    assert entries(content) == [("test", "en", 0.1), ("test", "de", 0.2)]


def test_old_pair_classification_scores_lie_one_level_deeper() -> None:
    content = old("Pairs", test={"cos_sim": {"ap": 0.3}, "max": {"ap": 0.4}, "evaluation_time": 3})
    assert entries(content) == [("test", "default", 0.4)]


def test_a_metric_that_was_renamed_since_leaves_the_score_missing() -> None:
    assert entries(old("T", test={"acc": 0.5})) == [("test", "default", None)]


@pytest.mark.parametrize(
    ("named", "today"),
    [
        ("CMedQAv1", "CMedQAv1-reranking"),
        ("DiaBLaBitextMining", "DiaBlaBitextMining"),
        ("ScalaNbClassification", "ScalaNbClassification"),
    ],
)
def test_an_old_task_name_becomes_todays(named: str, today: str) -> None:
    found = task_file(old(named, test={"accuracy": 0.5}), METRICS)
    assert isinstance(found, TaskFile)
    assert found.task == today
    assert found.is_renamed == (named != today)


def test_subsets_that_were_renamed_get_their_present_name() -> None:
    assert entries(old("XPQARetrieval", test={"fr": {"ndcg_at_10": 0.5}})) == [
        ("test", "fra-fra", 0.5)
    ]
    mlsum = old("MLSUMClusteringS2S", test={"v_measure": 0.5}) | {"mteb_version": "1.1.2.dev0"}
    assert entries(mlsum) == [("test", "fr", 0.5)]
    assert entries(mlsum | {"mteb_version": "1.1.4"}) == [("test", "default", 0.5)]


def test_a_day_is_read_from_seconds_and_from_text() -> None:
    def day(date: object) -> str | None:
        found = task_file({"task_name": "T", "scores": {}, "date": date}, METRICS)
        assert isinstance(found, TaskFile)
        return found.measured_at

    assert day(1_700_000_000.5) == "2023-11-14"
    assert day("2026-01-02T03:04:05Z") == "2026-01-02"
    no_dates: list[object] = [None, "soon", math.nan, -5, 1e300, []]
    assert [day(date) for date in no_dates] == [None] * 6


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ([], "files: not a task's scores"),
        ({}, "files: not a task's scores"),
        ({"task_name": "T", "scores": {"test": {"main_score": 1}}}, "files: not a task's scores"),
        (old("Nobody knows", test={"accuracy": 1}), "files: task of an old file unknown"),
        (old("T"), "files: not a task's scores"),
    ],
)
def test_a_file_of_another_shape_is_set_aside_by_name(content: object, kind: str) -> None:
    assert task_file(content, METRICS) == kind


leaves = st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=5)
keys = st.sampled_from(
    [
        "task_name",
        "scores",
        "mteb_dataset_name",
        "test",
        "T",
        "Pairs",
        "main_score",
        "hf_subset",
        "max",
        "date",
    ]
) | st.text(max_size=3)
json_values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4)
)
near_misses = st.fixed_dictionaries(
    {"scores": json_values | st.dictionaries(keys, st.lists(json_values, max_size=3))},
    optional={
        "task_name": st.just("T") | json_values,
        "mteb_version": json_values,
        "date": json_values,
    },
)
old_near_misses = st.fixed_dictionaries(
    {"mteb_dataset_name": st.sampled_from(["T", "Pairs"])}, optional={"test": json_values}
)


@given(json_values | near_misses | old_near_misses)
def test_no_json_value_makes_the_parser_fail(content: object) -> None:
    found = task_file(content, METRICS)
    assert isinstance(found, str) or all(len(entry) == 3 for entry in iter_entries(found.splits))
