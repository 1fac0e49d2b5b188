"""The house's closed vocabularies in words that a newcomer reads."""

from __future__ import annotations

from typing import Final

from advisor.core.languages import NAMES

_METRICS: Final = {
    "ndcg_at_10": "nDCG@10",
    "recall_at_10": "recall@10",
    "map": "mean average precision",
    "map_at_1000": "mean average precision",
    "max_ap": "average precision",
    "cosine_spearman": "Spearman correlation",
    "v_measure": "V-measure",
    "f1": "F1",
    "f1_macro": "macro F1",
    "lrap": "label-ranking average precision",
    "acc": "accuracy",
    "acc_norm": "accuracy",
    "exact_match": "exact match",
    "pass@1": "pass@1",
    "roc_auc": "ROC AUC",
    "r2": "R²",
}

_SIZE_CLASSES: Final = {
    "no neural model": "no neural net",
    "under 200M": "under 200M",
    "200M-500M": "200M–500M",
    "500M-1B": "500M–1B",
    "1B-6B": "1B–6B",
    "6B and over": "6B and over",
    "undisclosed": "undisclosed",
}

_CONSTRAINTS: Final = {
    "max_latency_ms": "latency",
    "max_memory_gb": "memory",
    "max_parameters": "size",
    "max_cost_usd_per_1k": "cost",
    "interpretable": "interpretable",
    "local_only": "runs locally",
    "commercial_licence": "commercial licence",
    "no_gpu": "no GPU",
    "n_labels": "labels",
    "license": "licence",
    "open_weights": "open weights",
    "language": "language",
    "languages": "language",
    "hardware": "hardware",
}

BASIS: Final = {
    "measured": "measured on this task",
    "interpolated": "predicted from other models on this task",
    "extrapolated": "predicted from other tasks",
    "prior": "a rule of thumb, no measurement",
    "unknown": "not known",
}


def metric(name: str) -> str:
    """A metric's name as papers print it; unknown ones with spaces for underscores."""
    return _METRICS.get(name, name.replace("_", " "))


def language(code: str) -> str:
    """Like "German (deu)"; the code alone where we hold no name."""
    name = NAMES.get(code)
    return f"{name} ({code})" if name else code


def size_class(name: str) -> str:
    """A size class, short enough for a ladder."""
    return _SIZE_CLASSES.get(name, name)


def constraint(name: str) -> str:
    """A constraint's key in a word or two."""
    return _CONSTRAINTS.get(name, name.replace("_", " "))
