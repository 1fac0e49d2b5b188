"""MTEB's registry of models and tasks, as exported to parquet, turned into the advisor's tables."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.errors import MissingData
from advisor.ingest.mteb_evidence import PROTOCOLS
from advisor.ingest.mteb_kinds import (
    ModelFacts,
    bytes_contradict_size,
    family_of,
    kind_of,
    lineage_of,
    mixture_active,
    width_contradicts_size,
)
from advisor.ingest.twins import twin_groups
from advisor.tables.schema import MODELS, MODELS_KEY, TASKS, TASKS_KEY, check_table

if TYPE_CHECKING:
    from pathlib import Path

SOURCE: Final = "mteb-registry"

MODEL_COLUMNS: Final = (
    "model_name", "mteb_main_revision", "n_parameters", "n_parameters_source", "n_embedding_parameters",
    "n_active_parameters", "memory_usage_mb", "embed_dim", "max_tokens", "release_date", "license", "open_weights",
    "public_training_code", "public_training_data", "languages", "use_instructions", "model_type", "modalities",
    "adapted_from", "superseded_by", "training_datasets", "training_datasets_expanded",
)  # fmt: skip
"""What read_models needs of a models file; bench/harness/mteb_registry.py writes it."""

TASK_COLUMNS: Final = (
    "task_name", "type", "modalities", "languages", "domains", "main_score", "license", "description", "reference",
    "dataset_path", "dataset_revision", "eval_splits", "hf_subsets", "n_samples_json", "is_aggregate",
    "aggregates", "adapted_from", "superseded_by",
)  # fmt: skip
"""What read_tasks needs of a tasks file."""

FAMILY_OF_TYPE: Final = {
    "Classification": "text-classification",
    "MultilabelClassification": "multilabel-classification",
    "PairClassification": "pair-classification",
    "STS": "semantic-similarity",
    "Summarization": "semantic-similarity",
    "Retrieval": "retrieval",
    "InstructionRetrieval": "retrieval",
    "Reranking": "reranking",
    "InstructionReranking": "reranking",
    "Clustering": "clustering",
    "BitextMining": "bitext-mining",
}
"""mteb's task type to task family. Its Summarization tasks correlate embedding similarity with human ratings:
no summary is written, so they measure similarity. Regression has no family."""

_CORPUS_TYPES: Final = re.compile(r"Retrieval|Reranking|DocumentUnderstanding")
"""Types whose sample counts add documents to queries: how many items a score rests on is not known."""
_ISO: Final = re.compile(r"[a-z]{3}")
_NO_CORRELATION: Final = re.compile(r"spearman|pearson|^p-MRR$", re.IGNORECASE)
"""Metrics whose value without any skill is 0 by definition; for the others chance depends on the data."""
_NOT_STATED: Final = ("not specified", "")
_MOST_CONTEXT_TOKENS: Final = 10_000_000
"""Larger values (1e30) are a tokenizer's way of writing "no limit"."""


def read_models(models_parquet: Path) -> pl.DataFrame:
    """MODELS for every model of the registry; commercial_use is "unknown" and downloads are null until joined.

    Raises: MissingData: no such file, or not a registry export.
    Source: METHOD.md#mteb-models
    """
    table = _read(models_parquet, MODEL_COLUMNS)
    made_from = dict(table.select("model_name", "adapted_from").iter_rows())
    rows = []
    for row in table.select(MODEL_COLUMNS).iter_rows(named=True):
        facts = _facts(row)
        kind = kind_of(facts, lineage_of(facts.name, made_from))
        rows.append(model_row(row, facts) | {"kind": kind})
    models = pl.DataFrame(rows, schema=MODELS, orient="row").sort("model_id")
    return check_table("mteb models", models, MODELS, MODELS_KEY)


def _facts(row: dict[str, Any]) -> ModelFacts:
    return ModelFacts(
        name=row["model_name"],
        n_parameters=row["n_parameters"],
        n_embedding=row["n_embedding_parameters"],
        n_active=row["n_active_parameters"],
        memory_mib=row["memory_usage_mb"],
        embed_dim=row["embed_dim"],
        open_weights=bool(row["open_weights"]),
        model_type=row["model_type"] or (),
        modalities=row["modalities"] or (),
        adapted_from=row["adapted_from"],
    )


def model_row(row: dict[str, Any], facts: ModelFacts) -> dict[str, Any]:
    """MODELS but `kind` for one entry; row: MODEL_COLUMNS."""
    context = row["max_tokens"]
    trained_on = row["training_datasets_expanded"]
    if trained_on is None:
        trained_on = row["training_datasets"]
    odd_bytes = bytes_contradict_size(facts)
    return {
        "model_id": facts.name,
        "pool": ["embedding"],
        "family": family_of(facts.name),
        "n_parameters": facts.n_parameters,
        "n_parameters_basis": row["n_parameters_source"],
        "n_active_parameters": mixture_active(facts),
        "n_embedding_parameters": facts.n_embedding,
        "params_suspect": odd_bytes or width_contradicts_size(facts),
        "weights_bytes": round(facts.memory_mib * 2**20)
        if facts.memory_mib and not odd_bytes
        else None,
        "context_tokens": context if context and 0 < context <= _MOST_CONTEXT_TOKENS else None,
        "embed_dim": facts.embed_dim,
        "open_weights": facts.open_weights,
        "open_code": _declared(row["public_training_code"]),
        "open_data": _declared(row["public_training_data"]),
        "license": _stated(row["license"]),
        "commercial_use": "unknown",
        "released": row["release_date"],
        "base_model": facts.adapted_from,
        "languages": iso_languages(row["languages"]),
        "modalities": sorted(facts.modalities),
        "training_datasets": None if trained_on is None else sorted(trained_on),
        "use_instructions": row["use_instructions"],
        "superseded_by": row["superseded_by"],
        "source_id": SOURCE,
    }


