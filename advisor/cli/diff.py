"""`advisor diff`: what changed between two snapshots, in the evidence and in the advice."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output
from advisor.core.errors import Unclear


def command(
    before: Annotated[
        str, typer.Argument(help="Folder or id of the earlier snapshot.", metavar="SNAPSHOT_A")
    ],
    after: Annotated[
        str, typer.Argument(help="Folder or id of the later one.", metavar="SNAPSHOT_B")
    ],
    task: Annotated[str | None, typer.Option(help="Also compare the advice for this task.")] = None,
    style: Annotated[
        str, typer.Option("--format", help="text, json or markdown.", metavar="FORMAT")
    ] = "text",
) -> None:
    """Say what changed between two snapshots."""
    chosen = output.style(style, accepted=("text", "json", "markdown"))
    from advisor.recommend import api

    try:
        found = api.diff(before, after, task=task)
    except Unclear as unclear:
        if chosen != "json":
            raise
        from advisor.render import json

        output.emit(json.question(unclear))
        raise typer.Exit(unclear.exit_code) from None
    if chosen == "json":
        from dataclasses import asdict

        from advisor.render import json

        output.emit(json.mapping(asdict(found)))
        return
    from advisor.render import diff

    if chosen == "markdown":
        output.emit(diff.markdown(found))
        return
    output.write(diff.text(found, width=output.width(), colour=output.colour()))
