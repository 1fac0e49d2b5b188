"""The size ladder as lines of text: a bar per size class."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from advisor.render import labels, numbers, story
from advisor.render.layout import INDENT, bar, fit, fit_name, heading

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation, Rung

_CLASS_WIDTH = 13
_SHARE_WIDTH = 6
_OUTSIDE = "░"
_UNKNOWN = "▒"
"""What a bar is drawn with when its model breaks a limit: told by shape, not by colour alone."""


def lines(answer: Recommendation, width: int, *, stacked: bool) -> list[Text]:
    """Heading and rungs, smallest class first; nothing where the ladder is empty.

    stacked: the model's name goes under its bar.
    """
    if not answer.size_ladder:
        return []
    barred = [rung for rung in answer.size_ladder if not rung.eligible]
    what = "share of the top score by size"
    outside = any(not story.unknown(answer, rung) for rung in barred)
    keys = [f"{_OUTSIDE} outside your limits"] if outside else []
    if any(story.unknown(answer, rung) for rung in barred):
        keys.append(f"{_UNKNOWN} a fact not known")
    key = "; ".join(keys)
    notes = [what, key] if stacked else ["; ".join(filter(None, (what, key)))]
    result = [heading("How small can you go", "" if stacked else notes[0])]
    if stacked:
        result += [Text(INDENT + note, style="dim") for note in notes if note]
    for rung in story.rungs(answer):
        result += _rung(answer, rung, width, stacked=stacked)
    return result


def _rung(answer: Recommendation, rung: Rung, width: int, *, stacked: bool) -> list[Text]:
    quiet = not rung.eligible
    fixed = len(INDENT) + _CLASS_WIDTH + 1 + _SHARE_WIDTH + 2
    note = _note(answer, rung)
    room = width - fixed
    bar_width = room if stacked else max(8, min(28, room - 40))
    line = Text(
        INDENT + fit(labels.size_class(rung.size_class), _CLASS_WIDTH) + " ",
        style="dim" if quiet else "",
    )
    line.append(_bar(answer, rung, bar_width), style=_bar_style(answer, rung))
    line.append(fit(numbers.percent(rung.share_of_best), _SHARE_WIDTH, "right"))
    name_room = width - len(INDENT) - 2 if stacked else room - bar_width
    name = Text(fit_name(rung.model_id, name_room - len(note)))
    name.append(note, style="green")
    if stacked:
        return [line, Text(INDENT + "  ").append_text(name)]
    return [line.append("  ").append_text(name)]


def _bar(answer: Recommendation, rung: Rung, width: int) -> str:
    if rung.eligible:
        return bar(rung.share_of_best, width)
    shade = _UNKNOWN if story.unknown(answer, rung) else _OUTSIDE
    return (shade * round(rung.share_of_best * width)).ljust(width)


def _bar_style(answer: Recommendation, rung: Rung) -> str:
    if not rung.eligible:
        return "dim"
    return "green" if rung.model_id == answer.verdict.model_id else "cyan"


def _note(answer: Recommendation, rung: Rung) -> str:
    words = []
    if rung.model_id == answer.verdict.model_id:
        words.append("pick")
    if rung.is_knee:
        words.append("knee")
    return f" ◂ {', '.join(words)}" if words else ""
