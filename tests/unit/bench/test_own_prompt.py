"""A language model asked in words about the user's rows: what it is shown, how its answers count, what faults cost."""

from pathlib import Path

import polars as pl
import pytest
from faulty_server import faulty

from bench.harness.own_prompt import instruction
from bench.harness.own_tasks import read_own
from bench.protocol import Job
from bench.work import run_job

SNIPS = Path(__file__).parents[2] / "fixtures" / "bench" / "snips.csv"


@pytest.fixture(autouse=True)
def _no_key(monkeypatch):
    for name in ("OPENAI_API_KEY", "ADVISOR_API_KEY_ENV"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def few(tmp_path) -> Path:
    """Ten rows to be asked about: a request each."""
    frame = pl.read_csv(SNIPS)
    path = tmp_path / "few.csv"
    test = frame.filter(pl.col("split") == "test")[::21]
    pl.concat([frame.filter(pl.col("split") == "train"), test]).write_csv(path)
    return path


def outcome(path: Path, url: str, **said):
    options = {"data": str(path), "inputs": ["text"], "label": "label", **said}
    return run_job(Job(harness="own", model=f"openai:{url}#toy", task=path.stem, options=options))


def value(found, metric: str) -> float:
    return float(found.measured.rows.filter(pl.col("metric") == metric)["value"][0])


def test_answers_count_as_classes_and_their_own_time_is_the_latency(few):
    with faulty("stream", answer="PlayMusic") as server:
        found = outcome(few, server.url)
    assert found.reason is None
    truth = found.measured.items["target"].to_list()
    assert set(found.measured.items["prediction"]) == {"PlayMusic"}
    assert value(found, "accuracy") == pytest.approx(truth.count("PlayMusic") / len(truth))
    assert value(found, "answered") == 1.0
    assert value(found, "latency_p50_s") > 0.0
    assert len(server.seen) == len(truth)  # nothing is asked twice for the sake of timing
    assert "memory_peak_bytes" not in set(
        found.measured.rows["metric"]
    )  # that is the server's, not ours
    assert "cost_usd_per_1k_items" not in set(
        found.measured.rows["metric"]
    )  # nobody pays for one's own server


def test_an_answer_that_names_no_label_is_wrong_and_counted(few):
    with faulty("answer", answer="I cannot say.") as server:
        found = outcome(few, server.url)
    assert value(found, "answered") == 0.0
    assert value(found, "accuracy") == 0.0


def test_examples_are_training_rows_one_of_each_class_first(few):
    with faulty("answer", answer="PlayMusic") as server:
        found = outcome(few, server.url, n_shot=7)
    prompt = server.seen[0]["messages"][-1]["content"]
    labels = pl.read_csv(few)["label"].unique().to_list()
    assert all(f"Answer: {label}" in prompt for label in labels)
    test = pl.read_csv(few).filter(pl.col("split") == "test")["text"].to_list()
    assert (
        sum(text.strip() in prompt for text in test) == 1
    )  # the row itself, and no other test row
    assert found.measured.rows["n_shot"][0] == 7


@pytest.mark.parametrize(
    ("behaviour", "status"), [("401", "not_run"), ("404", "failed"), ("refuse:model", "failed")]
)
def test_a_server_that_refuses_costs_the_job_and_says_why(few, behaviour, status):
    with faulty(behaviour) as server:
        found = outcome(few, server.url)
    assert found.status == status
    assert "\n" not in found.reason


def test_the_task_is_put_in_words_with_its_labels():
    task = read_own({"data": str(SNIPS), "inputs": ["text"], "label": "label"}, seed=0)
    assert instruction(task) == f"Give the label of the text. Labels: {', '.join(task.labels)}."


def test_a_grade_that_cannot_be_read_is_the_lowest_and_said(tmp_path):
    rows = [
        {
            "text": f"one {i}",
            "other": f"two {i}",
            "label": 1 + (i % 9) / 2,
            "split": "test" if i % 6 == 0 else "train",
        }
        for i in range(60)
    ]
    path = tmp_path / "pairs.csv"
    pl.DataFrame(rows).write_csv(path)
    with faulty("answer", answer="quite alike") as server:
        found = outcome(path, server.url, inputs=["text", "other"], kind="similarity")
    assert set(found.measured.items["prediction"]) == {"1.0"}
    assert any("10 of 10 answers held no number" in words for words in found.measured.warnings)
