"""A language model asked in words: the task in one sentence, some labelled rows as examples, and the row."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import numpy as np

from advisor.core.errors import MissingData
from bench.harness.answers import Answer, Answerer, open_answerer
from bench.harness.own_methods import Fitted, Predicted
from bench.measure.cost import token_cost, token_price
from bench.measure.generation import generation_readings
from bench.measure.memory import MemoryWatch, peak_bytes
from bench.rows import model_row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from bench.harness.own_features import Row
    from bench.harness.own_tasks import OwnTask
    from bench.rows import Reading

LONGEST_SHOT: Final = 500
"""Characters of an example's text in a prompt."""
LONGEST_ITEM: Final = 6000
_NUMBER: Final = re.compile(r"-?\d+(?:\.\d+)?")
_ASKED: Final = {
    "classification": "Give the label of the text.",
    "pairs": "Give the label of the pair of texts.",
    "multilabel": "Give the labels of the text, separated by |.",
    "similarity": "Say how alike the two texts are, as a number from {low:g} (not at all) to {high:g} (the same).",
    "extraction": "Copy from the text the part that is asked for, word by word, and nothing else.",
    "generation": "Write the answer to the text, like the examples.",
}
_TOKENS: Final = {
    "classification": 16,
    "pairs": 16,
    "multilabel": 64,
    "similarity": 8,
    "extraction": 64,
    "generation": 256,
}


def prompted(task: OwnTask, model: str, *, threads: int, options: dict[str, Any]) -> Fitted:
    """The language model that `model` names ("openai:URL#name", "lm:MODEL"), with `n_shot` examples.

    Raises: Unreachable: server, key or weights are not here; BadInput: no such model.
    """
    runtime = peak_bytes()
    answerer = open_answerer(model.removeprefix("lm:"), threads=threads)
    n_shot = max(0, int(options.get("n_shot", 0)))
    shots = _shots(task, n_shot)
    system = instruction(task)

    asked: list[Answer] = []

    def predict(rows: Sequence[Row]) -> Predicted:
        answers = [_ask(answerer, task, system, shots, row) for row in rows]
        asked.extend(answers)
        said = [_read(task, answer) for answer in answers]
        return Predicted(prediction=said, probability=_stated(task, answers))

    return Fitted(
        predict=predict,
        model=model_row(
            answerer.model_id, kind=answerer.kind, n_parameters=answerer.n_parameters, context_tokens=answerer.context_tokens,
        ),
        revision=answerer.revision, fit_time_s=0.0, n_shot=len(shots),
        facts={"n_shot": len(shots), "instruction": system},
        after=lambda: [*answerer.warnings(), *_unread(task, asked)], timed=lambda: _timed(answerer, asked, runtime),
    )  # fmt: skip


def instruction(task: OwnTask) -> str:
    """The task in words, with its labels."""
    words = _ASKED[task.kind]
    if task.kind == "similarity":
        numbers = [float(t) for t in task.train["target"].to_list()]
        words = words.format(low=min(numbers), high=max(numbers))
    return f"{words} Labels: {', '.join(task.labels)}." if task.labels else words


def _shots(task: OwnTask, n: int) -> list[tuple[Row, str]]:
    """`n` training rows: one of each class in turn, the shortest texts first, so that a prompt stays short."""
    if n == 0:
        return []
    columns = [c for c in ("text", "text2") if c in task.train.columns]
    rows = sorted(
        task.train.select(*columns, "target").rows(), key=lambda r: (sum(map(len, r[:-1])), r)
    )
    of_class: dict[str, list[tuple[Row, str]]] = {}
    for *texts, target in rows:
        of_class.setdefault(target, []).append((tuple(texts), target))
    turns = [
        shots[turn]
        for turn in range(n)
        for _, shots in sorted(of_class.items())
        if turn < len(shots)
    ]
    return turns[:n]


def _ask(
    answerer: Answerer, task: OwnTask, system: str, shots: list[tuple[Row, str]], row: Row
) -> Answer:
    parts = [f"{_shown(texts, LONGEST_SHOT)}\nAnswer: {target}" for texts, target in shots]
    prompt = "\n\n".join([*parts, f"{_shown(row, LONGEST_ITEM)}\nAnswer:"])
    held = task.labels if task.kind in {"classification", "pairs"} else None
    return answerer.answer(
        prompt, system=system, labels=held, max_tokens=_TOKENS[task.kind], stop=["\n\n"]
    )


def _shown(row: Row, longest: int) -> str:
    names = ["Text"] if len(row) == 1 else ["First text", "Second text"]
    return "\n".join(f"{name}: {text[:longest]}" for name, text in zip(names, row, strict=True))


def _read(task: OwnTask, answer: Answer) -> str:
    """The answer as the task's scores take it; "" where it cannot be read."""
    if task.kind in {"classification", "pairs"}:
        return answer.label or ""
    text = answer.text.strip()
    if task.kind == "multilabel":
        lower = {name.casefold(): name for name in task.labels}
        given = {
            lower[p]
            for part in text.replace(",", "|").split("|")
            if (p := part.strip().casefold()) in lower
        }
        return "|".join(sorted(given))
    if task.kind == "similarity":
        return _number(text, min(float(t) for t in task.train["target"].to_list()))
    return text


def _number(text: str, otherwise: float) -> str:
    """The first number in the text; `otherwise` where there is none."""
    found = _NUMBER.search(text)
    return found[0] if found else repr(otherwise)


def _unread(task: OwnTask, asked: Sequence[Answer]) -> list[str]:
    """A warning about answers that hold no grade; of classes the score `answered` says it."""
    count = sum(_NUMBER.search(a.text) is None for a in asked) if task.kind == "similarity" else 0
    return (
        [f"{count:,} of {len(asked):,} answers held no number and count as the lowest grade"]
        if count
        else []
    )


def _stated(task: OwnTask, answers: Sequence[Answer]) -> NDArray[np.float64] | None:
    if task.kind not in {"classification", "pairs"} or any(
        a.probabilities is None for a in answers
    ):
        return None
    return np.array(
        [[(a.probabilities or {}).get(name, 0.0) for name in task.labels] for a in answers]
    )


def _timed(answerer: Answerer, asked: Sequence[Answer], runtime: int) -> list[Reading]:
    """Latency, tokens a second and, of a server with a known price, cost, from the test items' own answers; else memory."""
    found = generation_readings(
        [(a.ttft_s, a.latency_s, a.input_tokens, a.output_tokens) for a in asked],
        warm_up=min(1, len(asked) - 1),
    )
    if answerer.kind == "decoder":
        return [*found, *MemoryWatch().readings(runtime)]
    tokens = [
        (a.input_tokens, a.output_tokens)
        for a in asked
        if a.input_tokens and a.output_tokens is not None
    ]
    try:
        price = token_price(answerer.model_id) if tokens and not _is_here(answerer) else None
    except MissingData:  # no snapshot here: a price less, nothing else
        price = None
    if price is not None:
        found.append(token_cost([i or 0 for i, _ in tokens], [o or 0 for _, o in tokens], price))
    return found


def _is_here(answerer: Answerer) -> bool:
    """Whether the server is this machine's own, which charges nobody by the token."""
    return urlsplit(getattr(answerer, "url", "")).hostname in {"localhost", "127.0.0.1", "::1"}
