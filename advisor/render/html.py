"""The answer as parts of a page: what the text says, as HTML in which nothing from outside is markup."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from advisor.core.units import format_count
from advisor.render import labels, numbers, reading, story
from advisor.render.escape import plain
from advisor.render.markdown import NUMBERS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from advisor.core.errors import Unclear
    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import Recommendation
    from advisor.render.story import Line

_MARKS: Final = {"model": "✓", "tie": "=", "cannot_tell": "?", "none_feasible": "×"}


def words(text: str) -> str:
    """`text` on one line, as literal words: safe between tags and inside a quoted attribute."""
    return escape(plain(text), quote=True)


def verdict(answer: Recommendation) -> str:
    """The sentence, under the one word that says which kind of answer it is; told by mark and word, not by colour."""
    kind = answer.verdict.kind
    return (
        f'<div class="verdict {kind}" role="status"><p class="kind"><span aria-hidden="true">{_MARKS[kind]}</span> '
        f"{words(story.title(answer))}</p><h2>{words(answer.verdict.sentence)}</h2></div>"
    )


def ladder(answer: Recommendation) -> str:
    """The best model of each size class as a table, the pick and the knee marked in words."""
    rows = [
        [
            labels.size_class(rung.size_class),
            rung.model_id,
            format_count(rung.n_parameters) if rung.n_parameters else numbers.UNKNOWN,
            numbers.score(rung.estimate),
            numbers.spread(rung.estimate),
            numbers.percent(rung.share_of_best),
            story.rung_note(answer, rung),
        ]
        for rung in story.rungs(answer)
    ]
    names = ["size class", "best model", "size", "score", "range", "share of the top", "note"]
    return table("The best model of each size class", names, rows, right={2, 3, 4, 5})


def ranking(answer: Recommendation) -> str:
    """The ranked models as a table, the columns of the text; the named one marked in words."""
    shown = story.headings(answer)
    rows, picked = [], set()
    for n, model in enumerate(answer.ranked):
        mark = ""
        if model.model_id == answer.verdict.model_id:
            mark = " (pick)"
            picked.add(n)
        elif model.model_id in answer.verdict.tie_set:
            mark = " (tied)"
        facts = story.cells(model)
        rows.append([model.model_id + mark, *(facts[key] for key in shown)])
    right = {n for n, key in enumerate(shown, start=1) if key in NUMBERS}
    names = ["model", *shown.values()]
    return table(f"Ranked models; {story.scale(answer)}", names, rows, right=right, strong=picked)


def read_as(profile: TaskProfile) -> str:
    """What the task was read as, and from which words."""
    rows = [[part.label, part.value, part.words] for part in reading.parts(profile)]
    rows.append(["assumed", reading.assumed(profile), ""])
    return table("What was read from your words", ["what", "read as", "from"], rows)


def statements(lines: Sequence[Line]) -> str:
    """Labelled statements as a list of terms; one without a label goes on with the label above it."""
    parts = []
    for line in lines:
        if line.label:
            parts.append(f"<dt>{words(line.label)}</dt>")
        parts.append(f"<dd>{words(line.text)}</dd>")
    return f'<dl class="statements">{"".join(parts)}</dl>'


def warnings(texts: Sequence[str]) -> str:
    """Warnings as a list, each called one."""
    return (
        '<ul class="warnings">'
        + "".join(f"<li><b>Warning:</b> {words(text)}</li>" for text in texts)
        + "</ul>"
    )


def failure(message: str) -> str:
    """The one line that says what was wrong and what to type instead."""
    return f'<p class="failure" role="alert"><b>Error:</b> {words(message)}</p>'


def question(unclear: Unclear) -> str:
    """The question that goes back instead of advice."""
    return (
        f'<div class="question" role="status"><h2>{words(unclear.question)}</h2>'
        f"<p>No advice yet: {words(unclear.why)}.</p></div>"
    )


def table(
    caption: str,
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    right: Collection[int] = (),
    strong: Collection[int] = (),
) -> str:
    """A table that can be scrolled sideways by itself, also by keyboard.

    right: columns that are numbers; strong: rows that stand out, which their words must say too. The first
    column heads its row.
    """
    head = "".join(
        f'<th scope="col"{_right(n, right)}>{words(name)}</th>' for n, name in enumerate(names)
    )
    body = []
    for n, row in enumerate(rows):
        first, *others = (words(cell) for cell in row)
        cells = f'<th scope="row"{_right(0, right)}>{first}</th>'
        cells += "".join(
            f"<td{_right(place, right)}>{cell}</td>" for place, cell in enumerate(others, start=1)
        )
        body.append(f"<tr{' class=strong' if n in strong else ''}>{cells}</tr>")
    title = words(caption)
    return (
        f'<div class="scroll" role="region" aria-label="{title}" tabindex="0"><table><caption>{title}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _right(place: int, right: Collection[int]) -> str:
    return ' class="number"' if place in right else ""
