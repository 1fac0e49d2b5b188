"""Ways of doing a labelled text task, from guessing to fine-tuning; each learns from the same rows."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, cast

import numpy as np

from advisor._lazy import need
from advisor.core.errors import BadInput
from bench.harness.own_features import EncoderFeatures, Features, Row, TfidfFeatures, cosines
from bench.measure.flops import Count, linear_flops
from bench.rows import model_row

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import polars as pl
    from numpy.typing import NDArray

    from bench.harness.encoders import TransformerEncoder
    from bench.harness.own_tasks import OwnTask
    from bench.rows import Reading

C_TFIDF: Final = 20.0
C_VECTORS: Final = 30.0
"""Inverse strengths of the linear models' penalty. Source: METHOD.md#bench-own"""
_COUNTED: Final = 50
"""Rows whose non-zeros are averaged."""
CUT: Final = 0.5
"""Probability from which a label of several is given."""


@dataclass(frozen=True, kw_only=True)
class Predicted:
    """Answers for some rows."""

    prediction: list[str]
    probability: NDArray[np.float64] | None = None
    """(n, labels), where the model states any."""


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A model that has learned the task."""

    predict: Callable[[Sequence[Row]], Predicted]
    model: pl.DataFrame
    """Its row of MODELS."""
    revision: str
    fit_time_s: float
    count: Count | None = None
    """Arithmetic of one item, or why it is not counted."""
    warnings: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    n_shot: int = -1
    after: Callable[[], list[str]] = list
    """What is known only once it has answered, as warnings."""
    timed: Callable[[], list[Reading]] | None = None
    """Readings from the answers themselves, of a model that is asked in words; None: time `predict`."""


def rows_of(frame: pl.DataFrame) -> list[Row]:
    """The texts of each row."""
    columns = ["text", "text2"] if "text2" in frame.columns else ["text"]
    return frame.select(columns).rows()


def majority(task: OwnTask) -> Fitted:
    """What guessing reaches: the commonest answer of the training rows, or their mean number."""
    begun = time.perf_counter()
    targets = task.train["target"].to_list()
    answer, share = _commonest(task, targets)

    def predict(rows: Sequence[Row]) -> Predicted:
        probability = None if share is None else np.tile(share, (len(rows), 1))
        return Predicted(prediction=[answer] * len(rows), probability=probability)

    return Fitted(
        predict=predict,
        model=model_row("baseline/majority", kind="linear", family="baseline", n_parameters=max(1, len(task.labels))),
        revision="1", fit_time_s=time.perf_counter() - begun, count=linear_flops(0.0, 1),
    )  # fmt: skip


def _commonest(task: OwnTask, targets: list[str]) -> tuple[str, NDArray[np.float64] | None]:
    if task.kind == "similarity":
        return str(float(np.mean([float(t) for t in targets]))), None
    counts = Counter(targets)
    answer = min(counts, key=lambda name: (-counts[name], name))
    if task.kind in {"extraction", "generation"}:
        return answer, None
    if task.kind == "multilabel":
        held = [set(t.split("|")) for t in targets]
        return answer, np.array([np.mean([name in h for h in held]) for name in task.labels])
    return answer, np.array([counts[name] / len(targets) for name in task.labels])


def tfidf(task: OwnTask) -> Fitted:
    """TF-IDF and a linear model; for similarity the cosine; for texts to write, the nearest training row's."""
    return _on(task, TfidfFeatures(), "baseline/tfidf-linear", "linear", penalty=C_TFIDF)


def embed(task: OwnTask, spec: str, *, threads: int, trust_remote_code: bool) -> Fitted:
    """A frozen encoder (or "static:" token vectors) and a linear model, the rest as in `tfidf`."""
    from bench.harness.encoders import load_encoder

    encoder = load_encoder(spec, threads=threads, trust_remote_code=trust_remote_code)
    name = f"{encoder.model_id}+linear"
    return _on(task, EncoderFeatures(encoder), name, encoder.kind, penalty=C_VECTORS)


