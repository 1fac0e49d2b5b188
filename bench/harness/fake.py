"""A harness without a model, for trying runners and reports: what it does is said by the job's options."""

from __future__ import annotations

import os
import signal
import time
from typing import Final

import numpy as np

from advisor.core.errors import BadInput, Unreachable
from bench.protocol import Job, Measured
from bench.rows import Cell, Reading, items, model_row, rows

BEHAVIOURS: Final = (
    "answer",
    "raise",
    "bad-input",
    "unreachable",
    "sleep",
    "exit",
    "kill",
    "allocate",
)


class FakeHarness:
    """Answers right with the probability `accuracy`; or misbehaves as `behaviour` says.

    options: n_items (100), accuracy (0.5), n_parameters (1000), behaviour (one of BEHAVIOURS), sleep_s,
    allocate_bytes, sentinel (a file that a line is added to on each run).
    """

    name = "fake"

    def run(self, job: Job) -> Measured:
        """Made-up items from the job's seed. Raises: BadInput: an unknown behaviour, and as told."""
        said = job.options
        if sentinel := said.get("sentinel"):
            with open(sentinel, "a", encoding="utf-8") as stream:  # noqa: PTH123 - appended by several processes
                stream.write(f"{job.job_id}\n")
        _behave(str(said.get("behaviour", "answer")), job)
        n, accuracy = int(said.get("n_items", 100)), float(said.get("accuracy", 0.5))
        right = np.random.default_rng(job.seed).random(n) < accuracy
        cell = Cell(
            model_id=job.model, model_revision="1", precision="unknown", task_id=job.task, dataset_revision="made-up",
            subset="default", split="test", n_shot=-1, harness_version="1", measured_at="2026-01-01T00:00:00+00:00",
        )  # fmt: skip
        return Measured(
            rows=rows(job, cell, [Reading(metric="accuracy", value=float(right.mean()), n=n)]),
            items=items(
                [
                    {"item_id": str(i), "target": "yes", "prediction": "yes" if ok else "no", "value": float(ok)}
                    for i, ok in enumerate(right)
                ]
            ),
            model=model_row(job.model, kind="other", n_parameters=int(said.get("n_parameters", 1000))),
        )  # fmt: skip


def _behave(behaviour: str, job: Job) -> None:
    if behaviour not in BEHAVIOURS:
        raise BadInput(f"fake: behaviour {behaviour!r} is none of {', '.join(BEHAVIOURS)}")
    if behaviour == "raise":
        raise RuntimeError("the model broke, as told")
    if behaviour == "bad-input":
        raise BadInput("fake: bad input, as told")
    if behaviour == "unreachable":
        raise Unreachable("fake: no key, as told")
    if behaviour == "sleep":
        time.sleep(float(job.options.get("sleep_s", 60)))
    if behaviour == "exit":
        os._exit(7)
    if behaviour == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if behaviour == "allocate":
        bytearray(int(job.options.get("allocate_bytes", 1 << 40)))
