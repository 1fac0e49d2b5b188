"""Texts to vectors: any sentence-transformers model, or the token vectors of one without its transformer."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from advisor._lazy import need
from advisor.core.errors import BadInput
from bench import hub
from bench.measure.flops import Count, flops_per_item
from bench.models import Weights, read_weights, weights_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

STATIC = "static:"
_BATCH = 32


class Encoder(Protocol):
    """A loaded model that turns texts into vectors."""

    model_id: str
    revision: str
    kind: str
    n_parameters: int
    n_embedding_parameters: int
    weights_bytes: int | None
    embed_dim: int
    context_tokens: int | None

    def encode(self, texts: Sequence[str], batch_size: int = _BATCH) -> NDArray[np.float32]:
        """Vectors of shape (n, embed_dim), as the model makes them: not normalised here."""
        ...


def load_encoder(spec: str, *, threads: int = 1, trust_remote_code: bool = False) -> Encoder:
    """The encoder that `spec` names: what bench.models.read_weights reads, or "static:" before it.

    threads: of torch, in this process. trust_remote_code: lets the model's own code run.
    Raises: BadInput: no such model, a gated one, or one that needs its own code; Unreachable: no network,
    or the package that bundles it is missing; MissingExtra: sentence-transformers is not installed.
    """
    weights = read_weights(spec.removeprefix(STATIC))
    if weights.source == "server":
        raise BadInput(
            f"model {spec!r}: a server's model cannot be used as an encoder here; name a folder or a Hub id"
        )
    need("torch", extra="bench").set_num_threads(threads)
    loaded = _load(weights, trust_remote_code=trust_remote_code)
    if spec.startswith(STATIC):
        return StaticEncoder(weights, loaded)
    return TransformerEncoder(weights, loaded)


class TransformerEncoder:
    """A sentence-transformers model as it is."""

    kind = "encoder"

    def __init__(self, weights: Weights, loaded: Any) -> None:
        self.model_id = weights.model_id
        self.revision = weights.revision or _hub_revision(loaded) or "unknown"
        self._model = loaded
        self.n_parameters = sum(p.numel() for p in loaded.parameters())
        self.n_embedding_parameters = int(_token_vectors(loaded).weight.numel())
        self.weights_bytes = _bytes(weights, loaded)
        self.embed_dim = int(loaded.get_embedding_dimension())
        self.context_tokens = loaded.max_seq_length

    @property
    def module(self) -> Any:
        """The torch module, for fine-tuning and for counting."""
        return self._model

    def flops(self, text: str) -> Count:
        """Arithmetic of one text, counted on this model."""
        tokens = self._model.tokenizer(
            [text], truncation=True, max_length=self.context_tokens, return_tensors="pt"
        )
        return flops_per_item(self._model, {"input": dict(tokens)})

    def encode(self, texts: Sequence[str], batch_size: int = _BATCH) -> NDArray[np.float32]:
        """Vectors of shape (n, embed_dim)."""
        made = self._model.encode(
            list(texts), batch_size=batch_size, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(made, dtype=np.float32).reshape(len(texts), -1)


class StaticEncoder:
    """The mean of a transformer's input token vectors; no layer of the transformer runs.

    Source: METHOD.md#bench-own
    """

    kind = "static_embedding"

    def __init__(self, weights: Weights, loaded: Any) -> None:
        self.model_id = f"{weights.model_id}+static"
        self.revision = weights.revision or "unknown"
        table = _token_vectors(loaded).weight.detach().cpu().numpy().astype(np.float32)
        self._table: NDArray[np.float32] = table - table.mean(axis=0)
        self._tokenizer = loaded.tokenizer
        self.n_parameters = self.n_embedding_parameters = int(table.size)
        self.weights_bytes: int | None = int(table.nbytes)
        self.embed_dim = int(table.shape[1])
        self.context_tokens: int | None = None

    def encode(self, texts: Sequence[str], batch_size: int = _BATCH) -> NDArray[np.float32]:
        """Vectors of shape (n, embed_dim); a text without tokens is all zeros."""
        made = np.zeros((len(texts), self.embed_dim), dtype=np.float32)
        for start in range(0, len(texts), batch_size):
            part = list(texts[start : start + batch_size])
            ids = self._tokenizer(part, add_special_tokens=False, truncation=False, verbose=False)[
                "input_ids"
            ]
            for row, tokens in enumerate(ids, start=start):
                if len(tokens):
                    made[row] = self._table[np.asarray(tokens)].mean(axis=0)
        return made


def _token_vectors(loaded: Any) -> Any:
    """The input embedding of the transformer inside."""
    import torch

    for module in loaded.modules():
        if hasattr(module, "get_input_embeddings"):
            try:
                found = module.get_input_embeddings()
            except NotImplementedError:
                continue
            if isinstance(found, torch.nn.Embedding):
                return found
    embeddings = [m for m in loaded.modules() if isinstance(m, torch.nn.Embedding)]
    if not embeddings:
        raise BadInput("the model has no token vectors: `static:` needs a transformer")
    return max(embeddings, key=lambda m: m.weight.numel())


def _bytes(weights: Weights, loaded: Any) -> int | None:
    if weights.path is not None:
        return weights_bytes(weights.path)
    return int(sum(p.numel() * p.element_size() for p in loaded.parameters()))


def _hub_revision(loaded: Any) -> str | None:
    for module in loaded.modules():
        if (found := getattr(getattr(module, "config", None), "_commit_hash", None)) is not None:
            return str(found)
    return None


def _load(weights: Weights, *, trust_remote_code: bool) -> Any:
    """The sentence-transformers model, each way of failing as one line."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    library = need("sentence_transformers", extra="bench")
    need("transformers.utils.logging", extra="bench").disable_progress_bar()
    is_local = weights.source != "hub"
    if not is_local:
        facts = hub.look(weights.model_id, revision=weights.revision)
        hub.refuse_pickled(facts)
        is_local = facts.is_cached
    try:
        return library.SentenceTransformer(
            weights.load_from,
            revision=weights.revision if weights.source == "hub" else None,
            device="cuda" if need("torch", extra="bench").cuda.is_available() else "cpu",
            trust_remote_code=trust_remote_code,
            local_files_only=is_local,
            model_kwargs={"use_safetensors": True},
        )
    except Exception as error:  # the libraries below raise a dozen kinds
        raise _explained(weights, error) from error


def _explained(weights: Weights, error: Exception) -> BadInput:
    """What a failed load means to its user, in one line."""
    words = str(error)
    if "trust_remote_code" in words:
        return BadInput(
            f"{weights.model_id}: needs its own code to run; read that code, then add --trust-remote-code"
        )
    line = words.strip().splitlines()[0][:200] if words.strip() else "no reason given"
    return BadInput(f"{weights.model_id}: cannot be loaded ({type(error).__name__}: {line})")
