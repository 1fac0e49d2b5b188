"""Reading words with one slip of the finger as the cue word that was meant."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.understand.cues import Lexicon
    from advisor.understand.text import Token

_SWAPPED = 5
_DROPPED = 6
_CHANGED = 9
"""Least letters of a word for each kind of slip: real words of fewer letters lie too close together."""


def corrected(tokens: Sequence[Token], lexicon: Lexicon, *, known: frozenset[str]) -> list[Token]:
    """The tokens, with words that are one slip away from one cue word replaced by it.

    A slip is two neighbours swapped, a letter dropped, doubled or added, or one letter changed; the first
    letter is never in doubt. known: words that are right as they are.
    """
    return [
        replace(token, text=meant)
        if _may_be_a_slip(token.text, lexicon, known) and (meant := _meant(token.text, lexicon))
        else token
        for token in tokens
    ]


def _may_be_a_slip(word: str, lexicon: Lexicon, known: frozenset[str]) -> bool:
    return (
        len(word) >= _SWAPPED
        and word.isascii()
        and word.isalpha()
        and word not in known
        and word not in lexicon.words
        and not lexicon.knows(word)
    )


def _meant(word: str, lexicon: Lexicon) -> str | None:
    near = lexicon.by_start()
    found = sorted(
        other
        for length in range(len(word) - 1, len(word) + 2)
        for other in near.get((word[0], length), ())
        if one_slip(word, other)
    )
    # Inflections are not slips: "ticket" and "tickets" are both right.
    found = [other for other in found if word.rstrip("s") != other.rstrip("s")]
    return found[0] if found else None


def one_slip(word: str, other: str) -> bool:
    """Whether `word` is `other` with one slip, for words long enough that this says something."""
    if len(word) == len(other):
        differ = [i for i, (a, b) in enumerate(zip(word, other, strict=True)) if a != b]
        if len(differ) == 2 and differ[1] == differ[0] + 1:
            i, j = differ
            return word[i] == other[j] and word[j] == other[i] and len(word) >= _SWAPPED
        # A different ending is another form of the word, not a slip.
        return len(differ) == 1 and len(word) >= _CHANGED and 0 < differ[0] < len(word) - 2
    short, long = sorted((word, other), key=len)
    if len(long) - len(short) != 1 or len(long) < _DROPPED:
        return False
    at = next((i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    return short[at:] == long[at + 1 :] and at < len(short) - 1
