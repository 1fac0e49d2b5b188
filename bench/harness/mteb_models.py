"""Models as mteb sees them, each under a name, a revision and a size of its own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor.core.errors import (
    AdvisorError,
    BadInput,
    MissingData,
    MissingExtra,
    UnknownName,
    Unreachable,
)
from advisor.tables import snapshot
from advisor.tables.schema import MODELS
from bench import hub
from bench.harness.encoders import STATIC, load_encoder
from bench.harness.text_baselines import BASELINES
from bench.models import BUNDLED, read_weights
from bench.names import hint, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MTEB: Final = "mteb:"
"""Before a name: the model as mteb registers it, with its own loader and prompts."""
HUB: Final = "hf:"
"""Before a Hub id: plain sentence-transformers, whatever mteb registers under that id."""
_CATALOGUED: Final = (
    "family", "license", "commercial_use", "open_weights", "released", "base_model", "languages",
    "training_datasets", "use_instructions",
)  # fmt: skip
_OWN_OF_MTEB: Final = "mteb/baseline"
"""mteb's own random and lexical baselines need nothing from the Hub."""
_RUNS_CODE: Final = "trust_remote_code"


@dataclass(frozen=True, kw_only=True)
class Loaded:
    """A model that mteb can evaluate, and what is known of it."""

    model: Any
    """With mteb's `encode`, or its `search`."""
    model_id: str
    revision: str
    precision: str
    facts: dict[str, Any]
    """Columns of MODELS."""
    call: Callable[[Sequence[str]], object] | None
    """Embeds a list of texts; None for a model that only searches."""
    fit: Callable[[Sequence[str]], None] | None = None
    """For a model that learns from texts before it can embed."""
    later: Callable[[], dict[str, Any]] = field(default=dict)
    """More columns of MODELS, known once it was fitted."""


def check_spelling(spec: str) -> dict[str, str]:
    """What a job records of the model beside its spelling: the hash of local weights, where there are some.

    Raises: BadInput: no such folder, and nothing that is spelt like a model; Unreachable: its package is missing.
    """
    if spec in BASELINES or spec.startswith(MTEB):
        return {}
    bare = spec.removeprefix(STATIC)
    try:
        weights = read_weights(bare)
    except BadInput as error:
        others = ", ".join((*BASELINES, f"{STATIC}MODEL", f"{MTEB}NAME"))
        near = nearest(bare, (*BASELINES, *BUNDLED), n=1) if "/" not in bare else []
        raise BadInput(
            f"model {spec!r}: did you mean {near[0]!r}?" if near else f"{error}, or one of {others}"
        ) from None
    if weights.source == "server":
        raise BadInput(
            f"model {spec!r}: a server's model cannot embed here; name a folder or a Hub id"
        )
    return {"weights": weights.revision} if weights.path is not None and weights.revision else {}


def look_first(spec: str) -> str | None:
    """The licence that the Hub states of a Hub id, after one short question and before anything heavy is imported.

    None for what is no Hub id, and for names of mteb's that are not on the Hub (servers, its own baselines).
    Raises: UnknownName: no such model; Unreachable: no network and nothing cached, or gated; BadInput: pickled weights.
    """
    bare = spec.removeprefix(STATIC).removeprefix(MTEB)
    if spec in BASELINES or bare.startswith(_OWN_OF_MTEB):
        return None
    name, revision = bare, None
    known = _catalogue().select("model_id").collect()["model_id"]
    if not spec.startswith(MTEB):
        weights = read_weights(bare)
        if weights.source != "hub":
            return None
        name, revision = weights.model_id, weights.revision
    elif name not in known:
        return None  # mteb's registry says what it holds
    try:
        facts = hub.look(name, revision=revision)
    except (UnknownName, Unreachable) as error:
        if name in known:
            if isinstance(error, UnknownName) and not spec.startswith((STATIC, HUB)):
                return None  # a server's model, that mteb knows how to ask
            raise
        near = hint(name, known, otherwise="the snapshot's catalogue holds nothing like it")
        raise type(error)(f"{error}{near}") from None
    hub.refuse_pickled(facts)
    return facts.license


