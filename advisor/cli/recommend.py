"""`advisor recommend`: one line about a task in, the smallest model that is good enough out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.core.errors import BadInput, Unclear

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation


def command(
    task: Annotated[
        str | None,
        typer.Option(help="The task in your words, a known task's name, or a table's path."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="A table as the task: csv, tsv, parquet or jsonl; instead of --task.",
            metavar="FILE",
        ),
    ] = None,
    target: Annotated[
        str | None, typer.Option(help="The table's column to predict.", metavar="COLUMN")
    ] = None,
    max_params: Annotated[str | None, typer.Option(help="Like 150M or 7B.", metavar="SIZE")] = None,
    max_memory: Annotated[
        str | None, typer.Option(help="Like 8GB (10^9 bytes).", metavar="SIZE")
    ] = None,
    max_latency_ms: Annotated[
        str | None, typer.Option(help="p95 of one item, milliseconds.", metavar="MS")
    ] = None,
    max_cost: Annotated[
        str | None, typer.Option(help="USD per 1,000 items.", metavar="USD")
    ] = None,
    hardware: Annotated[
        str | None, typer.Option(help="A hardware id; the default is a CPU.", metavar="ID")
    ] = None,
    license: Annotated[  # noqa: A002 - the option's name
        str | None, typer.Option(help="any, open or commercial.", metavar="WISH")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="Of the data: deu, de or German; may be repeated.", metavar="CODE"),
    ] = None,
    open_weights: Annotated[
        bool, typer.Option("--open-weights", help="Only models that can be downloaded.")
    ] = False,
    interpretable: Annotated[
        str | None, typer.Option(help="no, prefer or require.", metavar="WISH")
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="Labelled examples at hand.", metavar="N")
    ] = None,
    tolerance: Annotated[
        str | None,
        typer.Option(help="Points that may be given up (default 5).", metavar="POINTS"),
    ] = None,
    confidence: Annotated[
        str | None, typer.Option(help="How sure to be, 0 to 1 (default 0.5).", metavar="P")
    ] = None,
    weights: Annotated[
        str | None, typer.Option(help="Like accuracy=0.6,efficiency=0.4; sum 1.", metavar="WEIGHTS")
    ] = None,
    top: Annotated[str, typer.Option(help="Ranked models to list.", metavar="N")] = "10",
    style: Annotated[
        str, typer.Option("--format", help="text, json or markdown.", metavar="FORMAT")
    ] = "text",
    explain: Annotated[
        bool, typer.Option("--explain", help="Trace each number to its evidence.")
    ] = False,
    snapshot: output.SnapshotOption = None,
) -> None:
    """Name the smallest model that is good enough."""
    chosen = output.style(style, accepted=("text", "json", "markdown"))
    from advisor.recommend import api

    try:
        answer = api.recommend(
            asked(task, data, command="recommend"),
            snapshot=output.snapshot_path(snapshot),
            max_params=max_params,
            max_memory=max_memory,
            max_latency_ms=max_latency_ms,
            max_cost=max_cost,
            hardware=hardware,
            license=license,
            language=language or None,
            open_weights=open_weights,
            interpretable=interpretable,
            labels=labels,
            target=target,
            tolerance=tolerance,
            confidence=confidence,
            weights=weights,
            top=top,
            explain=explain,
        )
    except Unclear as unclear:
        if chosen != "json":
            raise
        from advisor.render import json

        output.emit(json.question(unclear))
        raise typer.Exit(unclear.exit_code) from None
    show = output.write if chosen == "text" else output.emit
    show(render(answer, chosen))


def asked(task: str | None, data: str | None, *, command: str) -> str | Path:
    """The one of the two that was given. Raises: BadInput: neither, or both."""
    if task is not None and data is not None:
        raise BadInput(
            f"{command}: --task and --data are both given; describe the task or give its table"
        )
    if data is not None:
        return Path(data)
    if task is None:
        raise BadInput(f"Missing option '--task'; see `advisor {command} --help`")
    return task


def render(answer: Recommendation, style: output.Style) -> str:
    """The answer in one of the three formats; rich is imported for text only."""
    if style == "json":
        from advisor.render import json

        return json.render(answer)
    if style == "markdown":
        from advisor.render import markdown

        return markdown.render(answer)
    from advisor.render import text

    return text.render(answer, width=output.width(), colour=output.colour())
