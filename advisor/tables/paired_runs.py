"""Models of stored runs against each other on the same items of the same data: who can be paired, and what is found.

Source: METHOD.md#bench-compare
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import BadInput
from advisor.core.runs import Comparison, TaskComparison
from advisor.tables.versus import compare_group

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.tables.entries import JobFacts, JobTables

DATA: Final = ("dataset_revision", "subset", "split", "seed", "items")
"""What must be equal for two models to be paired on a task."""
_ITEM: Final = ["item_id", "subset"]


@dataclass(kw_only=True)
class Measurement:
    """One model's finished job on one task."""

    job_id: str
    model: str
    """As it was asked for."""
    harness: str
    hardware_id: str
    options: Mapping[str, Any]
    run_ids: list[str]
    task_id: str
    data: dict[str, Any]
    """By the names of DATA."""
    metric: str
    value: float
    items: pl.DataFrame
    """Ordered by item and subset."""
    model_id: str
    n_parameters: int | None
    label: str = ""


def measurement(job: JobFacts, tables: JobTables, run_id: str) -> Measurement | None:
    """A finished job as something to compare; None where no outcome by item was kept."""
    if tables.items.is_empty():
        return None
    first = tables.rows.row(0, named=True)
    metric = tables.facts.get("main_score") or first["metric"]
    main = tables.rows.filter(pl.col("metric") == metric, pl.col("subset") == first["subset"])
    if main.is_empty():
        return None
    row, model = main.row(0, named=True), tables.model.row(0, named=True)
    part = tables.items.filter(pl.col("subset") == row["subset"])
    items = (tables.items if part.is_empty() else part).sort(_ITEM)
    ids = hashlib.sha256("\n".join(map(str, items.select(_ITEM).rows())).encode()).hexdigest()
    data = {name: row[name] for name in DATA[:-1]} | {"items": (items.height, ids[:8])}
    return Measurement(
        job_id=job.job_id, model=job.model, harness=job.harness, hardware_id=job.hardware_id, options=job.options,
        run_ids=[run_id], task_id=row["task_id"], data=data, metric=metric, value=row["value"], items=items,
        model_id=model["model_id"], n_parameters=model["n_parameters"],
    )  # fmt: skip


def compare(
    runs: Sequence[str],
    found: Sequence[Measurement],
    *,
    tolerance_points: float | None = None,
    confidence: float = 0.95,
    warnings: Sequence[str] = (),
    none: str = "no job of it is finished",
) -> Comparison:
    """All of these against each other, task by task.

    tolerance_points: hundredths of a fraction or a correlation, whole units of any other metric. warnings: of reading
    them, said before those of comparing. none: why there may be nothing at all.
    Raises: BadInput: models measured on different data, or nothing to compare.
    """
    said = list(warnings)
    label(found)
    by_task: dict[str, list[Measurement]] = defaultdict(list)
    for one in found:
        by_task[one.task_id].append(one)
    compared: list[TaskComparison] = []
    for task, ones in by_task.items():
        try:
            groups, alone = same_data(task, ones)
            said += alone
            compared += [
                compare_group(group, tolerance_points=tolerance_points, confidence=confidence)
                for group in groups
            ]
        except BadInput as error:  # one task's trouble is not another's
            said.append(str(error))
    if not compared:
        what = "; ".join(said) or none
        raise BadInput(f"nothing to compare in {', '.join(runs)}: {what}")
    return Comparison(runs=list(runs), confidence=confidence, tasks=compared, warnings=said)


def label(found: Sequence[Measurement]) -> None:
    """Name each one: its model, and where a task has two of that name, the options that tell them apart."""
    same: dict[tuple[object, ...], list[Measurement]] = defaultdict(list)
    for one in found:
        one.label = one.model
        same[one.task_id, *one.data.values(), one.label].append(one)
    for twins in same.values():
        if len(twins) > 1:
            options = [_said(one) for one in twins]
            differing = sorted(
                {k for o in options for k in o if any(p.get(k) != o[k] for p in options)}
            )
            for one, said in zip(twins, options, strict=True):
                words = ", ".join(f"{k} {_word(said.get(k))}" for k in differing)
                one.label = f"{one.label} ({words or one.job_id})"


def _said(one: Measurement) -> dict[str, Any]:
    return {"harness": one.harness, "hardware": one.hardware_id, **one.options}


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


def beside(one: Measurement, other: Measurement) -> pl.DataFrame:
    """Items on which the outcomes of two differ: item_id, subset, target, first, second, first_value, second_value.

    first, second: what each answered, else its share in the score. Raises: BadInput: not measured on the same items.
    """
    if one.data != other.data:
        raise BadInput(f"{one.task_id}: {_why_not(one, other)}")
    answers = pl.coalesce("prediction", pl.col("value").round(4).cast(pl.String))
    left = one.items.select(*_ITEM, "target", first=answers, first_value="value")
    right = other.items.select(*_ITEM, second=answers, second_value="value")
    both = left.join(right, on=_ITEM, how="inner", maintain_order="left")
    return both.filter(
        pl.col("first_value").ne_missing(pl.col("second_value"))
        | pl.col("first").ne_missing(pl.col("second"))
    ).select(*_ITEM, "target", "first", "second", "first_value", "second_value")
