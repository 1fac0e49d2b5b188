"""In which order a ladder climbs: by what a model is, then by how large it is."""

from __future__ import annotations

from typing import Final

import polars as pl

from advisor.core.errors import AdvisorError
from advisor.tables.snapshot import load
from bench.models import read_weights, weights_bytes

STEPS: Final = ("majority", "tfidf", "static", "embed", "finetune", "lm", "openai")
"""From nothing learned to a server's model."""


def in_order(models: list[str]) -> list[str]:
    """Smallest first: by STEPS, then by size where it is known without loading, then as given."""

    def key(model: str) -> tuple[int, float, int]:
        name, _, rest = model.partition(":")
        return STEPS.index(name), known_size(rest) if rest else 0.0, models.index(model)

    return sorted(models, key=key)


def known_size(spec: str) -> float:
    """Bytes of a folder's weights, or four a parameter where the snapshot knows the model; infinite where neither does."""
    try:
        weights = read_weights(spec)
        if weights.path is not None:
            return float(weights_bytes(weights.path))
        snapshot = load()
        rows = snapshot.collect(
            snapshot.scan("models")
            .filter(pl.col("model_id") == weights.model_id)
            .select("n_parameters")
        )
    except AdvisorError:
        return float("inf")
    found = rows["n_parameters"].drop_nulls()
    return 4.0 * float(found[0]) if len(found) else float("inf")
