"""The yes-or-no demands of a text: explainable, local, commercially usable, without a GPU."""

# ruff: noqa: RUF001 - Chinese punctuation is among what is looked for

from __future__ import annotations

from itertools import takewhile
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
_JOINING: Final = frozenset({"and", "but", "und", "aber", "et", "mais", "y", "pero"})
_GPU: Final = frozenset({"no_gpu", "has_gpu"})


def demands(text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> dict[str, Hit]:
    """Each yes-or-no demand that is stated and not taken back, with the cue that states it."""
    found = {}
    hits = [hit for hit in hits if not (hit.cue.label in _GPU and _is_broken(text, tokens, hit))]
    for name, opposite in _BOOLEANS.items():
        against = [
            hit
            for hit in hits
            if hit.cue.label == opposite
            and not _denied(tokens, hit, around=4 if opposite == "has_gpu" else 0)
        ]
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
_DENIALS: Final = _NEGATORS | frozenset(
    [
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
        "lacking",
        "keinerlei",
        "isn't",
        "can't",
        "cannot",
        "haven't",
        "hasn't",
        "neither",
        "aren't",
        "ni",
        "keinen",
        "keiner",
        "fehlt",
        "fehlen",
        "less",
        "free",
        "los",
        "frei",
        "sin",
        "carece",
        "tampoco",
        "weder",
        "none",
        "不",
        "缺",
        "non",
        "n",
    ]
)


def _taken_back(tokens: Sequence[Token], hit: Hit, *, name: str) -> bool:
    """Whether a negation stands before the cue; a cue that has its own is left alone."""
    inside = {token.text for token in tokens[hit.first : hit.last + 1]}
    if inside & (
        _NEGATORS
        | {
            "cannot",
            "can't",
            "nothing",
            "nichts",
            "rien",
            "nada",
            "only",
            "nur",
            "ohne",
            "sans",
            "less",
            "free",
            "los",
            "frei",
            "aucun",
            "aucune",
            "ni",
            "keinen",
            "keinerlei",
            "none",
            "interdit",
            "sin",
            "cut",
            "disconnected",
            "isolated",
        }
    ):
        return False
    clause = tokens[hit.first].clause
    before = [t.text for t in tokens[max(0, hit.first - 4) : hit.first] if t.clause == clause]
    if name == "no_gpu":
        # "no GPU, on CPU": the negation before belongs to the GPU.
        heard = {token.text for token in tokens}
        return bool(heard & {"gpu", "gpus"}) and not set(before) & {"no"} and _gpu_is_there(tokens)
    return bool(set(before) & _NEGATORS)


def _is_broken(text: str, tokens: Sequence[Token], hit: Hit) -> bool:
    """Whether a cue's words stand on two sides of a comma or an "and": "one GPU, must not leave" is no "GPU ... not"."""
    if set(text[tokens[hit.first].start : tokens[hit.last].end]) & set(",;:()，、；"):
        return True
    return any(token.text in _JOINING for token in tokens[hit.first + 1 : hit.last])


def _denied(tokens: Sequence[Token], hit: Hit, *, around: int) -> bool:
    """Whether a negation that is not the cue's own stands in it, or up to `around` words beside it."""
    own = set(hit.cue.phrase.replace("|", " ").split())
    before = [t.text for t in tokens[max(0, hit.first - around) : hit.first]][::-1]
    after = [t.text for t in tokens[hit.last + 1 : hit.last + 1 + around]]
    near = {t.text for t in tokens[hit.first : hit.last + 1]}
    for side in (before, after):
        near.update(takewhile(lambda word: word not in _JOINING, side))
    denials = _DENIALS if around else _NEGATORS
    return bool(near & denials) and not own & denials


def _gpu_is_there(tokens: Sequence[Token]) -> bool:
    """Whether a GPU is spoken of without "no" near it."""
    for i, token in enumerate(tokens):
        if token.text in {"gpu", "gpus"}:
            near = {t.text for t in tokens[max(0, i - 5) : i + 5]}
            if not near & _DENIALS:
                return True
    return False