def load(
    spec: str,
    *,
    threads: int = 1,
    seed: int = 0,
    trust_remote_code: bool = False,
    license_name: str | None = None,
) -> Loaded:
    """The model that `spec` names, loaded. license_name: as look_first found it.

    Raises: BadInput, UnknownName: no such model, pickled weights, or one that needs code of its own;
    Unreachable: no network or no right to it; MissingExtra: a package that it needs.
    """
    if spec in BASELINES:
        return _baseline(BASELINES[spec](seed=seed))
    if spec.startswith(MTEB):
        name = spec.removeprefix(MTEB)
        return _registered(name, trust_remote_code=trust_remote_code)
    if spec.startswith(STATIC):
        return _adapted(load_encoder(spec, threads=threads, trust_remote_code=trust_remote_code))
    weights = read_weights(spec)
    is_plain = spec.startswith(HUB) or weights.source != "hub" or weights.revision is not None
    if not is_plain and weights.model_id in registered_names():
        return _registered(weights.model_id, trust_remote_code=trust_remote_code)
    loaded = load_encoder(spec, threads=threads, trust_remote_code=trust_remote_code)
    return _sentence_transformer(loaded, license_name)


def registered_names() -> list[str]:
    """Names of all models that the installed mteb can load itself."""
    from mteb.models.model_implementations import MODEL_REGISTRY

    return sorted(name for name, meta in MODEL_REGISTRY.items() if meta.loader is not None)


def _registered(name: str, *, trust_remote_code: bool) -> Loaded:
    """The model as mteb itself loads it: its wrapper, prompts and revision."""
    from mteb.models.model_implementations import MODEL_REGISTRY

    if name not in registered_names():
        raise UnknownName(
            f"{name}: mteb has no loader of that name"
            + hint(name, registered_names(), otherwise="see mteb.get_model_metas()")
        )
    meta = MODEL_REGISTRY[name]
    _check_registered(meta, trust_remote_code=trust_remote_code)
    try:
        model = meta.load_model()
    except Exception as error:  # a thousand loaders raise what they like
        raise _explained(name, error) from error
    return Loaded(
        model=model, model_id=name, revision=meta.revision or "unknown", precision=_precision(model),
        facts=_registered_facts(meta, model), call=_caller(model),
    )  # fmt: skip


def _check_registered(meta: Any, *, trust_remote_code: bool) -> None:
    if meta.loader_kwargs.get(_RUNS_CODE) and not trust_remote_code:
        raise BadInput(
            f"{meta.name}: needs its own code to run; read that code, then add --trust-remote-code"
        )


def _registered_facts(meta: Any, model: Any) -> dict[str, Any]:
    counted = _counted(model)
    dims = meta.embed_dim if isinstance(meta.embed_dim, list) else [meta.embed_dim]
    tokens = meta.max_tokens
    known = _known(meta.name)
    return {
        **known, "pool": ["embedding"], "kind": known.get("kind", _kind_of(meta)),
        "n_parameters": counted or meta.n_parameters,
        "n_parameters_basis": "counted" if counted else "mteb" if meta.n_parameters else "unknown",
        "n_embedding_parameters": meta.n_embedding_parameters,
        "embed_dim": max((int(d) for d in dims if d is not None), default=None),
        "context_tokens": int(tokens) if tokens is not None and 0 < tokens < 2**62 else None,
        "weights_bytes": _bytes(model) or known.get("weights_bytes"),
        "license": known.get("license") or meta.license, "modalities": list(meta.modalities),
    }  # fmt: skip


def _kind_of(meta: Any) -> str:
    if "cross-encoder" in meta.model_type:
        return "cross_encoder"
    if "late-interaction" in meta.model_type:
        return "late_interaction"
    return "api" if meta.open_weights is False else "other"


def _sentence_transformer(encoder: Any, license_name: str | None) -> Loaded:
    """Mteb's own wrapper, which applies the model's prompts, around a sentence-transformers model."""
    from mteb.models import SentenceTransformerEncoderWrapper

    model = SentenceTransformerEncoderWrapper(encoder.module)
    model.mteb_model_meta = _meta(encoder, like=model.mteb_model_meta)
    facts = _facts(encoder)
    if license_name is not None and facts.get("license") is None:
        facts["license"] = license_name
    return Loaded(
        model=model, model_id=encoder.model_id, revision=encoder.revision,
        precision=_precision(model), facts=facts, call=encoder.encode,
    )  # fmt: skip


def _baseline(encoder: Any) -> Loaded:
    import sklearn

    encoder.revision = f"sklearn-{sklearn.__version__}"
    if not hasattr(encoder, "fit"):
        return _adapted(encoder)
    return _adapted(encoder, fit=encoder.fit, is_fitted=False)


