"""The limits that a text states: latency, memory, size, cost, labels; and the yes-or-no demands."""

# ruff: noqa: RUF001 - Chinese punctuation is among what is looked for

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from advisor.core.profile import Constraints
from advisor.understand import constraint_words as words
from advisor.understand.demands import demands
from advisor.understand.numbers import Number, numbers_in
from advisor.understand.quotes import lead_in
from advisor.understand.unjudged import unjudged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from advisor.understand.cues import Hit
    from advisor.understand.text import Token


_MANY: Final = 100
"""Least count of items that a price is given for."""
_WHOLE_WORD: Final = 4
"""Letters of a unit that is no abbreviation: "acht Gigabyte" is a size, "once g" may be nothing."""


@dataclass(frozen=True, slots=True)
class Found:
    """One limit as read: its value and the words it was read from."""

    value: float
    words: str
    firm: int
    """Higher wins where a text gives several."""
    span: tuple[int, int] | None = None
    """Characters that speak of the limit alone, and not of the task."""


@dataclass(frozen=True, slots=True)
class Stated:
    """Everything that a text demands."""

    constraints: Constraints
    read_from: dict[str, str]
    """"constraints.NAME" to the words it was read from."""
    warnings: list[str]
    spans: list[tuple[int, int]]
    """Characters that speak of limits alone; what is left tells the task."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A number with what stands around it."""

    text: str
    number: Number
    before: str
    after: str
    others: tuple[Number, ...]


@lru_cache(maxsize=256)
def _pattern(source: str) -> re.Pattern[str]:
    return re.compile(source, re.IGNORECASE)


def _has(source: str, text: str) -> bool:
    return _pattern(source).search(text) is not None


@lru_cache(maxsize=1)
def _unit_pattern() -> re.Pattern[str]:
    groups = "|".join(f"(?P<{name}>{words})" for name, words in words.UNIT_WORDS)
    # A unit ends where its word does; in Chinese text a word may follow at once.
    return re.compile(
        rf"[\s-]?[\s-]?(?:of an? |de |d'|einer |eines )?(?:{groups})(?![a-zäöüéèà\d])",
        re.IGNORECASE,
    )


def stated_constraints(
    text: str, tokens: Sequence[Token], hits: Sequence[Hit], *, decimal_comma: bool
) -> Stated:
    """What the text demands, with the words each demand was read from.

    Only what is stated: nothing is derived and nothing defaulted.
    """
    numbers = numbers_in(text, decimal_comma=decimal_comma)
    places = [_place(text, number, numbers) for number in numbers]
    values: dict[str, float] = {}
    quoted: dict[str, str] = {}
    spans: list[tuple[int, int]] = []
    readers: dict[str, Callable[[_Place], Found | None]] = {
        "max_latency_ms": _latency,
        "max_memory_gb": _memory,
        "max_parameters": _parameters,
        "max_cost_usd_per_1k": _cost,
        "n_labels": _labels,
    }
    for name, reader in readers.items():
        found = [limit for place in places if (limit := reader(place)) is not None]
        if found:
            best = max(found, key=lambda limit: limit.firm)
            values[name], quoted[name] = best.value, best.words
            spans += [limit.span for limit in found if limit.span is not None]
    kept = demands(text, tokens, hits)
    # Said twice, a demand is still no task: every cue of a demand that holds is set aside.
    spans += [(tokens[h.first].start, tokens[h.last].end) for h in hits if h.cue.label in kept]
    stated = {name: text[tokens[h.first].start : tokens[h.last].end] for name, h in kept.items()}
    constraints = Constraints.model_validate(
        values
        | {name: round(values[name]) for name in ("max_parameters", "n_labels") if name in values}
        | dict.fromkeys(stated, True)
    )
    foreign = [place for place in places if _in_foreign_money(place)]
    warnings = [
        f"{place.text[place.number.start : place.number.end + 8].strip()!r}: costs are read in USD only; say it as USD per 1,000 items"
        for place in foreign[:1]
        if "max_cost_usd_per_1k" not in values
    ]
    warnings += unjudged(text)
    read_from = {f"constraints.{k}": v for k, v in (quoted | stated).items()}
    return Stated(constraints, read_from, warnings, sorted(spans))


