"""Weights loaded by transformers from a folder or the Hub, with each way that can fail as one clear line."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from advisor._lazy import need
from advisor.core.errors import BadInput, Unreachable
from bench.hub import endpoint, reach_hub
from bench.models import refuse_pickle

if TYPE_CHECKING:
    from bench.models import Weights


def load(auto: Any, weights: Weights, **options: Any) -> Any:
    """`auto.from_pretrained` of what lies on this machine; else, when the hub can be reached, from there.

    Raises: BadInput: no such model, or its weights are pickled; Unreachable: it is gated, or no hub is there.
    """
    if weights.path is not None:
        refuse_pickle(weights.path)
        return auto.from_pretrained(str(weights.path), local_files_only=True, **options)
    folder = snapshot_folder(weights)
    if folder is not None:
        try:
            return auto.from_pretrained(str(folder), local_files_only=True, **options)
        except OSError:
            pass  # a part of it alone was fetched before
    reach_hub(wanted=f"model {weights.model_id!r}")
    try:
        return auto.from_pretrained(weights.model_id, revision=weights.revision, **options)
    except OSError as error:
        raise _explained(weights, str(error)) from None


def load_tokenizer(weights: Weights) -> Any:
    """The tokenizer alone; a folder needs no weights beside it for that. Raises: as `load`."""
    transformers = need("transformers", extra="bench")
    if weights.path is not None:
        return transformers.AutoTokenizer.from_pretrained(str(weights.path), local_files_only=True)
    return load(transformers.AutoTokenizer, weights)


def snapshot_folder(weights: Weights) -> Path | None:
    """Where the model lies on this machine; None where nothing of it does."""
    if weights.path is not None:
        return weights.path
    hub = need("huggingface_hub", extra="bench")
    found = hub.try_to_load_from_cache(weights.model_id, "config.json", revision=weights.revision)
    return Path(found).parent if isinstance(found, str) else None


def _explained(weights: Weights, said: str) -> Exception:
    low, name = said.lower(), weights.model_id
    if "gated" in low or "401" in low or "403" in low:
        return Unreachable(
            f"model {name!r}: gated, or not there; accept its terms at {endpoint()}/{name} and set HF_TOKEN, "
            "or correct the name"
        )
    if "safetensors" in low:
        return BadInput(f"model {name!r}: it has no *.safetensors; pickled weights are not loaded")
    if "revision" in low:
        return BadInput(f"model {name!r}: no revision {weights.revision!r}")
    return BadInput(f"model {name!r}: {' '.join(said.split())[:160]}")
