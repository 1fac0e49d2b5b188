"""lm-eval's own result files, formats 0.3 and 0.4, and its per-item files, as tidy rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import BadInput, MissingData
from advisor.core.metrics import METRICS
from advisor.ingest import lmeval_json as read
from advisor.ingest.lmeval_evidence import REPORT
from advisor.tables.merge import PRECEDENCE, prefer
from advisor.tables.schema import EVIDENCE, EVIDENCE_KEY, check_table

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SOURCE_ID: Final = "lm-eval-results"
ITEMS: Final = pl.Schema(
    {
        "model_id": pl.String,
        "task_id": pl.String,
        "metric": pl.String,
        "doc_id": pl.Int64,
        "doc_hash": pl.String,
        "value": pl.Float64,
    }
)
"""One item's outcome under one metric; true and false are 1 and 0."""
ITEMS_KEY: Final = ["model_id", "task_id", "metric", "doc_id"]

_NOT_METRICS: Final = frozenset({"alias", "name", "sample_len", "sample_count"})
_NOT_OUTCOMES: Final = frozenset({"doc_id", "doc", "target", "arguments", "resps", "filtered_resps", "filter", "metrics", "doc_hash", "prompt_hash", "target_hash"})  # fmt: skip
_IN_PERCENT: Final = frozenset({"squad2", "squadv2"})
"""Tasks whose metrics lm-eval writes as 0 to 100."""
_PERCENT: Final = "percent, divided by 100"
_ROUNDING: Final = 1e-9
_LEGACY_MMLU: Final = "hendrycksTest-"
_MOST_SHOTS: Final = 2**15 - 1
_MOST_ITEMS: Final = 2**53
_LARGEST_SEED: Final = 2**31 - 1


@dataclass(frozen=True, kw_only=True)
class LmEvalResults:
    """What a folder of lm-eval output says."""

    evidence: pl.DataFrame
    """EVIDENCE"""
    report: pl.DataFrame
    """source (the file), kind, n_rows, action, why"""


def read_results(
    root: Path, *, source_id: str = SOURCE_ID, published: bool = True
) -> LmEvalResults:
    """Every `*.json` result file below `root`; a rerun of the same cell replaces the older one.

    published: False for runs of one's own.
    Raises: MissingData: `root` is not a folder.
    """
    if not root.is_dir():
        raise MissingData(f"{root}: not a folder; name the output folder of lm_eval")
    frames, notes = [EVIDENCE.to_frame()], []
    for file in sorted(root.rglob("*.json")):
        name = file.relative_to(root).as_posix()
        evidence, problems = read_results_file(file, source_id=source_id, published=published)
        kind = "result file" if evidence.height else "file"
        if evidence.height:
            frames.append(evidence)
            notes.append((name, kind, evidence.height, "read", "lm-eval results"))
        notes += [
            (name, "entry" if evidence.height else kind, 1, _action(why), why) for why in problems
        ]
    everything = pl.concat(frames)
    kept = prefer(everything, PRECEDENCE, key=EVIDENCE_KEY)
    if repeated := everything.height - kept.height:
        notes.append(
            (".", "rows", repeated, "set aside", "the same cell again: the newest run is kept")
        )
    report = pl.DataFrame(notes, schema=REPORT, orient="row").sort(REPORT.names())
    return LmEvalResults(
        evidence=check_table("lm-eval results", kept, EVIDENCE, EVIDENCE_KEY), report=report
    )  # fmt: skip


def _action(why: str) -> str:
    return "changed" if why.endswith(_PERCENT) else "set aside"


def read_results_file(
    path: Path, *, source_id: str = SOURCE_ID, published: bool = True
) -> tuple[pl.DataFrame, list[str]]:
    """EVIDENCE of one file, and one line for each part of it that could not be used.

    A file that is no lm-eval result gives no rows and a line that says why; it never raises for its
    content.
    """
    problems: list[str] = []
    try:
        content = read.load_json(path.read_bytes())
        rows = list(_rows(content, path, problems))
    except (OSError, BadInput) as error:
        return EVIDENCE.to_frame(), [str(error)]
    given = {"source_id": source_id, "published": published}
    records = [{**row, **given} for row in rows]
    table = pl.DataFrame(records, schema=EVIDENCE) if records else EVIDENCE.to_frame()
    return table.unique(EVIDENCE_KEY, keep="first", maintain_order=True), problems


def _rows(content: object, path: Path, problems: list[str]) -> Iterator[dict[str, object]]:
    results = read.mapping(content).get("results")
    if not isinstance(content, dict) or not isinstance(results, dict) or not results:
        raise BadInput("not an lm-eval result file: no `results` object")
    run = read.model_run(content)
    run_cell: dict[str, object] = {
        "model_id": run.model_id,
        "model_revision": run.model_revision,
        "precision": run.precision,
        "harness": "lm-eval",
        "harness_version": _version(content),
        "hardware_id": read.UNKNOWN,
        "seed": _seed(content),
        "measured_at": read.measured_at(path, content),
    }
    for task, scores in sorted(results.items()):
        if not isinstance(scores, dict) or not task:
            problems.append(f"results.{task}: not an object of metrics")
            continue
        cell = run_cell | _task_cell(content, task, run.settings)
        yield from _metrics(task, scores, cell, problems)


