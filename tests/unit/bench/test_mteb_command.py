"""`advisor bench mteb` from its command line: what is refused before any job starts, and one run end to end."""

import os
import sys
from importlib.util import find_spec
from pathlib import Path

import orjson
import pytest

from advisor.cli.app import main
from bench.names import nearest

FILES = Path(__file__).parents[2] / "fixtures" / "mteb_own"
PAIRS = str(FILES / "sts_images_150.csv")


def refused(monkeypatch, capsys, *arguments: str) -> str:
    monkeypatch.setattr(sys, "argv", ["advisor", "bench", "mteb", *arguments])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err.count("\n") == 1
    return said.err


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--task", "STS12"], "--model: name at least one"),
        (["--model", "minilm"], "--task: name one, or --task-type"),
        (["--model", "tfidf_svd", "--task", "STS12"], "did you mean 'tfidf-svd'?"),
        (["--model", "hashed-ngrams", "--task", "STS12", "--label", "score"], "--label: belongs to a file"),
        (["--model", "tfidf-svd", "--data", PAIRS, "--task", "STS12"], "a file of yours is a task by itself"),
        (["--model", "tfidf-svd", "--data", PAIRS], "--kind: None is not accepted; type classification"),
        (["--model", "tfidf-svd", "--data", PAIRS, "--kind", "sts", "--label", "no"], "there is no column 'no'"),
        (["--model", "tfidf-svd", "--data", "nowhere.csv", "--kind", "sts"], "nowhere.csv' cannot be opened"),
        (["--model", "tfidf-svd", "--data", PAIRS, "--kind", "sts", "--runner", "x"], "--runner: 'x'"),
        (["--model", "tfidf-svd", "--data", PAIRS, "--kind", "sts", "--format", "x"], "--format: 'x'"),
        (["--model", "http://x/v1#m", "--task", "STS12"], "a server's model cannot embed here"),
    ],
)  # fmt: skip
def test_what_cannot_be_run_is_one_line(monkeypatch, capsys, tmp_path, arguments, line):
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path))
    assert line in refused(monkeypatch, capsys, *arguments)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_pickles_is_refused(monkeypatch, capsys, tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80")
    said = refused(monkeypatch, capsys, "--model", str(tmp_path), "--data", PAIRS, "--kind", "sts")
    assert "pytorch_model.bin is a pickle" in said


@pytest.mark.skipif(find_spec("mteb") is None, reason="needs mteb")
def test_a_misspelt_task_is_refused_without_importing_mteb(monkeypatch, capsys):
    was_there = "mteb" in sys.modules
    said = refused(monkeypatch, capsys, "--model", "tfidf-svd", "--task", "Banking77Clasification")
    assert "did you mean 'Banking77Classification'" in said
    assert ("mteb" in sys.modules) == was_there


def test_near_names_bear_a_missing_organisation_and_wrong_case():
    known = ["intfloat/e5-small-v2", "BAAI/bge-small-en-v1.5", "STS12"]
    assert nearest("E5-small-v2", known)[0] == "intfloat/e5-small-v2"
    assert nearest("baai/bge-smal-en-v1.5", known)[0] == "BAAI/bge-small-en-v1.5"
    assert nearest("sts12", known) == ["STS12"]
    assert nearest("nothing alike", known) == []


@pytest.mark.slow
@pytest.mark.skipif(find_spec("mteb") is None, reason="needs mteb")
def test_one_run_end_to_end_and_read_back(monkeypatch, capsys, tmp_path):
    """In its own process, as by default: stdout is JSON alone, the user's home stays as it was."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("ADVISOR_RUNS", str(tmp_path / "runs"))
    for name in ("MTEB_CACHE", "XDG_CACHE_HOME", "HF_HOME"):
        monkeypatch.delenv(name, raising=False)
    ours = os.pathsep.join([str(Path(__file__).parents[3]), os.environ.get("PYTHONPATH", "")])
    monkeypatch.setenv("PYTHONPATH", ours)
    arguments = [
        "--model",
        "hashed-ngrams",
        "--data",
        PAIRS,
        "--kind",
        "sts",
        "--measure-time",
        "0s",
    ]
    monkeypatch.setattr(sys, "argv", ["advisor", "bench", "mteb", *arguments, "--format", "json"])
    reports = []
    for _ in range(2):
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 0
        reports.append(orjson.loads(capsys.readouterr().out))
    first, second = (report["entries"][0] for report in reports)
    assert first["metrics"] == second["metrics"]
    assert (reports[0]["n_earlier"], reports[1]["n_earlier"]) == (0, 1)
    assert first["main_score"] == "cosine_spearman"
    assert first["metrics"]["cosine_spearman"]["n"] == 150
    assert not (home / ".cache" / "mteb").exists()
