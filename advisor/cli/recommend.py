"""`advisor recommend`: one line about a task in, the smallest model that is good enough out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output, question
from advisor.core.errors import BadInput, Unclear

if TYPE_CHECKING:
    from advisor.core.recommendation import Recommendation


def command(
    task: question.TaskOption = None,
    data: question.DataOption = None,
    target: question.TargetOption = None,
    max_params: question.SizeOption = None,
    max_memory: question.MemoryOption = None,
    max_latency_ms: question.LatencyOption = None,
    max_cost: question.CostOption = None,
    hardware: question.HardwareOption = None,
    license: question.LicenceOption = None,  # noqa: A002 - the option's name
    language: question.LanguageOption = None,
    open_weights: question.OpenOption = False,
    interpretable: question.InterpretableOption = None,
    labels: question.LabelsOption = None,
    tolerance: question.ToleranceOption = None,
    confidence: question.ConfidenceOption = None,
    weights: question.WeightsOption = None,
    as_of: question.AsOfOption = None,
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
            as_of=as_of,
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
