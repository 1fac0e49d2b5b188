"""`advisor data`: what the evidence is, whether it is intact, building it anew, and bringing its counts up to date."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import output, refresh
from advisor.core.errors import BadInput, MissingData

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=False,
    help="Show, check, build or refresh the snapshot of evidence.",
)


@app.callback(invoke_without_command=True)
def data(context: typer.Context) -> None:
    """Show, check, build or refresh the snapshot of evidence."""
    if context.invoked_subcommand is None:
        output.write(context.get_help() + "\n")


@app.command()
def status(style: output.FormatOption = "text", snapshot: output.SnapshotOption = None) -> None:
    """Print what the snapshot in use holds."""
    chosen = output.style(style)
    from advisor.recommend import api
    from advisor.recommend.status import status as facts

    found = facts(api.open_snapshot(output.snapshot_path(snapshot)), today=datetime.now(UTC).date())
    if chosen == "json":
        from advisor.render import json

        output.emit(json.mapping(found))
        return
    from advisor.render import listing

    output.write(listing.status(found, width=output.width(), colour=output.colour()))


@app.command()
def verify(snapshot: output.SnapshotOption = None) -> None:
    """Hash every table again."""
    from advisor.recommend import api

    opened = api.open_snapshot(output.snapshot_path(snapshot))
    if faults := opened.verify():
        more = f"; and {len(faults) - 1} more" if len(faults) > 1 else ""
        raise MissingData(
            f"snapshot {opened.id} is damaged: {faults[0]}{more}; build or reinstall it"
        )
    n_tables = len(opened.manifest["tables"])
    output.write(f"snapshot {opened.id}: {n_tables} tables, every sha256 as the manifest says\n")


@app.command()
def build(
    source: Annotated[
        Path, typer.Option("--from", help="Folder of the raw sources.", metavar="DIR")
    ],
    out: Annotated[
        Path | None, typer.Option(help="Folder for snapshots; yours by default.", metavar="DIR")
    ] = None,
) -> None:
    """Build a snapshot from the raw sources."""
    if not source.is_dir():
        raise BadInput(
            f"--from: no folder {str(source)!r}; data/README.md says how to lay the sources out"
        )
    from advisor.build.build import build_snapshot
    from advisor.render import listing
    from advisor.tables.locate import user_folder

    created_at = datetime.now(UTC).isoformat(timespec="seconds")
    report = build_snapshot(source, out or user_folder(), created_at=created_at, say=output.note)
    rows = report.rows.to_dicts()
    output.write(
        listing.build(str(report.path), rows, width=output.width(), colour=output.colour())
    )


app.command("refresh")(refresh.command)
