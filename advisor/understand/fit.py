"""Making `data/understand_model.npz` from the labelled examples: `python -m advisor.understand.fit`."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import orjson

from advisor._lazy import need
from advisor.tables.locate import data_file
from advisor.understand.constraints import without
from advisor.understand.free_text import limits_of, reading
from advisor.understand.languages import written_in
from advisor.understand.model import (
    BUCKETS,
    CUE_LABELS,
    FILE,
    LABELS,
    QUESTION,
    FamilyModel,
    Features,
    features_of,
    save,
)
from advisor.understand.text import clean

if TYPE_CHECKING:
    from collections.abc import Sequence

SEED: Final = 7
_PER_PATTERN: Final = 6
_PATTERN_WEIGHT: Final = 0.3
"""A sentence made from a pattern counts less than one that somebody wrote."""
_TAILS: Final = 2
_AFTER: Final = 0.6
"""Share of additions that come after the task; the others come before."""
_TAIL_OF: Final = {"deu": "de", "fra": "fr", "spa": "es", "cmn": "zh"}
_STRENGTH: Final = 10.0
"""Inverse strength of the L2 penalty; chosen on the development part."""
_GIBBERISH: Final = 60


def examples() -> list[tuple[str, str, float]]:
    """(label, text, weight) of everything the model is fitted on, in a fixed order."""
    found = [
        (str(row["family"]), str(row["text"]), 1.0)
        for row in map(
            orjson.loads, data_file("understand_examples.jsonl").read_bytes().splitlines()
        )
    ]
    rng = np.random.default_rng(SEED)
    raw = tomllib.loads(data_file("understand_patterns.toml").read_text(encoding="utf-8"))
    made = {
        (label, _filled(pattern, raw, rng, framed=label != QUESTION))
        for label, lines in raw["patterns"].items()
        for pattern in lines.strip().splitlines()
        for _ in range(_PER_PATTERN)
    }
    made |= {
        (label, _with_tail(text, raw["tails"], rng))
        for label, text, _ in found
        if label != QUESTION
        for _ in range(_TAILS)
    }
    made |= {(QUESTION, _gibberish(rng)) for _ in range(_GIBBERISH)}
    return found + [(label, text, _PATTERN_WEIGHT) for label, text in sorted(made)]


def _filled(pattern: str, raw: dict[str, Any], rng: np.random.Generator, *, framed: bool) -> str:
    fillers = {name: values.strip().split("|") for name, values in raw["fillers"].items()}
    chosen = {name: str(values[rng.integers(len(values))]) for name, values in fillers.items()}
    chosen["o1"], chosen["cat1"] = _singular(chosen["o"]), _singular(chosen["cat"])
    text = pattern.format(**chosen)
    if not framed or not text.isascii():
        return text
    before, after = (raw["frames"][side] for side in ("before", "after"))
    return f"{before[rng.integers(len(before))]}{text}{after[rng.integers(len(after))]}"


def _with_tail(text: str, tails: dict[str, str], rng: np.random.Generator) -> str:
    """A written description with something added in its own language that is no part of the task."""
    lines = tails[_TAIL_OF.get(written_in(text) or "eng", "en")].strip().splitlines()
    tail = lines[rng.integers(len(lines))]
    return (
        f"{text.rstrip('.。')}. {tail}" if rng.random() < _AFTER else f"{tail.rstrip('.!')}. {text}"
    )


def _singular(plural: str) -> str:
    return f"{plural[:-3]}y" if plural.endswith("ies") else plural.removesuffix("s")


def _gibberish(rng: np.random.Generator) -> str:
    letters = np.array(list("asdfghjklqwertyuiopzxcvbnm"))
    lengths = rng.integers(2, 9, size=rng.integers(1, 6))
    return " ".join("".join(rng.choice(letters, size=n)) for n in lengths)


def features(text: str) -> Features:
    """The model's features of one raw text."""
    whole = reading(clean(text))
    seen = reading(without(whole.text, limits_of(whole).spans))
    return features_of(seen.tokens, seen.evidence)


def matrix(seen: Sequence[Features]) -> Any:
    """Sparse (n, cues + BUCKETS) matrix of the features."""
    sparse = need("scipy.sparse", extra="build")
    width = len(CUE_LABELS)
    rows, columns, values = [], [], []
    for i, one in enumerate(seen):
        rows += [i] * (width + len(one.buckets))
        columns += [*range(width), *(one.buckets + width).tolist()]
        values += [*one.cues.tolist(), *one.values.tolist()]
    return sparse.csr_matrix((values, (rows, columns)), shape=(len(seen), width + BUCKETS))


def fit(rows: Sequence[tuple[str, str, float]]) -> FamilyModel:
    """A model fitted on (label, text, weight) rows."""
    linear = need("sklearn.linear_model", extra="build")
    x = matrix([features(text) for _, text, _ in rows])
    y = [LABELS.index(label) for label, _, _ in rows]
    fitted = linear.LogisticRegression(C=_STRENGTH, max_iter=500).fit(
        x, y, sample_weight=[weight for *_, weight in rows]
    )
    weights = fitted.coef_.T.astype(np.float32)
    width = len(CUE_LABELS)
    scale = np.abs(weights[width:]).max(axis=0) / 127
    return FamilyModel(
        cue_weights=weights[:width],
        weights=np.rint(weights[width:] / scale).astype(np.int8),
        scale=scale,
        bias=fitted.intercept_.astype(np.float32),
    )


if __name__ == "__main__":
    save(fit(examples()), data_file("understand_examples.jsonl").with_name(FILE))
