"""`advisor plan`: what to measure next for one task, as jobs that `advisor bench run` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output, question
from advisor.cli.recommend import asked
from advisor.core.errors import BadInput
from advisor.core.units import parse_duration

if TYPE_CHECKING:
    from advisor.core.plan import Plan


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
    budget: Annotated[
        str | None, typer.Option(help="Time for all measurements, like 30m.", metavar="TIME")
    ] = None,
    out: Annotated[
        str | None,
        typer.Option(help="Also write the plan as JSON, for `advisor bench run`.", metavar="FILE"),
    ] = None,
    style: output.FormatOption = "text",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Say which measurements would change the answer most."""
    chosen = output.style(style)
    budget_s = None if budget is None else parse_duration(budget, field="--budget")
    from advisor.recommend import api

    found = api.plan(
        asked(task, data, command="plan"),
        budget_s=budget_s,
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
    )
    if out is not None:
        _write(found, Path(out))
    if chosen == "json":
        output.emit(_json(found))
        return
    from advisor.render import plan

    output.write(plan.render(found, width=output.width(), out=out))


def _json(found: Plan) -> str:
    from advisor.render import json

    return json.mapping(found.model_dump())


def _write(found: Plan, file: Path) -> None:
    try:
        file.write_text(_json(found), encoding="utf-8")
    except OSError as error:
        raise BadInput(
            f"--out: {str(file)!r} cannot be written ({error.strerror}); name another file"
        ) from None
