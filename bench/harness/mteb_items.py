"""What mteb predicted for each item of a task, and how each score follows from the items where it does."""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from bench.harness import resampling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from bench.harness.mteb_own_data import OwnData

    Resampled = Callable[[NDArray[np.float64]], NDArray[np.float64]]

_NEAREST: Final = {"similarity": 1, "cosine": 1, "dot": 1, "manhattan": -1, "euclidean": -1}
"""mteb's similarities of a pair, and whether more means nearer."""


_PARALLEL: Final = "parallel"
_MOST_CELLS: Final = 10_000_000
"""Items times experiments times classes up to which F1 is drawn anew; above, it would take minutes."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """One subset of one split of a task, evaluated."""

    subset: str
    split: str
    n_items: int
    texts: list[str]
    """What was embedded of it, for timing: items, or queries and documents."""
    records: list[dict[str, Any]] = field(default_factory=list)
    """Rows of ITEMS, without `subset`."""
    resampled: dict[str, Resampled] = field(default_factory=dict)
    """mteb's metric → the score from how often each item was drawn."""
    n_experiments: int = 1
    """Fits that the resampled scores go over."""
    scores: Mapping[str, Any] = field(default_factory=dict)
    """As mteb names and computes them."""


@contextlib.contextmanager
def listening(task: Any) -> Iterator[dict[tuple[str, str], dict[str, dict[str, float]]]]:
    """Keep the scores of each query that mteb computes and drops: (subset, split) → query → measure → value."""
    heard: dict[tuple[str, str], dict[str, dict[str, float]]] = {}
    original = getattr(task, "task_specific_scores", None)
    if original is None:
        yield heard
        return

    def hear(scores: Any, qrels: Any, found: Any, hf_split: str, hf_subset: str) -> Any:
        heard[hf_subset, hf_split] = scores
        return original(scores, qrels, found, hf_split=hf_split, hf_subset=hf_subset)

    task.task_specific_scores = hear
    try:
        yield heard
    finally:
        del task.task_specific_scores


def predictions(folder: Path, task: Any) -> dict[str, dict[str, Any]]:
    """Subset → split → what mteb wrote into `folder`; empty where the task writes none.

    The folder must be this model's own: mteb keeps one file a task, whoever wrote it. Its JSON may hold NaN.
    """
    file = folder / task.prediction_file_name
    if not file.is_file():
        return {}
    said: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    found = {subset: splits for subset, splits in said.items() if subset != "mteb_model_meta"}
    for split, pairs in found.pop(_PARALLEL, {}).items():  # all pairs of languages in one go
        for pair, neighbours in pairs.items():
            found.setdefault(pair, {})[split] = {pair: neighbours}
    return found


def part(
    task: Any,
    subset: str,
    split: str,
    *,
    predicted: Any,
    of_queries: Mapping[str, Mapping[str, float]] | None,
    own: OwnData | None = None,
) -> Part:
    """Items of one subset and split. predicted: as mteb wrote it, None where it did not.

    own: the user's data, whose rows and classes have names of their own.
    """
    from mteb import abstasks

    rows = rows_of(task, subset, split)
    said: dict[str, Any] = {"subset": subset, "split": split}
    if isinstance(task, abstasks.AbsTaskRetrieval):
        return _retrieval(task, rows, of_queries or {}, predicted or {}, said)
    if isinstance(task, abstasks.AbsTaskPairClassification) and len(rows) == 1:
        rows = rows[0]  # older tasks keep all pairs in one row
    texts = _texts(task, rows) or _texts_of_pair(rows, subset)
    n_items = len(next(iter(rows.values()))) if isinstance(rows, dict) else len(rows)
    said |= {"n_items": n_items, "texts": texts}
    ids = [str(i) for i in range(n_items)] if own is None else own.test["id"].to_list()
    if predicted is not None:
        if isinstance(task, abstasks.AbsTaskSTS):
            return _sts(rows, predicted, ids, said)
        if isinstance(task, abstasks.AbsTaskBitextMining) and "gold" not in rows.column_names:
            return _bitext(predicted, ids, said)
        if isinstance(task, abstasks.AbsTaskPairClassification):
            return _pairs(task, rows, predicted, ids, said)
        if type(task).evaluate is abstasks.AbsTaskClassification.evaluate and _is_single(task):
            return _classes(task, rows, predicted, ids, own.labels if own else (), said)
    return Part(**said)


