"""Which languages the data is in: named, implied by a place or an institution, or the text's own."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from advisor.core.words import fold
from advisor.tables.locate import data_file
from advisor.understand.cues import Hit, Lexicon

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.understand.text import Token

_SCRIPTS: tuple[tuple[str, str], ...] = (
    ("jpn", "぀-ヿ"),
    ("kor", "가-힯"),
    ("cmn", "㐀-鿿"),
    ("arb", "؀-ۿ"),
    ("heb", "֐-׿"),
    ("hin", "ऀ-ॿ"),
    ("ben", "ঀ-৿"),
    ("tam", "஀-௿"),
    ("tel", "ఀ-౿"),
    ("tha", "฀-๿"),
    ("kat", "\u10a0-\u10ff"),
    ("hye", "԰-֏"),
    ("ell", "Ͱ-Ͽ"),
    ("rus", "Ѐ-ӿ"),
)
"""Where a script is shared (Cyrillic, Arabic, Devanagari, Han), its most written language is meant."""

_OWN_LETTERS = {"deu": "äöüß", "fra": "èêëàùœ", "spa": "ñ¿¡", "por": "ãõ", "swe": "å", "ita": "ìò", "dan": "æø", "pol": "łżśćęą", "tur": "ğış", "ces": "řěů"}  # fmt: skip
_LETTER_VOTE = 0.9
_SHARED_LETTERS = {
    "spa": "áíóú",
    "fra": "éçâîô",
    "por": "áíóúâêç",
    "cat": "àòç",
    "hun": "áíóőű",
    "ces": "áíýěč",
}
_SHARED_VOTE = 0.3
_USUAL = {"eng": 0.5, "deu": 0.5, "fra": 0.5, "spa": 0.5}
"""A head start for the languages that descriptions mostly come in."""
_UKRAINIAN = re.compile("[іїєґІЇЄҐ]")
_PERSIAN = re.compile("[پچژگ]")
_CODES = {
    "en": "eng", "de": "deu", "fr": "fra", "es": "spa", "it": "ita", "pt": "por", "nl": "nld", "zh": "cmn",
    "ja": "jpn", "ko": "kor", "ar": "arb", "ru": "rus", "pl": "pol", "tr": "tur", "sv": "swe", "da": "dan",
    "no": "nob", "fi": "fin", "cs": "ces", "uk": "ukr", "el": "ell", "hi": "hin", "vi": "vie", "ro": "ron",
    "hu": "hun", "sk": "slk", "cn": "cmn", "jp": "jpn", "cz": "ces",
}  # fmt: skip
_CODE_LIST = re.compile(r"\b([A-Z]{2}|[a-z]{2})(?:\s?(?:->|→|–|-|/|>|,|&|\+|⇄|↔|\bto\b|\bund\b|\band\b)\s?([A-Z]{2}|[a-z]{2})\b)+")  # fmt: skip
_NOT_A_LANGUAGE = {
    "polish": "pol",
    "turkey": "tur",
    "china": "cmn",
    "chile": "spa",
    "lima": "spa",
    "porto": "por",
    "us": "eng",
}
"""Words that are also a verb, a bird, porcelain ...: a language only with a capital letter."""
_NEGATING = frozenset({"not", "non", "no", "nicht", "kein", "pas", "besides", "except"})

_AND = frozenset(
    ["and", "or", "und", "oder", "et", "ou", "y", "e", "o", "plus", "as", "和", "与", "及", "或"]
)
_IN = frozenset({"in", "auf", "en", "into", "from", "aus"})
_IDIOMS = frozenset({"plain"})
"""Before a language's name: "plain English" is ordinary words, in whatever language."""


@dataclass(frozen=True, slots=True)
class Facts:
    """`data/understand_languages.toml`, ready for matching."""

    named: Lexicon
    implied: Lexicon
    media: Lexicon
    people: frozenset[str]
    strong_before: frozenset[str]
    strong_after: frozenset[str]
    also: frozenset[str]
    stopwords: dict[str, frozenset[str]]
    known: frozenset[str]


