"""The user's own labelled texts: every kind of model learns from the same rows and is judged on the same rows."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

from advisor.core.errors import BadInput
from advisor.stats.noninferiority import share_interval
from bench.harness.own_methods import Fitted, Predicted, fit, rows_of
from bench.harness.own_scores import Judged, item_values, p_target, readings
from bench.harness.own_tasks import MAIN, OwnTask, read_own
from bench.measure.memory import peak_bytes
from bench.measure.profile import extras_of, profile
from bench.protocol import Job, Measured
from bench.rows import LEVEL, Cell, Reading, items, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl

MEASURE_S = 5.0
"""Seconds that a model is timed for, unless the job says otherwise."""


class OwnHarness:
    """options: see own_tasks.read_own; "metric" (the deciding one), "threads", "measure_s", "n_shot"."""

    name = "own"

    def run(self, job: Job) -> Measured:
        """Learn, judge, time. Raises: BadInput, Unreachable, MissingExtra: see own_tasks and own_methods."""
        options = dict(job.options) | {"most_s": job.limits.timeout_s}
        task = read_own(options, seed=job.seed)
        main = str(options.get("metric") or MAIN[task.kind])
        runtime = peak_bytes()
        fitted = fit(
            task, job.model, seed=job.seed, threads=int(options.get("threads", 1)), options=options
        )
        begun = time.perf_counter()
        predicted = _in_batches(fitted, rows_of(task.test))
        predict_time = time.perf_counter() - begun
        judged = Judged(
            kind=task.kind, labels=task.labels, truth=task.test["target"].to_list(),
            prediction=predicted.prediction, probability=predicted.probability,
        )  # fmt: skip
        scored = _main_first(readings(judged), main, task)
        n = task.test.height
        not_measured: dict[str, str] = {}
        timed = [
            Reading(
                metric="fit_time_s",
                value=fitted.fit_time_s,
                n=task.train.height,
                method="one fit, on the wall",
            ),
            Reading(
                metric="predict_time_s",
                value=predict_time,
                n=n,
                method="all test items, on the wall",
            ),
            *_answered(task, predicted, job.model),
            *_once(fitted, not_measured),
            *_timings(job, fitted, task, runtime, not_measured),
        ]
        return Measured(
            rows=rows(job, _cell(job, task, fitted), [*scored, *timed]),
            items=_items(task, judged),
            model=fitted.model,
            warnings=(*task.warnings, *fitted.warnings, *fitted.after()),
            facts={
                **task.facts,
                **fitted.facts,
                "main_score": main,
                "labels": task.labels,
                "not_measured": not_measured,
                "label": task.label,
            },
        )


def _in_batches(fitted: Fitted, items_: Sequence[Any], size: int = 256) -> Predicted:
    parts = [fitted.predict(items_[at : at + size]) for at in range(0, len(items_), size)]
    stated = [p.probability for p in parts if p.probability is not None]
    return Predicted(
        prediction=[answer for part in parts for answer in part.prediction],
        probability=np.vstack(stated) if len(stated) == len(parts) else None,
    )


def _main_first(scored: list[Reading], main: str, task: OwnTask) -> list[Reading]:
    names = [reading.metric for reading in scored]
    if main not in names:
        raise BadInput(
            f"--metric: {main!r} is not measured on {task.kind}; type one of {', '.join(names)}"
        )
    return sorted(scored, key=lambda reading: reading.metric != main)


def _answered(task: OwnTask, predicted: Predicted, model: str) -> list[Reading]:
    """How many of a language model's answers named a label; the others count as wrong."""
    if task.kind not in {"classification", "pairs"} or not model.startswith(("openai:", "lm:")):
        return []
    read, n = sum(answer != "" for answer in predicted.prediction), task.test.height
    lo, hi = share_interval(read, n, level=LEVEL)
    return [
        Reading(
            metric="answered", value=read / n, lo=lo, hi=hi, n=n, method="share of items; Wilson"
        )
    ]


def _timings(
    job: Job, fitted: Fitted, task: OwnTask, runtime: int, not_measured: dict[str, str]
) -> list[Reading]:
    """Latency, throughput, memory, and energy and cost where they were asked for or are known."""
    if fitted.timed is not None:
        return fitted.timed()
    return profile(
        fitted.predict, rows_of(task.test), budget_s=float(job.options.get("measure_s", MEASURE_S)), seed=job.seed,
        extras=extras_of(job, runtime_bytes=runtime), missing=not_measured,
    )  # fmt: skip


def _once(fitted: Fitted, not_measured: dict[str, str]) -> list[Reading]:
    """Bytes and arithmetic, which need no clock."""
    size = fitted.model["weights_bytes"][0]
    found = [] if size is None else [
        Reading(metric="weights_bytes", value=float(size), n=1, method="weights as stored; exact, no interval")
    ]  # fmt: skip
    if fitted.count is None:
        return found
    if fitted.count.flops is None:
        not_measured["flops_per_item"] = fitted.count.why
    return [*found, *fitted.count.readings()]


def _items(task: OwnTask, judged: Judged) -> pl.DataFrame:
    values, stated = item_values(judged), p_target(judged)
    numbers, probability = task.test["row_nr"].to_list(), judged.probability
    return items(
        [
            {
                "item_id": str(numbers[i]), "target": truth, "prediction": judged.prediction[i],
                "value": None if np.isnan(values[i]) else float(values[i]),
                "p_target": None if stated is None else float(stated[i]),
                "probability": None if probability is None else probability[i].tolist(),
            }
            for i, truth in enumerate(judged.truth)
        ]
    )  # fmt: skip


def _cell(job: Job, task: OwnTask, fitted: Fitted) -> Cell:
    model = fitted.model.row(0, named=True)
    return Cell(
        model_id=model["model_id"], model_revision=fitted.revision, precision="float32",
        task_id=task.task_id, dataset_revision=task.data_hash, subset=task.label,
        split=task.split if task.facts["n_train"] == task.facts["n_train_all"] else f"{task.split}, {task.train.height} labels",
        n_shot=fitted.n_shot, harness_version=_version(),
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip


def _version() -> str:
    try:
        return version("slm-advisor")
    except PackageNotFoundError:
        return "unknown"
