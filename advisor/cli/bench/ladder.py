"""`advisor bench ladder`: climb from the smallest model until nothing larger can matter."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output
from advisor.cli.bench import own, running
from advisor.cli.bench.progress import Progress
from advisor.core.errors import BadInput, JobsFailed

if TYPE_CHECKING:
    from bench.climbing import Done, Wanted


def command(
    data: own.DataOption,
    inputs: own.InputOption,
    label: own.LabelOption,
    models: own.ModelsOption = None,
    tolerance: Annotated[
        float, typer.Option(help="Points of the main score that may be given up.", min=0.0)
    ] = 1.0,
    confidence: Annotated[float, typer.Option(help="How sure to be, like 0.95.")] = 0.95,
    budget: Annotated[str, typer.Option(help="Time for the whole climb.", metavar="TIME")] = "30m",
    patience: Annotated[
        int,
        typer.Option(help="Larger rungs in a row that must gain no more, before it stops.", min=1),
    ] = 2,
    label_budget: Annotated[
        str | None,
        typer.Option(
            "--label-budget",
            help="Also learn from fewer labels, and say what N labels in all would change; N, or auto.",
            metavar="N",
        ),
    ] = None,
    kind: own.KindOption = None,
    metric: own.MetricOption = None,
    split_column: own.SplitOption = None,
    group_column: own.GroupOption = None,
    shots: own.ShotsOption = 0,
    seed: running.SeedOption = 0,
    threads: running.ThreadsOption = 1,
    measure: running.MeasureOption = None,
    energy: running.EnergyOption = False,
    country: running.CountryOption = None,
    usd_per_hour: running.HourOption = None,
    trust_remote_code: own.CodeOption = False,
    job_memory: running.MemoryOption = None,
    runs: running.RunsOption = None,
    style: running.FormatOption = "text",
) -> None:
    """Climb to the smallest model good enough on your texts."""
    chosen = output.style(style)
    if not 0.5 <= confidence < 1.0:
        raise BadInput(f"--confidence: {confidence:g} must be at least 0.5 and below 1")
    from advisor.core.units import parse_duration
    from bench import climbing
    from bench.own_jobs import DEFAULT_RUNGS

    asked = own.request(
        data, inputs, label, kind=kind, metric=metric, split_column=split_column, group_column=group_column,
        n_shot=shots, seed=seed, threads=threads, trust_remote_code=trust_remote_code,
        meters=running.meters(measure, energy=energy, country=country, usd_per_hour=usd_per_hour),
    )  # fmt: skip
    wishes = climbing.Wishes(
        points=tolerance, confidence=confidence, budget_s=parse_duration(budget, field="--budget"),
        patience=patience, label_budget=label_budget,
    )  # fmt: skip
    wanted = climbing.plan(asked, own.listed(models, DEFAULT_RUNGS), wishes)
    output.warn(wanted.task.warnings)
    done = _climb(wanted, runs=runs, memory=job_memory)
    if chosen == "json":
        output.emit(done.report.model_dump_json(indent=2) + "\n")
    else:
        from advisor.render import bench_ladder

        output.write(bench_ladder.render(done.report, width=output.width()))
    if done.n_failed:
        raise JobsFailed(
            f"{len(done.report.rungs)} rungs done, {done.n_failed} failed; reasons above"
        )


def _climb(wanted: Wanted, *, runs: str | None, memory: str | None) -> Done:
    """The climb, with its progress on stderr; interrupted, what is finished is kept."""
    from bench.climbing import run_climb
    from bench.store import Store

    store = Store(root=running.folder_of(runs))
    with Progress(len(wanted.models)) as progress:
        try:
            done = run_climb(
                wanted, store, running.named_runner("process"), command=" ".join(sys.argv[1:]),
                limits=running.limits(None, memory), watch=progress,
            )  # fmt: skip
        except KeyboardInterrupt:
            raise running.interrupted(progress) from None
    output.warn(running.collected(done.outcomes, store))
    return done
