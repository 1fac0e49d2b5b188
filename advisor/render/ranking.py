"""The ranked models as lines of text: a row each, or two short lines each on a narrow terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from advisor.render import story
from advisor.render.escape import plain
from advisor.render.layout import INDENT, fit, fit_name, heading

if TYPE_CHECKING:
    from advisor.core.recommendation import RankedModel, Recommendation

_WIDTHS: Final = {
    "size": 6, "score": 6, "spread": 10, "good_enough": 6, "latency": 9, "memory": 8, "cost": 8, "licence": 11,
    "downloads": 6,
}  # fmt: skip
_FIRST_TO_GO: Final = ("downloads", "licence", "memory", "cost", "latency")
_NAME_WIDTH: Final = 26
"""Cells for a model's name before another column gives way; longer names are shortened."""
_LEFT: Final = frozenset({"licence"})
_TWO_LINES: Final = {
    "good_enough": ("good", "enough"),
    "cost": ("cost", "per 1k"),
    "downloads": ("down-", "loads"),
}


def lines(answer: Recommendation, width: int, *, stacked: bool) -> list[Text]:
    """Heading and rows in rank order; nothing where nothing is ranked."""
    if not answer.ranked:
        return []
    result = [heading("Models", "" if stacked else story.scale(answer))]
    shown = story.headings(answer)
    result += _stacked(answer, shown, width) if stacked else _rows(answer, shown, width)
    return result


def _rows(answer: Recommendation, shown: dict[str, str], width: int) -> list[Text]:
    kept, hidden = _that_fit(shown, width)
    used = sum(_WIDTHS[key] + 2 for key in kept)
    longest = max(len(plain(model.model_id)) for model in answer.ranked)
    name_width = min(max(longest, 12), width - len(INDENT) - 2 - used)
    upper, lower = Text(style="dim"), Text(style="dim")
    blank = " " * (len(INDENT) + 2)
    upper.append(blank + " " * name_width)
    lower.append(blank + " " * name_width)
    for key in kept:
        first, second = _TWO_LINES.get(key, _split(shown[key]))
        upper.append("  " + _cell(key, first))
        lower.append("  " + _cell(key, second))
    result = [upper, lower, *(_row(answer, model, kept, name_width) for model in answer.ranked)]
    if hidden:
        names = ", ".join(shown[key] for key in hidden)
        result.append(Text(f"{INDENT}  a wider terminal also shows {names}", style="dim"))
    return [line for line in result if line.plain.strip()]


def _cell(key: str, words: str) -> str:
    return fit(words, _WIDTHS[key], "left" if key in _LEFT else "right")


def _split(words: str) -> tuple[str, str]:
    head, _, last = words.rpartition(" ")
    return (head, last)


def _row(answer: Recommendation, model: RankedModel, kept: list[str], name_width: int) -> Text:
    facts = story.cells(model)
    line = _name(answer, model, name_width)
    for key in kept:
        line.append("  " + _cell(key, plain(facts[key])), style="dim" if key == "spread" else "")
    return line


def _name(answer: Recommendation, model: RankedModel, width: int) -> Text:
    """The pick is marked in words' own shape, not by colour alone."""
    if model.model_id == answer.verdict.model_id:
        return Text().append(
            f"{INDENT}▸ {fit(fit_name(model.model_id, width), width)}", style="bold green"
        )
    tied = "= " if model.model_id in answer.verdict.tie_set else "  "
    return Text(INDENT + tied + fit(fit_name(model.model_id, width), width))


def _that_fit(shown: dict[str, str], width: int) -> tuple[list[str], list[str]]:
    """Columns that leave a name room at this width, and those that had to go."""
    kept = list(shown)
    hidden: list[str] = []
    for key in _FIRST_TO_GO:
        if sum(_WIDTHS[name] + 2 for name in kept) + len(INDENT) + 2 + _NAME_WIDTH <= width:
            break
        if key in kept:
            kept.remove(key)
            hidden.insert(0, key)
    return kept, hidden


def _stacked(answer: Recommendation, shown: dict[str, str], width: int) -> list[Text]:
    room = width - len(INDENT) - 4
    facts = [story.cells(model) for model in answer.ranked]
    rows = [[f["size"], f"{f['score']} ({f['spread']})", f["good_enough"]] for f in facts]
    legend = ["size", "score (range)", "good enough"]
    if "latency" in shown and all(
        len(" · ".join([*r, f["latency"]])) <= room for r, f in zip(rows, facts, strict=True)
    ):
        rows = [[*r, f["latency"]] for r, f in zip(rows, facts, strict=True)]
        legend.append("latency")
    result = [Text(INDENT + " · ".join(legend), style="dim")]
    for model, row in zip(answer.ranked, rows, strict=True):
        result.append(_name(answer, model, width - len(INDENT) - 2))
        result.append(Text(INDENT + "    " + fit(" · ".join(row), room).rstrip(), style="dim"))
    return result
