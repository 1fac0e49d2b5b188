"""Words of five languages brought to shared notions, so that what is learned in one language holds in another."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from advisor.core.words import fold
from advisor.tables.locate import data_file

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE: Final = "understand_concepts.toml"
_LEAST: Final = 3
"""Letters of the shortest `word*`."""
_FIRST_PART: Final = 4
_INNER: Final = 5
"""Least letters of a compound's first part, and those that its second must share with a `word*`."""
_LONGEST_RUN: Final = 5
"""Characters of the longest Chinese entry."""


@dataclass(frozen=True, slots=True)
class Concepts:
    """The notions by their words, by the beginnings of their words, and by runs of Chinese characters."""

    words: dict[str, str]
    heads: dict[str, str]
    runs: dict[str, str]

    def of_word(self, word: str) -> str | None:
        """The notion of one folded word; the last part of a compound speaks for the whole."""
        if (known := self.words.get(word)) is not None:
            return known
        for end in range(len(word), _LEAST - 1, -1):
            if (known := self.heads.get(word[:end])) is not None:
                return known
        for start in range(_FIRST_PART, len(word) - _INNER + 1):
            for end in range(len(word), start + _INNER - 1, -1):
                if (known := self.heads.get(word[start:end])) is not None:
                    return known
        return None

    def found(self, words: Sequence[str]) -> list[str]:
        """The notions of a text's folded tokens, in their order."""
        notions, at = [], 0
        while at < len(words):
            if words[at].isascii():
                if (known := self.of_word(words[at])) is not None:
                    notions.append(known)
                at += 1
                continue
            for size in range(_LONGEST_RUN, 0, -1):
                if (known := self.runs.get("".join(words[at : at + size]))) is not None:
                    notions.append(known)
                    at += size
                    break
            else:
                at += 1
        return notions


@lru_cache(maxsize=1)
def concepts() -> Concepts:
    """The notions that this version ships, read once."""
    parsed = tomllib.loads(data_file(FILE).read_text(encoding="utf-8"))
    words: dict[str, str] = {}
    heads: dict[str, str] = {}
    runs: dict[str, str] = {}
    for kind in parsed.values():
        for notion, line in kind.items():
            for word in line.split():
                if not word.isascii():
                    runs.setdefault(fold(word), notion)
                elif word.endswith("*"):
                    heads.setdefault(word[:-1], notion)
                else:
                    words.setdefault(word, notion)
    return Concepts(words=words, heads=heads, runs=runs)
