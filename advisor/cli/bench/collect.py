"""`advisor bench collect`: the finished jobs of a folder of runs enter the user's own evidence."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import output
from advisor.cli.bench.running import FormatOption, RunsOption


def command(
    runs: RunsOption = None,
    anew: Annotated[
        bool, typer.Option("--anew", help="Forget what was collected before from anywhere.")
    ] = False,
    style: FormatOption = "text",
) -> None:
    """Bring finished jobs into the evidence for recommend."""
    chosen = output.style(style)
    from advisor.core.errors import MissingData
    from advisor.tables.own import own_evidence
    from bench.collect import collect, outcomes_under
    from bench.store import default_root

    root = Path(runs) if runs else default_root()
    outcomes = outcomes_under(root)
    try:
        folder = collect(outcomes, runs=root, anew=anew)
    except MissingData as error:
        output.warn([f"{error}; doing that now"])
        folder = collect(outcomes, runs=root, anew=True)
    kept = own_evidence(folder)
    facts = {
        "folder": str(folder),
        "own_evidence_id": None if kept is None else kept.id,
        "jobs_read": len(outcomes),
        "jobs": 0 if kept is None else kept.table("jobs").height,
        "rows": 0 if kept is None else kept.table("evidence").height,
        "models": 0 if kept is None else kept.table("models").height,
    }
    if chosen == "json":
        from advisor.render import json

        output.emit(json.mapping(facts))
        return
    output.write(
        f"{facts['jobs_read']:,} finished jobs read; your own evidence now holds {facts['rows']:,} rows of "
        f"{facts['jobs']:,} jobs on {facts['models']:,} models\n{facts['folder']}{f' ({kept.id})' if kept else ''}\n"
    )
