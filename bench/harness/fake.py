"""A harness without a model, for trying runners and reports: what it does is said by the job's options."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.errors import BadInput, Unreachable
from bench.protocol import Job, Measured
from bench.rows import Cell, Reading, items, model_row, rows

if TYPE_CHECKING:
    from collections.abc import Callable

BEHAVIOURS: Final = (
    "answer",
    "raise",
    "bad-input",
    "unreachable",
    "sleep",
    "exit",
    "kill",
    "allocate",
    "crash",
    "print",
    "children",
    "quit",
    "panic",
    "forge",
    "odd-facts",
    "nothing",
)


class FakeHarness:
    """Answers right with the probability `accuracy`; or misbehaves as `behaviour` says.

    options: n_items (100), accuracy (0.5), n_parameters (1000), behaviour (one of BEHAVIOURS), sleep_s,
    allocate_bytes, sentinel (a file that a line is added to on each run), once (a file: misbehaves only
    while it is not there), children (a file that the ids of children left behind go to), value ("right", or
    "error": items carry squared errors and the main score is rmse).
    """

    name = "fake"

    def __init__(self) -> None:
        self.n_runs = 0

    def run(self, job: Job) -> Measured:
        """Made-up items from the job's seed. Raises: BadInput: an unknown behaviour, and as told."""
        said = job.options
        self.n_runs += 1
        if sentinel := said.get("sentinel"):
            with open(sentinel, "a", encoding="utf-8") as stream:  # noqa: PTH123 - appended by several processes
                stream.write(f"{job.job_id}\n")
        _behave(_wanted(job), job)
        n, accuracy = int(said.get("n_items", 100)), float(said.get("accuracy", 0.5))
        draws = np.random.default_rng(job.seed).random(n)
        right = draws < accuracy
        cell = Cell(
            model_id=job.model, model_revision="1", precision="unknown", task_id=job.task,
            dataset_revision=str(said.get("data_hash", "made-up")), subset="default", split="test", n_shot=-1,
            harness_version="1", measured_at="2026-01-01T00:00:00+00:00",
        )  # fmt: skip
        outcomes, main = (
            right.astype(float),
            Reading(metric="accuracy", value=float(right.mean()), n=n),
        )
        if said.get("value") == "error":
            outcomes = (draws / max(accuracy, 0.01)) ** 2
            main = Reading(metric="rmse", value=float(np.sqrt(outcomes.mean())), n=n)
        facts = {
            "main_score": main.metric,
            "threads": os.environ.get("OMP_NUM_THREADS"),
            "n_runs": self.n_runs,
        }
        if _wanted(job) == "odd-facts":
            facts["odd"] = object()  # type: ignore[assignment]
        return Measured(
            rows=rows(job, cell, [] if _wanted(job) == "nothing" else [main]),
            items=items(
                [
                    {"item_id": str(i), "target": "yes", "prediction": "yes" if ok else "no", "value": float(value)}
                    for i, (ok, value) in enumerate(zip(right, outcomes, strict=True))
                ]
            ),
            model=model_row(job.model, kind="other", n_parameters=int(said.get("n_parameters", 1000))),
            facts=facts,
        )  # fmt: skip


def _wanted(job: Job) -> str:
    """The behaviour asked for; "answer" from the second time on, where it is meant for once."""
    once = job.options.get("once")
    if once is not None and os.path.exists(once):  # noqa: PTH110 - a plain name out of JSON
        return "answer"
    return str(job.options.get("behaviour", "answer"))


def _behave(behaviour: str, job: Job) -> None:
    if behaviour not in BEHAVIOURS:
        raise BadInput(f"fake: behaviour {behaviour!r} is none of {', '.join(BEHAVIOURS)}")
    if behaviour != "answer" and (once := job.options.get("once")):
        open(once, "w").close()  # noqa: PTH123 - a plain name out of JSON
    if (fault := _FAULTS.get(behaviour)) is not None:
        fault(job)


def _raise(_job: Job) -> None:
    raise RuntimeError("the model broke, as told")


def _bad_input(_job: Job) -> None:
    raise BadInput("fake: bad input, as told")


def _unreachable(_job: Job) -> None:
    raise Unreachable("fake: no key, as told")


def _allocate(job: Job) -> None:
    held = bytearray(int(job.options.get("allocate_bytes", 1 << 40)))
    time.sleep(float(job.options.get("sleep_s", 0)))
    del held


def _print(_job: Job) -> None:
    """To Python's streams and under them, in words and in garbage."""
    print("{'not': json}", flush=True)  # noqa: T201 - the point
    os.write(1, b"\xff\x00garbage\x1b[31m\n")
    os.write(2, b"a warning\n")


def _children(job: Job) -> None:
    """One in our process group and one in a session of its own."""
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    left = [subprocess.Popen(command, start_new_session=new).pid for new in (False, True)]  # noqa: S603
    with open(job.options["children"], "w", encoding="utf-8") as stream:  # noqa: PTH123
        stream.write(" ".join(map(str, left)))
    time.sleep(float(job.options.get("sleep_s", 0)))


class Panic(BaseException):
    """As libraries in Rust raise them: no Exception."""


def _panic(_job: Job) -> None:
    raise Panic("the library panicked, as told")


def _forge(_job: Job) -> None:
    """Garbage in the answer's place, as from a forked child that writes to what it inherited."""
    for handle in range(3, 64):
        if _is_socket(handle):
            os.write(handle, len(b"garbage").to_bytes(8, "big") + b"garbage")


def _is_socket(handle: int) -> bool:
    try:
        return stat.S_ISSOCK(os.fstat(handle).st_mode)
    except OSError:
        return False


_FAULTS: Final[dict[str, Callable[[Job], object]]] = {
    "raise": _raise,
    "bad-input": _bad_input,
    "unreachable": _unreachable,
    "sleep": lambda job: time.sleep(float(job.options.get("sleep_s", 60))),
    "exit": lambda _job: os._exit(7),
    "quit": lambda _job: sys.exit("the library gave up, as told"),
    "kill": lambda _job: os.kill(os.getpid(), signal.SIGKILL),
    "crash": lambda _job: os.kill(os.getpid(), signal.SIGSEGV),
    "allocate": _allocate,
    "print": _print,
    "panic": _panic,
    "forge": _forge,
    "children": _children,
}
