"""Models against each other on the same items of the same data: differences with intervals, and who cannot be told apart."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput
from advisor.core.runs import Comparison, TaskComparison
from bench.protocol import ITEMS_KEY
from bench.versus import compare_group

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from bench.protocol import JobOutcome
    from bench.store import Store

DATA: Final = ("dataset_revision", "subset", "split", "seed", "items")
"""What must be equal for two models to be paired on a task."""


@dataclass(kw_only=True)
class Measurement:
    """One model's finished job on one task."""

    outcome: JobOutcome
    run_ids: list[str]
    task_id: str
    data: dict[str, Any]
    """By the names of DATA."""
    metric: str
    value: float
    items: pl.DataFrame
    """Ordered by ITEMS_KEY."""
    label: str = ""
    model: dict[str, Any] = field(default_factory=dict)
    """Its row of MODELS."""


def compare(
    runs: Sequence[str],
    store: Store,
    *,
    tolerance_points: float | None = None,
    confidence: float = 0.95,
    models: Sequence[str] = (),
    tasks: Sequence[str] = (),
) -> Comparison:
    """All models of these runs against each other, task by task.

    Source: METHOD.md#bench-compare
    tolerance_points: hundredths of a fraction or a correlation, whole units of any other metric. models, tasks:
    only these, where any are named.
    Raises: MissingData: no such run; BadInput: models measured on different data, or nothing to compare.
    """
    found, warnings = measurements(runs, store)
    found = [
        one
        for one in found
        if (not models or one.outcome.job.model in models) and (not tasks or one.task_id in tasks)
    ]
    label(found)
    by_task: dict[str, list[Measurement]] = defaultdict(list)
    for one in found:
        by_task[one.task_id].append(one)
    compared: list[TaskComparison] = []
    for task, ones in by_task.items():
        try:
            groups, said = same_data(task, ones)
            warnings += said
            compared += [
                compare_group(group, tolerance_points=tolerance_points, confidence=confidence)
                for group in groups
            ]
        except BadInput as error:  # one task's trouble is not another's
            warnings.append(str(error))
    if not compared:
        named = (
            f"no finished job is of {', '.join(models)}" if models else "no job of it is finished"
        )
        what = "; ".join(warnings) or named
        raise BadInput(f"nothing to compare in {', '.join(runs)}: {what}")
    return Comparison(runs=list(runs), confidence=confidence, tasks=compared, warnings=warnings)


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
            elif (outcome := store.finished(job)) is None:
                missing += 1
            elif (one := _measurement(outcome, run_id)) is None:
                warnings.append(f"{job.model} on {job.task}: no outcome by item; left out")
            else:
                found[job.job_id] = one
        if missing:
            warnings.append(f"{run_id}: {missing} of {len(jobs)} jobs have no outcome; left out")
    return list(found.values()), warnings


def _measurement(outcome: JobOutcome, run_id: str) -> Measurement | None:
    measured = outcome.measured
    if measured is None or measured.items.is_empty():
        return None
    first = measured.rows.row(0, named=True)
    metric = measured.facts.get("main_score") or first["metric"]
    main = measured.rows.filter(pl.col("metric") == metric, pl.col("subset") == first["subset"])
    if main.is_empty():
        return None
    row = main.row(0, named=True)
    part = measured.items.filter(pl.col("subset") == row["subset"])
    items = (measured.items if part.is_empty() else part).sort(ITEMS_KEY)
    ids = hashlib.sha256("\n".join(map(str, items.select(ITEMS_KEY).rows())).encode()).hexdigest()
    data = {name: row[name] for name in DATA[:-1]} | {"items": (items.height, ids[:8])}
    return Measurement(
        outcome=outcome, run_ids=[run_id], task_id=row["task_id"], data=data, metric=metric, value=row["value"],
        items=items, model=measured.model.row(0, named=True),
    )  # fmt: skip


def label(found: Sequence[Measurement]) -> None:
    """Name each one: its model, and where a task has two of that name, the options that tell them apart."""
    same: dict[tuple[object, ...], list[Measurement]] = defaultdict(list)
    for one in found:
        one.label = one.outcome.job.model
        same[one.task_id, *one.data.values(), one.label].append(one)
    for twins in same.values():
        if len(twins) > 1:
            options = [_said(one) for one in twins]
            differing = sorted(
                {k for o in options for k in o if any(p.get(k) != o[k] for p in options)}
            )
            for one, said in zip(twins, options, strict=True):
                words = ", ".join(f"{k} {_word(said.get(k))}" for k in differing)
                one.label = f"{one.label} ({words or one.outcome.job.job_id})"


def _said(one: Measurement) -> dict[str, Any]:
    job = one.outcome.job
    return {"harness": job.harness, "hardware": job.hardware_id, **job.options}


def _word(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def same_data(task: str, ones: Sequence[Measurement]) -> tuple[list[list[Measurement]], list[str]]:
    """Groups of two and more on the same items, and a line for each one that is alone.

    Raises: BadInput: there are several and no two were measured on the same data.
    """
    groups: dict[tuple[object, ...], list[Measurement]] = defaultdict(list)
    for one in ones:
        groups[tuple(one.data.values())].append(one)
    paired = [group for group in groups.values() if len(group) > 1]
    alone = [group[0] for group in groups.values() if len(group) == 1]
    if len(ones) == 1:
        return [], [f"{task}: only {ones[0].label} was measured"]
    if not paired:
        raise BadInput(f"{task}: {_why_not(ones[0], ones[1])}")
    beside = paired[0][0]
    return paired, [f"{task}: {one.label} left out: {_why_not(beside, one)}" for one in alone]


def _why_not(one: Measurement, other: Measurement) -> str:
    """Why two cannot be paired, in one line."""
    name = next(name for name in DATA if one.data[name] != other.data[name])
    here, there = one.data[name], other.data[name]
    if name == "items":
        what = (
            f"{here[0]:,} and {there[0]:,} items"
            if here[0] != there[0]
            else f"as many items, but not the same ones ({here[0]:,})"
        )
        cure = "measure both with the same limits"
    else:
        what = f"{_NAMES[name]} {here} and {there}"
        cure = "measure both on the same data with the same split and seed"
    return f"{one.label} and {other.label} cannot be paired: {what}; {cure}"


_NAMES: Final = {
    "dataset_revision": "revisions of the data", "subset": "columns or subsets", "split": "splits",
    "seed": "seeds",
}  # fmt: skip
