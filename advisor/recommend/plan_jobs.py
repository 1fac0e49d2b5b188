"""Which harness runs a model on a task, and how the bench spells the job."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import orjson
import polars as pl

from advisor.core.ids import TABULAR_FAMILIES, pool_of_family

if TYPE_CHECKING:
    from advisor.core.profile import TaskProfile
    from advisor.tables.own import OwnEvidence

_TEXT_KIND: Final = {
    "text-classification": "classification",
    "multilabel-classification": "multilabel",
    "pair-classification": "pairs",
    "semantic-similarity": "similarity",
    "information-extraction": "extraction",
}
"""Task family → what the harness for the user's own texts calls it; other families are texts to write."""
_TABLE_METHODS: Final = {
    "Linear (default)": "linear",
    "RandomForest (default)": "forest",
    "XGBoost (default)": "xgboost",
    "Explainable Boosting Machine (default)": "ebm",
    "TabPFNv2 (default)": "tabpfn",
    "TabICL (default)": "tabicl",
}
"""Published name of a method for tables → how the harness spells it."""
_EMBEDDERS: Final = frozenset({"encoder", "decoder", "static_embedding"})
_ONE_RUN: Final = frozenset({"n_train", "settings", "n_shot"})
"""Options that belong to one model or one point of a curve, not to the file."""


def job_for(
    profile: TaskProfile,
    model: str,
    task_id: str | None,
    *,
    own: OwnEvidence | None,
    kind: str | None = None,
) -> dict[str, Any] | None:
    """harness, model, task and options of one job; None where no harness can run it.

    model: a catalogue's id, with its kind; or a baseline's name, without. task_id: null for the user's file.
    """
    if task_id is not None or profile.table is None:
        return _public(profile, model, str(task_id or profile.task_id), kind)
    if profile.task_family in TABULAR_FAMILIES:
        name = model if kind is None else _TABLE_METHODS.get(model)
        return None if name is None else _file_job(profile, "tabular", name, own)
    if kind is None:
        return _file_job(profile, "own", model, own)
    if pool_of_family(profile.task_family) == "embedding":
        return _file_job(profile, "own", f"embed:{model}", own) if kind in _EMBEDDERS else None
    return _file_job(profile, "own", f"lm:{model}", own) if kind == "decoder" else None


def unpublished(profile: TaskProfile, ran: list[str]) -> list[str]:
    """Baselines of the file's kind that are not among `ran`."""
    if profile.task_family in TABULAR_FAMILIES:
        names = {"linear": "linear", "histgb": "histgb"}
    else:
        names = {"tfidf": "tfidf-linear"}
    return [name for name, model_id in names.items() if f"baseline/{model_id}" not in ran]


def _public(
    profile: TaskProfile, model: str, task_id: str, kind: str | None
) -> dict[str, Any] | None:
    pool = pool_of_family(profile.task_family)
    if pool == "embedding" and kind != "api":
        return {"harness": "mteb", "model": model, "task": task_id, "options": {"threads": 1}}
    if pool == "language-model" and kind == "decoder" and ":" not in task_id:
        return {
            "harness": "lm-eval",
            "model": f"hf:{model}",
            "task": task_id,
            "options": {"threads": 1},
        }
    return None


def _file_job(
    profile: TaskProfile, harness: str, model: str, own: OwnEvidence | None
) -> dict[str, Any]:
    table = profile.table or {}
    path = Path(profile.text)
    data = {"data": str(path.resolve()), "data_hash": table.get("data_hash")}
    earlier = _options_of_earlier_runs(
        own, harness, str(table.get("data_hash")), str(table.get("target"))
    )
    if earlier is not None:
        options = {**earlier, **data}
    elif harness == "tabular":
        options = {**data, "target": table.get("target"), "threads": 1}
    else:
        kind = _TEXT_KIND.get(profile.task_family, "generation")
        inputs = table.get("text_columns")
        options = {
            **data,
            "inputs": inputs,
            "label": table.get("target"),
            "kind": kind,
            "threads": 1,
        }
    return {"harness": harness, "model": model, "task": path.stem, "options": options}


def _options_of_earlier_runs(
    own: OwnEvidence | None, harness: str, digest: str, column: str
) -> dict[str, Any] | None:
    """Those of the newest run on the same data, so that the split and the items are the same."""
    if own is None:
        return None
    jobs = own.table("jobs").filter(
        pl.col("harness") == harness,
        pl.col("dataset_revision") == digest,
        pl.col("subset") == column,
    )
    if jobs.is_empty():
        return None
    said: dict[str, Any] = orjson.loads(jobs.sort("measured_at", "job_id")["options"][-1])
    return {name: value for name, value in said.items() if name not in _ONE_RUN}
