"""The closed vocabularies: task families, model kinds, size classes."""

from __future__ import annotations

from typing import Final, Literal, get_args

TaskFamily = Literal[
    "text-classification",
    "multilabel-classification",
    "pair-classification",
    "semantic-similarity",
    "retrieval",
    "reranking",
    "clustering",
    "bitext-mining",
    "information-extraction",
    "summarization",
    "question-answering",
    "reasoning-math",
    "code-generation",
    "instruction-following",
    "translation",
    "tabular-classification",
    "tabular-regression",
]
TASK_FAMILIES: Final[tuple[TaskFamily, ...]] = get_args(TaskFamily)
EMBEDDING_FAMILIES: Final = frozenset(TASK_FAMILIES[:8])
TABULAR_FAMILIES: Final = frozenset(TASK_FAMILIES[15:])


def pool_of_family(family: str) -> str:
    """Which models a family is measured on: "embedding", "tabular" or "language-model"."""
    if family in TABULAR_FAMILIES:
        return "tabular"
    return "embedding" if family in EMBEDDING_FAMILIES else "language-model"


ModelKind = Literal[
    "linear", "tree", "static_embedding", "lexical", "encoder", "decoder", "cross_encoder", "late_interaction",
    "tabular_foundation", "deep_tabular", "api", "other",
]  # fmt: skip
MODEL_KINDS: Final[tuple[ModelKind, ...]] = get_args(ModelKind)

SizeClass = Literal[
    "no neural model", "under 200M", "200M-500M", "500M-1B", "1B-6B", "6B and over", "undisclosed"
]
SIZE_CLASSES: Final[tuple[SizeClass, ...]] = get_args(SizeClass)

SIZE_EDGES: Final = (200_000_000, 500_000_000, 1_000_000_000, 6_000_000_000)
"""Upper edges of the size classes. Source: Figure 1 of arXiv 2409.06857."""

NOT_NEURAL: Final = frozenset({"linear", "tree", "lexical"})


def size_class(n_parameters: int | None, kind: str) -> SizeClass:
    """The survey's class for a model; a linear model or a tree is below the smallest, whatever its size."""
    if kind in NOT_NEURAL:
        return "no neural model"
    if n_parameters is None:
        return "undisclosed"
    below = sum(n_parameters >= edge for edge in SIZE_EDGES)
    return SIZE_CLASSES[1 + below]


Basis = Literal["measured", "interpolated", "extrapolated", "prior"]
"""measured: this cell; interpolated: same task, other models; extrapolated: other tasks; prior: a rule."""

TOO_FEW: Final = "too few of them to stand alone: its estimate is mostly predicted"
"""The reason that a model carries which may be ranked and never named: it was measured on too few similar tasks."""