@lru_cache(maxsize=1)
def facts() -> Facts:
    """The language facts that this version ships, read once."""
    raw = tomllib.loads(data_file("understand_languages.toml").read_text(encoding="utf-8"))
    lexicons = {}
    for kind in ("named", "implied", "media"):
        lexicons[kind] = Lexicon()
        for code, lines in raw[kind].items():
            marked = [f"1 {line}" for line in lines.splitlines() if line]
            lexicons[kind].add(code, kind, "\n".join(line for line in marked if line.isascii()))
            # The table's own words are without accents: what is not ASCII is Chinese or Japanese.
            if han := [line for line in marked if not line.isascii()]:
                lexicons[kind].add(code, "zh", "\n".join(han))
    return Facts(
        named=lexicons["named"],
        implied=lexicons["implied"],
        media=lexicons["media"],
        people=frozenset(raw["people"]["people"].split()),
        strong_before=frozenset(raw["people"]["strong_before"].split()),
        strong_after=frozenset(raw["people"]["strong_after"].split()),
        also=frozenset(raw["people"]["also"].split()),
        stopwords={code: frozenset(words.split()) for code, words in raw["stopwords"].items()},
        known=frozenset(raw["known"]["words"].split()),
    )


def written_in(text: str, *, votes: Mapping[str, float] | None = None) -> str | None:
    """ISO 639-3 code of the language that a text is written in; None when it cannot be told.

    Non-Latin scripts by their characters, Latin ones by their commonest words and own letters.

    votes: further evidence by code, in words. Source: METHOD.md#understanding
    """
    letters = sum(c.isalpha() for c in text)
    if letters == 0:
        return None
    counts = {code: len(re.findall(f"[{span}]", text)) for code, span in _SCRIPTS}
    counts["jpn"] = counts["jpn"] and counts["jpn"] + counts["cmn"]
    best = max(counts, key=lambda code: counts[code])
    # Han text without any kana is Chinese; a character of it says as much as several Latin letters.
    weight = 3 if best in {"cmn", "jpn", "kor"} else 1
    if counts[best] * weight > 0.4 * letters:
        if best == "rus" and _UKRAINIAN.search(text):
            return "ukr"
        return "pes" if best == "arb" and _PERSIAN.search(text) else best
    return _latin(text, votes or {})


def _latin(text: str, votes: Mapping[str, float]) -> str | None:
    scores = dict(votes)
    for word in re.findall(r"[^\W\d_]+", text):
        # A word that five languages share is a fifth of a word's evidence for each.
        holders = _holders().get(fold(word), ())
        for code in holders:
            scores[code] = scores.get(code, 0.0) + 1 / len(holders)
    letters = set(text.lower())
    for code, own in _OWN_LETTERS.items():
        if letters.intersection(own):
            scores[code] = scores.get(code, 0.0) + _LETTER_VOTE
    for code, shared in _SHARED_LETTERS.items():
        if letters.intersection(shared):
            scores[code] = scores.get(code, 0.0) + _SHARED_VOTE
    if not scores:
        return None
    for code, start in _USUAL.items():
        scores[code] = scores.get(code, 0.0) + start * (code in scores)
    return min(scores, key=lambda code: (-scores[code], code != "eng", code))


@lru_cache(maxsize=1)
def common_words() -> frozenset[str]:
    """Words that are right as they are: the commonest of each language, and all names of languages and places."""
    known = facts()
    return known.known.union(
        *known.stopwords.values(),
        known.people,
        known.named.words,
        known.implied.words,
        known.media.words,
    )


@lru_cache(maxsize=1)
def _holders() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for code, words in facts().stopwords.items():
        for word in sorted(words):
            found.setdefault(word, []).append(code)
    return found


