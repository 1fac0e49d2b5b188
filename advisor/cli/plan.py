"""`advisor plan`: what to measure next for one task, as jobs that `advisor bench run` takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.cli.recommend import asked
from advisor.core.errors import BadInput
from advisor.core.units import parse_duration

if TYPE_CHECKING:
    from advisor.core.plan import Plan


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
    """Say which measurements would change the answer most for their cost."""
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
