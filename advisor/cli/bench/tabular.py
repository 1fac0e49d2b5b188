"""`advisor bench tabular`: methods for tables, from a bare majority to boosting, cross-validated on the user's own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from advisor.cli import output
from advisor.cli.bench import running
from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.protocol import Job, Limits

KINDS: Final = ("auto", "classification", "regression")

DataOption = Annotated[
    Path,
    typer.Option("--data", help="Your table: CSV, TSV, parquet or JSON lines.", metavar="FILE"),
]
TargetOption = Annotated[
    str, typer.Option("--target", help="The column to predict.", metavar="COL")
]
ModelsOption = Annotated[
    str | None,
    typer.Option(
        "--models",
        help="majority, linear, tree, forest, histgb, xgboost, ebm, tabpfn, tabicl, openai:URL#name; "
        "the first seven if left out.",
        metavar="A,B",
    ),
]
FoldsOption = Annotated[
    int, typer.Option("--folds", help="Of the cross-validation.", min=2, max=20)
]
KindOption = Annotated[
    str,
    typer.Option(
        "--kind", help="What the target is: auto, classification or regression.", metavar="KIND"
    ),
]
MetricOption = Annotated[
    str | None,
    typer.Option(
        "--metric",
        help="The score that decides; roc_auc for two classes, accuracy for more, r2 for numbers if left out.",
        metavar="NAME",
    ),
]
DropOption = Annotated[
    str | None, typer.Option("--drop", help="Columns to leave out.", metavar="COL,COL")
]
ShotsOption = Annotated[
    int, typer.Option("--shots", help="Labelled rows in a language model's prompt.", min=0, max=64)
]
LimitOption = Annotated[
    int, typer.Option("--limit", help="Rows that a language model is asked about.", min=6)
]


def command(
    data: DataOption,
    target: TargetOption,
    models: ModelsOption = None,
    folds: FoldsOption = 3,
    kind: KindOption = "auto",
    metric: MetricOption = None,
    drop: DropOption = None,
    shots: ShotsOption = 8,
    limit: LimitOption = 300,
    seed: running.SeedOption = 0,
    threads: running.ThreadsOption = 1,
    runner: running.RunnerOption = "process",
    address: running.AddressOption = None,
    parallel: running.ParallelOption = 1,
    runs: running.RunsOption = None,
    measure: running.MeasureOption = None,
    energy: running.EnergyOption = False,
    country: running.CountryOption = None,
    usd_per_hour: running.HourOption = None,
    job_timeout: running.TimeoutOption = None,
    job_memory: running.MemoryOption = None,
    style: running.FormatOption = "text",
) -> None:
    """Cross-validate methods for tables on yours.

    Quality, fitting and prediction time, latency, memory.
    """
    from bench.protocol import Limits

    chosen_style = output.style(style)
    if kind not in KINDS:
        raise BadInput(f"--kind: {kind!r} is not accepted; type {', '.join(KINDS)}")
    meters = running.meters(measure, energy=energy, country=country, usd_per_hour=usd_per_hour)
    common = {"folds": folds, "threads": threads, "drop": _listed(drop), **meters}
    made = jobs(
        data, target, _listed(models), common, kind=kind, metric=metric, seed=seed, prompt=(shots, limit),
        limits=Limits(**running.limits(job_timeout, job_memory)),  # type: ignore[arg-type]
    )  # fmt: skip
    report = running.run(made, runs=runs, runner=runner, address=address, parallel=parallel)
    running.finish(report, chosen_style)


def jobs(
    data: Path,
    target: str,
    models: Sequence[str],
    common: dict[str, Any],
    *,
    kind: str,
    metric: str | None,
    seed: int,
    prompt: tuple[int, int],
    limits: Limits,
) -> list[Job]:
    """One job a method, the table read and judged first; what looks wrong with it goes to stderr.

    common: options folds, threads and drop. prompt: shots and limit of a language model.
    Raises: BadInput: the table, the target or an option cannot be used; UnknownName: no such method.
    """
    from bench.data_file import data_hash
    from bench.engine import environment
    from bench.harness.tabular_models import DEFAULT, settings, spelt
    from bench.harness.tabular_scores import main_score
    from bench.harness.tabular_table import read_table
    from bench.protocol import Job

    names = list(dict.fromkeys(spelt(name) for name in models or DEFAULT))
    table = read_table(data, target=target, folds=common["folds"], asked=kind, drop=common["drop"])
    output.warn(table.warnings)
    options = {
        **common, "data": str(data.resolve()), "data_hash": data_hash(data), "target": target, "kind": table.kind,
        "metric": main_score(table.kind, metric),
    }  # fmt: skip
    machine = environment()["hardware_id"]
    return [
        Job(
            harness="tabular", model=name, task=data.stem, seed=seed, hardware_id=machine, limits=limits,
            options={**options, "settings": settings(name, shots=prompt[0], limit=prompt[1])},
        )
        for name in names
    ]  # fmt: skip


def _listed(given: str | None) -> list[str]:
    return [part.strip() for part in (given or "").split(",") if part.strip()]
