"""Cleaning what the user typed, and cutting it into tokens that cues can be matched against."""

# ruff: noqa: RUF001 - Chinese punctuation is among what is looked for

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from advisor.core.words import fold

_ANSI = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[@-_])"
)
_HTML = re.compile(
    r"<(?:script|style)\b[^>]*>.*?</(?:script|style)\s*>|</?[A-Za-z!][^<>]*>", re.I | re.S
)
_TOKEN = re.compile(r"[぀-ヿ㐀-鿿豈-﫿가-힯]|[^\W_぀-ヿ㐀-鿿豈-﫿가-힯]+(?:['’]t\b)?")
_ENDS = re.compile(
    r"[.!?;:\n。！？；：]+(?=\s|$|[^\x00-\x7f])|[\n。！？；]|,\s+(?:but|and|aber|und|mais|pero)\b|[，、]"
)
_KEPT = frozenset("\n\t")


def clean(raw: str) -> str:
    """The text without escape sequences, control characters, markup or double spaces; safe to echo."""
    text = unicodedata.normalize("NFKC", _ANSI.sub(" ", raw))
    text = _HTML.sub(" ", text)
    # Cc/Cf: control and bidirectional marks; Cs/Co/Cn: surrogates, private use, unassigned.
    text = "".join(
        " "
        if c in _KEPT
        or unicodedata.category(c)[0] == "C"
        or unicodedata.category(c) in {"Zl", "Zp"}
        else c
        for c in text
    )
    return re.sub(r"\s+", " ", text).strip()


@dataclass(frozen=True, slots=True)
class Token:
    """One word, or one character of a script written without spaces."""

    text: str
    """Folded."""
    start: int
    end: int
    """Span in the cleaned text."""
    clause: int
    """Number of the clause it stands in."""


def tokens_of(text: str) -> list[Token]:
    """The tokens of a cleaned text in order."""
    ends = [match.start() for match in _ENDS.finditer(text)]
    found, clause = [], 0
    for match in _TOKEN.finditer(text):
        while clause < len(ends) and ends[clause] < match.start():
            clause += 1
        found.append(
            Token(text=fold(match[0]), start=match.start(), end=match.end(), clause=clause)
        )
    return found
