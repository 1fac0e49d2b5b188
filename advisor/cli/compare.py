"""`advisor compare`: named models side by side on one task."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output
from advisor.core.errors import Unclear


def command(
    models: Annotated[
        list[str], typer.Argument(help="Two or more models.", metavar="MODEL MODEL...")
    ],
    task: Annotated[str, typer.Option(help="The task in your words, or a known task's name.")],
    style: output.FormatOption = "text",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Put models side by side on one task."""
    chosen = output.style(style)
    from advisor.recommend import api
    from advisor.render import json

    try:
        found = api.compare(models, task, snapshot=output.snapshot_path(snapshot))
    except Unclear as unclear:
        if chosen != "json":
            raise
        output.emit(json.question(unclear))
        raise typer.Exit(unclear.exit_code) from None
    if chosen == "json":
        output.emit(
            json.side_by_side(
                found.profile, found.models, snapshot_id=found.snapshot_id, absent=found.absent
            )
        )
        return
    from advisor.render import side_by_side

    output.write(
        side_by_side.render(
            found.profile, found.models, width=output.width(), colour=output.colour()
        )
    )
    output.warn(f"{name} {why}" for name, why in found.absent.items())
