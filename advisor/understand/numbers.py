"""Numbers as people write them, in figures and in words of five languages, with what is counted."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from advisor.core.words import fold

_UNITS: Final = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    " seventeen eighteen nineteen twenty",
    "de": "null eins zwei drei vier funf sechs sieben acht neun zehn elf zwolf dreizehn vierzehn funfzehn sechzehn"
    " siebzehn achtzehn neunzehn zwanzig",
    "fr": "zero un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dixsept"
    " dixhuit dixneuf vingt",
    "es": "cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciseis"
    " diecisiete dieciocho diecinueve veinte",
}
_TENS: Final = {
    "en": "thirty forty fifty sixty seventy eighty ninety",
    "de": "dreissig vierzig funfzig sechzig siebzig achtzig neunzig",
    "fr": "trente quarante cinquante soixante septante huitante nonante",
    "es": "treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_HUNDREDS_ES: Final = "cien doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos novecientos"
_PLAIN: Final = {"ein": 1, "eine": 1, "einer": 1, "einem": 1, "einen": 1, "una": 1, "une": 1, "ciento": 100, "a": 1, "an": 1,
                 "quatrevingt": 80, "quatrevingts": 80, "quatrevingtdix": 90, "couple": 2, "zwo": 2}  # fmt: skip
_SCALES: Final = {
    "hundred": 100, "hundreds": 100, "hundert": 100, "cent": 100, "cents": 100, "cientos": 100, "dozen": 12, "dutzend": 12,
    "douzaine": 12, "docena": 12, "dizaine": 10, "centaine": 100, "centaines": 100, "score": 20,
    "k": 1e3, "thousand": 1e3, "thousands": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "grand": 1e3, "tsd": 1e3,
    "m": 1e6, "mn": 1e6, "mio": 1e6, "mill": 1e6, "million": 1e6, "millions": 1e6, "millionen": 1e6, "millones": 1e6,
    "millon": 1e6, "mln": 1e6, "b": 1e9, "bn": 1e9, "billion": 1e9, "billions": 1e9, "milliarde": 1e9,
    "milliarden": 1e9, "mrd": 1e9, "milliard": 1e9, "milliards": 1e9,
}  # fmt: skip
_FRACTIONS: Final = {
    "half": 0.5, "halbe": 0.5, "halben": 0.5, "halber": 0.5, "halbes": 0.5, "demi": 0.5, "demie": 0.5, "medio": 0.5, "media": 0.5,
    "mitad": 0.5, "moitie": 0.5, "halve": 0.5, "quarter": 0.25, "viertel": 0.25, "quart": 0.25, "cuarto": 0.25, "third": 1 / 3,
    "drittel": 1 / 3, "tiers": 1 / 3, "tercio": 1 / 3, "fifth": 0.2, "funftel": 0.2, "cinquieme": 0.2, "quinto": 0.2,
    "tenth": 0.1, "zehntel": 0.1, "dixieme": 0.1, "decima": 0.1, "decimo": 0.1, "hundredth": 0.01, "hundertstel": 0.01,
    "centieme": 0.01, "centesima": 0.01, "tenths": 0.1, "fifths": 0.2, "quarters": 0.25, "thirds": 1 / 3, "anderthalb": 1.5,
    "eighth": 0.125, "twentieth": 0.05, "halb": 0.5, "dixiemes": 0.1, "decimas": 0.1, "hundredths": 0.01,
}  # fmt: skip
_ZH_DIGITS: Final = dict(
    zip("零一二三四五六七八九两", (0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 2), strict=True)
)
_ZH_SMALL: Final = {"十": 10, "百": 100, "千": 1000}
_ZH_LARGE: Final = {"万": 10_000, "亿": 100_000_000}
_LINKS: Final = frozenset({"and", "und", "et", "y", "of", "de", "e", "d"})
_FIGURES: Final = re.compile(
    r"\d+(?:[.,'’_  ]\d{3})+(?!\d)(?:[.,]\d+)?|\d+[.,]\d+|\d+|(?<![\w.])\.\d+"
)
_WORD: Final = re.compile(r"[^\W\d_一-鿿]+")
_ZH_NUMBER: Final = re.compile(
    r"[零一二三四五六七八九两十百千万亿半]+(?:点[零一二三四五六七八九]+)?(?:分之[一二三四五六七八九十百]+)?"
)
_CENTS: Final = frozenset({"cent", "cents"})
_FRENCH_UNITS: Final = frozenset(_UNITS["fr"].split())
_ARTICLES: Final = frozenset(
    {"a", "an", "ein", "eine", "einer", "einem", "einen", "un", "une", "una"}
)
_ANDS: Final = frozenset({"and", "und", "et", "y", "e"})
_ONLY_SUFFIX: Final = frozenset({"k", "m", "b", "mn", "bn", "mln", "mio", "mrd", "tsd", "mill"})
"""Scales that are read only after figures; as words they mean other things."""
_NOT_ALONE: Final = frozenset({"a", "an", "ein", "eine", "einer", "einem", "einen", "una", "un", "une", "uno", "media", "medio", "cent",
                               "cents", "score", "grand", "couple", "one", "eins", "k", "m", "b", "mill", "once", "seize", "third", "fifth",
                               "tenth", "quarter", "quarters", "thirds", "quinto", "cuarto", "eighth", "twentieth", "mil", "mille",
                               "halb", "tercio", "quart", "hundreds", "thousands", "millions", "billions", "cientos", "dos",
                               "six", "second", "hundredth", "decimo", "acht", "elf"})  # fmt: skip
"""Words that are a number only beside another number or before a unit; the caller decides by the unit."""


@dataclass(frozen=True, slots=True)
class Number:
    """One number in a text."""

    value: float
    start: int
    end: int
    """Where its last character ends; what is counted follows."""
    weak: bool
    """A lone word that may not be a number at all ("a", "once", "second")."""


@lru_cache(maxsize=1)
def _words() -> dict[str, float]:
    found: dict[str, float] = {}
    for line in _UNITS.values():
        found |= {word: float(i) for i, word in enumerate(line.split())}
    for line in _TENS.values():
        found |= {word: 10.0 * i for i, word in enumerate(line.split(), start=3)}
    found |= {word: 100.0 * i for i, word in enumerate(_HUNDREDS_ES.split(), start=1)}
    found |= {word[:-2] + "as": value for word, value in found.items() if word.endswith("cientos")}
    found |= {"quinientas": 500.0}
    return found | {word: float(value) for word, value in _PLAIN.items()}


def _german(word: str) -> float | None:
    """Value of a German number written as one word: "dreihundertfünfzig"."""
    total, rest = 0.0, word
    for name, size in (("tausend", 1000.0), ("hundert", 100.0)):
        head, found, tail = rest.partition(name)
        if found:
            lead = _german(head) if head else 1.0
            if lead is None:
                return None
            total, rest = total + lead * size, tail.removeprefix("und")
    if not rest:
        return total
    if rest in _words():
        return total + _words()[rest]
    unit, joined, ten = rest.partition("und")
    if joined and unit in _words() and ten in _words():
        return total + _words()[unit] + _words()[ten]
    return None


def figure_value(figures: str, *, decimal_comma: bool) -> float:
    """Value of a number in figures: "1,200", "1.200", "0,5", "2 000".

    A separator before exactly three digits separates thousands, unless a 0 leads or the text's language
    writes decimals with it.
    """
    text = re.sub(r"[ '’_ ]", "", figures)
    marks = [c for c in text if c in ".,"]
    if len(marks) > 1:
        last = marks[-1]
        if marks.count(last) == len(marks):
            return float(text.replace(last, ""))
        return float(text.replace("," if last == "." else ".", "").replace(",", "."))
    if not marks:
        return float(text)
    whole, _, part = text.partition(marks[0])
    decimal_mark = "," if decimal_comma else "."
    if len(part) == 3 and whole not in {"", "0"} and marks[0] != decimal_mark:
        return float(whole + part)
    return float(f"{whole or 0}.{part}")


@dataclass(slots=True)
class _Piece:
    """A number word, scale or fraction at a place."""

    kind: str
    value: float
    start: int
    end: int
    word: str


def _pieces(text: str, *, decimal_comma: bool) -> list[_Piece]:
    found: list[_Piece] = []
    for match in _FIGURES.finditer(text):
        before = text[match.start() - 1 : match.start()]
        if before.isalpha() and before.isascii():
            continue  # "p95", "T4", "GPT4": part of a name
        value = figure_value(match[0], decimal_comma=decimal_comma)
        found.append(_Piece("figure", value, match.start(), match.end(), ""))
    found += [
        _Piece(piece[0], piece[1], match.start(), match.end(), fold(match[0]))
        for match in _WORD.finditer(text)
        if (piece := _word_piece(fold(match[0]))) is not None
    ]
    found += [
        _Piece("chinese", _chinese(m[0]), m.start(), m.end(), m[0])
        for m in _ZH_NUMBER.finditer(text)
    ]
    return sorted(found, key=lambda piece: piece.start)


def _word_piece(word: str) -> tuple[str, float] | None:
    if word in _SCALES:
        return "scale", _SCALES[word]
    if word in _FRACTIONS:
        return "fraction", _FRACTIONS[word]
    if word in _words():
        return "word", _words()[word]
    if word in _LINKS:
        return "link", 0.0
    if ("hundert" in word or "tausend" in word or "und" in word) and (
        value := _german(word)
    ) is not None:
        return "word", value
    return None


def _chinese(text: str) -> float:
    """Value of a number in Chinese characters: "三百", "五分之一", "零点五", "半"."""
    whole, over, share = text.partition("分之")
    if over:
        return _chinese(share) / max(_chinese(whole), 1.0)
    body, _, decimals = text.partition("点")
    total = section = digit = 0.0
    for c in body:
        if c == "半":
            digit = digit or 0.5
        elif c in _ZH_DIGITS:
            digit = digit * 10 + _ZH_DIGITS[c]
        elif c in _ZH_SMALL:
            section, digit = section + (digit or 1) * _ZH_SMALL[c], 0.0
        else:
            total, section, digit = total + ((section + digit) or 1) * _ZH_LARGE[c], 0.0, 0.0
    value = total + section + digit
    return float(f"{value:g}") + (
        float("0." + "".join(str(_ZH_DIGITS[c]) for c in decimals)) if decimals else 0.0
    )


def numbers_in(text: str, *, decimal_comma: bool = False) -> list[Number]:
    """The numbers of a cleaned text, in order; "one and a half", "two dozen", "half a billion" are one each."""
    pieces = _pieces(text, decimal_comma=decimal_comma)
    found, at = [], 0
    while at < len(pieces):
        run = [pieces[at]]
        while at + len(run) < len(pieces) and _joined(text, run[-1], pieces[at + len(run)]):
            run.append(pieces[at + len(run)])
        at += len(run)
        while run and run[-1].kind == "link":
            run.pop()
        while run and run[0].kind == "link":
            run.pop(0)
        if run:
            found.append(_number(run))
    return found


def _joined(text: str, left: _Piece, right: _Piece) -> bool:
    between = text[left.end : right.start]
    if right.word in _CENTS and left.word not in _FRENCH_UNITS:
        return False  # "50 cents" is money, "deux cents" a number
    if right.kind == "figure" or left.kind == "figure":
        # "500 million", "15k", "2 Mio." but not "12 5": two figures are two numbers.
        return (
            left.kind == "figure" and right.kind in {"scale", "chinese"} and not between.strip(" -")
        )
    if "chinese" in {left.kind, right.kind} or (
        right.kind == "scale" and right.word in _ONLY_SUFFIX
    ):
        return False
    return between in {" ", "-", " - ", "'", "’"}


def _number(run: list[_Piece]) -> Number:
    total, part, share = 0.0, None, None
    counted = any(p.kind != "link" and p.word not in _ARTICLES for p in run)
    for i, piece in enumerate(run):
        alone = part is None and not total
        if piece.kind == "link" or (piece.word in _ARTICLES and counted):
            continue
        if piece.kind == "scale" or (piece.kind == "chinese" and i):
            base = piece.value * (part if part is not None else total or 1.0)
            if part is None or total < piece.value:
                base, total = base + (total * piece.value if part is not None else 0.0), 0.0
            total, part = (total + base, None) if piece.value >= 1000 else (total, base)
        elif piece.kind == "fraction" and alone:
            share = piece.value
        elif piece.kind == "fraction":
            added = any(p.word in _ANDS for p in run[:i])
            part = (part or 0.0) + piece.value if added else (part or 1.0) * piece.value
        else:
            part = (part or 0.0) + piece.value
    value = total + (part or 0.0)
    if share is not None:
        value = share * (value or 1.0)
    return Number(
        value=float(f"{value:.12g}"),
        start=run[0].start,
        end=run[-1].end,
        weak=run[0].kind not in {"figure", "chinese"}
        and {piece.word for piece in run} <= _NOT_ALONE | _LINKS,
    )
