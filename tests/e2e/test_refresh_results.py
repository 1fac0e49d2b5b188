"""New MTEB results through a refresh: from a folder, from the results repository, and fitted like a fresh build."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import orjson
import polars as pl
import pytest
from misbehaving_hub import misbehaving_hub

from advisor.tables import snapshot

for module in ("huggingface_hub", "lm_eval", "yaml", "sklearn", "xgboost"):
    pytest.importorskip(module)

pytestmark = pytest.mark.slow
FIXTURES = Path(__file__).resolve().parents[1] / "fixtures"
RESULTS = FIXTURES / "mteb" / "results"
NEW = "minishlab__potion-base-8M"
LESS = Path("BAAI__bge-small-en-v1.5/external/Banking77Classification.json")
CODE = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("refresh")


@pytest.fixture(scope="module")
def run(place):
    def to_the_end(*arguments, **environment):
        kept = {
            k: v for k, v in os.environ.items() if not k.startswith(("ADVISOR_SNAPSHOT", "HF_"))
        }
        where = {"XDG_DATA_HOME": str(place / "data"), "XDG_CACHE_HOME": str(place / "cache"), "HF_HOME": str(place / "hf"), "COLUMNS": "80", "OMP_NUM_THREADS": "1"}  # fmt: skip
        process = subprocess.run(
            [sys.executable, "-c", CODE, "data", *arguments], capture_output=True, text=True, encoding="utf-8",
            check=False, env=kept | where | environment, timeout=280,
        )  # fmt: skip
        assert "Traceback" not in process.stderr, process.stderr
        return process

    return to_the_end


def build(run, place, name, results):
    """A snapshot from the committed slices, with these results."""
    source = place / name
    (source / "mteb").mkdir(parents=True)
    for part in ("hub", "cost", "tabular"):
        (source / part).symlink_to(FIXTURES / part)
    (source / "lmeval").symlink_to(FIXTURES / "lmeval" / "tables")
    for file in ("mteb_tasks.parquet", "mteb_models.parquet"):
        (source / "mteb" / file).symlink_to(FIXTURES / "mteb" / file)
    (source / "mteb" / "results").symlink_to(results)
    done = run("build", "--from", str(source), "--out", str(place / f"{name}-snapshots"))
    assert done.returncode == 0, done.stderr
    return snapshot.load(place / f"{name}-snapshots")


@pytest.fixture(scope="module")
def whole(run, place):
    """Built from all results at once."""
    return build(run, place, "whole", RESULTS)


@pytest.fixture(scope="module")
def part(run, place):
    """Built before one model and one score came."""
    fewer = place / "fewer"
    shutil.copytree(RESULTS, fewer)
    shutil.rmtree(fewer / NEW)
    (fewer / LESS).unlink()
    return build(run, place, "part", fewer)


def test_new_results_wait_until_they_are_fitted_and_then_equal_a_fresh_build(run, place, part, whole):  # fmt: skip
    out = str(place / "refreshed")
    first = run("refresh", "--limit", "0", "--mteb-results", str(RESULTS), "--snapshot", str(part.path), "--out", out, "--format", "json", HF_HUB_OFFLINE="1")  # fmt: skip
    assert first.returncode == 0, first.stderr
    said = orjson.loads(first.stdout)
    waiting = snapshot.load(place / "refreshed")
    rows = whole.table("evidence_mteb").join(part.table("evidence_mteb"), on=["model_id", "model_revision", "task_id", "split", "subset"], how="anti")  # fmt: skip
    scores = whole.table("scores").join(part.table("scores"), on=["model_id", "task_id"], how="anti")  # fmt: skip
    assert said["scores"]["n_rows_new"] == rows.height > 0
    assert said["scores"]["n_scores_new"] == scores.height > 0
    assert said["scores"]["n_rows_changed"] == said["scores"]["n_scores_changed"] == 0
    assert "wait" in said["predictions"]
    assert waiting.table("scores").equals(part.table("scores"))
    assert waiting.table("grid").equals(part.table("grid"))
    assert waiting.table("evidence_mteb").equals(whole.table("evidence_mteb"))
    second = run("refresh", "--limit", "0", "--refit", "--snapshot", out, "--out", out, "--format", "json")  # fmt: skip
    assert second.returncode == 0, second.stderr
    assert orjson.loads(second.stdout)["predictions"] == "fitted again, with all scores"
    fitted = snapshot.load(place / "refreshed")
    assert fitted.table("scores_waiting").is_empty()
    unequal = [name for name in whole.manifest["tables"] if not fitted.table(name).equals(whole.table(name))]  # fmt: skip
    assert unequal == []
    third = run("refresh", "--limit", "0", "--refit", "--snapshot", out, "--out", out)
    assert third.returncode == 3
    assert "no score is waiting" in third.stderr


def test_results_come_from_the_repository_each_file_once(run, place, part):
    out = str(place / "fetched")
    with misbehaving_hub(n=3) as hub:
        for file in RESULTS.rglob("*.json"):
            hub.files[f"results/{file.relative_to(RESULTS).as_posix()}"] = file.read_bytes()
        hub.files["results/new__model/main/HugeTask.json"] = b"[" + b"0," * 11_000_000 + b"0]"
        hub.files["results/new__model/../../etc/passwd.json"] = b"{}"
        arguments = ("refresh", "--limit", "1", "--mteb", "5", "--format", "json", "--out", out)
        first = run(*arguments, "--snapshot", str(part.path), HF_ENDPOINT=hub.url)
        assert first.returncode == 0, first.stderr
        said = orjson.loads(first.stdout)
        fetched = [path for path in hub.paths if "/resolve/" in path]
        here = sorted(f"/datasets/mteb/results/resolve/main/results/{f.relative_to(RESULTS).as_posix()}" for f in (RESULTS / NEW).rglob("*.json"))  # fmt: skip
        assert sorted(fetched) == here
        assert "1 result files could not be had" in first.stderr
        assert said["scores"]["n_files"] == len([f for f in here if not f.endswith("model_meta.json")])  # fmt: skip
        n = len(hub.seen)
        second = run(*arguments, "--snapshot", out, HF_ENDPOINT=hub.url)
        assert second.returncode == 0, second.stderr
        assert not [path for path in hub.paths[n:] if "/resolve/" in path]
        changed = f"results/{NEW}/bf8b056651a2c21b8d2565580b8569da283cab23/AFQMC.json"
        hub.files[changed] = hub.files[changed].replace(b'"main_score":', b'"main_score": 0.125, "old":')  # fmt: skip
        n = len(hub.seen)
        third = run(*arguments, "--snapshot", out, HF_ENDPOINT=hub.url)
        assert third.returncode == 0, third.stderr
        assert [path.partition("/main/")[2] for path in hub.paths[n:] if "/resolve/" in path] == [changed]  # fmt: skip
    assert orjson.loads(third.stdout)["scores"]["n_rows_changed"] > 0
    evidence = snapshot.load(place / "fetched").table("evidence_mteb")
    row = evidence.filter(pl.col("model_id") == "minishlab/potion-base-8M", pl.col("task_id") == "AFQMC")  # fmt: skip
    assert 0.125 in row["value"].to_list()


@pytest.mark.parametrize(
    ("folder", "words"), [("no-such-folder", "no folder"), ("empty", "no MTEB scores under")]
)
def test_a_folder_without_results_is_told(run, place, part, folder, words):
    (place / "empty").mkdir(exist_ok=True)
    done = run("refresh", "--limit", "0", "--mteb-results", str(place / folder), "--snapshot", str(part.path), "--out", str(place / "none"))  # fmt: skip
    assert done.returncode in (2, 3)
    assert words in done.stderr
    assert not (place / "none").exists() or not list((place / "none").iterdir())


def test_nothing_to_refresh_is_told(run, place, part):
    done = run(
        "refresh", "--limit", "0", "--snapshot", str(part.path), "--out", str(place / "none")
    )
    assert done.returncode == 2
    assert "nothing to refresh" in done.stderr
