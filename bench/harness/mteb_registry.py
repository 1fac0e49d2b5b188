"""The installed mteb's registry of models, tasks and benchmarks as the parquet files that `advisor data build` reads.

usage: python -m bench.harness.mteb_registry FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

import polars as pl

MODELS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "model_name": pl.String,
        "mteb_main_revision": pl.String,
        "n_parameters": pl.Int64,
        "n_parameters_source": pl.String,
        "n_embedding_parameters": pl.Int64,
        "n_active_parameters": pl.Int64,
        "memory_usage_mb": pl.Float64,
        "embed_dim": pl.Int64,
        "embed_dims": pl.List(pl.Int64),
        "max_tokens": pl.Int64,
        "release_date": pl.String,
        "license": pl.String,
        "open_weights": pl.Boolean,
        "public_training_code": pl.String,
        "public_training_data": pl.String,
        "languages": pl.List(pl.String),
        "framework": pl.List(pl.String),
        "reference": pl.String,
        "use_instructions": pl.Boolean,
        "model_type": pl.List(pl.String),
        "modalities": pl.List(pl.String),
        "adapted_from": pl.String,
        "superseded_by": pl.String,
        "training_datasets": pl.List(pl.String),
        "training_datasets_expanded": pl.List(pl.String),
    }
)
TASKS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "task_name": pl.String,
        "type": pl.String,
        "modalities": pl.List(pl.String),
        "languages": pl.List(pl.String),
        "domains": pl.List(pl.String),
        "main_score": pl.String,
        "license": pl.String,
        "description": pl.String,
        "reference": pl.String,
        "dataset_path": pl.String,
        "dataset_revision": pl.String,
        "eval_splits": pl.List(pl.String),
        "hf_subsets": pl.List(pl.String),
        "n_samples_json": pl.String,
        "is_aggregate": pl.Boolean,
        "aggregates": pl.List(pl.String),
        "is_public": pl.Boolean,
        "adapted_from": pl.List(pl.String),
        "superseded_by": pl.String,
    }
)
BENCHMARKS: Final = pl.Schema(
    {  # type: ignore[arg-type]
        "benchmark": pl.String,
        "display_name": pl.String,
        "task_order": pl.Int64,
        "task_name": pl.String,
        "eval_splits": pl.List(pl.String),
        "hf_subsets": pl.List(pl.String),
        "is_aggregate_task": pl.Boolean,
    }
)


def export(folder: Path) -> dict[str, int]:
    """Write mteb_models, mteb_tasks and mteb_benchmarks .parquet into `folder`; rows written, by file.

    Raises: MissingExtra: mteb is not installed.
    """
    from advisor._lazy import need

    need("mteb", extra="bench")
    folder.mkdir(parents=True, exist_ok=True)
    tables = {"mteb_models": models(), "mteb_tasks": tasks(), "mteb_benchmarks": benchmarks()}
    for name, table in tables.items():
        beside = folder / f".{name}.parquet.part"
        table.write_parquet(beside, compression="zstd", compression_level=19)
        beside.replace(folder / f"{name}.parquet")
    return {f"{name}.parquet": table.height for name, table in tables.items()}


def models() -> pl.DataFrame:
    """Every model mteb knows, sorted by name."""
    import mteb

    rows = [_model(meta) for meta in mteb.get_model_metas() if meta.name is not None]
    return pl.DataFrame(rows, schema=MODELS, orient="row").sort("model_name")


def _model(meta: Any) -> dict[str, Any]:
    dims = meta.embed_dim if isinstance(meta.embed_dim, list) else [meta.embed_dim]
    dims = [int(dim) for dim in dims if dim is not None]
    expanded = meta.get_training_datasets()
    tokens = meta.max_tokens
    return {
        "model_name": meta.name,
        "mteb_main_revision": meta.revision,
        "n_parameters": meta.n_parameters,
        "n_parameters_source": None if meta.n_parameters is None else "mteb",
        "n_embedding_parameters": meta.n_embedding_parameters,
        "n_active_parameters": meta.n_active_parameters,
        "memory_usage_mb": meta.memory_usage_mb,
        "embed_dim": max(dims) if dims else None,
        "embed_dims": dims or None,
        "max_tokens": int(tokens) if tokens is not None and 0 < tokens < 2**62 else None,
        "release_date": None if meta.release_date is None else str(meta.release_date),
        "license": meta.license,
        "open_weights": meta.open_weights,
        "public_training_code": _text(meta.public_training_code),
        "public_training_data": _text(meta.public_training_data),
        "languages": _texts(meta.languages),
        "framework": _texts(meta.framework),
        "reference": _text(meta.reference),
        "use_instructions": meta.use_instructions,
        "model_type": _texts(meta.model_type),
        "modalities": _texts(meta.modalities),
        "adapted_from": meta.adapted_from,
        "superseded_by": meta.superseded_by,
        "training_datasets": _sorted(meta.training_datasets),
        "training_datasets_expanded": _sorted(expanded),
    }


def tasks() -> pl.DataFrame:
    """Every task mteb knows, superseded, private and aggregate ones included, sorted by name."""
    from mteb.get_tasks import _TASKS_REGISTRY  # no public call lists the superseded ones too

    rows = [_task(task.metadata) for _, task in sorted(_TASKS_REGISTRY.items())]
    return pl.DataFrame(rows, schema=TASKS, orient="row").sort("task_name")


def _task(meta: Any) -> dict[str, Any]:
    parts = getattr(meta, "tasks", None)
    return {
        "task_name": meta.name,
        "type": meta.type,
        "modalities": _texts(meta.modalities),
        "languages": _texts(meta.languages),
        "domains": _texts(meta.domains),
        "main_score": meta.main_score,
        "license": _text(meta.license),
        "description": meta.description,
        "reference": _text(meta.reference),
        "dataset_path": meta.dataset["path"],
        "dataset_revision": meta.dataset["revision"],
        "eval_splits": list(meta.eval_splits),
        "hf_subsets": list(meta.hf_subsets),
        "n_samples_json": json.dumps(meta.n_samples) if meta.n_samples else None,
        "is_aggregate": bool(parts),
        "aggregates": [part.metadata.name for part in parts] if parts else None,
        "is_public": meta.is_public,
        "adapted_from": _texts(meta.adapted_from),
        "superseded_by": meta.superseded_by,
    }


def benchmarks() -> pl.DataFrame:
    """The tasks of every benchmark, with the splits and subsets that it uses."""
    import mteb

    rows = [
        {
            "benchmark": benchmark.name,
            "display_name": getattr(benchmark, "display_name", None),
            "task_order": order,
            "task_name": task.metadata.name,
            "eval_splits": list(task.eval_splits),
            "hf_subsets": list(task.hf_subsets),
            "is_aggregate_task": bool(getattr(task.metadata, "tasks", None)),
        }
        for benchmark in mteb.get_benchmarks()
        for order, task in enumerate(benchmark.tasks)
    ]
    return pl.DataFrame(rows, schema=BENCHMARKS, orient="row").sort("benchmark", "task_order")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _texts(values: object) -> list[str] | None:
    if values is None:
        return None
    listed = [values] if isinstance(values, str) else list(values)  # type: ignore[call-overload]
    return [str(value) for value in listed]


def _sorted(values: object) -> list[str] | None:
    texts = _texts(values)
    return None if texts is None else sorted(texts)


def main(arguments: list[str]) -> int:
    """Export into the one folder named; exit code 2 without it."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m bench.harness.mteb_registry FOLDER\n")
        return 2
    for name, n_rows in export(Path(arguments[0])).items():
        sys.stderr.write(f"{name}: {n_rows} rows\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
