"""The answer as a markdown report: what the text says, in headings, tables and lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from advisor.render import explained, labels, numbers, reading, shadow, story
from advisor.render.escape import markdown as literal
from advisor.render.story import Line

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from advisor.core.recommendation import Recommendation

NUMBERS: Final = frozenset(
    {"size", "score", "spread", "good_enough", "latency", "memory", "cost", "downloads"}
)
"""Columns of a ranking that hold numbers."""


def render(answer: Recommendation) -> str:
    """The whole answer; every name and word from outside is escaped and shows as typed."""
    parts = [f"# {literal(answer.verdict.sentence)}", f"> {literal(answer.profile.text)}"]
    parts += _ladder(answer)
    parts += _ranking(answer)
    parts += _section("Why", story.why(answer) + story.undecided(answer))
    parts += _section("Worth running next", story.worth_measuring(answer))
    parts += _section(shadow.TITLE, shadow.lines(answer))
    parts += _read_as(answer)
    parts += _section("Where the numbers come from", explained.about(answer))
    parts += _evidence(answer)
    trust = [Line("backtest", story.receipt(answer)), Line("competed", story.left_out(answer))]
    trust += [Line("warning", words) for words in answer.warnings]
    parts += _section("How far to trust it", trust)
    parts.append(f"---\n{literal(story.footer(answer))}")
    return "\n\n".join(parts) + "\n"


def _ladder(answer: Recommendation) -> list[str]:
    if not answer.size_ladder:
        return []
    rows = [
        [
            labels.size_class(rung.size_class),
            rung.model_id,
            numbers.score(rung.estimate),
            numbers.spread(rung.estimate),
            numbers.percent(rung.share_of_best),
            story.rung_note(answer, rung),
        ]
        for rung in answer.size_ladder
    ]
    names = ["size", "best model", "score", "range", "share of the top", ""]
    return ["## How small can you go", table(names, rows, right={2, 3, 4})]


def _ranking(answer: Recommendation) -> list[str]:
    if not answer.ranked:
        return []
    shown = story.headings(answer)
    rows = []
    for model in answer.ranked:
        facts = story.cells(model)
        mark = " (pick)" if model.model_id == answer.verdict.model_id else ""
        rows.append([model.model_id + mark, *(facts[key] for key in shown)])
    right = {n for n, key in enumerate(shown, start=1) if key in NUMBERS}
    ranked = table(["model", *shown.values()], rows, right=right)
    return ["## Models", literal(story.scale(answer)), ranked]


def _read_as(answer: Recommendation) -> list[str]:
    rows = [[part.label, part.value, part.words] for part in reading.parts(answer.profile)]
    rows.append(["assumed", reading.assumed(answer.profile), ""])
    return ["## Read as", table(["", "", "from"], rows)]


def _evidence(answer: Recommendation) -> list[str]:
    columns, rows = explained.evidence_table(answer)
    if not rows:
        return []
    names = [name.replace("_", " ") for name in columns]
    return ["## Evidence", table(names, rows), bullets(explained.sources(answer))]


def _section(title: str, lines: Sequence[Line]) -> list[str]:
    return [f"## {title}", bullets(lines)] if lines else []


def bullets(lines: Sequence[Line]) -> str:
    """A bullet per statement; one without a label goes on with the label above it."""
    items, label = [], ""
    for line in lines:
        label = line.label or label
        items.append(f"- **{literal(label)}**: {literal(line.text)}")
    return "\n".join(items)


def table(
    names: Sequence[str], rows: Sequence[Sequence[str]], *, right: Collection[int] = ()
) -> str:
    """Header and rows, every cell escaped; right: columns that are numbers."""
    rule = ["---:" if n in right else "---" for n in range(len(names))]
    cells = [[literal(cell) for cell in row] for row in (names, *rows)]
    return "\n".join("| " + " | ".join(row) + " |" for row in (cells[0], rule, *cells[1:]))
