"""Models of a store's runs against each other, item by item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.tables import paired_runs

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.core.runs import Comparison
    from advisor.tables.paired_runs import Measurement
    from bench.store import Store


def compare(
    runs: Sequence[str],
    store: Store,
    *,
    tolerance_points: float | None = None,
    confidence: float = 0.95,
    models: Sequence[str] = (),
    tasks: Sequence[str] = (),
) -> Comparison:
    """All models of these runs against each other, task by task; see tables.paired_runs.compare.

    Raises: MissingData: no such run; BadInput: models measured on different data, or nothing to compare.
    """
    found, warnings = measurements(runs, store)
    wanted = [
        one
        for one in found
        if (not models or one.model in models) and (not tasks or one.task_id in tasks)
    ]
    named = {"none": f"no finished job is of {', '.join(models)}"} if models else {}
    return paired_runs.compare(
        runs, wanted, tolerance_points=tolerance_points, confidence=confidence, warnings=warnings, **named
    )  # fmt: skip


def measurements(runs: Iterable[str], store: Store) -> tuple[list[Measurement], list[str]]:
    """Every finished job of the runs once, and a line for each run with unfinished ones."""
    found: dict[str, Measurement] = {}
    warnings = []
    for run_id in dict.fromkeys(runs):
        jobs = store.run(run_id)
        missing = 0
        for job in jobs:
            if job.job_id in found:
                found[job.job_id].run_ids.append(run_id)
                continue
            outcome = store.finished(job)
            measured = None if outcome is None else outcome.measured
            if measured is None:
                missing += 1
            elif (one := paired_runs.measurement(job, measured, run_id)) is None:
                warnings.append(f"{job.model} on {job.task}: no outcome by item; left out")
            else:
                found[job.job_id] = one
        if missing:
            warnings.append(f"{run_id}: {missing} of {len(jobs)} jobs have no outcome; left out")
    return list(found.values()), warnings
