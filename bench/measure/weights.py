"""Bytes of a model as it would lie on disk."""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any

from bench.models import weights_bytes
from bench.rows import Reading

if TYPE_CHECKING:
    from pathlib import Path


class _Counter:
    """A file that keeps only how much was written to it."""

    def __init__(self) -> None:
        self.n_bytes = 0

    def write(self, part: Any) -> int:
        size = memoryview(part).nbytes
        self.n_bytes += size
        return size


def serialised_bytes(fitted: object) -> int | None:
    """Bytes of a fitted object in Python's own serial form (what joblib or pickle would store, uncompressed).

    Nothing is kept and nothing is loaded. None: the object cannot be serialised.
    """
    counter = _Counter()
    try:
        pickle.Pickler(counter, protocol=5).dump(fitted)
    except (pickle.PicklingError, TypeError, AttributeError):
        return None
    return counter.n_bytes


def weights_reading(model: Path | object) -> list[Reading]:
    """weights_bytes of a folder of safetensors or of a fitted object; nothing where it cannot be told."""
    from pathlib import Path

    if isinstance(model, Path):
        size: int | None = weights_bytes(model)
        method = "size of the *.safetensors files"
    else:
        size, method = serialised_bytes(model), "length of the fitted object's serial form"
    if not size:
        return []
    return [
        Reading(
            metric="weights_bytes", value=float(size), n=1, method=f"{method}; exact, no interval"
        )
    ]