def rows_of(task: Any, subset: str, split: str) -> Any:
    """The data of one subset and split, as mteb's evaluation finds it."""
    if subset in task.dataset:
        return task.dataset[subset][split]
    return task.dataset[split]


def training_texts(task: Any) -> tuple[list[str], str]:
    """Texts that a baseline may learn words from, and in words where they come from; never labels.

    The training split where the task has one; a retrieval task's documents; else the texts that are tested.
    """
    from mteb import abstasks

    cells = [(subset, split) for split in task.eval_splits for subset in task.hf_subsets]
    if isinstance(task, abstasks.AbsTaskRetrieval):
        texts = [t for subset, split in cells for t in _documents(rows_of(task, subset, split))]
        return texts, "the documents, without queries and judgements"
    train = getattr(task, "train_split", None)
    if train is not None and not getattr(task, "is_cross_validation", False):
        texts = [t for s in task.hf_subsets for t in _texts(task, rows_of(task, s, train))]
        return texts, "the training split's texts, without labels"
    texts = []
    for subset, split in cells:
        rows = _unpacked(rows_of(task, subset, split))
        texts += _texts(task, rows) or _texts_of_pair(rows, subset)
    return texts, "the tested texts themselves, without labels (the task has no training split)"


def _unpacked(rows: Any) -> Any:
    return rows[0] if len(rows) == 1 else rows


def _is_single(task: Any) -> bool:
    """Whether it is plain classification: one class an item, one test split."""
    from mteb import abstasks

    return not task.is_cross_validation and not isinstance(
        task, abstasks.AbsTaskMultilabelClassification | abstasks.AbsTaskRegression
    )


def _classes(
    task: Any, rows: Any, predicted: Any, ids: list[str], names: Sequence[str], said: dict[str, Any]
) -> Part:
    feature = rows.features[task.label_column_name]
    called = list(names) or getattr(feature, "names", None)
    truth = np.asarray(rows[task.label_column_name])
    guesses = np.asarray(predicted)
    right = guesses == truth[None, :]

    def word(label: Any) -> str:
        return str(called[int(label)]) if called else str(label)

    records = [
        {
            "item_id": item, "target": word(truth[i]), "prediction": word(_most_frequent(guesses[:, i])),
            "value": float(right[:, i].mean()),
        }
        for i, item in enumerate(ids)
    ]  # fmt: skip
    made: dict[str, Resampled] = {"accuracy": resampling.mean_of_experiments(right)}
    if right.size * np.unique(truth).size <= _MOST_CELLS:
        for metric, is_weighted in (("f1", False), ("f1_weighted", True)):
            made[metric] = resampling.f1_of_experiments(truth, guesses, is_weighted=is_weighted)
    return Part(
        records=records, n_experiments=guesses.shape[0],
        resampled=made, **said,
    )  # fmt: skip


def _most_frequent(labels: NDArray[Any]) -> Any:
    values, counts = np.unique(labels, return_counts=True)
    return values[counts.argmax()]


def _pairs(task: Any, rows: Any, predicted: Any, ids: list[str], said: dict[str, Any]) -> Part:
    truth = np.asarray(rows[task.label_column_name], dtype=np.int64)
    scores = {
        name.rpartition("_")[0]: np.asarray(values, dtype=np.float64)
        for name, values in predicted.items()
    }
    nearness = {name: values * _NEAREST[name] for name, values in scores.items()}
    precision = [resampling.average_precision(truth, values) for values in nearness.values()]
    accuracy = [resampling.best_accuracy(truth, values) for values in nearness.values()]
    made = {f"{name}_ap": score for name, score in zip(nearness, precision, strict=True)}
    made |= {f"{name}_accuracy": score for name, score in zip(nearness, accuracy, strict=True)}
    made |= {"max_ap": _most(precision), "max_accuracy": _most(accuracy)}
    return Part(records=_numbers(ids, truth, scores["similarity"]), resampled=made, **said)


def _most(scores: Sequence[Resampled]) -> Resampled:
    return lambda counts: np.max([score(counts) for score in scores], axis=0)


def _sts(rows: Any, predicted: Any, ids: list[str], said: dict[str, Any]) -> Part:
    truth = np.asarray(rows["score"], dtype=np.float64)
    cosine = np.asarray(predicted["cosine_scores"], dtype=np.float64)
    own = predicted.get("similarity_scores")
    own = cosine if own is None else np.asarray(own, dtype=np.float64)
    made = {
        "cosine_spearman": resampling.spearman(truth, cosine),
        "cosine_pearson": resampling.pearson(truth, cosine),
        "spearman": resampling.spearman(truth, own),
        "pearson": resampling.pearson(truth, own),
    }
    return Part(records=_numbers(ids, truth, own), resampled=made, **said)


