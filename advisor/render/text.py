"""The answer as one screen of text: verdict, ladder, table, why, what was read, receipt, warnings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from advisor.render import explained, ladder, ranking, reading, shadow, story
from advisor.render.escape import plain
from advisor.render.layout import heading, labelled, printed
from advisor.render.story import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation

NARROWEST: Final = 40
"""Columns; below that the layout stays as for 40."""
WIDEST: Final = 120
"""Columns; longer lines are hard to read."""
_STACKED_BELOW: Final = 72
"""Columns below which a model takes two lines instead of a row."""

_VERDICT_STYLE: Final = {
    "model": "bold green",
    "tie": "bold cyan",
    "cannot_tell": "bold yellow",
    "none_feasible": "bold red",
}


def render(answer: Recommendation, *, width: int = 80, colour: bool = False) -> str:
    """The whole answer as text, at most `width` columns wide; ANSI colours only with `colour`.

    Text of the user's and names from the evidence pass through escape.plain: none can reach the
    terminal as an escape sequence or be read as markup.
    """
    width = min(max(width, NARROWEST), WIDEST)
    stacked = width < _STACKED_BELOW
    blocks: list[RenderableType] = [
        Text(plain(answer.verdict.sentence), style=_VERDICT_STYLE[answer.verdict.kind]),
        *ladder.lines(answer, width, stacked=stacked),
        *ranking.lines(answer, width, stacked=stacked),
    ]
    for words, note, lines in _sections(answer):
        if lines:
            blocks += [heading(words, "" if stacked else note), labelled(lines)]
    if answer.warnings:
        blocks.append(
            labelled([Line("warning", words) for words in answer.warnings], style="yellow")
        )
    blocks.append(Text("\n" + plain(story.footer(answer)), style="dim"))
    return printed(blocks, width=width, colour=colour)


def profile(read: TaskProfile, *, width: int = 80, colour: bool = False) -> str:
    """A task profile alone: what was read, and from which words."""
    blocks: list[RenderableType] = [
        heading("Read as", "from your words", first=True),
        labelled(_read_as(read)),
    ]
    if read.warnings:
        blocks.append(labelled([Line("warning", words) for words in read.warnings], style="yellow"))
    return printed(blocks, width=min(max(width, NARROWEST), WIDEST), colour=colour)


def _read_as(read: TaskProfile) -> list[Line]:
    lines = [
        Line(part.label, f"{part.value} ← {part.words}" if part.words else part.value)
        for part in reading.parts(read)
    ]
    return [*lines, Line("assumed", reading.assumed(read))]


def _sections(answer: Recommendation) -> list[tuple[str, str, list[Line]]]:
    trust = [Line("backtest", story.receipt(answer)), Line("competed", story.left_out(answer))]
    return [
        ("Why", "", story.why(answer) + story.undecided(answer)),
        ("Worth running next", "on your own data", story.worth_measuring(answer)),
        (shadow.TITLE, shadow.NOTE, shadow.lines(answer)),
        ("Read as", "from your words", _read_as(answer.profile)),
        ("Where the numbers come from", "", explained.about(answer)),
        ("Evidence", "", explained.evidence_lines(answer) + explained.sources(answer)),
        ("How far to trust it", "", trust),
    ]
