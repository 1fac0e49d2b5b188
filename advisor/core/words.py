"""Words as they are compared: without case and accents."""

from __future__ import annotations

import unicodedata
from functools import lru_cache


@lru_cache(maxsize=4096)
def fold(word: str) -> str:
    """Lower case without accents: "Übersetzen" and "ubersetzen" are one word to a cue."""
    lowered = word.lower().replace("ß", "ss").replace("’", "'")
    if lowered.isascii():
        return lowered
    parts = unicodedata.normalize("NFD", lowered)
    # Only Latin marks go: in Hindi or Thai a combining mark is a vowel.
    return "".join(c for c in parts if not "̀" <= c <= "ͯ")
