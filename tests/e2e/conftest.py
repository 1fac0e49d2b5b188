"""The command line as a process, and a tiny snapshot made for the tests that only search it."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import orjson
import polars as pl
import pytest
from frames import a_model, models

from advisor.tables import snapshot
from advisor.tables.schema import SOURCES, TASKS
from bench.store import Store
from bench.wire import as_json

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from bench.protocol import Job


@pytest.fixture(scope="session")
def advisor() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run `advisor` with these arguments; keywords are environment variables."""

    def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
        kept = {k: v for k, v in os.environ.items() if k not in {"ADVISOR_SNAPSHOT", "NO_COLOR"}}
        return subprocess.run(
            [sys.executable, "-c", code, *arguments], capture_output=True, text=True, encoding="utf-8",
            check=False, env=kept | {"COLUMNS": "80"} | environment, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """A fresh snapshot with three tasks and two models: enough to search, too little to recommend."""

    def task(task_id: str, **facts: object) -> dict[str, object]:
        return (
            dict.fromkeys(TASKS) | {"task_id": task_id, "n_models": 0, "metric": "accuracy"} | facts
        )

    tasks = [
        task(
            "FiQA2018",
            task_family="retrieval",
            n_models=300,
            metric="ndcg_at_10",
            languages=["eng"],
        ),
        task(
            "Banking77Classification",
            task_family="text-classification",
            n_models=500,
            languages=["eng"],
        ),
        task("CIFAR10", modalities=["image"]),
    ]
    cards = [a_model("BAAI/bge-small-en-v1.5", downloads_30d=9), a_model("evil/\x1b[31m[red]x")]
    tables = {
        "tasks": pl.DataFrame(tasks, schema=TASKS),
        "models": models(*cards),
        "sources": pl.DataFrame(
            [dict.fromkeys(SOURCES) | {"source_id": "made-up"}], schema=SOURCES
        ),
    }
    return snapshot.write(tmp_path / "snapshots", tables, facts={"created_at": "2026-05-01"})


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `advisor bench run` on these jobs, runs under tmp_path/runs; keywords go to Popen."""
    started: list[subprocess.Popen[str]] = []

    def start(jobs: Sequence[Job], *options: str, **how: Any) -> subprocess.Popen[str]:
        plan = tmp_path / "plan.json"
        plan.write_bytes(orjson.dumps({"jobs": [as_json(job) for job in jobs]}))
        code = "import sys; from advisor.cli import main; sys.argv[0] = 'advisor'; main()"
        command = [
            sys.executable,
            "-c",
            code,
            "bench",
            "run",
            str(plan),
            "--runs",
            str(tmp_path / "runs"),
        ]
        process = subprocess.Popen(
            [*command, *options], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **how
        )  # fmt: skip
        started.append(process)
        return process

    yield start
    for process in started:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        process.communicate()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Where `bench` keeps its runs."""
    return Store(root=tmp_path / "runs")
