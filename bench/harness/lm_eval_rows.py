"""lm-eval's results as rows: read by the parser that reads everyone's result files, with intervals from the items."""

from __future__ import annotations

import json
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.metrics import METRICS, base_metric
from advisor.ingest.lmeval_results import read_results_file
from advisor.stats.noninferiority import normal_quantile, share_interval
from bench.harness.lm_eval_items import WEIGHTED, is_share, item_values, weighted_interval
from bench.protocol import ROWS
from bench.rows import LEVEL, SOURCE_ID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.harness.lm_eval_models import OpenedLM
    from bench.protocol import Job

_ROUNDING: Final = 1e-9


def quality_rows(
    job: Job,
    results: Mapping[str, Any],
    opened: OpenedLM,
    *,
    data_digest: str | None,
    measured_at: str,
) -> tuple[pl.DataFrame, list[str]]:
    """ROWS of every task and metric that lm-eval gave, and one line for each number that could not be used.

    data_digest: of the user's own data files, which then is the data set's revision.
    """
    content = {
        **{key: value for key, value in results.items() if key != "samples"},
        "model_name": opened.model_id,
        "lm_eval_version": version("lm-eval"),
        "chat_template": "on" if job.options.get("chat") else "",
    }
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "results.json"
        file.write_text(json.dumps(content, default=_plain), encoding="utf-8")
        evidence, problems = read_results_file(file, source_id=SOURCE_ID, published=False)
    strange = sorted({m for m in evidence["metric"] if base_metric(m) not in METRICS})
    problems = [words for words in problems if "'N/A'" not in words]
    problems += [f"metric {name!r} is not known here and was left out" for name in strange]
    counts = _counts(results)
    made = [
        {
            **row, "model_id": opened.model_id, "model_revision": opened.revision, "precision": opened.precision,
            "hardware_id": job.hardware_id, "seed": job.seed, "measured_at": measured_at,
            "dataset_revision": data_digest or row["dataset_revision"],
            "n_items": counts.get(row["task_id"], row["n_items"]), "basis": "measured",
            **interval(row, results.get("samples", {}).get(row["task_id"], []), seed=job.seed),
        }
        for row in evidence.iter_rows(named=True)
        if row["metric"] not in strange
    ]  # fmt: skip
    return pl.DataFrame(made, schema=ROWS), problems


def interval(
    row: Mapping[str, Any], samples: Sequence[Mapping[str, Any]], *, seed: int
) -> dict[str, Any]:
    """lo, hi, level and method of one number.

    Wilson's interval where each item is right or wrong; items drawn again for perplexities, which have
    no standard error in lm-eval; else 1.96 of lm-eval's standard errors. Source: METHOD.md#bench-lm-eval
    """
    metric, value = str(row["metric"]), float(row["value"])
    values = item_values(samples, metric)
    if is_share(values) and abs(sum(map(float, values)) / len(values) - value) < _ROUNDING:
        lo, hi = share_interval(sum(map(float, values)), len(values), level=LEVEL)
        return _said(value, lo, hi, f"mean of {len(values)} items; Wilson")
    if base_metric(metric) in WEIGHTED and len(values) > 1:
        lo, hi = weighted_interval(values, metric, seed=seed, level=LEVEL)
        return _said(value, lo, hi, f"over {len(values)} texts; bootstrap of texts")
    if row["stderr"] is not None:
        known, half = METRICS[base_metric(metric)], normal_quantile((1 + LEVEL) / 2) * row["stderr"]
        low = value - half if known.lower is None else max(known.lower, value - half)
        high = value + half if known.upper is None else min(known.upper, value + half)
        return _said(value, low, high, "lm-eval's value; 1.96 of its standard errors")
    return {
        "lo": None, "hi": None, "level": None,
        "method": "lm-eval's value; no interval: it gives no standard error",
    }  # fmt: skip


def _said(value: float, lo: float, hi: float, method: str) -> dict[str, Any]:
    return {"lo": min(lo, value), "hi": max(hi, value), "level": LEVEL, "method": method}


def _counts(results: Mapping[str, Any]) -> dict[str, int]:
    """Items of each task; of a group, those of the tasks in it."""
    samples = results.get("n-samples") or {}
    counts = {name: int(said["effective"]) for name, said in samples.items()}
    members = results.get("group_subtasks") or {}

    def total(name: str) -> int:
        below = members.get(name) or []
        return counts[name] if name in counts else sum(total(one) for one in below if one != name)

    return {**counts, **{group: total(group) for group in members}}


def _plain(value: Any) -> Any:
    """NumPy's numbers as Python's; anything else as its words."""
    item = getattr(value, "item", None)
    return item() if callable(item) else str(value)
