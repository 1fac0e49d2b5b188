"""Tables: methods from a bare majority to boosting, a pretrained tabular model or a language model, cross-validated.

A job's options: data (path), data_hash, target, kind ("binary", "multiclass", "regression"), folds, metric (the
main one), drop (columns), threads, settings (the method's), measure_s (seconds for timing rows; 0: not timed).
Source: METHOD.md#bench-tabular
"""

from __future__ import annotations

import time
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import polars as pl

from advisor._lazy import need
from advisor.core.errors import BadInput
from bench.data_file import data_hash
from bench.harness.tabular_columns import RowReader
from bench.harness.tabular_methods import Setup
from bench.harness.tabular_models import learner, settings
from bench.harness.tabular_scores import (
    answers,
    classification_scores,
    item_values,
    main_score,
    readings,
    regression_scores,
)
from bench.harness.tabular_table import duplicates_across, read_table, split
from bench.measure.profile import profile
from bench.protocol import ITEMS, Job, Measured
from bench.rows import Cell, Reading, model_row, rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.harness.tabular_learners import Learner, Predictor
    from bench.harness.tabular_scores import Score
    from bench.harness.tabular_table import Table

    Floats = NDArray[np.float64]

HARNESS_VERSION: Final = "1"
MEASURE_S: Final = 2.0
"""Seconds for timing single rows and batches, unless the job says otherwise."""
_TIMED_ROWS: Final = 500
_T_95: Final = (0.0, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)
"""Student's t at 95 % by degrees of freedom, from 1 on; beyond, the last one is wide enough."""


@dataclass(frozen=True, kw_only=True)
class Fold:
    """One fold's held-out rows and what was said of them."""

    train: NDArray[np.intp]
    held_out: NDArray[np.intp]
    predicted: Floats
    scores: dict[str, Score]
    fit_s: float
    predict_s: float


class TabularHarness:
    """Cross-validates one method on one table."""

    name = "tabular"

    def run(self, job: Job) -> Measured:
        """Fit and predict every fold, score, then time single rows with the last fold's model.

        Raises: BadInput: the table or the options cannot be used; MissingExtra: a package is not installed;
        Unreachable: a server or weights are not here.
        """
        threads = int(job.options.get("threads", 1))
        limited = need("threadpoolctl", extra="bench").threadpool_limits(threads)
        with warnings.catch_warnings(record=True) as heard, limited:
            warnings.simplefilter("always")
            table = _table(job)
            method = learner(job.model, job.options, table)
            folds, last = _cross_validate(table, method, job)
            timed = _timed(table, folds[-1], last, method, job)
            found = _facts(table, folds[-1], last, method, job)
        return _measured(job, table, method, folds, last, (timed, found, _heard(heard)))


def _table(job: Job) -> Table:
    said = job.options
    path = Path(said["data"])
    if "data_hash" in said and data_hash(path) != said["data_hash"]:
        raise BadInput(
            f"--data: {str(path)!r} is no longer the file that this job was made for; run the command again"
        )
    kind = said.get("kind", "auto")
    return read_table(
        path, target=said["target"], folds=int(said.get("folds", 3)), drop=said.get("drop", ()),
        asked=kind if kind in {"auto", "regression"} else "classification",
    )  # fmt: skip


def _settings(job: Job) -> dict[str, Any]:
    """The job's own, else the method's usual ones: a plan written elsewhere need not know them."""
    return dict(job.options.get("settings") or settings(job.model, shots=8, limit=300))


