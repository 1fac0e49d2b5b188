"""`advisor understand`: what a description is read as, alone or many at a time."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.core.errors import BadInput, Unclear

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from advisor.core.profile import TaskProfile


def command(
    text: Annotated[str | None, typer.Argument(help="The task in your words.")] = None,
    file: Annotated[
        Path | None,
        typer.Option(
            help="One JSON object with `text` a line, for many at once.", metavar="FILE.jsonl"
        ),
    ] = None,
    style: output.FormatOption = "json",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Show what a task description is read as.

    Prints a profile, or the question that goes back (exit code 2; with --file always 0).
    """
    chosen = output.style(style)
    if (text is None) == (file is None):
        raise BadInput("understand: type either the text or --file FILE.jsonl, one of the two")
    from advisor.recommend import api
    from advisor.render import json

    read = api.reader(output.snapshot_path(snapshot))
    if file is not None:
        output.emit("".join(_lines(file, read)))
        return
    try:
        profile = read(text or "")
    except Unclear as unclear:
        if chosen != "json":
            raise
        output.emit(json.question(unclear))
        raise typer.Exit(unclear.exit_code) from None
    if chosen == "json":
        output.emit(json.profile(profile))
        return
    from advisor.render import text as screen

    output.write(screen.profile(profile, width=output.width(), colour=output.colour()))


def _lines(file: Path, read: Callable[[str], TaskProfile]) -> Iterator[str]:
    """One profile or question a line, in the file's order."""
    from advisor.recommend.many import texts
    from advisor.render import json

    for text in texts(file):
        try:
            yield json.profile(read(text), line=True)
        except Unclear as unclear:
            yield json.question(unclear, line=True)
