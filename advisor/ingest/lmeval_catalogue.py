"""The catalogue of every task that lm-eval knows, measured or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.ingest.lmeval_families import NOTHING, Families, TaskFacts, load_families
from advisor.ingest.lmeval_protocols import metric_place, protocol_words
from advisor.ingest.lmeval_readme import nearest_readme, shorten, summary
from advisor.ingest.lmeval_yaml import Entry, read_entries, tasks_folder
from advisor.tables.schema import TASKS, TASKS_KEY, check_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE_ID: Final = "lm-eval-tasks"
HARNESS: Final = "lm-eval"
POOL: Final = "language-model"

DEFAULT_METRICS: Final = {
    "multiple_choice": ("acc", "acc_norm"),
    "loglikelihood": ("acc", "perplexity"),
    "loglikelihood_rolling": ("word_perplexity", "byte_perplexity", "bits_per_byte"),
    "generate_until": ("exact_match",),
}
"""What lm-eval computes for an output type when a task names no metric. Source: lm_eval/api/registry.py"""
_NO_FILTER: Final = "none"
_DEEPEST: Final = 8
"""Groups in groups; lm-eval's own go four deep."""


def read_catalogue(folder: Path | None = None, *, families: Path | None = None) -> pl.DataFrame:
    """TASKS: one row per task, group and tag of lm-eval, with n_models 0.

    folder: lm-eval's tasks folder; by default the installed one's, whose Python is not imported.
    Raises: MissingData: no such folder. MissingExtra: PyYAML is not installed.
    """
    root = tasks_folder(folder)
    facts = load_families(families)
    entries, _ = read_entries(root)
    catalogue = _Catalogue(root, entries, facts)
    rows = [catalogue.row(entry) for _, entry in sorted(entries.items())]
    table = pl.DataFrame(rows, schema=TASKS, orient="row")
    return check_table("lm-eval catalogue", table.sort(TASKS_KEY), TASKS, TASKS_KEY)


def merge_tasks(measured: pl.DataFrame, catalogue: pl.DataFrame) -> pl.DataFrame:
    """TASKS: one row per name; a measured task's facts win, the catalogue fills what it leaves open.

    A task that was only run in part (n_models 0) has nothing to win with: the catalogue's row stands.
    """
    names = catalogue["task_id"].implode()
    measured = measured.filter((pl.col("n_models") > 0) | ~pl.col("task_id").is_in(names))
    both = measured.join(catalogue, on=TASKS_KEY, how="left", suffix="_catalogue")
    filled = both.select(
        name if name in TASKS_KEY else pl.coalesce(name, f"{name}_catalogue").alias(name)
        for name in TASKS
    )
    rest = catalogue.join(measured, on=TASKS_KEY, how="anti")
    table = pl.concat([filled, rest]).sort(TASKS_KEY)
    return check_table("tasks", table, TASKS, TASKS_KEY)


class _Catalogue:
    """The entries with what is looked up more than once: READMEs and the members of groups."""

    def __init__(self, root: Path, entries: dict[str, Entry], families: Families) -> None:
        self._root = root
        self._entries = entries
        self._families = families
        self._readmes: dict[Path, str | None] = {}

    def row(self, entry: Entry) -> tuple[object, ...]:
        facts = self._families.facts(entry.name, folder=entry.folder) or NOTHING
        is_task = entry.kind == "task"
        metric = main_metric(entry.config) if is_task else self._shared(entry, "metric")
        shots = n_shots(entry.config) if is_task else self._shared(entry, "n_shot")
        values: dict[str, object] = {
            "task_id": entry.name,
            "harness": HARNESS,
            "task_type": facts.type or entry.config.get("output_type"),
            "task_family": facts.family,
            "pool": POOL,
            "metric": metric,
            "n_shot": -1 if shots is None else shots,
            "protocol": protocol_words(HARNESS, metric, -1 if shots is None else shots),
            "description": self._description(entry, facts),
            "languages": None if facts.languages is None else list(facts.languages),
            "domains": None if facts.domains is None else list(facts.domains),
            "modalities": ["text"],
            "chance": facts.chance,
            "twin_group": facts.twin or self._dataset(entry) or entry.name,
            "is_aggregate": not is_task,
            "reference": None,
            "n_models": 0,
            "source_id": SOURCE_ID,
        }
        return tuple(values.get(name) for name in TASKS)

    def _description(self, entry: Entry, facts: TaskFacts) -> str | None:
        if facts.description:
            return shorten(facts.description)
        file = entry.file or self._member_file(entry)
        text = None if file is None else self._readme(file)
        part = entry.config.get("task_alias") or entry.config.get("dataset_name")
        if text and isinstance(part, str):
            return shorten(f"{part.replace('_', ' ')}: {text}")
        return text

    def _readme(self, file: Path) -> str | None:
        readme = nearest_readme(file, self._root)
        if readme is None:
            return None
        if readme not in self._readmes:
            self._readmes[readme] = summary(readme.read_text(encoding="utf-8", errors="replace"))
        return self._readmes[readme]

    def _member_file(self, entry: Entry) -> Path | None:
        found = (self._entries[name].file for name in entry.members if name in self._entries)
        return next((file for file in found if file is not None), None)

    def _dataset(self, entry: Entry) -> str | None:
        """Tasks on one data set are twins: prompt variants, subsets, translations kept together."""
        path = entry.config.get("dataset_path")
        if isinstance(path, str) and path not in {"json", "csv", "parquet"}:
            return path.lower()
        datasets = {
            self._dataset(self._entries[name])
            for name in entry.members
            if name in self._entries and self._entries[name].kind == "task"
        }
        return datasets.pop() if len(datasets) == 1 else None

    def _shared(self, entry: Entry, fact: str) -> Any:
        """The metric or shots that all tasks under a group have; None when they differ."""
        values = {
            main_metric(task.config) if fact == "metric" else n_shots(task.config)
            for task in self._tasks(entry, _DEEPEST)
        }
        return values.pop() if len(values) == 1 else None

    def _tasks(self, entry: Entry, depth: int) -> list[Entry]:
        if entry.kind == "task":
            return [entry]
        if depth == 0:
            return []
        members = (self._entries[name] for name in entry.members if name in self._entries)
        return [task for member in members for task in self._tasks(member, depth - 1)]


def main_metric(config: dict[str, Any]) -> str | None:
    """The task's metric as the evidence names it: "acc_norm", or "exact_match:strict-match" behind a filter.

    Of several the one that METRIC_ORDER puts first; None for a task that is written in Python.
    """
    listed = config.get("metric_list")
    named = [entry["metric"] for entry in listed if isinstance(entry, dict) and isinstance(entry.get("metric"), str)] if isinstance(listed, list) else []  # fmt: skip
    named = named or list(DEFAULT_METRICS.get(str(config.get("output_type")), ()))
    if not named:
        return None
    metric = min(named, key=metric_place)
    first = _first_filter(config.get("filter_list"))
    return metric if first is None else f"{metric}:{first}"


def _first_filter(filters: object) -> str | None:
    if not isinstance(filters, list) or not filters or not isinstance(filters[0], dict):
        return None
    name = filters[0].get("name")
    return name if isinstance(name, str) and name != _NO_FILTER else None


def n_shots(config: dict[str, Any]) -> int | None:
    """Examples shown before each question; lm-eval shows none unless the task asks for some."""
    value = config.get("num_fewshot")
    if value is None:
        return None if "class" in config else 0
    return value if isinstance(value, int) and 0 <= value <= 1000 else None