def _on(task: OwnTask, features: Features, name: str, kind: str, *, penalty: float) -> Fitted:
    begun = time.perf_counter()
    rows = rows_of(task.train)
    encoder = getattr(features, "encoder", None)
    size, bytes_ = (0, 0) if encoder is None else (encoder.n_parameters, encoder.weights_bytes or 0)
    if task.kind == "similarity":
        features.fit(rows)
        weights = _similarity_weights(task, features, rows)
        predict: Callable[[Sequence[Row]], Predicted] = lambda items: Predicted(  # noqa: E731 - one of three
            prediction=[repr(float(x)) for x in cosines(features, items) @ weights]
        )
        learned = weights.size if weights.size > 1 else 0
    elif task.labels:
        head = _linear(task, features.fit(rows), penalty=penalty)
        predict, learned = _labelled(task, features, head), _weights(head)
    else:
        predict, learned = _nearest(task, features, rows), 0
    own = _parameters(features) + learned
    return Fitted(
        predict=predict,
        model=model_row(
            name, kind=kind, family="baseline" if encoder is None else None, n_parameters=size + own,
            n_embedding_parameters=None if encoder is None else encoder.n_embedding_parameters,
            weights_bytes=bytes_ + 8 * own, context_tokens=None if encoder is None else encoder.context_tokens,
            embed_dim=None if encoder is None else encoder.embed_dim,
        ),
        revision="1" if encoder is None else str(encoder.revision),
        fit_time_s=time.perf_counter() - begun,
        count=_counted(task, features, rows),
    )  # fmt: skip


