"""What sort of model a registry entry is, how large its weights really are, and which family it belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.core.ids import ModelKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFacts:
    """What the registry says of one model, as far as its kind depends on it."""

    name: str
    n_parameters: int | None
    n_embedding: int | None
    n_active: int | None
    """Total minus embedding table, or mteb's override; 0 for static word vectors."""
    memory_mib: float | None
    embed_dim: int | None
    open_weights: bool
    model_type: Sequence[str]
    modalities: Sequence[str]
    adapted_from: str | None


_BASELINE: Final = re.compile(r"^mteb/baseline-random|^baseline/Human", re.IGNORECASE)
_LEXICAL: Final = re.compile(r"\bbm25|\bbb25", re.IGNORECASE)
_STATIC: Final = re.compile(r"(?:^|[-_/])(?:static|potion|m2v|model2vec)(?:[-_]|$)", re.IGNORECASE)
_DECODER: Final = re.compile(
    r"qwen|mistral|ministral|llama(?!index)|gemma|bloom|sgpt|blip2-opt|phi-?\d|minicpm|croissant"
    r"|sarashina|lfm2|gritlm|llm2vec|f2llm|c2llm|kalm|giga|nv-embed|sfr-embed|vlm|mllm|omni|splade-code"
    r"|qzhou|hinvec|promptriever|repllama|nemotron(?!.*clip)|visrag|flamingo|granite-vision|pythia|bmretriever"
    r"|Jasper-Token-Compression|Tarka-Embedding-350M",
    re.IGNORECASE,
)
"""Families of decoder-only language models, in a model's name or in the name of what it was made from. The last two
have the parameter counts of Qwen3-0.6B and LFM2-350M to 2 %."""
_ENCODER: Final = re.compile(
    r"bert|t5|mpnet|minilm|electra|codesage|xlm|clip|siglip|clap|rerank-base-v1|labse|tips|align|sonar|pe-av|ebind",
    re.IGNORECASE,
)
_DECODER_FROM: Final = 1_400_000_000
"""A model this large without any other hint is built on a decoder: the largest BERT-style encoder in the registry
(codesage-large) has 1.31 billion parameters, and larger T5, CLIP and audio-video encoders say so in their names."""


def kind_of(model: ModelFacts, lineage: Sequence[str]) -> ModelKind:
    """The model's kind; the first rule that applies decides. `lineage`: names from the root model to this one.

    other (human, random, no text, BM25 hybrids, routers) > api (weights not open) > lexical > static_embedding >
    cross_encoder > late_interaction > decoder or encoder by the family names of root first, then by size.
    Source: METHOD.md#mteb-kinds
    """
    types = set(model.model_type)
    if (
        _BASELINE.search(model.name)
        or "text" not in model.modalities
        or types & {"hybrid", "router"}
    ):
        return "other"
    if not model.open_weights:
        return "api"
    if _LEXICAL.search(model.name) and "sparse" in types:
        return "lexical"
    if _is_static(model):
        return "static_embedding"
    if "cross-encoder" in types:
        return "cross_encoder"
    if "late-interaction" in types:
        return "late_interaction"
    return _backbone(model, lineage)


def _is_static(model: ModelFacts) -> bool:
    if model.n_active is None:
        return _STATIC.search(model.name) is not None
    return model.n_active == 0 and bool(model.n_parameters)


def _backbone(model: ModelFacts, lineage: Sequence[str]) -> ModelKind:
    for name in lineage:
        if _DECODER.search(name):
            return "decoder"
        if _ENCODER.search(name):
            return "encoder"
    return "decoder" if (model.n_parameters or 0) >= _DECODER_FROM else "encoder"


def lineage_of(name: str, made_from: Mapping[str, str | None]) -> list[str]:
    """Names from the root to `name`, following `adapted_from` as far as it is known; cycles end the walk."""
    chain = [name]
    while (base := made_from.get(chain[-1])) and base not in chain:
        chain.append(base)
    return chain[::-1]


_QUANTIZED: Final = re.compile(r"int8|quantized|ternary|binary|starse", re.IGNORECASE)
_BYTES_PER_PARAMETER: Final = (1.9, 4.7)
"""Two (half precision) to four bytes, with 5-18 % for buffers and rounding to whole MiB."""
_BASE_WIDTH: Final = 768
_BASE_NON_EMBEDDING: Final = (50, 650)
"""Non-embedding parameters of a "base" encoder over its squared width: 146 for twelve BERT layers, 73 for six."""
_BASE: Final = re.compile(r"(?:^|[-_/])base(?:[-_]|$)", re.IGNORECASE)
_MIB: Final = 2**20
_SMALLEST_MIB: Final = 4
"""Below this the whole MiB of `memory_usage_mb` are too coarse to judge by."""


def bytes_contradict_size(model: ModelFacts) -> bool:
    """Whether the weights' bytes cannot be those of so many parameters; either number may be the wrong one."""
    memory = model.memory_mib
    if (
        not model.n_parameters
        or memory is None
        or memory < _SMALLEST_MIB
        or _QUANTIZED.search(model.name)
    ):
        return False
    low, high = _BYTES_PER_PARAMETER
    return not low <= memory * _MIB / model.n_parameters <= high


def width_contradicts_size(model: ModelFacts) -> bool:
    """Whether a text encoder that calls itself "base" has far more or fewer parameters than its width allows."""
    is_base = _BASE.search(model.name) and set(model.modalities) == {"text"}
    if (
        not is_base
        or model.embed_dim != _BASE_WIDTH
        or not (model.n_parameters and model.n_embedding)
    ):
        return False
    low, high = _BASE_NON_EMBEDDING
    return not low <= (model.n_parameters - model.n_embedding) / _BASE_WIDTH**2 <= high


def mixture_active(model: ModelFacts) -> int | None:
    """Active parameters of a mixture of experts as the registry declares them, None for any other model."""
    if not model.n_active or model.n_parameters is None:
        return None
    if model.n_embedding is not None and model.n_active == model.n_parameters - model.n_embedding:
        return None
    return model.n_active if model.n_active < model.n_parameters else None


_SIZE_WORDS: Final = re.compile(
    r"^(?:v?\d+(?:\.\d+)*[bmkx]?|a\d+(?:\.\d+)?[bm]|l\d+|h\d+|d\d+|tiny|micro|mini|nano|xs|xsmall|small|base|medium|large|big|xl|xxl"
    r"|s|m|l|int8|bf16|lite|light|edge|giant|instruct)$",
    re.IGNORECASE,
)


def family_of(name: str) -> str:
    """The name without size, version and tuning words: "intfloat/multilingual-e5-small" is of "intfloat/multilingual-e5"."""
    maker, _, rest = name.rpartition("/")
    rest = rest.partition(" (")[0]
    words = [word for word in re.split(r"[-_]", rest) if not _SIZE_WORDS.match(word)]
    stem = "-".join(words) or rest
    return f"{maker}/{stem}" if maker else stem
