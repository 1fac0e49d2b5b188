"""The difference between two snapshots as text or markdown: the same parts, laid out twice."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.text import Text

from advisor.core.units import format_count
from advisor.render import labels, numbers
from advisor.render.layout import INDENT, fit_name, heading, labelled, printed
from advisor.render.listing import grid
from advisor.render.markdown import bullets, table
from advisor.render.story import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.recommend.diff import SnapshotDiff
    from advisor.recommend.diff_advice import AdviceChange, VerdictSide
    from advisor.recommend.diff_cards import CardsChange, SeriesDay, WaitingChange
    from advisor.recommend.diff_tables import DownloadsChange, NamesChange, ScoresChange

_NONE = "–"


@dataclass(frozen=True, kw_only=True)
class _Part:
    """A heading, statements, and a table that may be empty."""

    title: str
    lines: list[Line]
    names: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    left: frozenset[str] = frozenset()
    """Columns of words; all others are numbers."""


def text(found: SnapshotDiff, *, width: int = 80, colour: bool = False) -> str:
    """For the terminal."""
    blocks: list[RenderableType] = []
    for part in _parts(found):
        blocks.append(heading(part.title, first=not blocks))
        if part.lines:
            blocks.append(labelled(part.lines))
        if part.rows:
            right = set(part.names) - part.left
            blocks += grid(part.names, _shortened(part, width), width=width, right=right)
    return printed([*blocks, Text("")], width=width, colour=colour)


def _shortened(part: _Part, width: int) -> list[list[str]]:
    """The rows with names cut in the middle, so that every column finds room."""
    wanted = [
        max(cell_len(cell) for cell in (name, *(row[n] for row in part.rows)))
        for n, name in enumerate(part.names)
    ]
    words = [n for n, name in enumerate(part.names) if name in part.left]
    taken = sum(w for n, w in enumerate(wanted) if n not in words)
    room = width - len(INDENT) - 2 * (len(wanted) - 1) - taken
    for n in sorted(
        words, key=lambda n: wanted[n]
    ):  # what a short column leaves, a long one may take
        wanted[n] = max(8, min(wanted[n], room // len(words)))
        room -= wanted[n]
        words = [m for m in words if m != n]
    return [[fit_name(cell, wanted[n]) for n, cell in enumerate(row)] for row in part.rows]


def markdown(found: SnapshotDiff) -> str:
    """For a page."""
    parts = []
    for part in _parts(found):
        parts.append(f"## {part.title}")
        if part.lines:
            parts.append(bullets(part.lines))
        if part.rows:
            right = {n for n, name in enumerate(part.names) if name not in part.left}
            parts.append(table(part.names, part.rows, right=right))
    return "\n\n".join(parts) + "\n"


def _parts(found: SnapshotDiff) -> list[_Part]:
    sides = [
        Line(label, f"{side.id}, built {side.created_at or 'at a date not recorded'}")
        for label, side in (("before", found.before), ("after", found.after))
    ]
    changed = ", ".join(found.tables) or "none: the two are the same"
    parts = [_Part(title="Snapshots", lines=[*sides, Line("tables", f"that differ: {changed}")])]
    if found.advice is not None:
        parts += _advice(found.advice)
    parts += [
        _evidence(found),
        _scores(found.scores, found.waiting),
        _names("Models", found.models),
        *_cards(found.cards),
        _names("Tasks", found.tasks),
        _downloads(found.downloads, found.days),
    ]
    return parts


def _evidence(found: SnapshotDiff) -> _Part:
    moved = [s for s in found.evidence if s.added or s.removed or s.changed]
    rows_before, rows_after = (
        sum(getattr(s, f"rows_{side}") for s in found.evidence) for side in ("before", "after")
    )
    still = len(found.evidence) - len(moved)
    words = f"{rows_before:,} → {rows_after:,}; {still:,} sources as they were"
    return _Part(
        title="Evidence",
        lines=[Line("rows", words)],
        names=["source", "before", "after", "added", "removed", "changed"],
        rows=[
            [s.source_id, *(f"{n:,}" for n in (s.rows_before, s.rows_after, s.added, s.removed, s.changed))]
            for s in moved
        ],
        left=frozenset({"source"}),
    )  # fmt: skip


def _scores(found: ScoresChange, waiting: WaitingChange) -> _Part:
    words = f"{found.before:,} → {found.after:,}: {found.added:,} new, {found.removed:,} gone, {found.changed:,} changed"
    lines = [Line("scores", words)]
    if found.new_of:
        lines.append(Line("new", f"of {', '.join(found.new_of)}"))
    if found.median_points is not None:
        lines.append(
            Line("by", f"{found.median_points:.2g} points in the median; the furthest below")
        )
    if waiting.before or waiting.after:
        of = f", of {', '.join(waiting.models)}" if waiting.models else ""
        lines.append(
            Line("waiting", f"{waiting.before:,} → {waiting.after:,} new ones for a fit{of}")
        )
    return _Part(
        title="Scores",
        lines=lines,
        names=["model", "task", "before", "after", "points"],
        rows=[
            [m.model_id, m.task_id, numbers.points(m.before), numbers.points(m.after), f"{m.points:+.1f}"]
            for m in found.largest
        ],
        left=frozenset({"model", "task"}),
    )  # fmt: skip


def _names(title: str, found: NamesChange) -> _Part:
    lines = [
        Line(
            "known",
            f"{found.before:,} → {found.after:,}: {found.n_new:,} new, {found.n_gone:,} gone",
        )
    ]
    for label, n, names in (("new", found.n_new, found.new), ("gone", found.n_gone, found.gone)):
        if n:
            more = f" and {n - len(names):,} more" if n > len(names) else ""
            lines.append(Line(label, ", ".join(names) + more))
    return _Part(title=title, lines=lines)


def _cards(found: CardsChange) -> list[_Part]:
    """Sizes and licences, where any are others."""
    parts = []
    if found.n_sizes_filled or found.n_sizes_changed:
        words = f"{found.n_sizes_filled:,} filled in, {found.n_sizes_changed:,} changed"
        rows = [[m.model_id, format_count(m.before), format_count(m.after), m.basis or numbers.UNKNOWN] for m in found.sizes]  # fmt: skip
        parts.append(
            _Part(
                title="Sizes", lines=[Line("sizes", words)], names=["model", "before", "after", "known from"], rows=rows,
                left=frozenset({"model", "known from"}),
            )
        )  # fmt: skip
    if found.n_licences_filled or found.n_licences_changed:
        words = f"{found.n_licences_filled:,} filled in, {found.n_licences_changed:,} changed"
        parts.append(
            _Part(
                title="Licences", lines=[Line("licences", words)], names=["model", "before", "after"],
                rows=[[m.model_id, m.before or _NONE, m.after or _NONE] for m in found.licences],
                left=frozenset({"model", "before", "after"}),
            )
        )  # fmt: skip
    return parts


def _downloads(found: DownloadsChange, days: list[SeriesDay]) -> _Part:
    dates = f"{found.date_before or 'no date'} → {found.date_after or 'no date'}"
    share = found.total_after / found.total_before - 1 if found.total_before else 0.0
    total = (
        f"{numbers.downloads(found.total_before)} → {numbers.downloads(found.total_after)} ({share:+.1%}) "
        f"in 30 days over {found.n_models:,} models that both count"
    )
    lines = [Line("newest", dates), Line("total", total)]
    if found.n_counted_new:
        lines.append(Line("first", f"{found.n_counted_new:,} models are counted that were not before"))  # fmt: skip
    lines += [Line("day added", f"{d.date}: {d.n_models:,} models, {d.ranking_note or 'choice not said'} ({d.source_id})") for d in days]  # fmt: skip
    return _Part(
        title="Downloads",
        lines=lines,
        names=["model", "before", "after", "change"],
        rows=[
            [m.model_id, numbers.downloads(m.before), numbers.downloads(m.after), _change(m.before, m.after)]
            for m in found.largest
        ],
        left=frozenset({"model"}),
    )  # fmt: skip


def _change(before: int, after: int) -> str:
    """In percent up to a doubling or a halving, as a factor beyond."""
    if not before or not after:
        return _NONE
    factor = after / before
    if 0.5 < factor < 2:
        return f"{factor - 1:+.0%}"
    sign, times = ("×", factor) if factor > 1 else ("÷", 1 / factor)
    return f"{sign}{times:,.0f}" if times >= 100 else f"{sign}{times:.2g}"


def _advice(found: AdviceChange) -> list[_Part]:
    same = "the same model is named" if found.before.model_id else "no model is named in either"
    verdict = same if found.same_model else "another model is named"
    head = _Part(
        title="Advice",
        lines=[
            Line("task", found.task),
            Line("verdict", verdict),
            Line("before", found.before.sentence),
            Line("after", found.after.sentence),
            Line("odds", f"{_odds(found.before)} → {_odds(found.after)}"),
            Line("eligible", f"{found.n_eligible_before:,} → {found.n_eligible_after:,} models"),
        ],
    )
    ladder = _Part(
        title="Size ladder",
        lines=[] if found.ladder else [Line("rungs", "as they were")],
        names=["size", "before", "scored", "after", "scores"],
        rows=[
            [labels.size_class(r.size_class), r.model_before or _NONE, _points(r.score_before), r.model_after or _NONE, _points(r.score_after)]
            for r in found.ladder
        ],
        left=frozenset({"size", "before", "after"}),
    )  # fmt: skip
    ranking = _Part(
        title="Ranking",
        lines=[] if found.ranking else [Line("first ten", "as they were")],
        names=["model", "place", "score", "good enough"],
        rows=[
            [
                r.model_id,
                f"{_place(r.rank_before)} → {_place(r.rank_after)}",
                f"{_points(r.score_before)} → {_points(r.score_after)}",
                f"{_percent(r.p_before)} → {_percent(r.p_after)}",
            ]
            for r in found.ranking
        ],
        left=frozenset({"model"}),
    )
    return [head, ladder, ranking]


def _odds(side: VerdictSide) -> str:
    return _percent(side.p_good_enough) if side.model_id else "no model"


def _place(rank: int | None) -> str:
    return _NONE if rank is None else str(rank)


def _points(value: float | None) -> str:
    return _NONE if value is None else numbers.points(value)


def _percent(value: float | None) -> str:
    return _NONE if value is None else numbers.percent(value)