def _counted(task: OwnTask, features: Features, rows: list[Row]) -> Count:
    """Arithmetic of an item: the encoder on a text of median length, and the linear model's weights that are met."""
    sample = rows[:_COUNTED]
    matrix = features.transform(sample)
    stored = matrix.nnz if hasattr(matrix, "nnz") else np.count_nonzero(matrix)
    head = linear_flops(stored / len(sample), max(1, len(task.labels)))
    if not isinstance(features, EncoderFeatures) or features.encoder.kind != "encoder":
        return head
    texts = sorted((" ".join(row) for row in rows), key=len)
    body = cast("TransformerEncoder", features.encoder).flops(texts[len(texts) // 2])
    if body.flops is None or head.flops is None:
        return body
    texts_per_item = len(rows[0])
    return Count(
        flops=texts_per_item * body.flops + head.flops,
        why=f"a text of median length: {body.why}; and {head.why}",
    )


def _similarity_weights(task: OwnTask, features: Features, rows: list[Row]) -> NDArray[np.float64]:
    """What each part's cosine counts: least squares on the training grades; 1 where there is one part."""
    made = cosines(features, rows)
    if made.shape[1] == 1:
        return np.ones(1)
    grades = np.array([float(t) for t in task.train["target"].to_list()])
    centred = made - made.mean(axis=0)
    weights: NDArray[np.float64] = np.linalg.lstsq(centred, grades - grades.mean(), rcond=None)[0]
    return weights


def _parameters(features: Features) -> int:
    """Inverse document frequencies; an encoder's own weights are counted elsewhere."""
    return 0 if isinstance(features, EncoderFeatures) else int(getattr(features, "n_features", 0))


def _linear(task: OwnTask, matrix: Any, *, penalty: float) -> Any:
    """Logistic regression, one against the rest: liblinear for sparse rows, L-BFGS for dense ones."""
    need("sklearn", extra="bench")
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier

    targets: Any = task.train["target"].to_list()
    if task.kind == "multilabel":
        targets = indicators(targets, task.labels)
    sparse = hasattr(matrix, "tocsr")
    if sparse or task.kind == "multilabel":
        one = LogisticRegression(C=penalty, solver="liblinear", random_state=0)
        return OneVsRestClassifier(one).fit(matrix, targets)
    return LogisticRegression(C=penalty, max_iter=300, tol=1e-3).fit(matrix, targets)


def indicators(targets: Sequence[str], labels: Sequence[str]) -> NDArray[np.int8]:
    """(n, labels) 1 where a row bears the label."""
    place = {name: i for i, name in enumerate(labels)}
    made = np.zeros((len(targets), len(labels)), dtype=np.int8)
    for row, target in enumerate(targets):
        made[row, [place[name] for name in target.split("|") if name in place]] = 1
    return made


def _weights(head: Any) -> int:
    parts = getattr(head, "estimators_", [head])
    return sum(int(p.coef_.size + p.intercept_.size) for p in parts if hasattr(p, "coef_"))


def _labelled(task: OwnTask, features: Features, head: Any) -> Callable[[Sequence[Row]], Predicted]:
    learned = task.labels if task.kind == "multilabel" else [str(c) for c in head.classes_]
    place = {name: i for i, name in enumerate(task.labels)}
    columns = [place[name] for name in learned]

    def predict(rows: Sequence[Row]) -> Predicted:
        stated = head.predict_proba(features.transform(rows))
        whole = np.zeros((len(rows), len(task.labels)))
        whole[:, columns] = stated
        return answers_of(task, whole)

    return predict


def answers_of(task: OwnTask, probability: NDArray[np.float64]) -> Predicted:
    """The likeliest label of each row, or of several labels all that are likelier than not."""
    if task.kind == "multilabel":
        said = [
            "|".join(n for n, p in zip(task.labels, row, strict=True) if p >= CUT)
            for row in probability
        ]
    else:
        said = [task.labels[i] for i in probability.argmax(axis=1)]
    return Predicted(prediction=said, probability=probability)


def _nearest(
    task: OwnTask, features: Features, rows: list[Row]
) -> Callable[[Sequence[Row]], Predicted]:
    """The answer of the training row whose text is nearest by cosine; ties go to the earlier row."""
    features.fit(rows)
    known, answers = features.vectors([" ".join(r) for r in rows]), task.train["target"].to_list()

    def predict(items: Sequence[Row]) -> Predicted:
        near = features.vectors([" ".join(r) for r in items]) @ known.T
        dense = near.toarray() if hasattr(near, "toarray") else near
        return Predicted(prediction=[answers[int(i)] for i in np.asarray(dense).argmax(axis=1)])

    return predict


def fit(task: OwnTask, model: str, *, seed: int, threads: int, options: dict[str, Any]) -> Fitted:
    """The model that `model` names, fitted on the task.

    model: "majority", "tfidf", "static:ENCODER", "embed:ENCODER", "finetune:ENCODER", "openai:URL#name",
    "lm:FOLDER-OR-HUB-ID". Raises: BadInput: none of these, or one that cannot do this kind of task.
    """
    name, _, rest = model.partition(":")
    code = bool(options.get("trust_remote_code"))
    if model == "majority":
        return majority(task)
    if model == "tfidf":
        return tfidf(task)
    if name == "static" and rest:
        return embed(task, model, threads=threads, trust_remote_code=code)
    if name == "embed" and rest:
        return embed(task, rest, threads=threads, trust_remote_code=code)
    if name == "finetune" and rest:
        from bench.harness.own_finetune import finetune

        return finetune(task, rest, seed=seed, threads=threads, options=options)
    if name in {"openai", "lm"} and rest:
        from bench.harness.own_prompt import prompted

        return prompted(task, model, threads=threads, options=options)
    raise BadInput(f"model {model!r} is not known here; type one of {', '.join(SPELLINGS)}")


SPELLINGS: Final = (
    "majority", "tfidf", "static:ENCODER", "embed:ENCODER", "finetune:ENCODER", "lm:MODEL", "openai:URL#NAME",
)  # fmt: skip
