from datetime import date

import polars as pl
import pytest
from frames import a_model, models

from advisor.core.errors import BadInput, UnknownName
from advisor.recommend.search import check_limit, find_models, find_tasks
from advisor.recommend.status import status
from advisor.tables import snapshot
from advisor.tables.schema import SOURCES, TASKS


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    def task(task_id, **facts):
        return dict.fromkeys(TASKS) | {"task_id": task_id, "n_models": 0} | facts

    tasks = [
        task(
            "FiQA2018",
            task_family="retrieval",
            description="Financial questions",
            n_models=300,
            languages=["eng"],
        ),
        task(
            "GermanQuAD",
            task_family="retrieval",
            description="Questions",
            n_models=40,
            languages=["deu"],
        ),
        task(
            "Banking77",
            task_family="text-classification",
            description="Bank intents",
            n_models=500,
            languages=["eng"],
        ),
        task("CIFAR10", description="Images"),
    ]
    cards = [
        a_model("BAAI/bge-small", family="bge", downloads_30d=10, languages=["eng"]),
        a_model("BAAI/bge-m3", family="bge", downloads_30d=99, languages=["eng", "deu"]),
        a_model("org/unknown", downloads_30d=None, languages=None),
    ]
    tables = {
        "tasks": pl.DataFrame(tasks, schema=TASKS),
        "models": models(*cards),
        "sources": pl.DataFrame([dict.fromkeys(SOURCES) | {"source_id": "s"}], schema=SOURCES),
    }
    path = snapshot.write(
        tmp_path_factory.mktemp("snapshots"),
        tables,
        facts={"created_at": "2026-05-01T10:00:00+00:00"},
    )
    return snapshot.load(path)


def test_every_word_must_be_there_and_the_most_measured_comes_first(opened):
    assert find_tasks(opened, "questions")["task_id"].to_list() == ["FiQA2018", "GermanQuAD"]
    assert find_tasks(opened, "FINANCIAL questions")["task_id"].to_list() == ["FiQA2018"]
    assert find_tasks(opened)["task_id"].to_list() == ["Banking77", "FiQA2018", "GermanQuAD"]


def test_a_query_is_words_and_not_a_pattern(opened):
    assert find_tasks(opened, ".*").is_empty()
    assert find_models(opened, "[bge(").is_empty()


def test_family_and_language_narrow_the_search(opened):
    assert find_tasks(opened, family="retrieval", language="German")["task_id"].to_list() == [
        "GermanQuAD"
    ]
    assert find_models(opened, family="BGE", language="de")["model_id"].to_list() == ["BAAI/bge-m3"]


def test_models_with_unknown_downloads_come_last(opened):
    assert find_models(opened)["model_id"].to_list() == [
        "BAAI/bge-m3",
        "BAAI/bge-small",
        "org/unknown",
    ]


def test_an_unknown_family_gets_a_suggestion(opened):
    with pytest.raises(
        UnknownName, match="unknown task family 'retreival'; did you mean 'retrieval'"
    ):
        find_tasks(opened, family="retreival")


@pytest.mark.parametrize("limit", ["0", "-1", "2.5", "many"])
def test_a_limit_that_lists_nothing_is_refused(limit):
    with pytest.raises(BadInput, match="--limit: "):
        check_limit(limit)


def test_the_status_counts_days_and_rows(opened):
    found = status(opened, today=date(2026, 5, 31))
    assert found["age_days"] == 30
    assert found["tables"]["tasks"]["rows"] == 4
    assert found["sources"][0]["source_id"] == "s"
    undated = snapshot.Snapshot(path=opened.path, manifest=opened.manifest | {"created_at": None})
    assert status(undated, today=date(2026, 5, 31))["age_days"] is None
