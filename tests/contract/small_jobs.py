"""One small job for each of our harnesses: the packages that it needs, and how to make it in a folder."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import polars as pl
from fake_jobs import a_job

from bench.protocol import Job, Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _texts(folder: Path) -> Path:
    """120 short texts of two classes that a word tells apart, most of the time."""
    file = folder / "texts.csv"
    words = [("good", "yes"), ("bad", "no")]
    rows = [
        {"text": f"a {words[i % 2][0]} thing, number {i} of many {'' if i % 7 else 'bad good'}", "label": words[i % 2][1]}
        for i in range(120)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv(file)
    return file


def _own(folder: Path) -> Job:
    own_jobs = importlib.import_module("bench.own_jobs")
    asked = own_jobs.OwnRequest(data=_texts(folder), inputs=["text"], label="label", measure_s=0.2)
    return own_jobs.jobs(asked, own_jobs.check(asked, ["tfidf"]), ["tfidf"])[0]


def _tabular(folder: Path) -> Job:
    file = folder / "table.csv"
    rows = [
        {"x": float(i % 11), "colour": "red" if i % 3 else "blue", "y": "yes" if i % 11 + i % 3 > 5 else "no"}
        for i in range(150)
    ]  # fmt: skip
    pl.DataFrame(rows).write_csv(file)
    common: dict[str, Any] = {"folds": 3, "threads": 1, "drop": []}
    command = importlib.import_module("advisor.cli.bench.tabular")
    made = command.jobs(
        file, "y", ["linear"], common, kind="auto", metric=None, seed=0, prompt=(8, 300), limits=Limits()
    )  # fmt: skip
    return made[0]


def _mteb(folder: Path) -> Job:
    said = {
        "data": str(_texts(folder)),
        "kind": "classification",
        "input": "text",
        "label": "label",
    }
    own = importlib.import_module("bench.harness.mteb_own_data")
    seed = importlib.import_module("bench.harness.mteb_embed").SEED
    options = own.own_options(dict.fromkeys(("input2", "split", "queries", "qrels")) | said)
    common = {"threads": 1, "batch_size": 32, "profile_s": 0.2}
    return Job(harness="mteb", model="tfidf-svd", task="texts", seed=seed, options=common | options)


def _lm_eval(folder: Path) -> Job:
    text = "\n".join(
        f"the cat sat on mat {i} and the small dog slept near a warm stove while rain fell over every roof in "
        f"town number {i} until the morning came with {i} birds and some wind from the sea" for i in range(12)
    )  # fmt: skip
    labelled = [("a warm cat", "good"), ("rain fell", "bad")] * 6
    importlib.import_module("tiny_lm").save_tiny_lm(
        folder / "model", text, width=16, context=128, vocabulary=300
    )
    tasks = importlib.import_module("local_lm_tasks")
    tasks.write_tasks(folder / "tasks", text, train=labelled, test=labelled, n_items=12)
    said = {"include_path": str(folder / "tasks"), "threads": 1, "speed_budget_s": 0.2}
    made = importlib.import_module("bench.harness.lm_eval_jobs").jobs(
        [str(folder / "model")], ["local_label"], said, seed=0, limits={}
    )
    return made[0]


SMALL: dict[str, tuple[tuple[str, ...], Callable[[Path], Job]]] = {
    "fake": ((), lambda _folder: a_job(n_items=50)),
    "own": (("sklearn",), _own),
    "tabular": (("sklearn",), _tabular),
    "mteb": (("mteb", "sklearn"), _mteb),
    "lm-eval": (("lm_eval", "torch"), _lm_eval),
}
