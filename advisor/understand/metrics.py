"""The main score of a family, for a task that resembles nothing measured."""

from __future__ import annotations

from typing import Final

FAMILY_METRIC: Final[dict[str, str]] = {
    "text-classification": "accuracy",
    "multilabel-classification": "accuracy",
    "pair-classification": "max_ap",
    "semantic-similarity": "cosine_spearman",
    "retrieval": "ndcg_at_10",
    "reranking": "map_at_1000",
    "clustering": "v_measure",
    "bitext-mining": "f1",
    "information-extraction": "f1",
    "summarization": "rougeL",
    "question-answering": "accuracy",
    "reasoning-math": "exact_match",
    "code-generation": "pass@1",
    "instruction-following": "win_rate",
    "translation": "chrf",
    "tabular-classification": "roc_auc",
    "tabular-regression": "r2",
}
"""The main score that most measured tasks of a family have (mteb's own for its types)."""
