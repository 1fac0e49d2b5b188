"""The yes-or-no demands of a text: explainable, local, commercially usable, without a GPU."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.understand.cues import Hit
    from advisor.understand.text import Token

_BOOLEANS: Final = {
    "interpretable": "not_interpretable",
    "local_only": "not_local",
    "commercial_licence": "not_commercial",
    "no_gpu": "has_gpu",
}
"""A demand, and the cues that take it back."""


def demands(tokens: Sequence[Token], hits: Sequence[Hit]) -> dict[str, Hit]:
    """Each yes-or-no demand that is stated and not taken back, with the cue that states it."""
    found = {}
    for name, opposite in _BOOLEANS.items():
        against = [hit for hit in hits if hit.cue.label == opposite]
        hit = next(
            (
                hit
                for hit in hits
                if hit.cue.label == name
                and hit.cue.weight >= 4
                and not any(a.first <= hit.last and hit.first <= a.last for a in against)
                and not _taken_back(tokens, hit, name=name)
            ),
            None,
        )
        if hit is not None and not (against and name != "local_only"):
            found[name] = hit
    return found


_NEGATORS: Final = frozenset(
    [
        "not",
        "no",
        "don't",
        "doesn't",
        "isn't",
        "needn't",
        "without",
        "never",
        "nicht",
        "kein",
        "keine",
        "pas",
        "sin",
        "nobody",
        "hardly",
    ]
)


def _taken_back(tokens: Sequence[Token], hit: Hit, *, name: str) -> bool:
    """Whether a negation stands before the cue; a cue that has its own is left alone."""
    inside = {token.text for token in tokens[hit.first : hit.last + 1]}
    if inside & (
        _NEGATORS
        | {"cannot", "can't", "nothing", "nichts", "rien", "nada", "only", "nur", "ohne", "sans"}
    ):
        return False
    clause = tokens[hit.first].clause
    before = [t.text for t in tokens[max(0, hit.first - 4) : hit.first] if t.clause == clause]
    if name == "no_gpu":
        # "no GPU, on CPU": the negation before belongs to the GPU.
        heard = {token.text for token in tokens}
        return bool(heard & {"gpu", "gpus"}) and not set(before) & {"no"} and _gpu_is_there(tokens)
    return bool(set(before) & _NEGATORS)


def _gpu_is_there(tokens: Sequence[Token]) -> bool:
    """Whether a GPU is spoken of without "no" near it."""
    for i, token in enumerate(tokens):
        if token.text in {"gpu", "gpus"}:
            near = {t.text for t in tokens[max(0, i - 5) : i + 5]}
            if not near & (
                _NEGATORS
                | {
                    "ohne",
                    "sans",
                    "zero",
                    "aucun",
                    "aucune",
                    "没",
                    "无",
                    "ningun",
                    "ninguna",
                    "lack",
                    "lacks",
                    "keinerlei",
                    "isn't",
                    "can't",
                    "cannot",
                    "haven't",
                    "neither",
                    "aren't",
                    "ni",
                }
            ):
                return True
    return False
