"""One score file of MTEB, in any layout mteb ever wrote, as (split, subset, main score) entries."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RENAMED: Final = {
    "NorwegianParliament": "NorwegianParliamentClassification",
    "CMedQAv2": "CMedQAv2-reranking",
    "CMedQAv1": "CMedQAv1-reranking",
    "8TagsClustering": "EightTagsClustering",
    "PPC": "PpcPC",
}
"""Old files only. Source: mteb 2.26, results/task_result.py, renamed_tasks."""

RETIRED: Final = dict.fromkeys(
    (f"Scala{language}Classification" for language in ("Nb", "Nn", "Da", "Sv")), "accuracy"
)
"""Tasks mteb no longer has, with their main metric. Source: likewise, outdated_tasks."""

_NESTED: Final = (
    ("cosine", "cos_sim"),
    ("manhattan", "manhattan"),
    ("euclidean", "euclidean"),
    ("dot", "dot"),
    ("max", "max"),
    ("similarity", "similarity"),
)
"""Old pair-classification scores lie one level deeper; today's prefix, and the old key."""

_NOT_SUBSETS: Final = frozenset({"v_measures", "cos_sim", "euclidean", "manhattan", "dot", "max"})
_ISO_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_NO_SCORE: Final = "no score"
"""Not a number: the row is set aside as no score entry."""
_YEAR_3000_S: Final = 32_503_680_000
_MLSUM_FRENCH_ONLY: Final = frozenset({"1.1.2.dev0", "1.1.3.dev0"})


@dataclass(frozen=True, slots=True)
class TaskFile:
    """What a score file says, before any row is judged."""

    task: str
    dataset_revision: str | None
    mteb_version: str | None
    measured_at: str | None
    """ISO day of the run, where the file says."""
    splits: Mapping[str, list[Any]]
    """Split to its entries: {"hf_subset": ..., "main_score": ...}, not checked."""
    is_old: bool
    is_renamed: bool


class Metrics:
    """The main metric of each task, found by today's name or, as mteb does, by its lower-case spelling."""

    def __init__(self, metric_of: Mapping[str, str]) -> None:
        self._metric_of = metric_of
        self._by_lower = {name.lower(): name for name in sorted(metric_of)}

    def resolve(self, task: str) -> tuple[str, str] | None:
        """(today's name, main metric) of a task named in an old file, None when nobody knows it."""
        if task in RETIRED:
            return task, RETIRED[task]
        name = RENAMED.get(task, task)
        if name not in self._metric_of:
            name = self._by_lower.get(name.lower(), name)
        metric = self._metric_of.get(name)
        return None if metric is None else (name, metric)


def task_file(content: object, metrics: Metrics) -> TaskFile | str:
    """The file's meaning, or the kind (a key of mteb_tally.KINDS) under which it is set aside."""
    if not isinstance(content, dict):
        return "files: not a task's scores"
    task, scores = content.get("task_name"), content.get("scores")
    if not isinstance(task, str) or not isinstance(scores, dict):
        return _old_file(content, metrics)
    if not task or not all(type(entries) is list for entries in scores.values()):
        return "files: not a task's scores"
    return TaskFile(
        task,
        _text(content, "dataset_revision"),
        _text(content, "mteb_version"),
        _day(content.get("date")),
        scores,
        is_old=False,
        is_renamed=False,
    )


def _old_file(content: dict[str, Any], metrics: Metrics) -> TaskFile | str:
    """A file from before mteb 1.11: splits at the top level, subsets perhaps below, metrics at the bottom.

    Source: mteb 2.26, TaskResult._convert_from_before_v1_11_0, special cases included.
    """
    task = content.get("mteb_dataset_name")
    tables = {split: table for split, table in content.items() if isinstance(table, dict)}
    if not isinstance(task, str) or not tables:
        return "files: not a task's scores"
    known = metrics.resolve(task)
    if known is None:
        return "files: task of an old file unknown"
    name, metric = known
    version = _text(content, "mteb_version")
    by_subset = any(
        isinstance(value, dict) and key not in _NOT_SUBSETS
        for table in tables.values()
        for key, value in table.items()
    )
    splits = {}
    for split, table in tables.items():
        subsets = dict(table) if by_subset else {"default": table}
        subsets.pop("evaluation_time", None)
        _rename_subsets(subsets, name, split, version)
        splits[split] = [
            {"hf_subset": subset, "main_score": _main_score(values, metric)}
            for subset, values in subsets.items()
        ]
    revision = _text(content, "dataset_revision")
    return TaskFile(name, revision, version, None, splits, is_old=True, is_renamed=name != task)


def _rename_subsets(subsets: dict[str, Any], task: str, split: str, version: str | None) -> None:
    """Subsets that were named otherwise, or not at all, when the file was written."""
    if split != "test":
        return
    if task in {"MLSUMClusteringP2P", "MLSUMClusteringS2S"} and version in _MLSUM_FRENCH_ONLY:
        old, new = "default", "fr"
    elif task == "XPQARetrieval":
        old, new = "fr", "fra-fra"
    else:
        return
    if old in subsets:
        subsets[new] = subsets.pop(old)


def _main_score(values: object, metric: str) -> object:
    if not isinstance(values, dict):
        return values if values is None else _NO_SCORE
    flat = dict(values)
    for prefix, old in _NESTED:
        nested = flat.pop(old, None)
        if isinstance(nested, dict):
            flat |= {f"{prefix}_{key}": value for key, value in nested.items()}
    return flat["main_score"] if "main_score" in flat else flat.get(metric)


def _text(content: Mapping[str, Any], key: str) -> str | None:
    value = content.get(key)
    return value if isinstance(value, str) and value else None


def iter_entries(splits: Mapping[str, list[Any]]) -> Iterator[tuple[object, object, object]]:
    """(split, subset, main score) of each entry; a part that is absent is None."""
    for split, entries in splits.items():
        for entry in entries:
            if isinstance(entry, dict):
                yield split, entry.get("hf_subset"), entry.get("main_score", _NO_SCORE)
            else:
                yield split, None, _NO_SCORE


def _day(date: object) -> str | None:
    """The ISO day (UTC) of a run: files hold seconds since 1970 or a text that begins with the day."""
    if isinstance(date, str) and (match := _ISO_DAY.match(date)):
        return match.group()
    if isinstance(date, float | int) and math.isfinite(date) and 0 < date < _YEAR_3000_S:
        return datetime.fromtimestamp(date, UTC).date().isoformat()
    return None
