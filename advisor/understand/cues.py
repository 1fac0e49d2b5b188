"""Finding cue phrases in a text: the reader of `data/understand_cues.toml` and its matcher.

A cue is one line, `WEIGHT PHRASE`. In a phrase, `word` matches itself, `word*` a beginning, `a|b` either,
`...` up to four words in between, `two_words|three` a list in which a whole phrase is one choice. Phrases in scripts without spaces are matched character by character.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor.core.words import fold
from advisor.tables.locate import data_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from advisor.understand.text import Token

_GAP = "..."
_GAP_WORDS = 4
_HEAD = 3
"""Letters under which a `word*` is filed; no shorter beginning is allowed in the file."""
_HAN = frozenset({"zh", "ja"})
_LONG = 5
"""Letters of a word from which a slip in it can be told."""
_NO_LETTERS = str.maketrans(dict.fromkeys("|*_'.-0123456789’&", " "))
_CJK = re.compile(r"([぀-ヿ㐀-鿿豈-﫿가-힯])")


@dataclass(frozen=True, slots=True)
class Element:
    """One place of a phrase: what a token there may be."""

    exact: frozenset[str]
    heads: tuple[str, ...]

    def matches(self, word: str) -> bool:
        """Whether a folded word fits."""
        return word in self.exact or (bool(self.heads) and word.startswith(self.heads))


@dataclass(slots=True)
class Cue:
    """One line of the file; its phrase is taken apart when its first word is first met."""

    label: str
    language: str
    weight: float
    phrase: str
    _parts: list[Element | None] | None = None

    def parts(self) -> list[Element | None]:
        """The phrase's places; None is a gap."""
        if self._parts is None:
            self._parts = [None if p == _GAP else _element(p) for p in self.phrase.split()]
        return self._parts


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found at tokens first..last."""

    cue: Cue
    first: int
    last: int


def _element(part: str) -> Element:
    options = [fold(option) for option in part.split("|")]
    return Element(
        exact=frozenset(o for o in options if not o.endswith("*")),
        heads=tuple(o[:-1] for o in options if o.endswith("*")),
    )


@dataclass(slots=True)
class Lexicon:
    """All cues, filed under the first word of their phrase."""

    exact: dict[str, list[Cue]] = field(default_factory=dict)
    heads: dict[str, list[Cue]] = field(default_factory=dict)
    """Cues whose phrase starts with a `word*`, under that word's first letters."""
    words: set[str] = field(default_factory=set)
    """Every full word of every phrase: what a typing error may have meant."""
    _waiting: list[tuple[str, str, str]] = field(default_factory=list)
    """Labels of scripts without spaces, filed when the first text in such a script comes."""
    _by_start: dict[tuple[str, int], list[str]] = field(default_factory=dict)

    def add(self, label: str, language: str, lines: str) -> None:
        """File the lines of one label, and the words in them."""
        lines = lines.lower() if lines.isascii() else lines
        self.words.update(
            fold(word)
            for word in set(lines.translate(_NO_LETTERS).split())
            if len(word) >= _LONG and word.isalpha()
        )
        if language in _HAN:
            self._waiting.append((label, language, lines))
        else:
            self._file_lines(label, language, lines)

    def _file_lines(self, label: str, language: str, lines: str) -> None:
        for line in lines.splitlines():
            weight, _, phrase = line.partition(" ")
            if not phrase or weight == "#":
                continue
            if "_" not in phrase:
                self._file(label, language, float(weight), phrase)
                continue
            for option in phrase.split("|"):
                self._file(label, language, float(weight), option.replace("_", " "))

    def _file(self, label: str, language: str, weight: float, phrase: str) -> None:
        plain = phrase.isascii()
        if not plain:
            phrase = " ".join(_CJK.sub(r" \1 ", phrase).split())
        cue = Cue(label, language, weight, phrase)
        for option in phrase.partition(" ")[0].split("|"):
            first = option if plain else fold(option)
            if first.endswith("*"):
                self.heads.setdefault(first[:_HEAD], []).append(cue)
            else:
                self.exact.setdefault(first, []).append(cue)

    def knows(self, word: str) -> bool:
        """Whether some phrase begins with this word."""
        return word in self.exact or any(
            (head := cue.parts()[0]) is not None and head.matches(word)
            for cue in self.heads.get(word[:_HEAD], ())
        )

    def by_start(self) -> dict[tuple[str, int], list[str]]:
        """The full words by first letter and length, for finding what a typing error meant."""
        if not self._by_start:
            for word in sorted(self.words):
                self._by_start.setdefault((word[0], len(word)), []).append(word)
        return self._by_start

    def hits(self, tokens: Sequence[Token]) -> list[Hit]:
        """Every cue that the tokens hold, in the order of its first word."""
        found = [hit for at in range(len(tokens)) for hit in self._hits_at(tokens, at)]
        if not any(len(token.text) == 1 and _CJK.match(token.text) for token in tokens):
            return [hit for hit in found if hit.cue.language not in _HAN]
        if not self._waiting:
            return found
        for label, language, lines in self._waiting:
            self._file_lines(label, language, lines)
        self._waiting.clear()
        return self.hits(tokens)

    def _hits_at(self, tokens: Sequence[Token], at: int) -> Iterator[Hit]:
        word = tokens[at].text
        for cue in self.exact.get(word, ()):
            if (last := _match(cue.parts(), tokens, at)) is not None:
                yield Hit(cue=cue, first=at, last=last)
        for cue in self.heads.get(word[:_HEAD], ()):
            head = cue.parts()[0]
            if (
                head is not None
                and word.startswith(head.heads)
                and (last := _match(cue.parts(), tokens, at)) is not None
            ):
                yield Hit(cue=cue, first=at, last=last)


def _match(parts: Sequence[Element | None], tokens: Sequence[Token], at: int) -> int | None:
    """Index of the last token of a match that starts at `at`, or None."""
    position, slack = at, 0
    for part in parts:
        if part is None:
            slack = _GAP_WORDS
            continue
        stop = min(position + slack + 1, len(tokens))
        found = next((i for i in range(position, stop) if part.matches(tokens[i].text)), None)
        if found is None:
            return None
        position, slack = found + 1, 0
    return position - 1


def read_cues(name: str) -> dict[str, dict[str, str]]:
    """A cue file as {language: {label: lines}}."""
    parsed: dict[str, dict[str, str]] = tomllib.loads(data_file(name).read_text(encoding="utf-8"))
    return parsed


@lru_cache(maxsize=1)
def lexicon() -> Lexicon:
    """The cues that this version ships, read once."""
    found = Lexicon()
    for language, labels in read_cues("understand_cues.toml").items():
        for label, lines in labels.items():
            found.add(f"domain.{label}" if language == "domain" else label, language, lines)
    return found
