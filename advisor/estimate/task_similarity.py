"""How alike two tasks are by what their catalogue entries say: the same things a new task would say."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    import polars as pl
    from numpy.typing import NDArray

SIMILARITY_WEIGHTS: Final = {
    "family": 0.30,
    "languages": 0.22,
    "description": 0.20,
    "domains": 0.10,
    "type": 0.10,
    "metric": 0.08,
}
"""Parts of `similarity`; sum to 1. Tuned on one half of the tasks. Source: METHOD.md#new-task"""

_WORD = re.compile(r"[a-z]+|[0-9]+|[^\x00-\x7f]+")
_CAMEL = re.compile(r"([a-z])([A-Z])")


def words(text: str | None) -> list[str]:
    """Lower-case words and numbers of a text; words joined by capitals ("NewsSpanish") are split."""
    return _WORD.findall(_CAMEL.sub(r"\1 \2", text or "").lower())


def same(labels: Sequence[str | None]) -> NDArray[np.float64]:
    """(n, n) 1 where two labels are equal and known, else 0; 1 on the diagonal."""
    names = {label: i for i, label in enumerate(sorted({x for x in labels if x is not None}))}
    codes = np.array([names[x] if x is not None else -1 - i for i, x in enumerate(labels)])
    equal: NDArray[np.float64] = (codes[:, None] == codes[None, :]).astype(np.float64)
    return equal


def overlap(sets: Sequence[Sequence[str] | None]) -> NDArray[np.float64]:
    """(n, n) cosine of two sets: shared members over the root of the product of their sizes."""
    return _cosine([dict.fromkeys(s or (), 1.0) for s in sets])


def text_cosine(texts: Sequence[str | None]) -> NDArray[np.float64]:
    """(n, n) cosine of the texts' words, each weighted by log(texts / texts that hold it)."""
    bags = [sorted(set(words(text))) for text in texts]
    holders: dict[str, int] = {}
    for bag in bags:
        for word in bag:
            holders[word] = holders.get(word, 0) + 1
    shared = {w: np.log(len(bags) / k) for w, k in holders.items() if 2 <= k < len(bags)}
    return _cosine([{w: float(shared[w]) for w in bag if w in shared} for bag in bags])


def _cosine(bags: Sequence[dict[str, float]]) -> NDArray[np.float64]:
    place = {w: i for i, w in enumerate(sorted({w for bag in bags for w in bag}))}
    table = np.zeros((len(bags), len(place)))
    for i, bag in enumerate(bags):
        table[i, [place[w] for w in bag]] = list(bag.values())
    length = np.linalg.norm(table, axis=1, keepdims=True)
    table /= np.where(length > 0, length, 1.0)
    return table @ table.T


def task_parts(tasks: pl.DataFrame) -> dict[str, NDArray[np.float64]]:
    """The (n, n) likenesses that `similarity` and the task kernel are made of, by name.

    Each is positive semi-definite, so that any sum with weights >= 0 is a covariance.
    """
    count = tasks.height
    return {
        "all": np.ones((count, count)),
        "family": same(tasks["task_family"].to_list()),
        "type": same(tasks["task_type"].to_list()),
        "languages": overlap(tasks["languages"].to_list()),
        "domains": overlap(tasks["domains"].to_list()),
        "metric": same(tasks["metric"].to_list()),
        "twins": same(tasks["twin_group"].to_list()),
        "harness": same(tasks["harness"].to_list()),
        "name": text_cosine(tasks["task_id"].to_list()),
        "description": text_cosine(tasks["description"].to_list()),
        "self": np.eye(count),
    }


def similarity(tasks: pl.DataFrame) -> NDArray[np.float64]:
    """(n, n) likeness of tasks from metadata alone, 0 (nothing shared) to 1 (same on every count).

    tasks: TASKS. No score is looked at, so a task that nobody measured has its place too.
    Source: METHOD.md#new-task
    """
    parts = task_parts(tasks)
    return np.clip(sum(parts[k] * w for k, w in SIMILARITY_WEIGHTS.items()), 0.0, 1.0)