def _declared(link: str | None) -> bool | None:
    """Whether something is public: the registry has a link or "True", "False", or nothing (not declared)."""
    return None if link is None else link.lower() != "false"


def _stated(text: str | None) -> str | None:
    return None if text in _NOT_STATED else text


def iso_languages(codes: list[str] | None) -> list[str] | None:
    """ISO 639-3 codes of "eng-Latn" and the like, sorted; programming languages ("python-Code") are left out."""
    if codes is None:
        return None
    parts = (code.partition("-") for code in codes)
    return (
        sorted({code for code, _, script in parts if _ISO.fullmatch(code) and script != "Code"})
        or None
    )


def read_tasks(tasks_parquet: Path) -> pl.DataFrame:
    """TASKS for every task of the registry, `n_models` 0 until joined with scores.

    Raises: MissingData: no such file, or not a registry export.
    Source: METHOD.md#mteb-tasks
    """
    table = _read(tasks_parquet, TASK_COLUMNS)
    groups = twin_groups(table["task_name"], _links(table))
    rows = [_task_row(row, groups) for row in table.select(TASK_COLUMNS).iter_rows(named=True)]
    tasks = pl.DataFrame(rows, schema=TASKS, orient="row").sort("task_id")
    return check_table("mteb tasks", tasks, TASKS, TASKS_KEY)


def _links(table: pl.DataFrame) -> dict[str, list[str]]:
    links: dict[str, list[str]] = {}
    columns = ("task_name", "superseded_by", "adapted_from", "aggregates", "dataset_path")
    for task, newer, origins, parts, path in table.select(columns).iter_rows():
        links[task] = [*(origins or ()), *(parts or ())]
        if newer:
            links[task].append(newer)
        if path and " " not in path:  # an aggregate's "path" is a sentence
            links[task].append(f"data:{path}")
    return links


def _task_row(row: dict[str, Any], groups: dict[str, str]) -> dict[str, Any]:
    metric, splits, n_subsets = row["main_score"], row["eval_splits"], len(row["hf_subsets"])
    over = f"{n_subsets} subsets" if n_subsets > 1 else "the only subset"
    is_text = row["modalities"] == ["text"]
    return {
        "task_id": row["task_name"],
        "harness": "mteb",
        "task_type": row["type"],
        "task_family": FAMILY_OF_TYPE.get(row["type"]) if is_text else None,
        "pool": "embedding",
        "metric": metric,
        "n_shot": -1,
        "protocol": f"mteb {metric}, mean over {over} of {', '.join(splits)}",
        "description": row["description"],
        "languages": iso_languages(row["languages"]),
        "domains": sorted(row["domains"]) if row["domains"] is not None else None,
        "modalities": sorted(row["modalities"]),
        "n_items": sum(counts) if None not in (counts := list(_items(row).values())) else None,
        "chance": 0.0 if _NO_CORRELATION.search(metric) else None,
        "twin_group": groups[row["task_name"]],
        "superseded_by": row["superseded_by"],
        "is_aggregate": row["is_aggregate"],
        "license": _stated(row["license"]),
        "reference": row["reference"],
        "n_models": 0,
        "source_id": SOURCE,
    }


def _items(row: dict[str, Any]) -> dict[str, int | None]:
    """Evaluated split to the number of scored items, None where unknown.

    `n_samples` is no help: for 515 of 1,859 tasks it also counts splits that are not evaluated.
    """
    if _CORPUS_TYPES.search(row["type"]) or not row["n_samples_json"]:
        return dict.fromkeys(row["eval_splits"])
    counts = orjson.loads(row["n_samples_json"])
    return {split: counts.get(split) for split in row["eval_splits"]}


def read_main_revisions(models_parquet: Path) -> dict[str, str]:
    """Model to the revision that mteb regards as the model's own. Raises: MissingData."""
    table = _read(models_parquet, ("model_name", "mteb_main_revision"))
    return dict(table.select("model_name", "mteb_main_revision").drop_nulls().iter_rows())


def read_protocols(tasks_parquet: Path) -> pl.DataFrame:
    """PROTOCOLS: what each task lists as its splits and subsets, and how many items. Raises: MissingData."""
    table = _read(tasks_parquet, TASK_COLUMNS)
    rows = [
        (row["task_name"], split, row["hf_subsets"], n_items, row["dataset_revision"])
        for row in table.select(TASK_COLUMNS).iter_rows(named=True)
        for split, n_items in _items(row).items()
    ]
    return pl.DataFrame(rows, schema=PROTOCOLS, orient="row").sort("task_id", "split")


def _read(path: Path, columns: tuple[str, ...]) -> pl.DataFrame:
    try:
        table = pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        reason = str(error).splitlines()[0]
        raise MissingData(
            f"mteb registry: cannot read {path.name!r} as parquet: {reason}"
        ) from None
    if missing := [column for column in columns if column not in table.columns]:
        raise MissingData(
            f"mteb registry: {path.name!r} lacks the columns {missing}; export it with"
            " `python -m bench.harness.mteb_registry FOLDER`"
        )
    return table
