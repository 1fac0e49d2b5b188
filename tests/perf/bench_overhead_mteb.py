"""What `advisor bench mteb` costs beside mteb called directly: the same model, data, scores and threads.

usage: python tests/perf/bench_overhead_mteb.py [--data FILE] [--repeats 3]

FILE has columns text, text2 and score; by default the 150 pairs of the fixtures, where imports are nearly all of the
time. Each side is a whole process from start to exit, imports and loading included, with one thread and no timings
of single texts (`--measure-time 0s`). The sides take turns, and each one's least processor time and least wall time are
compared: other work on the machine only ever adds. At most 1.10 is what the house promises.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIXTURE = ROOT / "tests" / "fixtures" / "mteb_own" / "sts_images_150.csv"

DIRECT = """
import sys, tempfile
import mteb, polars, torch
from bench.models import read_weights
from datasets import Dataset, DatasetDict
from mteb.abstasks import AbsTaskSTS
from mteb.abstasks.task_metadata import TaskMetadata
from sentence_transformers import SentenceTransformer

class Pairs(AbsTaskSTS):
    metadata = TaskMetadata(
        name="Pairs", description="pairs", type="STS", category="t2t", eval_splits=["test"],
        dataset={"path": "local/pairs", "revision": "1"}, eval_langs=["eng-Latn"], main_score="cosine_spearman",
    )
    def load_data(self, *_args, **_named):
        rows = polars.read_csv(sys.argv[1]).rename({"text": "sentence1", "text2": "sentence2"})
        self.dataset = DatasetDict(test=Dataset.from_dict(rows.to_dict(as_series=False)))
        self.data_loaded = True

torch.set_num_threads(1)
model = SentenceTransformer(str(read_weights("minilm").path), device="cpu")
with tempfile.TemporaryDirectory() as folder:
    found = mteb.evaluate(
        model, Pairs(), cache=mteb.ResultCache(folder), co2_tracker=False, show_progress_bar=False,
        prediction_folder=folder + "/predictions",
    )
print(found.task_results[0].get_score())
"""
OURS = "from advisor.cli.app import main; main()"


def taken(command: list[str]) -> tuple[float, float, str]:
    """Processor seconds, wall seconds and what it printed, of one process and its children."""
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True, cwd=ROOT,
        env={**os.environ, **threads, "PYTHONPATH": str(ROOT), "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return used, wall, done.stdout


def ours(data: Path) -> tuple[float, float, float]:
    """Processor seconds, wall seconds and score of the command."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            sys.executable,
            "-c",
            OURS,
            "bench",
            "mteb",
            "--model",
            "minilm",
            "--data",
            str(data),
        ]
        command += ["--kind", "sts", "--measure-time", "0s", "--runs", folder, "--format", "json"]
        used, wall, said = taken(command)
    return used, wall, json.loads(said)["entries"][0]["metrics"]["cosine_spearman"]["value"]


def direct(data: Path) -> tuple[float, float, float]:
    """Processor seconds, wall seconds and score of mteb by itself."""
    used, wall, said = taken([sys.executable, "-c", DIRECT, str(data)])
    return used, wall, float(said.split()[-1])


def main() -> int:
    """Print both sides and the ratios; exit code 1 where the scores differ."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default=FIXTURE)
    parser.add_argument("--repeats", type=int, default=3)
    said = parser.parse_args()
    runs = [(direct(said.data), ours(said.data)) for _ in range(said.repeats)]
    for name, place in (("processor", 0), ("wall", 1)):
        least = [min(run[side][place] for run in runs) for side in (0, 1)]
        print(
            f"{name}: mteb {least[0]:.2f} s, ours {least[1]:.2f} s, ratio {least[1] / least[0]:.3f}"
        )
    scores = {round(side[2], 6) for run in runs for side in run}
    print("scores:", *sorted(scores))
    return 0 if len(scores) == 1 else 1


if __name__ == "__main__":
    sys.exit(main())
