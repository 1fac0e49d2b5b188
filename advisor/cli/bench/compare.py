"""`advisor bench compare`: models of stored runs against each other, item by item."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output
from advisor.cli.bench import running
from advisor.core.errors import BadInput


def command(
    run: Annotated[
        list[str],
        typer.Argument(help="Ids of stored runs (`advisor bench runs`).", metavar="RUN..."),
    ],
    paired: Annotated[
        bool, typer.Option("--paired", help="By item on the same data, as is always done.")
    ] = True,
    model: Annotated[
        list[str] | None, typer.Option(help="Only these models.", metavar="MODEL")
    ] = None,
    task: Annotated[
        list[str] | None, typer.Option(help="Only these tasks.", metavar="TASK")
    ] = None,
    tolerance: Annotated[
        float, typer.Option(help="What may be given up: points, or the metric's own unit.", min=0)
    ] = 1.0,
    confidence: Annotated[float, typer.Option(help="Of intervals and tests.")] = 0.95,
    style: running.FormatOption = "text",
    runs: running.RunsOption = None,
) -> None:
    """Say which models differ and which cannot be told apart."""
    chosen = output.style(style)
    if not 0.5 <= confidence < 1.0:
        raise BadInput(f"--confidence: {confidence:g} must be at least 0.5 and below 1, like 0.95")
    from bench.compare import compare
    from bench.store import Store

    found = compare(
        run, Store(root=running.folder_of(runs)), tolerance_points=tolerance, confidence=confidence,
        models=model or (), tasks=task or (),
    )  # fmt: skip
    if chosen == "json":
        output.emit(found.model_dump_json(indent=2) + "\n")
        return
    from advisor.render import bench_runs

    output.write(bench_runs.comparison(found, width=output.width(), colour=output.colour()))
