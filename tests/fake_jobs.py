"""Jobs of the fake harness, for tests of runners and of the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.protocol import Job, Limits

if TYPE_CHECKING:
    from pathlib import Path

MACHINE: dict[str, Any] = {
    "hardware_id": "x", "name": "X", "cores": 2, "memory_bytes": None, "system": "Linux", "python": "3.11",
    "libraries": "",
}  # fmt: skip


def a_job(behaviour: str = "answer", *, model: str = "m", task: str = "toy", seed: int = 0, limits: Limits | None = None, **options: Any) -> Job:  # fmt: skip
    return Job(
        harness="fake", model=model, task=task, seed=seed, limits=limits or Limits(),
        options={"behaviour": behaviour, "n_items": 10, **options},
    )  # fmt: skip


def jobs_with_sentinel(tmp_path: Path, n: int, **options: Any) -> list[Job]:
    """n jobs that each add their id to the file tmp_path/ran.txt when they run."""
    return [
        a_job(model=f"model-{i}", seed=i, sentinel=str(tmp_path / "ran.txt"), **options)
        for i in range(n)
    ]


def ran(tmp_path: Path) -> list[str]:
    """The ids of the jobs that ran, once for each time."""
    file = tmp_path / "ran.txt"
    return file.read_text().split() if file.exists() else []
