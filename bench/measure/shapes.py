"""The shapes that are timed: real models' dimensions without their weights, and how many parameters each has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping

ShapeKind = Literal["encoder", "decoder", "static_embedding", "linear", "lexical"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Dimensions of a published model; weights are drawn at random when it is timed."""

    name: str
    kind: ShapeKind
    stands_for: str
    """A published model with these dimensions; for information."""
    config_class: str = ""
    """Name of the transformers configuration class; empty for what is no transformer."""
    config: Mapping[str, Any] = field(default_factory=dict)
    rows: int = 0
    """Rows of a static embedding's table, or hashed features of a linear model."""
    dim: int = 0
    """Columns of a static embedding's table."""
    longest: int = 512
    """Longest text that is timed, tokens; less where one call would take too long."""
    twin_of: str = ""
    """Another shape with the same layers: left out of a fit together with it."""

    @property
    def model_id(self) -> str:
        """The id in the evidence table."""
        return f"shape/{self.name}"


def _bert(layers: int, hidden: int, heads: int, **more: int) -> dict[str, int]:
    return {
        "num_hidden_layers": layers, "hidden_size": hidden, "num_attention_heads": heads,
        "intermediate_size": 4 * hidden, "vocab_size": 30_522, **more,
    }  # fmt: skip


def _decoder(
    layers: int, hidden: int, inner: int, heads: tuple[int, int], **more: Any
) -> dict[str, Any]:
    return {
        "num_hidden_layers": layers, "hidden_size": hidden, "intermediate_size": inner, "num_attention_heads": heads[0],
        "num_key_value_heads": heads[1], "tie_word_embeddings": True, "max_position_embeddings": 4096, **more,
    }  # fmt: skip


_XLMR = {"vocab_size": 250_002, "max_position_embeddings": 514}
_MODERN = {"vocab_size": 50_368, "reference_compile": False}

SHAPES: Final[tuple[Shape, ...]] = (
    Shape(name="linear", kind="linear", stands_for="hashed TF-IDF + logistic regression", rows=2**18),
    Shape(name="lexical", kind="lexical", stands_for="hashed TF-IDF vector of a text", rows=2**18),
    Shape(name="static-30k-256", kind="static_embedding", stands_for="minishlab/potion-base-8M", rows=29_528, dim=256),
    Shape(name="static-30k-1024", kind="static_embedding", stands_for="sentence-transformers/static-retrieval-mrl-en-v1", rows=30_522, dim=1024),
    Shape(name="static-500k-256", kind="static_embedding", stands_for="minishlab/potion-multilingual-128M", rows=500_353, dim=256),
    Shape(name="bert-l2-h128", kind="encoder", stands_for="google/bert_uncased_L-2_H-128_A-2", config_class="BertConfig", config=_bert(2, 128, 2)),
    Shape(name="minilm-l6", kind="encoder", stands_for="sentence-transformers/all-MiniLM-L6-v2", config_class="BertConfig", config=_bert(6, 384, 12)),
    Shape(name="minilm-l12", kind="encoder", stands_for="intfloat/e5-small-v2", config_class="BertConfig", config=_bert(12, 384, 12)),
    Shape(name="distilbert", kind="encoder", stands_for="distilbert/distilbert-base-uncased", config_class="BertConfig", config=_bert(6, 768, 12)),
    Shape(name="bert-base", kind="encoder", stands_for="google-bert/bert-base-uncased", config_class="BertConfig", config=_bert(12, 768, 12)),
    Shape(name="bert-large", kind="encoder", stands_for="google-bert/bert-large-uncased", config_class="BertConfig", config=_bert(24, 1024, 16)),
    Shape(name="xlmr-base", kind="encoder", stands_for="intfloat/multilingual-e5-base", config_class="XLMRobertaConfig", config=_bert(12, 768, 12, **_XLMR), longest=128, twin_of="bert-base"),
    Shape(name="xlmr-large", kind="encoder", stands_for="intfloat/multilingual-e5-large", config_class="XLMRobertaConfig", config=_bert(24, 1024, 16, **_XLMR), longest=128, twin_of="bert-large"),
    Shape(
        name="modernbert-base", kind="encoder", stands_for="answerdotai/ModernBERT-base", config_class="ModernBertConfig",
        config={"num_hidden_layers": 22, "hidden_size": 768, "intermediate_size": 1152, "num_attention_heads": 12, **_MODERN},
    ),
    Shape(name="decoder-135m", kind="decoder", stands_for="HuggingFaceTB/SmolLM2-135M", config_class="LlamaConfig", config=_decoder(30, 576, 1536, (9, 3), vocab_size=49_152)),
    Shape(name="decoder-360m", kind="decoder", stands_for="HuggingFaceTB/SmolLM2-360M", config_class="LlamaConfig", config=_decoder(32, 960, 2560, (15, 5), vocab_size=49_152)),
    Shape(name="decoder-0.6b", kind="decoder", stands_for="Qwen/Qwen3-0.6B", config_class="Qwen3Config", config=_decoder(28, 1024, 3072, (16, 8), vocab_size=151_936, head_dim=128)),
    Shape(name="decoder-1.5b", kind="decoder", stands_for="Qwen/Qwen2.5-1.5B", config_class="Qwen2Config", config=_decoder(28, 1536, 8960, (12, 2), vocab_size=151_936), longest=128),
)  # fmt: skip
"""Dimensions are those of the published configuration files of `stands_for`."""

BY_NAME: Final = {shape.name: shape for shape in SHAPES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What the built module says of itself."""

    n_parameters: int
    n_embedding_parameters: int
    """The token table's; a tied output layer is the same table and counts once."""
    n_layers: int
    hidden: int

    @property
    def non_embedding(self) -> int:
        """Parameters that every token passes through."""
        return self.n_parameters - self.n_embedding_parameters


def counts_of(module: Any, shape: Shape) -> Counts:
    """Counts from a torch module's own tensors; shared tensors count once."""
    total = sum(tensor.numel() for tensor in module.parameters())
    return Counts(
        n_parameters=total,
        n_embedding_parameters=module.get_input_embeddings().weight.numel(),
        n_layers=shape.config["num_hidden_layers"],
        hidden=shape.config["hidden_size"],
    )
