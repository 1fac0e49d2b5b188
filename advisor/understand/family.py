"""Which of the task families a text asks for, and whether it asks for one at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from advisor.core.ids import TASK_FAMILIES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.understand.cues import Hit
    from advisor.understand.text import Token

SHARES: Final = (1.0, 0.7, 0.5, 0.4, 0.3, 0.2)
"""How much the best, second best ... cue of a family counts: many weak words must not outvote one clear one."""
LEAST: Final = 3.0
"""Least evidence for a family; below it the text is too vague to answer."""
_NEGATORS: Final = frozenset(
    [
        "not",
        "don't",
        "doesn't",
        "isn't",
        "didn't",
        "won't",
        "without",
        "nicht",
        "kein",
        "keine",
        "pas",
        "no",
        "never",
        "rather",
    ]
)
_INSTEAD: Final = frozenset({"instead", "statt", "anstatt", "lieu"})
_NEAR: Final = {"por": ("pt", "es"), "ita": ("it",), "cat": ("es", "fr"), "glg": ("pt", "es"), "nld": ("nl", "de"), "ron": ("es", "fr"),
                "jpn": ("ja", "zh"), "rus": ("ru",), "ukr": ("ru",), "yue": ("zh",)}  # fmt: skip
_OWN: Final = {"deu": "de", "fra": "fr", "spa": "es", "cmn": "zh", "eng": "en"}


@dataclass(slots=True)
class Evidence:
    """What the cues of a text say: a score and the words behind it per label."""

    scores: dict[str, float] = field(default_factory=dict)
    words: dict[str, list[str]] = field(default_factory=dict)

    def best(self, labels: Sequence[str]) -> list[tuple[float, str]]:
        """(score, label) of `labels`, best first; ties in the order given."""
        order = {label: i for i, label in enumerate(labels)}
        return sorted(
            ((self.scores.get(label, 0.0), label) for label in labels),
            key=lambda pair: (-pair[0], order[pair[1]]),
        )

    def families(self) -> list[tuple[float, str]]:
        """The families by evidence, best first."""
        return self.best(TASK_FAMILIES)


def weigh(text: str, tokens: Sequence[Token], hits: Sequence[Hit], *, own: str | None) -> Evidence:
    """Add up the cues: those negated count nothing, those about another time half, those after "we need" more.

    own: the language the text is written in; cues of other languages are chance look-alikes.
    """
    trusted = {"en", "domain", _OWN.get(own or "eng", "en"), *_NEAR.get(own or "", ())}
    intents = {t: True for hit in hits if hit.cue.label == "intent" for t in (hit.first,)}
    past = {tokens[hit.first].clause for hit in hits if hit.cue.label == "past"}
    weighted: dict[str, list[tuple[float, Hit]]] = {}
    for hit in hits:
        if hit.cue.language not in trusted:
            continue
        weight = hit.cue.weight * _factor(text, tokens, hit, intents=intents, past=past)
        if weight > 0:
            weighted.setdefault(hit.cue.label, []).append((weight, hit))
    found = Evidence()
    for label, pairs in weighted.items():
        kept = _without_overlap(pairs)
        found.scores[label] = sum(
            share * weight for share, (weight, _) in zip(SHARES, kept, strict=False)
        )
        found.words[label] = [
            text[tokens[hit.first].start : tokens[hit.last].end] for _, hit in kept[:3]
        ]
    return found


def _factor(
    text: str, tokens: Sequence[Token], hit: Hit, *, intents: Mapping[int, bool], past: set[int]
) -> float:
    first = tokens[hit.first]
    # A negation reaches three words far, and over no comma.
    before = [
        t
        for t in tokens[max(0, hit.first - 3) : hit.first]
        if t.clause == first.clause and not set(text[t.end : first.start]) & set(",;:()")
    ]
    if any(t.text in _NEGATORS for t in before) or (any(t.text in _INSTEAD for t in before)):
        return 0.0
    factor = 0.5 if first.clause in past else 1.0
    if any(
        at in intents and tokens[at].clause == first.clause
        for at in range(max(0, hit.first - 12), hit.first)
    ):
        factor *= 1.25
    return factor


def _without_overlap(pairs: list[tuple[float, Hit]]) -> list[tuple[float, Hit]]:
    """The heaviest hits that share no word, heaviest first, one per cue."""
    kept: list[tuple[float, Hit]] = []
    for weight, hit in sorted(pairs, key=lambda pair: (-pair[0], pair[1].first, pair[1].last)):
        if all(
            (hit.first > k.last or hit.last < k.first) and hit.cue is not k.cue for _, k in kept
        ):
            kept.append((weight, hit))
    return kept