def languages_of(text: str, tokens: Sequence[Token], *, own: str | None) -> tuple[list[str], str]:
    """ISO 639-3 codes of the task's data, sorted, and the words they were read from.

    own: the language the text is written in. English says nothing about the data; any other does,
    unless the text names one outright, or a paper, a parliament or the like that writes in another.
    """
    named, words = _named(text, tokens)
    if named:
        if own not in {None, "eng", *named} and any(t.text in facts().also for t in tokens):
            named = {*named, str(own)}
        return sorted(named), words
    told = [hit for hit in facts().media.hits(tokens) if not _common_noun(text, tokens[hit.first])]
    if not told and own is not None and own != "eng":
        return [own], "the language it is written in"
    if own in {None, "eng"}:
        told += [
            hit
            for hit in facts().implied.hits(tokens)
            if not _common_noun(text, tokens[hit.first]) and not _negated(tokens, hit)
        ]
    codes = sorted({hit.cue.label for hit in told})
    return codes, ", ".join(dict.fromkeys(_words(text, tokens, hit) for hit in told))


def _named(text: str, tokens: Sequence[Token]) -> tuple[set[str], str]:
    hits = [
        hit
        for hit in facts().named.hits(tokens)
        if not _common_noun(text, tokens[hit.first]) and not _negated(tokens, hit)
    ]
    strong = [hit for hit in hits if _is_strong(tokens, hit)]
    if strong:
        hits = [hit for hit in hits if hit in strong or not _is_people(tokens, hit)]
    # "Swiss German" is one language, not German as well.
    inner = {
        id(a)
        for a in hits
        for b in hits
        if b.first <= a.first and a.last <= b.last and b.last - b.first > a.last - a.first
    }
    hits = [hit for hit in hits if id(hit) not in inner]
    if hits:
        hits += [h for h in facts().implied.hits(tokens) if _is_joined(text, tokens, h, hits)]
    codes = {hit.cue.label for hit in hits}
    words = list(dict.fromkeys(_words(text, tokens, hit) for hit in hits))
    for match in _CODE_LIST.finditer(text):
        parts = re.findall(r"\b[A-Za-z]{2}\b", match[0])
        parts = [p for p in parts if p not in {"to", "TO"}]
        if (
            len(parts) > 1
            and all(p.lower() in _CODES for p in parts)
            and len({p.isupper() for p in parts}) == 1
        ):
            codes |= {_CODES[p.lower()] for p in parts}
            words.append(match[0])
    return codes, ", ".join(words)


def _words(text: str, tokens: Sequence[Token], hit: Hit) -> str:
    return text[tokens[hit.first].start : tokens[hit.last].end]


def _common_noun(text: str, token: Token) -> bool:
    return token.text in _NOT_A_LANGUAGE and text[token.start].islower()


def _negated(tokens: Sequence[Token], hit: Hit) -> bool:
    before = [token.text for token in tokens[max(0, hit.first - 2) : hit.first]]
    if before and before[-1] in _NEGATING | _IDIOMS:
        return True
    return len(before) > 1 and before[0] in _NEGATING and before[1] in _IN


def _is_joined(text: str, tokens: Sequence[Token], hit: Hit, named: Sequence[Hit]) -> bool:
    """Whether a place is named in one breath with a language: "Brazilian and Korean"."""
    if _common_noun(text, tokens[hit.first]):
        return False
    for other in named:
        left, right = sorted((hit, other), key=lambda h: h.first)
        between = tokens[left.last + 1 : right.first]
        if not 0 <= right.first - left.last - 1 <= 1:
            continue
        marks = text[tokens[left.last].end : tokens[right.first].start]
        if (between and between[0].text in _AND) or (not between and set(marks) & set("/&,+、")):
            return True
    return False


def _is_strong(tokens: Sequence[Token], hit: Hit) -> bool:
    before = tokens[hit.first - 1].text if hit.first else ""
    after = tokens[hit.last + 1].text if hit.last + 1 < len(tokens) else ""
    return before in facts().strong_before or after in facts().strong_after


def _is_people(tokens: Sequence[Token], hit: Hit) -> bool:
    return hit.last + 1 < len(tokens) and tokens[hit.last + 1].text in facts().people
