"""Cards of models that MTEB results came from, out of the model_meta.json beside the scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.ingest.mteb_kinds import ModelFacts, kind_of, lineage_of
from advisor.ingest.mteb_layout import META, load_json, read_bytes
from advisor.ingest.mteb_registry import MODEL_COLUMNS, model_row
from advisor.tables.schema import MODELS, MODELS_KEY, check_table

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

BASIS: Final = "model_meta.json"
_NUMBERS: Final = frozenset({"n_parameters", "n_embedding_parameters", "max_tokens", "embed_dim"})
_LISTS: Final = frozenset({"languages", "modalities"})
_TEXTS: Final = frozenset({"release_date", "license", "adapted_from", "superseded_by", "public_training_code", "public_training_data"})  # fmt: skip
_MOST: Final = 2**62


def read_meta_cards(root: Path, model_ids: Iterable[str]) -> pl.DataFrame:
    """MODELS of those models that a model_meta.json under `root` describes; the last revision's file speaks.

    What a file holds in a form that it should not have is left unknown.
    """
    wanted = set(model_ids)
    found: dict[str, dict[str, Any]] = {}
    for file in sorted(root.rglob(META)):
        try:
            said, _ = load_json(read_bytes(str(file)))
        except (OSError, ValueError):
            continue
        if isinstance(said, dict) and said.get("name") in wanted:
            found[said["name"]] = said
    rows = [_card(said) for _, said in sorted(found.items())]
    cards = pl.DataFrame(rows, schema=MODELS, orient="row")
    return check_table("mteb cards", cards, MODELS, MODELS_KEY)


def _card(said: dict[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {key: _clean(key, said.get(key)) for key in MODEL_COLUMNS}
    trained = said.get("training_datasets")
    memory = _number(said.get("memory_usage_mb"))
    row |= {
        "model_name": said["name"],
        "n_parameters_source": None if row["n_parameters"] is None else BASIS,
        "n_active_parameters": _number(said.get("n_active_parameters_override")),
        "memory_usage_mb": memory,
        "open_weights": said.get("open_weights") is not False,
        "use_instructions": said.get("use_instructions") is True,
        "modalities": row["modalities"] or ["text"],
        "model_type": _kinds(said),
        "training_datasets": sorted(map(str, trained)) if isinstance(trained, dict | list) else None,
    }  # fmt: skip
    facts = ModelFacts(
        name=row["model_name"], n_parameters=row["n_parameters"], n_embedding=row["n_embedding_parameters"],
        n_active=row["n_active_parameters"], memory_mib=row["memory_usage_mb"], embed_dim=row["embed_dim"],
        open_weights=row["open_weights"], model_type=row["model_type"], modalities=row["modalities"],
        adapted_from=row["adapted_from"],
    )  # fmt: skip
    lineage = lineage_of(facts.name, {facts.name: facts.adapted_from})
    return model_row(row, facts) | {"kind": kind_of(facts, lineage)}


def _kinds(said: dict[str, Any]) -> list[str]:
    """Mteb's model types; before it had them, a cross-encoder was marked by a field of its own."""
    types = said.get("model_type")
    if isinstance(types, list):
        return [kind for kind in types if isinstance(kind, str)]
    return ["cross-encoder"] if said.get("is_cross_encoder") is True else ["dense"]


def _clean(key: str, value: object) -> object:
    if key in _NUMBERS:
        return _number(value)
    if key in _LISTS:
        good = isinstance(value, list) and all(isinstance(part, str) for part in value)
        return value if good else None
    if key in _TEXTS:
        if isinstance(value, bool):
            return str(value)
        return value if isinstance(value, str) and value else None
    return None


def _number(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return int(value) if 0 <= value < _MOST else None