def _bitext(predicted: Any, ids: list[str], said: dict[str, Any]) -> Part:
    """Sentence i belongs to sentence i; mteb's weighted F1 over single sentences is the mean of their values here."""
    taken = np.asarray([neighbour["corpus_id"] for neighbour in next(iter(predicted.values()))])
    right = taken == np.arange(taken.size)
    value = 2.0 * right / (1 + np.bincount(taken, minlength=taken.size)[: taken.size])
    records = [
        {"item_id": item, "target": str(i), "prediction": str(taken[i]), "value": float(value[i])}
        for i, item in enumerate(ids)
    ]
    made = {"f1": resampling.mean(value), "accuracy": resampling.mean(right)}
    return Part(records=records, resampled=made, **said)


def _numbers(
    ids: list[str], truth: NDArray[Any], predicted: NDArray[np.float64]
) -> list[dict[str, Any]]:
    """Items whose score does not split: the similarity stands as the prediction, `value` stays null."""
    return [
        {
            "item_id": item, "target": str(truth[i]), "prediction": f"{predicted[i]:.6g}",
            "probability": [float(predicted[i])],
        }
        for i, item in enumerate(ids)
    ]  # fmt: skip


def _retrieval(
    task: Any,
    rows: Any,
    of_queries: Mapping[str, Mapping[str, float]],
    found: Mapping[str, Mapping[str, float]],
    said: dict[str, Any],
) -> Part:
    main = _measure(task.metadata.main_score)
    relevant = rows["relevant_docs"]
    records = [
        {
            "item_id": str(query), "target": " ".join(sorted(d for d, r in relevant[query].items() if r > 0)),
            "prediction": max(found[query], key=found[query].__getitem__) if found.get(query) else None,
            "value": scores.get(main),
        }
        for query, scores in of_queries.items()
    ]  # fmt: skip
    measures = next(iter(of_queries.values()), {})
    made = {
        _metric(name): resampling.mean([scores[name] for scores in of_queries.values()])
        for name in measures
    }
    queries = [str(text) for text in rows["queries"]["text"]]
    return Part(
        n_items=len(of_queries) or len(queries), texts=[*queries, *_documents(rows)],
        records=records, resampled=made, **said,
    )  # fmt: skip


_TREC: Final = {
    "ndcg": "ndcg_cut",
    "map": "map_cut",
    "recall": "recall",
    "precision": "P",
    "hit_rate": "success",
}


def _measure(metric: str) -> str:
    """trec_eval's word for a metric of mteb's: "ndcg_at_10" → "ndcg_cut_10"."""
    stem, _, k = metric.partition("_at_")
    return f"{_TREC.get(stem, stem)}_{k}"


def _metric(measure: str) -> str:
    stem, _, k = measure.rpartition("_")
    return f"{next((ours for ours, theirs in _TREC.items() if theirs == stem), stem)}_at_{k}"


def _documents(rows: Any) -> list[str]:
    corpus = rows["corpus"]
    titles = corpus["title"] if "title" in corpus.column_names else [""] * len(corpus)
    return [
        f"{title or ''} {text}".strip() for title, text in zip(titles, corpus["text"], strict=True)
    ]


def _texts(task: Any, rows: Any) -> list[str]:
    """The texts of some rows, in whichever columns the task keeps them."""
    named = getattr(task, "column_names", None) or (
        getattr(task, "input_column_name", None), getattr(task, "input1_column_name", None),
        getattr(task, "input2_column_name", None),
    )  # fmt: skip
    there = rows.keys() if isinstance(rows, dict) else rows.column_names
    columns = [name for name in named if isinstance(name, str) and name in there]
    texts: list[str] = []
    for name in columns or [
        name for name in ("text", "sentence1", "sentence2", "sentences") if name in there
    ]:
        for cell in rows[name]:
            texts += cell if isinstance(cell, list) else [cell]
    return [str(text) for text in texts]


def _texts_of_pair(rows: Any, subset: str) -> list[str]:
    """The texts of a pair of languages, "deu_Latn-eng_Latn", whose columns are named by language."""
    there = rows.keys() if isinstance(rows, dict) else rows.column_names
    return [str(t) for name in subset.split("-") if name in there for t in rows[name]]
