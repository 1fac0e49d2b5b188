"""A table's row in words, as TabLLM wrote it: "The age is 42. The job is admin." and the prompt around it.

Source: https://arxiv.org/abs/2210.10723, its text template.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

LONGEST_VALUE: Final = 200
"""Characters of one cell in a prompt."""
_NUMBER: Final = re.compile(r"[-+]?(?:\d[\d,]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def sentence(row: Mapping[str, Any]) -> str:
    """Every filled cell as "The name is value."; underscores in names become spaces."""
    said = [
        f"The {name.replace('_', ' ').strip()} is {shown(value)}."
        for name, value in row.items()
        if value is not None
    ]
    return " ".join(said) or "Nothing is known."


def shown(value: Any) -> str:
    """A value as people write it: 42 and not 42.0, yes and no, long texts cut."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value).split())[:LONGEST_VALUE]


def question(target: str, labels: Sequence[str]) -> str:
    """What is asked, in one line."""
    name = target.replace("_", " ").strip()
    if labels:
        return f"What is the {name}? Answer with one of: {', '.join(labels)}."
    return f"What is the {name}? Answer with a number and nothing else."


def prompt(shots: Sequence[tuple[str, str]], asked: str) -> str:
    """Labelled rows, then the row that is asked about.

    shots: (sentence, answer).
    """
    told = [f"{words}\nAnswer: {answer}" for words, answer in shots]
    return "\n\n".join([*told, f"{asked}\nAnswer:"])


def chosen(target: NDArray[Any], n_classes: int, n: int, seed: int) -> NDArray[np.intp]:
    """Places of `n` training rows to show: of each class in turn, or over the range of a number; shuffled."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(target))
    n = min(n, len(target))
    if n == 0:
        return np.empty(0, dtype=np.intp)
    if not n_classes:  # one from each n-th of the sorted numbers
        ranked = order[np.argsort(target[order], kind="stable")]
        parts = np.array_split(ranked, n)
        return rng.permutation(np.array([rng.choice(part) for part in parts]))
    turn = np.empty(len(target), dtype=np.intp)
    for c in np.unique(target):
        of_class = order[target[order] == c]
        turn[of_class] = np.arange(len(of_class))
    first = order[np.argsort(turn[order], kind="stable")][:n]
    return rng.permutation(first)


def number(text: str) -> float | None:
    """The first number in an answer, thousands separated by commas or not; None where there is none."""
    found = _NUMBER.search(text)
    if found is None:
        return None
    value = float(found[0].replace(",", ""))
    return value if np.isfinite(value) else None
