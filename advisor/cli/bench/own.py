"""`advisor bench own`: small and large models on the user's labelled texts, all on the same split."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli import output
from advisor.cli.bench import running

if TYPE_CHECKING:
    from bench.own_jobs import OwnRequest

DataOption = Annotated[
    Path, typer.Option("--data", help="Labelled texts: csv, tsv, parquet or jsonl.", metavar="FILE")
]
InputOption = Annotated[
    list[str],
    typer.Option(
        "--input", help="The column with the texts; give it twice for pairs.", metavar="COL"
    ),
]
LabelOption = Annotated[
    str, typer.Option("--label", help="The column with the answers.", metavar="COL")
]
ModelsOption = Annotated[
    list[str] | None,
    typer.Option(
        "--models",
        help="majority, tfidf, static:ENCODER, embed:ENCODER, finetune:ENCODER, lm:MODEL, openai:URL#NAME; commas "
        "or repeated. ENCODER and MODEL: a Hub id, a folder, or minilm.",
        metavar="LIST",
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(
        help="classification, multilabel, pairs, similarity, extraction or generation; told from the columns.",
        metavar="KIND",
    ),
]
MetricOption = Annotated[
    str | None,
    typer.Option(help="The score that decides, like accuracy or f1_macro.", metavar="NAME"),
]
SplitOption = Annotated[
    str | None,
    typer.Option(
        "--split-column", help="Holds train and test; default: split, if there.", metavar="COL"
    ),
]
GroupOption = Annotated[
    str | None,
    typer.Option("--group-column", help="Rows of one group stay on one side.", metavar="COL"),
]
ShotsOption = Annotated[
    int, typer.Option("--shots", help="Examples in a language model's prompt.", min=0)
]
CodeOption = Annotated[
    bool, typer.Option("--trust-remote-code", help="Let a model's own code run. Read it first.")
]


def request(
    data: Path, inputs: list[str], label: str, *, trust_remote_code: bool, **said: Any
) -> OwnRequest:
    """The options as one object; trusting foreign code is said aloud."""
    from bench.own_jobs import OwnRequest

    if trust_remote_code:
        output.warn(["--trust-remote-code: code from the models' authors will run on this machine"])
    return OwnRequest(
        data=data, inputs=inputs, label=label, trust_remote_code=trust_remote_code, **said
    )


def listed(given: list[str] | None, default: tuple[str, ...]) -> list[str]:
    """Names from repeated or comma-separated options; the default where none was given."""
    found = [name.strip() for part in given or [] for name in part.split(",") if name.strip()]
    return found or list(default)


def command(
    data: DataOption,
    inputs: InputOption,
    label: LabelOption,
    models: ModelsOption = None,
    kind: KindOption = None,
    metric: MetricOption = None,
    split_column: SplitOption = None,
    group_column: GroupOption = None,
    shots: ShotsOption = 0,
    seed: running.SeedOption = 0,
    threads: running.ThreadsOption = 1,
    measure: running.MeasureOption = None,
    energy: running.EnergyOption = False,
    country: running.CountryOption = None,
    usd_per_hour: running.HourOption = None,
    trust_remote_code: CodeOption = False,
    job_timeout: running.TimeoutOption = None,
    job_memory: running.MemoryOption = None,
    runner: running.RunnerOption = "process",
    address: running.AddressOption = None,
    parallel: running.ParallelOption = 1,
    runs: running.RunsOption = None,
    style: running.FormatOption = "text",
) -> None:
    """Measure models on your own labelled texts.

    All learn from the same rows and are judged on the same others.
    """
    chosen = output.style(style)
    from bench.own_jobs import DEFAULT_MODELS, check, jobs

    asked = request(
        data, inputs, label, kind=kind, metric=metric, split_column=split_column, group_column=group_column,
        n_shot=shots, seed=seed, threads=threads, trust_remote_code=trust_remote_code,
        meters=running.meters(measure, energy=energy, country=country, usd_per_hour=usd_per_hour),
    )  # fmt: skip
    names = listed(models, DEFAULT_MODELS)
    task = check(asked, names)
    wanted = jobs(asked, task, names, limits=running.limits(job_timeout, job_memory))
    report = running.run(wanted, runs=runs, runner=runner, address=address, parallel=parallel)
    running.finish(report, chosen)
