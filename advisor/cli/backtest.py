"""`advisor backtest`: how the predictions and the picks do on what was held out."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output


def command(
    protocol: Annotated[
        str,
        typer.Option(
            help="cells, new-task, loto, as-of, new-model, lm, encoder-or-llm, guard, sizing, generality or all.",
            metavar="PROTOCOL",
        ),
    ] = "all",
    every: Annotated[
        bool, typer.Option("--all", help="Recompute every protocol, as without an option.")
    ] = False,
    stored: Annotated[
        bool, typer.Option("--stored", help="Print the snapshot's own tables; fit nothing.")
    ] = False,
    style: output.FormatOption = "text",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Print how the predictions do on held-out evidence."""
    chosen = output.style(style)
    from advisor.recommend import api, held_out

    if every:
        protocol = "all"
    held_out.check_protocol(protocol)
    opened = api.open_snapshot(output.snapshot_path(snapshot))
    tables = held_out.stored(opened) if stored else held_out.recomputed(opened, protocol)
    if chosen == "json":
        from advisor.render import json

        output.emit(json.mapping({name: table.to_dicts() for name, table in tables.items()}))
        return
    from advisor.render import listing

    for name, table in tables.items():
        output.write(
            listing.table(name, table.to_dicts(), width=output.width(), colour=output.colour())
        )