def without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    """The text with these characters blanked, everything else in its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


def _place(text: str, number: Number, numbers: Sequence[Number]) -> _Place:
    stop = r"(?<=[^\d\s][.!?;])\s|[。；！？]"
    before = re.split(stop, text[max(0, number.start - 70) : number.start])[-1]
    after = re.split(stop, text[number.end : number.end + 70])[0]
    return _Place(text=text, number=number, before=before, after=after, others=tuple(numbers))


def _quote(place: _Place, length: int) -> str:
    """The words around a number, cut at whole words."""
    lead = lead_in(place.before) if place.before[-1:].isspace() or not place.before else []
    start = place.number.start
    for word in reversed(lead):
        start = place.text.rfind(word, 0, start)
    if not lead and place.before[-1:] in "<≤$~€":
        start -= 1
    return place.text[start : place.number.end + length].strip()


def _span(place: _Place, length: int) -> tuple[int, int]:
    """A number with its unit and the limiting words right before it."""
    limit = _pattern(rf"(?:{words.LIMIT})\W*$").search(place.before)
    lead = len(place.before) - limit.start() if limit else 0
    return place.number.start - lead, place.number.end + length


def _latency(place: _Place) -> Found | None:
    unit = _unit_pattern().match(place.after)
    if unit is None or unit.lastgroup not in words.TIME:
        return _compound(place)
    rest = place.after[unit.end() :]
    near = place.before[-45:] + " # " + rest[:30]
    limited = _has(words.LIMIT, place.before[-35:]) or _has(words.LIMIT, rest[:22])
    if _has(words.LATENCY_AFTER_NOT, rest) or (
        _has(words.NOT_LATENCY, near)
        and not (limited and not _has("train|tun|month|audio|ago", near))
    ):
        return None
    if unit.lastgroup not in {"ms", "us"} and not limited and not _has(words.LATENCY, near):
        return None
    if place.number.weak and unit.lastgroup == "s" and unit[0].strip().lower() == "s":
        return None
    ms = place.number.value * words.TIME[unit.lastgroup]
    # The percentile right beside this number, not the one of the next.
    beside = (
        re.split(r"\d\s*\w+,", place.before[-14:])[-1] + " # " + re.split(r"[,;/]", rest[:14])[0]
    )
    firm = (
        4 * bool(words.PERCENTILE.search(beside))
        + 2 * limited
        - 3 * bool(words.SOFT.search(beside))
    )
    return Found(
        value=float(f"{ms:.9g}"),
        words=_quote(place, unit.end()),
        firm=firm,
        span=_span(place, unit.end()),
    )


def _compound(place: _Place) -> Found | None:
    match = re.match(
        r"\s?(zehntel|fünftel|drittel|viertel|hundertstel|halb)sekunden?",
        place.after,
        re.IGNORECASE,
    )
    if match is None:
        return None
    ms = words.COMPOUND_S[match[1].lower() + "sekunde"] * place.number.value
    return Found(value=ms, words=_quote(place, match.end()), firm=1, span=_span(place, match.end()))


def _memory(place: _Place) -> Found | None:
    unit = _unit_pattern().match(place.after)
    if unit is None or unit.lastgroup not in words.BYTES_GB:
        return None
    if place.number.weak and len(unit[0].strip(" -")) < _WHOLE_WORD:
        return None
    rest = place.after[unit.end() :]
    named = _has(
        rf"^\W*(?:\w+\W+){{0,3}}?(?:{words.MEMORY_NOUN})\b|^\s*(?:内存|显存|的显存|的内存)", rest
    )
    spelled = unit[0].strip(" -").lower()
    if not named and (
        _has(rf"^\s*(?:{words.DATA_NOUN})", rest) or spelled in {"go", "to", "mo", "g"}
    ):
        named = spelled in {"go", "mo", "g"} and _has(
            words.LIMIT + "|" + words.MEMORY_NOUN, place.before[-30:]
        )
        if not named:
            return None
    if _has(words.DATA_BEFORE, place.before) and not named:
        return None
    if _has(r"disk|ssd|storage|csv|corpus|dataset|upload", place.before[-18:]) and not named:
        return None
    firm = 2 * bool(named) + bool(_has(words.LIMIT, place.before[-30:]))
    return Found(
        value=float(f"{place.number.value * words.BYTES_GB[unit.lastgroup]:.9g}"),
        words=_quote(place, unit.end()),
        firm=firm,
        span=_span(place, unit.end()),
    )


def _parameters(place: _Place) -> Found | None:
    value = place.number.value
    if value < 1e5 or words.CURRENCY_BEFORE.search(place.before):
        return None
    if _has(
        r"(?:dollars?|usd|\$|cents?|dólares|美元)\W*(?:per|pro|par|por|je|for|für|pour|every|a|/|每)\W*$",
        place.before,
    ):
        return None
    limited = _has(words.LIMIT, place.before[-30:]) or _has(
        rf"^\W*(?:\w+\W+){{0,2}}(?:{words.LIMIT})", place.after[:35]
    )
    above = _has(words.TOO_BIG, place.before)
    if above:
        limited = _has(words.NEGATED, place.before[-40:]) or _has(words.RULED_OUT, place.after)
    named = _pattern(rf"^[\s-]*{words.PARAMS}").match(place.after)
    if named is None:
        about = _has(words.PARAMS, place.before[-30:])
        free = _has(rf"^{words.PARAMS_FREE}", place.after) or (
            _has(rf"^\W*(?:{words.LIMIT})", place.after)
            and _has(
                r"model|modell|modèle|modelo|模型|\d\s?[BM]$", place.before[-25:] + _figures(place)
            )
        )
        if not ((free or about) and (about or limited)) or (not about and value < 1e6):
            return None
    if (above and not limited) or (not limited and _has(words.IN_USE, place.before[-40:])):
        return None
    end = named.end() if named else 0
    return Found(
        value=value,
        words=_quote(place, end),
        firm=2 * limited + bool(named),
        span=_span(place, end),
    )


def _figures(place: _Place) -> str:
    return place.text[place.number.start : place.number.end]


def _in_foreign_money(place: _Place) -> bool:
    return bool(
        words.FOREIGN.match(place.after) or words.FOREIGN_BEFORE.search(place.before)
    ) and bool(words.PER.match(words.FOREIGN.sub("", place.after)))


def _cost(place: _Place) -> Found | None:
    money = words.MONEY.match(place.after)
    if money is None and not words.CURRENCY_BEFORE.search(place.before):
        return None
    cents = money is not None and _has("cent|¢|美分|céntimo", money[0])
    rest = place.after[money.end() :] if money else place.after
    dollars = place.number.value * (0.01 if cents else 1.0)
    per = words.PER.match(rest)
    if per is None or words.NOT_ITEMS.match(rest[per.end() :]):
        return _cost_of_so_many(place, dollars, money.end() if money else 0)
    rest = rest[per.end() :]
    offset = place.number.end + (money.end() if money else 0) + per.end()
    items, length = 1.0, 0
    scale = words.ITEM_SCALE.match(rest)
    counted = next((n for n in place.others if 0 <= n.start - offset <= 2 and not n.weak), None)
    if counted is not None:
        items, length = counted.value, counted.end - offset
    elif scale is not None:
        items = 1000.0 if scale[1] else 1e6 if scale[2] else 100.0
        length = scale.end()
    if items <= 0 or _has(r"^\s*(?:input |output )?tokens?\b", rest[length:]):
        return None
    word = re.match(r"\s*[\w-]*", rest[length:])
    end = offset + length + (word.end() if word else 0) - place.number.end
    return Found(value=float(f"{dollars * 1000 / items:.9g}"), words=_quote(place, end), firm=1)


def _cost_of_so_many(place: _Place, dollars: float, length: int) -> Found | None:
    """The cost where the items come first: "a thousand mails may cost $2", "每千次不超过2美元"."""
    each = words.EACH_ZH.search(place.before)
    if each is not None:
        if words.NOT_ITEMS.match(each["rest"]) or _has("token|字", each["rest"]):
            return None
        start = place.number.start - len(each["rest"])
        counted = next(
            (n for n in place.others if 0 <= n.start - start <= 1 and n.end <= place.number.start),
            None,
        )
        items = counted.value if counted is not None else 1.0
    else:
        earlier = [n for n in place.others if n.end <= place.number.start and n.value >= _MANY]
        if earlier and words.FOR_SO_MANY.match(
            place.text[earlier[-1].end : place.number.start].rstrip("$ ")
        ):
            items = earlier[-1].value
        elif words.EACH_ITEM.search(place.before.rstrip("$ ")):
            items = 1.0
        else:
            return None
    value = float(f"{dollars * 1000 / items:.9g}")
    return Found(value=value, words=_quote(place, length), firm=1)


def _labels(place: _Place) -> Found | None:
    value = place.number.value
    if place.number.weak or value != int(value) or value > 1e8:
        return None
    if (unit := _unit_pattern().match(place.after)) is not None and len(unit[0].strip()) > 1:
        return None
    after = _cut(place)
    labelled = _pattern(rf"^\W*(?:[一-鿿]{{1,8}})??(?:[\w'’-]+\W+){{0,4}}?(?:{words.LABEL})").match(
        after
    ) or (_pattern(words.EXAMPLES).match(after) if _has(words.HAVE, place.before[-30:]) else None)
    led = _has(rf"(?:{words.LABEL})\w*\W*(?:[\w'’]+\W+){{0,3}}?$", place.before[-40:]) and _has(
        r"^\W*[\w一-鿿]", after + " x"
    )
    if labelled is not None and _has(words.PER_TIME, labelled[0]):
        return None
    if (labelled is None and not led) or _has(
        words.UNLABELLED, (labelled[0] if labelled else place.before[-30:])
    ):
        return None
    if _has(words.PER_CLASS, place.after):
        classes = [
            n
            for n in place.others
            if n != place.number and _has(words.CLASS_COUNT, place.text[n.end : n.end + 40])
        ]
        if len(classes) != 1:
            return None
        value *= classes[0].value
    elif _are_classes(place, after):
        return None
    return Found(
        value=value, words=_quote(place, labelled.end() if labelled else 0), firm=1 + bool(labelled)
    )


def _cut(place: _Place) -> str:
    """What follows a number up to the next number; a comma or a bracket ends it as well."""
    length = len(place.after)
    following = [
        n.start - place.number.end
        for n in place.others
        if n.start >= place.number.end and not n.weak
    ]
    length = min([length, *following])
    return re.split(r"[,(，、?!;？！；]", place.after[:length])[0]


def _are_classes(place: _Place, after: str) -> bool:
    """Whether a count of labels is a count of classes."""
    if _has(words.CLASSES_AFTER, after):
        return True
    plain = _has(r"^\W*(?:[\w-]+\s)?(?:labels?|étiquettes|etiquetas|标签)\b", after) and not _has(
        r"^\W*(?:hand|manual|human|gold|expert|training|crowd)", after
    )
    return plain and (_has(words.CLASSES_BEFORE, place.before) or "标签" in after[:6])