def _metrics(
    task: str, scores: Mapping[str, Any], cell: dict[str, object], problems: list[str]
) -> Iterator[dict[str, object]]:
    """One row per metric and filter; keys are "acc" in format 0.3 and "acc,none" in 0.4."""
    for key, value in sorted(scores.items()):
        metric, _, answer_filter = key.partition(",")
        if metric in _NOT_METRICS or metric.endswith("_stderr") or not metric.strip():
            continue
        if isinstance(value, str) and not value.strip():
            continue  # a group without a score of its own
        found = read.number(value)
        if found is None:
            problems.append(f"results.{task}.{key}: {str(value)[:40]!r} is not a finite number")
            continue
        scale = 0.01 if task in _IN_PERCENT and metric in METRICS else 1.0
        if scale != 1.0:
            problems.append(f"results.{task}.{key}: {_PERCENT}")
        if not _possible(metric, found * scale):
            problems.append(f"results.{task}.{key}: {found:g} is outside the metric's range")
            continue
        stderr_key = f"{metric}_stderr" + (f",{answer_filter}" if answer_filter else "")
        stderr = read.number(scores.get(stderr_key))
        suffix = "" if answer_filter in {"", "none"} else f":{answer_filter}"
        yield cell | {
            "metric": metric + suffix,
            "value": found * scale,
            "stderr": None if stderr is None else stderr * scale,
        }


def _possible(metric: str, value: float) -> bool:
    """Whether the value lies within the metric's bounds; a metric that is not listed has none."""
    known = METRICS.get(metric)
    if known is None:
        return True
    above = known.lower is None or value >= known.lower - _ROUNDING
    return above and (known.upper is None or value <= known.upper + _ROUNDING)


def _task_cell(
    content: Mapping[str, Any], task: str, settings: tuple[str, ...]
) -> dict[str, object]:
    config = read.mapping(content.get("config"))
    counts = read.mapping(read.mapping(content.get("n-samples")).get(task))
    effective = read.whole(counts.get("effective"), at_most=_MOST_ITEMS)
    original = read.whole(counts.get("original"), at_most=_MOST_ITEMS)
    limit = read.number(config.get("limit"))
    # A limit above the task's size cuts nothing off.
    whole_task = effective is not None and effective == original
    partial = [f"limit={limit:g}"] if limit is not None and not whole_task else []
    shots = read.whole(read.mapping(content.get("n-shot")).get(task), at_most=_MOST_SHOTS)
    if shots is None:
        shots = read.whole(config.get("num_fewshot"), at_most=_MOST_SHOTS)
    version = read.mapping(content.get("versions")).get(task)
    task_config = read.mapping(read.mapping(content.get("configs")).get(task))
    split = read.text(task_config.get("test_split")) or read.text(
        task_config.get("validation_split")
    )
    return {
        "task_id": task.replace(_LEGACY_MMLU, "mmlu_", 1) if task.startswith(_LEGACY_MMLU) else task,
        "dataset_revision": read.UNKNOWN if version is None else f"task-version={str(version)[:40]}",
        "subset": ";".join(sorted([*settings, *partial])) or read.UNKNOWN,
        "split": split or read.UNKNOWN,
        "n_shot": -1 if shots is None else shots,
        "n_items": effective,
    }  # fmt: skip


def _version(content: Mapping[str, Any]) -> str:
    """The version that wrote the file; the format tells 0.3 from 0.4 where the file does not say."""
    written = read.text(content.get("lm_eval_version"))
    return written or ("0.4" if "configs" in content or "n-shot" in content else "0.3")


def _seed(content: Mapping[str, Any]) -> int:
    seed = read.whole(read.mapping(content.get("config")).get("random_seed"), at_most=_LARGEST_SEED)
    return -1 if seed is None else seed


def read_samples_file(path: Path, *, model_id: str) -> tuple[pl.DataFrame, list[str]]:
    """ITEMS of one `samples_<task>_<time>.jsonl`, and one line for each item that could not be used.

    model_id: the file does not hold it; its results file does.
    """
    task = path.stem.removeprefix("samples_")
    task, _, stamp = task.rpartition("_")
    task = task if "T" in stamp and task else path.stem.removeprefix("samples_")
    rows: list[dict[str, object]] = []
    problems: list[str] = []
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        return ITEMS.to_frame(), [str(error)]
    for place, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            found = list(_outcomes(read.load_json(line)))
        except BadInput as error:
            problems.append(f"line {place}: {error}")
            continue
        if not found:
            problems.append(f"line {place}: no doc_id or no numeric outcome")
        rows += [{"model_id": model_id, "task_id": task, **row} for row in found]
    table = pl.DataFrame(rows, schema=ITEMS) if rows else ITEMS.to_frame()
    return table.unique(ITEMS_KEY, keep="first", maintain_order=True).sort(ITEMS_KEY), problems


def _outcomes(item: object) -> Iterator[dict[str, object]]:
    """The item's value under each of its metrics; newer files list them under `metrics`."""
    content = read.mapping(item)
    doc_id = read.whole(content.get("doc_id"), at_most=_MOST_ITEMS)
    if doc_id is None:
        return
    listed = content.get("metrics")
    names = [name for name in listed if isinstance(name, str)] if isinstance(listed, list) else sorted(set(content) - _NOT_OUTCOMES)  # fmt: skip
    answer_filter = read.text(content.get("filter"))
    suffix = "" if answer_filter in {None, "none"} else f":{answer_filter}"
    for name in names:
        raw = content.get(name)
        value = float(raw) if isinstance(raw, bool) else read.number(raw)
        if value is not None:
            yield {
                "metric": name + suffix,
                "doc_id": doc_id,
                "doc_hash": read.text(content.get("doc_hash")),
                "value": value,
            }