def _adapted(encoder: Any, *, fit: Any = None, is_fitted: bool = True) -> Loaded:
    """An encoder of ours behind mteb's protocol."""
    from mteb.models.abs_encoder import AbsEncoder

    class Adapted(AbsEncoder):
        """Texts out of mteb's batches, vectors out of ours; cosine as similarity."""

        def encode(self, inputs: Any, **named: Any) -> Any:
            texts = [text for batch in inputs for text in batch["text"]]
            return encoder.encode(texts, batch_size=named.get("batch_size", 32))

    model = Adapted()
    model.mteb_model_meta = _meta(
        encoder if is_fitted else None, name=encoder.model_id, revision=encoder.revision
    )
    return Loaded(
        model=model, model_id=encoder.model_id, revision=encoder.revision, precision="float32",
        facts=_facts(encoder) if is_fitted else {}, call=encoder.encode, fit=fit,
        later=dict if is_fitted else lambda: _facts(encoder),
    )  # fmt: skip


def _meta(
    encoder: Any, *, like: Any = None, name: str | None = None, revision: str | None = None
) -> Any:
    """Mteb's record of the model: "org/name", revision and size are our own and never mteb's placeholder.

    Two local models without them share mteb's "no_model_name/available" and with it each other's cached scores.
    """
    from mteb.models.model_meta import ModelMeta, ScoringFunction

    own = {"name": _one_slash(name or encoder.model_id), "revision": revision or encoder.revision}
    if encoder is not None:
        own |= {"n_parameters": encoder.n_parameters, "embed_dim": encoder.embed_dim}
    if like is not None:
        return like.model_copy(update=own)
    return ModelMeta.create_empty(
        overwrites={**own, "similarity_fn_name": ScoringFunction.COSINE, "modalities": ["text"]}
    )


def _one_slash(model_id: str) -> str:
    """Mteb takes "org/name" with one slash: "local/a/b" → "local/a__b"."""
    organisation, _, name = model_id.partition("/")
    return f"{organisation}/{name.replace('/', '__')}"


def _facts(encoder: Any) -> dict[str, Any]:
    known = _known(encoder.model_id)
    return {
        **known, "pool": ["embedding"], "kind": known.get("kind", encoder.kind),
        "n_parameters": encoder.n_parameters, "n_parameters_basis": "counted",
        "n_embedding_parameters": getattr(encoder, "n_embedding_parameters", None),
        "weights_bytes": encoder.weights_bytes, "embed_dim": encoder.embed_dim,
        "context_tokens": encoder.context_tokens, "modalities": ["text"],
    }  # fmt: skip


def _known(model_id: str) -> dict[str, Any]:
    """What the snapshot's catalogue says of a model, where it holds it."""
    rows = _catalogue().filter(pl.col("model_id") == model_id)
    found = rows.select("kind", "weights_bytes", *_CATALOGUED).collect().to_dicts()
    return {name: value for row in found for name, value in row.items() if value is not None}


def _catalogue() -> pl.LazyFrame:
    """The snapshot's embedding models; none without a snapshot."""
    try:
        models = snapshot.load().scan("models")
    except (MissingData, UnknownName):
        models = pl.LazyFrame(schema=MODELS)
    return models.filter(pl.col("pool").list.contains("embedding"))


def _counted(model: Any) -> int | None:
    inner = getattr(model, "model", None)
    parameters = getattr(inner, "parameters", None)
    return sum(p.numel() for p in parameters()) if callable(parameters) else None


def _bytes(model: Any) -> int | None:
    parameters = getattr(getattr(model, "model", None), "parameters", None)
    return sum(p.numel() * p.element_size() for p in parameters()) if callable(parameters) else None


def _precision(model: Any) -> str:
    parameters = getattr(getattr(model, "model", None), "parameters", None)
    first = next(iter(parameters()), None) if callable(parameters) else None
    return "unknown" if first is None else str(first.dtype).removeprefix("torch.")


def _caller(model: Any) -> Callable[[Sequence[str]], object] | None:
    encode = getattr(getattr(model, "model", None), "encode", None)
    if not callable(encode):
        return None
    return lambda texts: encode(list(texts), show_progress_bar=False)


def _explained(name: str, error: Exception) -> AdvisorError:
    """What a failed load of a registered model means to its user, in one line."""
    words = str(error).strip()
    line = words.splitlines()[0][:200] if words else type(error).__name__
    if isinstance(error, ImportError):
        return MissingExtra(f"{name}: {line}")
    if _RUNS_CODE in words:
        return BadInput(
            f"{name}: needs its own code to run; read that code, then add --trust-remote-code"
        )
    if "api_key" in words.lower() or "api key" in words.lower():
        return Unreachable(f"{name}: no key for its server ({line})")
    if "gated" in words or "401" in words or "403" in words:
        return Unreachable(f"{name}: gated; accept its conditions on the Hub and set HF_TOKEN")
    if "onnect" in words or "ffline" in words or isinstance(error, OSError):
        return Unreachable(f"{name}: cannot be fetched ({line})")
    return BadInput(f"{name}: cannot be loaded ({type(error).__name__}: {line})")
