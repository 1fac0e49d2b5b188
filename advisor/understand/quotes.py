"""Which words stand for a reading when it is shown to whoever typed them."""

from __future__ import annotations

_NO = frozenset({"no", "not", "nicht", "pas", "non"})
"""Words that turn the sense of the two behind them: "no more than"."""
_CLAUSE_ENDS = frozenset(",;:\uff0c\uff1b\uff1a")
"""The last three are Chinese."""


def lead_in(before: str) -> list[str]:
    """The last two words of the number's own clause, and a "no" before them, which turns their sense."""
    words_before = before.split()
    for place in reversed(range(len(words_before))):
        if words_before[place][-1] in _CLAUSE_ENDS:
            words_before = words_before[place + 1 :]
            break
    turned = len(words_before) > 2 and words_before[-3].lower() in _NO
    return words_before[-3 if turned else -2 :]
