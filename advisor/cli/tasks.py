"""`advisor tasks`: the catalogue's tasks that match some words."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output


def command(
    query: Annotated[str, typer.Argument(help="Words to look for.", metavar="[QUERY]")] = "",
    family: Annotated[
        str | None, typer.Option(help="A task family, e.g. retrieval.", metavar="NAME")
    ] = None,
    language: Annotated[
        str | None, typer.Option(help="Like deu, de or German.", metavar="CODE")
    ] = None,
    limit: Annotated[str, typer.Option(help="Rows to list.", metavar="N")] = "20",
    style: output.FormatOption = "text",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Search the known tasks, the most measured first."""
    chosen = output.style(style)
    from advisor.recommend import api, search

    shown = search.check_limit(limit)
    opened = api.open_snapshot(output.snapshot_path(snapshot))
    found = search.find_tasks(opened, query, family=family, language=language)
    rows = found.head(shown).to_dicts()
    if chosen == "json":
        from advisor.render import json

        output.emit(json.rows(rows))
        return
    from advisor.render import listing

    output.write(listing.tasks(rows, width=output.width(), colour=output.colour()))
    more = f"; --limit {found.height} lists them all" if found.height > shown else ""
    output.note(f"{len(rows):,} of {found.height:,} shown{more}")
