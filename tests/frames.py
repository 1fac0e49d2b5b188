"""Small frames with good defaults for what the judging layers read."""

from __future__ import annotations

import polars as pl

from advisor.core.ids import size_class
from advisor.core.profile import Constraints, TaskProfile
from advisor.tables.schema import SHIPPED_MODELS

_DEFAULTS = {
    "pool": ["embedding"],
    "kind": "encoder",
    "n_parameters": 100_000_000,
    "params_suspect": False,
    "open_weights": True,
    "license": "apache-2.0",
    "is_open_license": True,
    "commercial_use": "yes",
    "languages": ["eng"],
    "measured_languages": [],
    "verified": True,
    "source_id": "made-for-a-test",
}


def a_model(model_id: str, **facts) -> dict[str, object]:
    empty = dict.fromkeys(SHIPPED_MODELS)
    return empty | _DEFAULTS | {"model_id": model_id} | facts


def models(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SHIPPED_MODELS)


def a_candidate(model_id: str, value: float, p: float, **facts) -> dict[str, object]:
    """A row of the field: a model with its estimate and odds."""
    extra = {
        "value": value, "lo": value - 0.05, "hi": value + 0.05, "level": 0.9, "basis": "extrapolated",
        "n_evidence": 20, "n_measured": 10, "grounded": True, "p_best": 0.1, "p_good_enough": p,
        "eligible": True, "reference": True,
    }  # fmt: skip
    own = {key: facts.pop(key) for key in list(facts) if key in extra}
    card = a_model(model_id, **facts)
    return card | {"size_class": size_class(card["n_parameters"], card["kind"])} | extra | own


def candidates(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), infer_schema_length=None)


def a_profile(**parts) -> TaskProfile:
    limits = {key: parts.pop(key) for key in list(parts) if key in Constraints.model_fields}
    words = {
        "text": "find the right FAQ answer",
        "task_family": "retrieval",
        "metric": "ndcg_at_10",
    }
    return TaskProfile(**(words | parts), constraints=Constraints(**limits))
