"""What a refresh did, for the terminal: what was asked, what came, what moved, where it lies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from advisor.render.layout import heading, labelled, printed
from advisor.render.story import Line

if TYPE_CHECKING:
    from rich.console import RenderableType

    from advisor.build.refresh import RefreshReport


def text(found: RefreshReport, *, width: int = 80, colour: bool = False) -> str:
    """One block to read, its last line the command to type next."""
    moved = found.moved
    answers = [f"{found.n_requests:,} requests"]
    if found.n_unchanged:
        answers.append(f"{found.n_unchanged:,} answers as they were")
    if found.n_resumed:
        answers.append(f"{found.n_resumed:,} answers from the refresh that broke off")
    came = [
        Line("day", f"{found.day}, from {found.endpoint}"),
        Line("asked", f"{found.n_asked:,} models: {'; '.join(found.chosen)}"),
        Line("found", f"{found.n_found:,} ({', '.join(answers)})"),
    ]
    if found.n_absent:
        came.append(Line("not there", _some(found.n_absent, found.absent)))
    if found.n_refused:
        came.append(Line("refused", _some(found.n_refused, found.refused)))
    if found.n_renamed:
        now = [f"{old} is {new} now" for old, new in found.renamed.items()]
        came.append(Line("renamed", _some(found.n_renamed, now)))
    changes = [
        Line("new", f"{moved.n_new:,} models that the snapshot did not know"),
        Line("downloads", f"{moved.n_downloads_changed:,} counts changed"),
        Line("sizes", f"{moved.n_sizes_filled:,} filled in, {moved.n_sizes_changed:,} changed, {moved.n_sizes_doubted:,} now in doubt"),
        Line("licences", f"{moved.n_licences_filled:,} filled in"),
    ]  # fmt: skip
    kept = [
        Line("predictions", found.predictions),
        Line("before", f"{found.before} (kept)"),
        Line("after", f"{found.after}, in use now"),
        Line("folder", found.path),
        Line("next", found.next),
    ]
    if found.after == found.before:
        kept[1:3] = [Line("snapshot", f"{found.before}: nothing has changed since it was made")]
        kept.pop()
    blocks: list[RenderableType] = [
        heading("From the Hub", first=True), labelled(came), heading("What moved"), labelled(changes),
        heading("Snapshot"), labelled(kept), Text(""),
    ]  # fmt: skip
    return printed(blocks, width=width, colour=colour)


def _some(n: int, names: list[str]) -> str:
    more = f" and {n - len(names):,} more" if n > len(names) else ""
    return f"{n:,}: {', '.join(names)}{more}"
