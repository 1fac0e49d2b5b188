"""The mteb harness: one model on one embedding task, scored by mteb itself, timed and kept item by item."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import BadInput
from bench.harness import mteb_items, mteb_models
from bench.harness.mteb_library import hold_threads, mteb, quiet
from bench.harness.mteb_own_data import OwnData, read_own
from bench.harness.mteb_own_tasks import own_task
from bench.harness.mteb_readings import readings
from bench.harness.mteb_tasks import Choice, load_task, refuse_early, task_names
from bench.measure.memory import peak_bytes
from bench.measure.profile import extras_of, profile
from bench.protocol import Measured
from bench.rows import Cell, Reading, items, model_row, rows

if TYPE_CHECKING:
    from bench.harness.mteb_items import Part
    from bench.harness.mteb_models import Loaded
    from bench.protocol import Job

SEED: Final = 42
"""mteb's own seed of samples and fits; another one would not be mteb's score."""
_TIMED_TEXTS: Final = 2000


class MtebHarness:
    """A model on one of mteb's tasks, or on the user's file in the form of one.

    options: threads (1), batch_size (32), trust_remote_code (false), measure_s (5; 0 takes no timings), energy,
    country, usd_per_hour (see measure.profile.extras_of), weights (hash of a folder's weights); splits and subsets of a task of mteb's; or kind, data, data_hash and the columns
    of mteb_own_data.own_options. Source: METHOD.md#bench-mteb
    """

    name = "mteb"

    def run(self, job: Job) -> Measured:
        """Load, evaluate, time.

        mteb keeps no cache here (it would name two local models alike and miss changed data), and writes its
        predictions into a folder of this job alone.
        Raises: AdvisorError: as in mteb_models.load, mteb_tasks.load_task and mteb_own_data.read_own.
        """
        with quiet():
            license_name = mteb_models.look_first(job.model)
            if "data" not in job.options:
                refuse_early(job.task)
            library = mteb()
            hold_threads(int(job.options.get("threads", 1)))
            own = read_own(job.options, seed=job.seed) if "data" in job.options else None
            task = _task(job, own)
            runtime = peak_bytes()
            loaded = mteb_models.load(
                job.model, threads=int(job.options.get("threads", 1)), seed=job.seed,
                trust_remote_code=bool(job.options.get("trust_remote_code", False)),
                license_name=license_name,
            )  # fmt: skip
            fitted_on = _fit(loaded, task)
            with tempfile.TemporaryDirectory(prefix="advisor-mteb-") as folder:
                parts, seconds = _evaluate(library, loaded, task, job, own, Path(folder))
            not_measured: dict[str, str] = {}
            timings = _timed(loaded, parts, job, runtime, not_measured)
        model = model_row(loaded.model_id, **{**loaded.facts, **loaded.later()})
        facts: dict[str, Any] = {
            "main_score": task.metadata.main_score, "task_type": task.metadata.type,
            "evaluation_s": seconds, "n_texts": sum(len(p.texts) for p in parts), "fitted_on": fitted_on,
            "not_measured": not_measured,
        }  # fmt: skip
        if own is not None and own.labels:
            facts["labels"] = list(own.labels)
        return Measured(
            rows=_rows(job, task, loaded, parts, timings + _weights(model)),
            items=_items(parts),
            model=model,
            warnings=_warnings(job, own, loaded, fitted_on),
            facts=facts,
        )


def _task(job: Job, own: OwnData | None) -> Any:
    if own is None:
        parts = {
            name: tuple(job.options[name]) for name in ("splits", "subsets") if name in job.options
        }
        return load_task(Choice(name=job.task, **parts))
    if own.name in task_names():
        raise BadInput(
            f"--data: {own.name!r} is the name of a task of mteb's; rename the file, or its scores would pass "
            "for that task's"
        )
    return own_task(own)


def _fit(loaded: Loaded, task: Any) -> str | None:
    """Let a model that learns from texts do so; where they come from, None for the others."""
    if loaded.fit is None:
        return None
    texts, origin = mteb_items.training_texts(task)
    try:
        loaded.fit(texts)
    except ValueError as error:
        raise BadInput(f"{loaded.model_id}: cannot learn from these texts ({error})") from None
    return origin


def _evaluate(
    library: Any, loaded: Loaded, task: Any, job: Job, own: OwnData | None, folder: Path
) -> tuple[list[Part], float]:
    """What mteb found, by split and subset, and the seconds it took."""
    begun = time.perf_counter()
    with mteb_items.listening(task) as heard:
        found = library.evaluate(
            loaded.model, task, cache=None, co2_tracker=False, prediction_folder=folder,
            show_progress_bar=False,
            encode_kwargs={"batch_size": int(job.options.get("batch_size", 32)), "show_progress_bar": False},
        )  # fmt: skip
    seconds = time.perf_counter() - begun
    predicted = mteb_items.predictions(folder, task)
    parts = []
    for split, entries in found.task_results[0].scores.items():
        for entry in entries:
            subset = entry["hf_subset"]
            made = mteb_items.part(
                task, subset, split, own=own,
                predicted=predicted.get(subset, {}).get(split), of_queries=heard.get((subset, split)),
            )  # fmt: skip
            # the user's subset is the column that was asked for
            parts.append(replace(made, scores=entry, subset=own.subset if own else subset))
    return parts, seconds


def _timed(
    loaded: Loaded, parts: list[Part], job: Job, runtime: int, not_measured: dict[str, str]
) -> list[Reading]:
    """Latency, throughput and memory on the task's texts; energy and cost where asked for or known."""
    budget_s = float(job.options.get("measure_s", 5.0))
    texts = [text for part in parts for text in part.texts]
    texts = texts[:: 1 + len(texts) // _TIMED_TEXTS]
    if loaded.call is None or not texts or budget_s <= 0:
        return []
    return profile(
        loaded.call, texts, budget_s=budget_s, seed=job.seed,
        extras=extras_of(job, runtime_bytes=runtime), missing=not_measured,
    )  # fmt: skip


def _weights(model: pl.DataFrame) -> list[Reading]:
    size = model["weights_bytes"].item()
    method = "weights as stored; exact, no interval"
    return (
        []
        if size is None
        else [Reading(metric="weights_bytes", value=float(size), n=1, method=method)]
    )


def _rows(
    job: Job, task: Any, loaded: Loaded, parts: list[Part], timings: list[Reading]
) -> pl.DataFrame:
    """Scores under mteb's names of split and subset; the timings stand with the first of them."""
    made = []
    for place, part in enumerate(parts):
        cell = Cell(
            model_id=loaded.model_id, model_revision=loaded.revision, precision=loaded.precision,
            task_id=task.metadata.name, dataset_revision=str(task.metadata.dataset["revision"]),
            subset=part.subset, split=part.split, n_shot=-1, harness_version=mteb().__version__,
            measured_at=datetime.now(UTC).isoformat(timespec="seconds"),
        )  # fmt: skip
        found = readings(part, main_score=task.metadata.main_score, seed=job.seed)
        made.append(rows(job, cell, found + (timings if place == 0 else [])))
    return pl.concat(made)


def _items(parts: list[Part]) -> pl.DataFrame:
    """Every part's items; with several splits the split stands before the id."""
    several = len({part.split for part in parts}) > 1
    return items(
        [
            {
                **record, "subset": part.subset,
                "item_id": f"{part.split}/{record['item_id']}" if several else record["item_id"],
            }
            for part in parts
            for record in part.records
        ]
    )  # fmt: skip


def _warnings(
    job: Job, own: OwnData | None, loaded: Loaded, fitted_on: str | None
) -> tuple[str, ...]:
    said = list(own.warnings) if own is not None else []
    if fitted_on is not None:
        said.append(f"{loaded.model_id} learned its words from {fitted_on}")
    if loaded.call is None:
        said.append(f"{loaded.model_id} searches and does not embed: no latency of single texts")
    if job.options.get("trust_remote_code"):
        said.append("--trust-remote-code: code out of the model's repository may have run here")
    return tuple(said)