def _cross_validate(table: Table, method: Learner, job: Job) -> tuple[list[Fold], Predictor]:
    """Every fold, and the last one's model."""
    k = int(job.options.get("folds", 3))
    at = split(table, folds=k, seed=job.seed)
    setup = Setup(
        n_classes=table.n_classes, seed=job.seed, threads=int(job.options.get("threads", 1)),
        settings=_settings(job),
    )  # fmt: skip
    done: list[Fold] = []
    model: Predictor | None = None
    for number in range(k):
        train, held_out = np.flatnonzero(at != number), np.flatnonzero(at == number)
        if method.asked_rows is not None and method.asked_rows < len(at):
            held_out = _drawn(table, held_out, max(2, method.asked_rows // k), (job.seed, number))
        fold, model = _one(table, method, setup, train, held_out)
        done.append(fold)
    assert model is not None  # noqa: S101 - there are at least two folds
    return done, model


def _drawn(table: Table, rows: NDArray[np.intp], n: int, seed: tuple[int, int]) -> NDArray[np.intp]:
    """`n` of the rows, each class (or stretch of numbers) by its share."""
    shuffled = np.random.default_rng(seed).permutation(rows)
    ranked = shuffled[np.argsort(table.target[shuffled], kind="stable")]
    places = (np.arange(n) + 0.5) * len(ranked) / n
    return np.sort(ranked[places.astype(np.intp)]) if n < len(ranked) else rows


def _one(
    table: Table, method: Learner, setup: Setup, train: NDArray[np.intp], held_out: NDArray[np.intp]
) -> tuple[Fold, Predictor]:
    start = time.perf_counter()
    model = method.fit(table.features.take(train), table.target[train], setup)
    fitted = time.perf_counter()
    predicted = model.predict(table.features.take(held_out))
    end = time.perf_counter()
    truth = table.target[held_out]
    scores = (
        classification_scores(truth, predicted)
        if table.n_classes
        else regression_scores(truth, predicted)
    )
    return Fold(
        train=train, held_out=held_out, predicted=predicted, scores=scores, fit_s=fitted - start,
        predict_s=end - fitted,
    ), model  # fmt: skip


def _timed(table: Table, fold: Fold, model: Predictor, method: Learner, job: Job) -> list[Reading]:
    """Latency, throughput and memory of the last fold's model on rows as a caller would have them."""
    budget_s = float(job.options.get("measure_s", MEASURE_S))
    if budget_s <= 0 or not method.timed_apart:
        return []
    reader = RowReader(table.features.take(fold.held_out[:_TIMED_ROWS]))
    return profile(
        lambda batch: model.predict(reader.read(batch)),
        reader.raw(),
        budget_s=budget_s,
        seed=job.seed,
    )


def _facts(table: Table, fold: Fold, model: Predictor, method: Learner, job: Job) -> dict[str, Any]:
    """What is said beside the numbers."""
    features = table.features
    own = method.facts(
        model, features.take(fold.train), features.take(fold.held_out), fold.predicted, job.seed
    )
    k = int(job.options.get("folds", 3))
    return {
        "main_score": main_score(table.kind, job.options.get("metric")), "kind": table.kind, "labels": list(table.labels), "folds": k,
        "n_rows": len(table.target), "n_numeric": len(features.numeric_names),
        "n_categorical": len(features.categorical_names), **table.facts,
        "copies_across_folds": duplicates_across(table.frame, split(table, folds=k, seed=job.seed)),
        "settings": _settings(job), **own,
    }  # fmt: skip


def _measured(
    job: Job,
    table: Table,
    method: Learner,
    folds: Sequence[Fold],
    last: Predictor,
    beside: tuple[list[Reading], dict[str, Any], list[str]],
) -> Measured:
    timed, facts, heard = beside
    main = main_score(table.kind, job.options.get("metric"))
    model = method.model(last)
    cell = Cell(
        model_id=method.model_id, model_revision=method.revision, precision=method.precision, task_id=job.task,
        dataset_revision=str(job.options.get("data_hash", "unknown")), subset=str(job.options["target"]),
        split=f"cv{len(folds)}", n_shot=method.n_shot, harness_version=HARNESS_VERSION,
        measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )  # fmt: skip
    scored = readings([f.scores for f in folds], main=main)
    if not any(r.metric == main for r in scored):
        raise BadInput(
            f"--metric: {main} cannot be computed in every fold; name another, or raise --limit where a language model is asked"
        )
    found = [*scored, *_seconds(folds), *timed, *method.readings(), *_size(model)]
    return Measured(
        rows=rows(job, cell, found),
        items=_items(table, folds, main, method),
        model=model_row(method.model_id, **model),
        warnings=(*table.warnings, *_copies(table, facts), *method.warnings(), *heard),
        facts=facts,
    )


def _items(table: Table, folds: Sequence[Fold], main: str, method: Learner) -> pl.DataFrame:
    """Columns of ITEMS, in the order of the file."""
    latency = getattr(method, "latency_s", {})
    parts = [
        pl.DataFrame(
            {
                "row": fold.held_out,
                "item_id": [table.item_ids[row] for row in fold.held_out],
                "fold": number,
                "value": pl.Series(
                    item_values(main, table.target[fold.held_out], fold.predicted), dtype=pl.Float64
                ),
                "latency_s": pl.Series(
                    [latency.get(int(row)) for row in fold.held_out], dtype=pl.Float64
                ),
                **_said(table, fold),
            }
        )
        for number, fold in enumerate(folds, start=1)
    ]
    whole = pl.concat(parts).sort("row").with_columns(subset=pl.lit("default"))
    return whole.select(pl.col(name).cast(dtype) for name, dtype in ITEMS.items())


def _said(table: Table, fold: Fold) -> dict[str, Any]:
    """What was said of each held-out row, beside what is true."""
    truth = table.target[fold.held_out]
    if not table.n_classes:
        return {
            "target": [repr(t) for t in truth.tolist()],
            "prediction": [repr(p) for p in fold.predicted.tolist()],
            "p_target": pl.Series([None] * len(truth), dtype=pl.Float64),
            "probability": pl.Series(fold.predicted[:, None]).arr.to_list(),
        }
    likeliest, filled = answers(fold.predicted)
    read = pl.Series(likeliest < table.n_classes)
    names = [*table.labels, None]
    said = pl.DataFrame(
        {
            "target": [names[t] for t in truth],
            "prediction": [names[p] for p in likeliest],
            "p_target": filled[np.arange(len(truth)), truth],
            "probability": pl.Series(filled).arr.to_list(),
        }
    )
    unread = pl.when(read).then(pl.col("p_target", "probability"))
    return dict(said.with_columns(unread).to_dict())


def _seconds(folds: Sequence[Fold]) -> list[Reading]:
    """Mean seconds a fold took, with the spread between folds as interval."""
    k = len(folds)
    found = []
    for metric, taken in (
        ("fit_time_s", [f.fit_s for f in folds]), ("predict_time_s", [f.predict_s for f in folds])
    ):  # fmt: skip
        value = float(np.mean(taken))
        half = _T_95[min(k - 1, len(_T_95) - 1)] * float(np.std(taken, ddof=1)) / k**0.5
        found.append(
            Reading(
                metric=metric, value=value, lo=max(0.0, value - half), hi=value + half, n=k,
                method=f"mean of {k} folds, wall clock; t interval between folds",
            )
        )  # fmt: skip
    return found


def _size(model: dict[str, Any]) -> list[Reading]:
    size = model.get("weights_bytes")
    if size is None:
        return []
    words = "the last fold's model, pickled with its columns' facts; a count has no interval"
    return [Reading(metric="weights_bytes", value=float(size), n=1, method=words)]


def _copies(table: Table, facts: dict[str, Any]) -> list[str]:
    n = facts["copies_across_folds"]
    if not n:
        return []
    share = n / len(table.target)
    return [
        f"{n:,} rows ({100 * share:.1f} %) have the same inputs as a row in another fold: scores flatter what remembers rows"
    ]


def _heard(caught: Sequence[warnings.WarningMessage]) -> list[str]:
    """What a learner warned of that a reader of its scores must know: that it did not converge."""
    names = {type(w.message).__name__ for w in caught} if caught else set()
    names |= {w.category.__name__ for w in caught}
    return ["the fit stopped before it converged"] if "ConvergenceWarning" in names else []
