"""A linear model over cue scores and hashed pieces of the wording: which family a text asks for, if any."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Final

import numpy as np

from advisor.core.ids import TASK_FAMILIES
from advisor.tables.locate import data_file
from advisor.understand.concepts import concepts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from advisor.understand.family import Evidence
    from advisor.understand.text import Token

QUESTION: Final = "question"
"""The label of texts that name no task."""
LABELS: Final = (*TASK_FAMILIES, QUESTION)
CUE_LABELS: Final = (
    *TASK_FAMILIES, "scope-image", "scope-audio", "scope-video", "scope-other", "scope-chat", "media-text", "vague", "several",
)  # fmt: skip
BUCKETS: Final = 1 << 14
"""Hash buckets for pieces of wording."""
_CUE_SCALE: Final = 0.1
_WORDING_SCALE: Final = 2.0
_NOTION_SCALE: Final = 2.0
_MAX_TOKENS: Final = 400
"""Tokens whose wording is looked at; a long text says what it wants early."""
FILE: Final = "understand_model.npz"


@dataclass(frozen=True, slots=True)
class Features:
    """One text's features: dense cue scores, and the buckets of its wording with their values."""

    cues: NDArray[np.float32]
    """Shape (len(CUE_LABELS),)."""
    buckets: NDArray[np.int64]
    values: NDArray[np.float32]
    """As long as `buckets`; Euclidean length _WORDING_SCALE."""


@dataclass(frozen=True, slots=True)
class FamilyModel:
    """Weights of a multinomial logistic regression, in eighths of a byte's range per class."""

    cue_weights: NDArray[np.float32]
    """Shape (len(CUE_LABELS), len(LABELS))."""
    weights: NDArray[np.int8]
    """Shape (BUCKETS, len(LABELS)); times `scale`."""
    scale: NDArray[np.float32]
    bias: NDArray[np.float32]

    def chances(self, features: Features) -> dict[str, float]:
        """Probability of each label; they sum to 1."""
        rows = self.weights[features.buckets].astype(np.float32)
        score = features.cues @ self.cue_weights + (features.values @ rows) * self.scale + self.bias
        power = np.exp(score - score.max())
        return dict(zip(LABELS, (power / power.sum()).tolist(), strict=True))


def features_of(tokens: Sequence[Token], evidence: Evidence) -> Features:
    """What the model sees of a text."""
    cues = np.array([evidence.scores.get(label, 0.0) for label in CUE_LABELS], dtype=np.float32)
    words = ["#" if token.text.isdigit() else token.text for token in tokens[:_MAX_TOKENS]]
    wording = _hashed(_pieces(words), length=_WORDING_SCALE)
    notions = _hashed(_notion_pieces(concepts().found(words)), length=_NOTION_SCALE)
    for bucket, value in notions.items():
        wording[bucket] = wording.get(bucket, 0.0) + value
    return Features(
        cues=cues * np.float32(_CUE_SCALE),
        buckets=np.array(list(wording), dtype=np.int64),
        values=np.array(list(wording.values()), dtype=np.float32),
    )


def _hashed(pieces: Iterator[str], *, length: float) -> dict[int, float]:
    """Buckets of the pieces with the square roots of their counts, scaled to a Euclidean length."""
    counts: dict[int, int] = {}
    for piece in pieces:
        bucket = zlib.crc32(piece.encode()) % BUCKETS
        counts[bucket] = counts.get(bucket, 0) + 1
    scale = length / (sum(counts.values()) or 1) ** 0.5
    return {bucket: count**0.5 * scale for bucket, count in counts.items()}


def _notion_pieces(notions: Sequence[str]) -> Iterator[str]:
    """Notions, pairs of neighbours, and pairs with one between."""
    for notion in notions:
        yield f"n {notion}"
    for first, second in pairwise(["", *notions, ""]):
        yield f"m {first} {second}"
    for first, second in zip(notions, notions[2:], strict=False):
        yield f"o {first} {second}"


def _pieces(words: Sequence[str]) -> Iterator[str]:
    """Words, pairs of neighbours (the ends of the text are neighbours too), and runs of letters.

    A run is three to five letters of one word, or three characters of a script written without spaces.
    """
    for word in words:
        yield f"w {word}"
    for first, second in pairwise(["", *words, ""]):
        yield f"b {first} {second}"
    for first, second, third in zip(words, words[1:], words[2:], strict=False):
        if not (first.isascii() or second.isascii() or third.isascii()) and len(second) == 1:
            yield f"t {first}{second}{third}"
    for word in words:
        if len(word) == 1:
            continue
        framed = f"<{word}>"
        for size in (3, 4, 5):
            for at in range(len(framed) - size + 1):
                yield f"c {framed[at : at + size]}"


def save(model: FamilyModel, path: Path) -> None:
    """Write the weights to a file that `load` reads."""
    np.savez_compressed(
        path,
        cue_weights=model.cue_weights,
        weights=model.weights,
        scale=model.scale,
        bias=model.bias,
    )


@lru_cache(maxsize=1)
def load() -> FamilyModel:
    """The weights that this version ships."""
    with np.load(data_file(FILE), allow_pickle=False) as parts:
        return FamilyModel(
            cue_weights=parts["cue_weights"],
            weights=parts["weights"],
            scale=parts["scale"],
            bias=parts["bias"],
        )
