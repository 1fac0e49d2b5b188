"""`advisor bench own` and `ladder` as a user meets them: stdout, stderr, exit codes, and the run kept."""

import json
from pathlib import Path

import pytest

from advisor.tables.run_folders import stored_runs

SNIPS = Path(__file__).parents[1] / "fixtures" / "bench" / "snips.csv"
FILE = ["--data", str(SNIPS), "--input", "text", "--label", "label"]


@pytest.fixture
def bench(advisor, tmp_path):
    """`advisor bench ...` with its runs and evidence under a folder of the test."""

    def run(*words: str):
        return advisor(
            "bench", *words, ADVISOR_RUNS=str(tmp_path / "runs"), ADVISOR_OWN=str(tmp_path / "own"),
            XDG_DATA_HOME=str(tmp_path / "data"), COLUMNS="100", HF_HUB_OFFLINE="1",
        )  # fmt: skip

    return run


@pytest.mark.slow
def test_the_ladder_ends_in_the_sentence_and_its_json_has_the_four_parts(bench, tmp_path):
    words = [
        "ladder",
        *FILE,
        "--models",
        "tfidf,majority,openai:http://localhost:9/v1#m",
        "--tolerance",
        "3",
    ]
    first = bench(*words, "--measure-time", "100ms")
    assert first.returncode == 0, first.stderr
    sentence = " ".join(first.stdout.split("\n\n")[0].split())
    assert sentence.startswith("tfidf (TF-IDF + linear model)")
    assert "▸ tfidf" in first.stdout
    again = bench(*words, "--measure-time", "100ms", "--format", "json")
    said = json.loads(again.stdout)
    assert {"rungs", "comparisons", "verdict", "not_run"} <= set(said)
    assert [rung["model"] for rung in said["rungs"]] == ["majority", "tfidf"]
    assert said["verdict"]["model"] == "tfidf"
    assert said["not_run"][0]["model"].startswith("openai:")
    assert "no server answers" in said["not_run"][0]["reason"]
    accuracy = said["rungs"][1]["metrics"]["accuracy"]
    assert accuracy["lo"] <= accuracy["value"] <= accuracy["hi"]
    assert accuracy["n"] == 210
    assert {"f1_macro", "log_loss", "latency_p95_s", "memory_peak_bytes"} <= set(
        said["rungs"][1]["metrics"]
    )
    done = sorted((tmp_path / "runs" / "jobs").glob("*/outcome.json"))
    assert len(done) == 2  # the second command measured nothing again
    (kept,) = stored_runs(tmp_path / "runs").found
    assert kept.ladder().model_dump() == said  # what the dashboard shows later


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--label", "intent"], "there is no column 'intent'; the file has label, text, split"),
        (["--models", "gpt"], "'gpt' is not known"),
        (["--metric", "rmse"], "'rmse' is not measured on classification"),
        (["--data", "nowhere.csv"], "cannot be opened"),
        (["--format", "xml"], "'xml' is not accepted"),
    ],
)  # fmt: skip
def test_bad_input_is_one_line_and_nothing_is_written(bench, tmp_path, words, said):
    found = bench("own", *FILE, *words)
    assert found.returncode == 2
    assert said in found.stderr
    assert found.stderr.count("\n") == 1
    assert found.stdout == ""
    assert not (tmp_path / "runs").exists()
