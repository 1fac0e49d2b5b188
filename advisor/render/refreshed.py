"""What a refresh did, for the terminal: what was asked, what came, what moved, where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.text import Text

from advisor.render.layout import heading, labelled, printed
from advisor.render.story import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.build.refresh import RefreshReport
    from advisor.build.refresh_scores import NewScores
    from advisor.build.refresh_tables import Moved

MOST_NAMED: Final = 5
"""Names of one kind that are listed; the JSON form has all."""


def text(found: RefreshReport, *, width: int = 80, colour: bool = False) -> str:
    """One block to read, its last line the command to type next."""
    parts = []
    if found.endpoint is not None:
        parts.append(("From the Hub", _came(found)))
    if found.moved is not None:
        parts.append(("What moved", _moved(found.moved)))
    if found.scores is not None:
        parts.append(("New results", _scores(found.scores, found.n_folders_left)))
    elif found.n_folders_left:
        parts.append(("New results", [Line("left", _left(found.n_folders_left))]))
    parts.append(("Snapshot", _snapshot(found)))
    blocks: list[RenderableType] = []
    for title, lines in parts:
        blocks += [heading(title, first=not blocks), labelled(lines)]
    return printed([*blocks, Text("")], width=width, colour=colour)


def _came(found: RefreshReport) -> list[Line]:
    answers = [f"{found.n_requests:,} requests"]
    if found.n_unchanged:
        answers.append(f"{found.n_unchanged:,} answers as they were")
    if found.n_resumed:
        answers.append(f"{found.n_resumed:,} answers from the refresh that broke off")
    chosen = f": {'; '.join(found.chosen)}" if found.chosen else ""
    lines = [
        Line("day", f"{found.day}, from {found.endpoint}"),
        Line("asked", f"{found.n_asked:,} models{chosen}"),
        Line("found", f"{found.n_found:,} ({', '.join(answers)})"),
    ]
    if found.n_absent:
        lines.append(Line("absent", _some(found.n_absent, found.absent, " not there, or private")))
    if found.n_refused:
        lines.append(Line("refused", _some(found.n_refused, found.refused, " gated")))
    if found.n_renamed:
        now = [f"{old} is {new} now" for old, new in found.renamed.items()]
        lines.append(Line("renamed", _some(found.n_renamed, now)))
    return lines


def _moved(moved: Moved) -> list[Line]:
    lines = [
        Line("new", f"{moved.n_new:,} models that the snapshot did not know"),
        Line("downloads", f"{moved.n_downloads_changed:,} counts changed"),
        Line("sizes", f"{moved.n_sizes_filled:,} filled in, {moved.n_sizes_changed:,} changed, {moved.n_sizes_doubted:,} now in doubt"),
        Line("licences", f"{moved.n_licences_filled:,} filled in"),
    ]  # fmt: skip
    if moved.n_tied_twice:
        words = (
            f"{moved.n_tied_twice:,} files hold the embedding table twice: the stated size stands"
        )
        lines.insert(3, Line("tied", words))
    return lines


def _scores(new: NewScores, n_left: int) -> list[Line]:
    lines = [
        Line("read", f"{new.n_files:,} files"),
        Line("rows", f"{new.n_rows_new:,} new, {new.n_rows_changed:,} changed"),
        Line("scores", f"{new.n_scores_new:,} new, {new.n_scores_changed:,} changed"),
        Line("models", f"{new.n_models_new:,} that had no card"),
    ]
    if new.n_tasks_unknown:
        lines.append(Line("tasks", f"{new.n_tasks_unknown:,} that this snapshot's catalogue lacks: no question finds them"))  # fmt: skip
    if new.n_other_revision:
        lines.append(Line("stay", f"{new.n_other_revision:,} scores that rest on another revision than these results"))  # fmt: skip
    if n_left:
        lines.append(Line("left", _left(n_left)))
    return lines


def _left(n: int) -> str:
    return (
        f"{n:,} models with new results were not fetched this time: raise --mteb, or run it again"
    )


def _snapshot(found: RefreshReport) -> list[Line]:
    lines = [Line("predictions", found.predictions)]
    if found.after == found.before:
        lines.append(Line("in use", f"{found.before}: nothing has changed since it was made"))
        return [*lines, Line("folder", found.path)]
    return [
        *lines,
        Line("before", f"{found.before} (kept)"),
        Line("after", f"{found.after}, in use now"),
        Line("folder", found.path),
        Line("next", found.next),
    ]


def _some(n: int, names: list[str], what: str = "") -> str:
    more = f" and {n - MOST_NAMED:,} more" if n > MOST_NAMED else ""
    return f"{n:,}{what}: {', '.join(names[:MOST_NAMED])}{more}"
