"""lm-eval's task folder, read without importing lm-eval."""

from pathlib import Path

import polars as pl
import pytest

from advisor.core.errors import MissingData
from advisor.ingest.lmeval_catalogue import main_metric, merge_tasks, n_shots, read_catalogue
from advisor.ingest.lmeval_readme import LONGEST, summary
from advisor.ingest.lmeval_yaml import read_entries, tasks_folder
from advisor.tables.schema import TASKS

FIXTURE = Path(__file__).parents[2] / "fixtures" / "lmeval" / "tasks"


@pytest.fixture(scope="module")
def catalogue():
    return read_catalogue(FIXTURE)


def row(catalogue, name):
    return catalogue.filter(task_id=name).to_dicts()[0]


def test_tasks_groups_and_tags_are_all_listed(catalogue):
    assert catalogue["task_id"].to_list() == ["quiz", "quiz_easy", "quiz_hard", "quiz_python", "quiz_tasks", "quiz_written"]  # fmt: skip
    assert catalogue.filter("is_aggregate")["task_id"].to_list() == ["quiz", "quiz_tasks"]
    assert catalogue["n_models"].unique().to_list() == [0]


def test_includes_are_resolved_over_several_steps(catalogue):
    written = row(catalogue, "quiz_written")
    assert written["metric"] == "exact_match:strict-match"
    assert written["n_shot"] == 8
    assert written["protocol"] == "lm-eval exact_match:strict-match 8-shot"
    assert row(catalogue, "quiz_hard")["n_shot"] == 3


def test_the_first_file_of_a_name_wins_as_in_lm_eval(catalogue):
    assert row(catalogue, "quiz_easy")["twin_group"] == "made/quiz"


def test_a_group_has_what_its_tasks_share_and_nothing_else(catalogue):
    tag = row(catalogue, "quiz_tasks")
    assert (tag["metric"], tag["n_shot"]) == (None, -1)
    assert tag["twin_group"] == "made/quiz"


def test_a_task_in_python_has_no_metric_of_ours(catalogue):
    python = row(catalogue, "quiz_python")
    assert (python["metric"], python["n_shot"], python["protocol"]) == (None, -1, "lm-eval")


def test_the_readme_gives_title_and_prose(catalogue):
    text = row(catalogue, "quiz_easy")["description"]
    assert text.startswith(
        "Easy-Part: Ask Me Anything: A Made-Up Quiz. The quiz holds 40 questions"
    )
    assert "article" not in text
    assert "quiz_easy" not in text


def test_files_that_cannot_be_used_are_named():
    _, problems = read_entries(FIXTURE)
    faults = {line.split(":")[0]: line for line in problems}
    assert set(faults) == {"loops/a.yaml", "loops/b.yaml", "notes/broken.yaml", "notes/list.yaml", "notes/orphan.yaml"}  # fmt: skip
    assert "circle" in faults["loops/a.yaml"]
    assert "gone.yaml" in faults["notes/orphan.yaml"]


def test_a_missing_folder_is_refused(tmp_path):
    with pytest.raises(MissingData, match="tasks folder"):
        tasks_folder(tmp_path / "gone")


@pytest.mark.parametrize(
    ("config", "metric"),
    [
        ({"output_type": "multiple_choice"}, "acc_norm"),
        ({"output_type": "loglikelihood_rolling"}, "bits_per_byte"),
        ({"metric_list": [{"metric": "f1"}, {"metric": "acc"}]}, "acc"),
        ({"metric_list": "odd", "output_type": "generate_until"}, "exact_match"),
        ({"metric_list": [{"metric": "f1"}], "filter_list": [{"name": "none"}]}, "f1"),
        ({}, None),
    ],
)
def test_the_main_metric_follows_the_written_order(config, metric):
    assert main_metric(config) == metric


def test_shots_are_none_asked_for_unless_written():
    assert n_shots({}) == 0
    assert n_shots({"num_fewshot": 5}) == 5
    assert n_shots({"class": None}) is None
    assert n_shots({"num_fewshot": "many"}) is None


def test_a_summary_is_short_and_a_list_of_headings_has_none():
    assert len(summary("# A\n\n" + "one two three four five six seven. " * 40)) <= LONGEST
    assert summary("# A\n## B\n* c\n") is None


def measured(**facts):
    row = dict.fromkeys(TASKS) | {"task_id": "quiz_easy", "harness": "lm-eval", "pool": "language-model", "metric": "acc", "n_shot": 25, "protocol": "lm-eval acc 25-shot", "twin_group": "mine", "is_aggregate": False, "n_models": 9, "source_id": "pythia"}  # fmt: skip
    return pl.DataFrame([row | facts], schema=TASKS)


def test_measured_facts_win_and_the_catalogue_fills_the_rest(catalogue):
    merged = merge_tasks(measured(), catalogue)
    assert merged.height == catalogue.height
    found = row(merged, "quiz_easy")
    assert (found["metric"], found["n_shot"], found["twin_group"], found["n_models"]) == ("acc", 25, "mine", 9)  # fmt: skip
    assert found["description"].startswith("Easy-Part")


def test_a_measured_task_outside_the_catalogue_stays(catalogue):
    merged = merge_tasks(measured(task_id="elsewhere"), catalogue)
    assert merged.height == catalogue.height + 1


def test_a_task_run_only_in_part_leaves_the_catalogues_row(catalogue):
    assert row(merge_tasks(measured(n_models=0), catalogue), "quiz_easy")["metric"] == "acc_norm"


@pytest.mark.slow
def test_every_name_of_the_installed_lm_eval_is_in_the_catalogue():
    tasks = pytest.importorskip("lm_eval.tasks")
    manager = tasks.TaskManager()
    names = set(read_catalogue()["task_id"])
    assert names == set(manager.all_tasks)
    assert set(manager.all_subtasks) | set(manager.all_groups) <= names


@pytest.mark.slow
def test_every_metric_of_the_catalogue_is_described():
    pytest.importorskip("lm_eval")
    from advisor.core.metrics import spec

    for metric in read_catalogue()["metric"].drop_nulls().unique():
        assert spec(metric).doc
