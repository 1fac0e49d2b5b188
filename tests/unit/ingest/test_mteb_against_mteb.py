"""Against the installed mteb itself. It runs in a process of its own: it warns, and warnings are errors here."""

import importlib.util
import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from advisor.ingest.mteb_registry import (
    read_main_revisions,
    read_models,
    read_protocols,
    read_tasks,
)
from advisor.ingest.mteb_results import read_results

FIXTURE = Path(__file__).parents[2] / "fixtures" / "mteb"
ROOT = Path(__file__).parents[3]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(importlib.util.find_spec("mteb") is None, reason="needs the bench extra"),
]

MTEB = """
import json, sys, mteb
cache = mteb.ResultCache(cache_path=sys.argv[1])
found = cache.load_results(require_model_meta=False, only_main_score=True, load_experiments="match_name")
frame = found.to_dataframe(format="long")
print(json.dumps(list(zip(frame["model_name"], frame["task_name"], frame["score"]))))
"""


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    command = [sys.executable, "-m", "bench.harness.mteb_registry", str(folder)]
    subprocess.run(command, check=True, cwd=ROOT, capture_output=True)
    return folder


def test_every_pairs_score_equals_mtebs_own(registry: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MTEB, str(FIXTURE)], check=True, capture_output=True, text=True
    )
    theirs = {
        (model, task): score
        for model, task, score in json.loads(done.stdout.splitlines()[-1])
        if not math.isnan(score)
    }
    for folder in (registry, FIXTURE):
        tasks = read_tasks(folder / "mteb_tasks.parquet")
        mains = read_main_revisions(folder / "mteb_models.parquet")
        found = read_results(FIXTURE, tasks, main_revisions=mains)
        ours = {(row[0], row[1]): row[2] for row in found.scores.iter_rows()}
        assert len(ours) > 900
        assert ours.keys() == theirs.keys()
        assert max(abs(ours[pair] - theirs[pair]) for pair in ours) < 1e-9


def test_the_installed_registry_can_be_read(registry: Path) -> None:
    models = read_models(registry / "mteb_models.parquet")
    tasks = read_tasks(registry / "mteb_tasks.parquet")
    protocols = read_protocols(registry / "mteb_tasks.parquet")
    assert models.height > 850
    assert tasks.height > 1_850
    assert set(protocols["task_id"]) == set(tasks["task_id"])
    committed = read_tasks(FIXTURE / "mteb_tasks.parquet").select("task_id", "metric", "task_type")
    same = tasks.select("task_id", "metric", "task_type").join(committed, on="task_id", how="semi")
    assert same.sort("task_id").equals(committed)


def test_no_group_of_twins_swallows_the_catalogue(registry: Path) -> None:
    tasks = read_tasks(registry / "mteb_tasks.parquet")
    assert max(tasks["twin_group"].value_counts()["count"].to_list()) < 100
