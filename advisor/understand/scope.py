"""When a question must go back instead of a profile: not text or tables, not a task, several tasks."""

# ruff: noqa: RUF001 - Chinese punctuation is among what is looked for

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from advisor.core.errors import Unclear

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.understand.cues import Hit
    from advisor.understand.family import Evidence
    from advisor.understand.text import Token

EXAMPLE: Final = "e.g. 'sort German support e-mails into 12 topics, 300 labelled, no GPU'"
_SCOPES: Final = {
    "scope-image": "images",
    "scope-audio": "audio",
    "scope-video": "video",
    "scope-other": "something other than texts or rows of a table",
}
_ENOUGH: Final = 5.0
"""Evidence from which a task is suspected to be outside."""
_JOINING: Final = (
    "and also plus then additionally separately afterwards as both next finally besides und auch ausserdem sowie zusatzlich dann "
    "et aussi ainsi puis egalement y tambien ademas luego e 并 和 以及 还 再 同时 又"
)
_JOINS: Final = frozenset(_JOINING.split())
_ACT: Final = "act-"
_FORGIVING: Final = frozenset({"instruction-following"})
"""A general assistant is asked for with a list of what it does."""


def suspicion(
    text: str, tokens: Sequence[Token], hits: Sequence[Hit], *, evidence: Evidence
) -> Unclear | None:
    """The question to ask back if the cues say that no single task on text or a table is asked for, else None."""
    if any(hit.cue.label == "scope-chat" for hit in hits):
        return Unclear(
            f"Which task should a model be chosen for? Describe it, {EXAMPLE}",
            "this is a request to a model, not a task that a model should do for you",
        )
    outside = _out_of_scope(text, tokens, hits, evidence=evidence)
    if outside is not None:
        return outside
    acts = several(text, tokens, hits)
    if not acts or evidence.families()[0][1] in _FORGIVING:
        return None
    return Unclear(
        f"Which of these comes first: {', '.join(acts)}? Ask for each task on its own, so that each gets its own model",
        f"{len(acts)} tasks are asked for at once",
    )


def _out_of_scope(
    text: str, tokens: Sequence[Token], hits: Sequence[Hit], *, evidence: Evidence
) -> Unclear | None:
    covers = [hit for hit in hits if hit.cue.label == "media-text"]
    for label, what in _SCOPES.items():
        open_hits = [
            hit
            for hit in hits
            if hit.cue.label == label
            and not any(c.first <= hit.last and hit.first <= c.last for c in covers)
        ]
        if open_hits and evidence.scores.get(label, 0.0) >= _ENOUGH:
            seen = text[tokens[open_hits[0].first].start : tokens[open_hits[0].last].end]
            return Unclear(
                "Is there a part of the task that works on text or on a table? Describe that part",
                f"{seen!r} reads as a task on {what}; the evidence here is about text and tables only",
            )
    return None


def several(text: str, tokens: Sequence[Token], hits: Sequence[Hit]) -> list[str]:
    """The words for each of two or more different things to do, when a conjunction joins them; else nothing."""
    past = {tokens[hit.first].clause for hit in hits if hit.cue.label == "past"}
    found: dict[str, Hit] = {}
    joined = False
    acts = (h for h in hits if h.cue.label.startswith(_ACT) and tokens[h.first].clause not in past)
    for hit in sorted(acts, key=lambda hit: (hit.first, -hit.last)):
        if hit.cue.label in found or _negated(tokens, hit):
            continue
        if found:
            before = tokens[max(0, hit.first - 2) : hit.first]
            gap = text[tokens[max(0, hit.first - 1)].end : tokens[hit.first].start]
            joined |= bool({t.text for t in before} & _JOINS) or bool(
                set(gap) & set(",;.+&，、；。")
            )
        found[hit.cue.label] = hit
    if len(found) < 2 or not joined:
        return []
    return [text[tokens[h.first].start : tokens[h.last].end] for h in found.values()]


def _negated(tokens: Sequence[Token], hit: Hit) -> bool:
    before = {token.text for token in tokens[max(0, hit.first - 3) : hit.first]}
    return bool(
        before
        & {
            "not",
            "no",
            "don't",
            "without",
            "never",
            "nicht",
            "kein",
            "keine",
            "pas",
            "sin",
            "than",
            "instead",
            "after",
            "before",
        }
    )
