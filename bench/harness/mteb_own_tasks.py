"""The user's rows as tasks that mteb runs by its own protocol: local classes that never ask the Hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import polars as pl

if TYPE_CHECKING:
    from bench.harness.mteb_own_data import Kind, OwnData

MAIN: Final[dict[Kind, tuple[str, str, str]]] = {
    "classification": ("Classification", "t2c", "accuracy"),
    "pair": ("PairClassification", "t2t", "max_ap"),
    "sts": ("STS", "t2t", "cosine_spearman"),
    "retrieval": ("Retrieval", "t2t", "ndcg_at_10"),
    "clustering": ("Clustering", "t2c", "v_measure"),
}
"""Kind → mteb's task type, its category and the main score, as mteb's own tasks of that type have it."""

SPLIT: Final = "test"
MOST_DOCUMENTS: Final = 16_384
"""Sampled for one clustering, as mteb does; fewer where the file has fewer."""


def own_task(data: OwnData) -> Any:
    """An mteb task over the user's rows, its data loaded; seeded as mteb seeds its own.

    One subset "default", one split "test". A test row's place is its place in `data.test`.
    """
    from mteb.abstasks.task_metadata import TaskMetadata

    kind, category, main_score = MAIN[data.kind]
    metadata = TaskMetadata(
        name=data.name, description=f"The user's own file {data.name}.", type=kind, category=category,
        dataset={"path": f"own/{data.name}", "revision": data.revision}, eval_splits=[SPLIT],
        eval_langs=["eng-Latn"], main_score=main_score, modalities=["text"],
    )  # fmt: skip
    return _MAKERS[data.kind](data, metadata)


def _classification(data: OwnData, metadata: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskClassification

    parts = {"train": data.train, SPLIT: data.test}
    dataset = DatasetDict(
        {
            name: Dataset.from_dict({"text": part["text"].to_list(), "label": part["label"].to_list()})
            for name, part in parts.items()
        }
    )  # fmt: skip
    return _made(AbsTaskClassification, metadata, dataset)


def _pair(data: OwnData, metadata: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskPairClassification

    rows = {
        "sentence1": data.test["text"].to_list(), "sentence2": data.test["text2"].to_list(),
        "labels": data.test["label"].to_list(),
    }  # fmt: skip
    return _made(AbsTaskPairClassification, metadata, DatasetDict({SPLIT: Dataset.from_dict(rows)}))


def _sts(data: OwnData, metadata: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskSTS

    scores = data.test["label"]
    rows = {
        "sentence1": data.test["text"].to_list(), "sentence2": data.test["text2"].to_list(),
        "score": scores.to_list(),
    }  # fmt: skip
    return _made(
        AbsTaskSTS, metadata, DatasetDict({SPLIT: Dataset.from_dict(rows)}),
        min_score=scores.min(), max_score=scores.max(),
    )  # fmt: skip


def _retrieval(data: OwnData, metadata: Any) -> Any:
    from datasets import Dataset
    from mteb.abstasks import AbsTaskRetrieval

    relevant: dict[str, dict[str, int]] = {}
    for query, document, relevance in data.qrels.iter_rows():
        relevant.setdefault(query, {})[document] = relevance
    corpus = (
        data.corpus
        if "title" in data.corpus.columns
        else data.corpus.with_columns(title=pl.lit(""))
    )
    split = {
        "corpus": Dataset.from_dict(corpus.to_dict(as_series=False)),
        "queries": Dataset.from_dict(data.test.to_dict(as_series=False)),
        "relevant_docs": relevant, "top_ranked": None,
    }  # fmt: skip
    return _made(AbsTaskRetrieval, metadata, {"default": {SPLIT: split}})


def _clustering(data: OwnData, metadata: Any) -> Any:
    from datasets import Dataset, DatasetDict
    from mteb.abstasks import AbsTaskClustering

    rows = {"sentences": data.test["text"].to_list(), "labels": data.test["label"].to_list()}
    return _made(
        AbsTaskClustering, metadata, DatasetDict({SPLIT: Dataset.from_dict(rows)}),
        max_fraction_of_documents_to_embed=None,
        max_documents_per_cluster=min(MOST_DOCUMENTS, data.test.height),
    )  # fmt: skip


def _made(base: Any, metadata: Any, dataset: Any, **attributes: Any) -> Any:
    """An instance of a new subclass of mteb's `base` that holds `dataset` from the start."""

    def load_data(self: Any, *_args: Any, **_named: Any) -> None:
        self.dataset = dataset
        self.data_loaded = True

    made = type("OwnTask", (base,), {"metadata": metadata, "load_data": load_data, **attributes})()
    made.load_data()
    return made


_MAKERS: Final = {
    "classification": _classification,
    "pair": _pair,
    "sts": _sts,
    "retrieval": _retrieval,
    "clustering": _clustering,
}
