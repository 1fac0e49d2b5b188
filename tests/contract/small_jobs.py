"""One small job for each of our harnesses: the packages that it needs, and how to make it in a folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fake_jobs import a_job

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from bench.protocol import Job

SMALL: dict[str, tuple[tuple[str, ...], Callable[[Path], Job]]] = {
    "fake": ((), lambda _folder: a_job(n_items=50)),
}
