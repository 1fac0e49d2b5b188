"""`advisor bench mteb`: embedding models on tasks of mteb's, or on your own file in the form of one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli import output
from advisor.cli.bench import running
from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.protocol import Job, Limits

ModelOption = Annotated[
    list[str] | None,
    typer.Option(
        "--model",
        help="minilm, tfidf-svd, hashed-ngrams, static:MODEL, a folder, a Hub id, hf:ID or mteb:NAME; may be repeated.",
    ),
]
TaskOption = Annotated[
    list[str] | None, typer.Option("--task", help="A task of mteb's by name; may be repeated.")
]
TypeOption = Annotated[
    list[str] | None,
    typer.Option("--task-type", help="All text tasks of a type, like STS; may be repeated."),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option("--language", help="Only these, like eng or deu; may be repeated."),
]
BenchmarkOption = Annotated[
    list[str] | None,
    typer.Option(
        "--benchmark", help='All text tasks of one, like "MTEB(eng, v2)"; may be repeated.'
    ),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        "--data",
        help="Your CSV, parquet or JSON-lines file; of retrieval, the documents.",
        metavar="FILE",
    ),
]
KindOption = Annotated[
    str | None,
    typer.Option(
        help="Of --data: classification, pair, sts, retrieval or clustering.", metavar="KIND"
    ),
]
InputOption = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        help="Column of the text or the query; a second one for pairs, or the passage.",
        metavar="COL",
    ),
]
LabelOption = Annotated[
    str | None,
    typer.Option("--label", help="Column of the class, the score or the relevance.", metavar="COL"),
]
SplitOption = Annotated[
    str | None, typer.Option("--split-column", help="Holds train and test.", metavar="COL")
]
QueriesOption = Annotated[
    str | None,
    typer.Option("--queries", help="File of id and text, for retrieval.", metavar="FILE"),
]
QrelsOption = Annotated[
    str | None,
    typer.Option("--qrels", help="File of query id, document id and relevance.", metavar="FILE"),
]
BatchOption = Annotated[int, typer.Option("--batch-size", help="Texts at a time.", min=1)]
TrustOption = Annotated[
    bool,
    typer.Option("--trust-remote-code", help="Let a model's own code run. Off unless asked for."),
]


def command(
    model: ModelOption = None,
    task: TaskOption = None,
    task_type: TypeOption = None,
    language: LanguageOption = None,
    benchmark: BenchmarkOption = None,
    data: DataOption = None,
    kind: KindOption = None,
    inputs: InputOption = None,
    label: LabelOption = None,
    split_column: SplitOption = None,
    queries: QueriesOption = None,
    qrels: QrelsOption = None,
    threads: running.ThreadsOption = 1,
    batch_size: BatchOption = 32,
    trust_remote_code: TrustOption = False,
    measure: running.MeasureOption = None,
    energy: running.EnergyOption = False,
    country: running.CountryOption = None,
    usd_per_hour: running.HourOption = None,
    runner: running.RunnerOption = "process",
    address: running.AddressOption = None,
    parallel: running.ParallelOption = 1,
    runs: running.RunsOption = None,
    job_timeout: running.TimeoutOption = None,
    job_memory: running.MemoryOption = None,
    style: running.FormatOption = "text",
) -> None:
    """Measure embedding models on MTEB tasks or your file."""
    from bench.protocol import Limits

    chosen = output.style(style)
    if trust_remote_code:
        output.warn(["--trust-remote-code: code from the models' authors will run on this machine"])
    common = {
        "threads": threads, "batch_size": batch_size,
        **_meters(measure, energy=energy, country=country, usd_per_hour=usd_per_hour),
        **({"trust_remote_code": True} if trust_remote_code else {}),
    }  # fmt: skip
    limits = Limits(**running.limits(job_timeout, job_memory))  # type: ignore[arg-type]
    models = _models(model or [])
    own = {
        "data": data, "kind": kind, "label": label, "split": split_column, "queries": queries, "qrels": qrels,
        **_inputs(inputs or []),
    }  # fmt: skip
    if data is not None:
        if task or task_type or language or benchmark:
            raise BadInput(
                "--data: a file of yours is a task by itself; leave out --task, --task-type, --language and --benchmark"
            )
        tasks = [_own(own)]
    else:
        _refuse_columns(own)
        tasks = _chosen(task or [], task_type or [], language or [], benchmark or [])
    jobs = _jobs(models, tasks, common, limits)
    report = running.run(jobs, runs=runs, runner=runner, address=address, parallel=parallel)
    running.finish(report, chosen)


def _inputs(columns: Sequence[str]) -> dict[str, str]:
    """The first and the second column of texts. Raises: BadInput: more."""
    if len(columns) > 2:
        raise BadInput(f"--input: at most two, not {', '.join(columns)}")
    return dict(zip(("input", "input2"), columns, strict=False))


def _models(specs: Sequence[str]) -> dict[str, dict[str, str]]:
    """What each job records of its model. Raises: BadInput: none, or one that cannot be a model."""
    from advisor.core.errors import Unreachable
    from bench.harness.mteb_models import check_spelling

    if not specs:
        raise BadInput("--model: name at least one, like minilm, tfidf-svd or intfloat/e5-small-v2")
    found: dict[str, dict[str, str]] = {}
    for spec in specs:
        try:
            found[spec] = check_spelling(spec)
        except Unreachable:  # its own job says so
            found[spec] = {}
    return found


def _own(said: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The file's name and options, once its rows have been read. Raises: BadInput."""
    from pathlib import Path

    from bench.harness.mteb_embed import SEED
    from bench.harness.mteb_own_data import own_options, read_own

    options = own_options(said)
    output.warn(read_own(options, seed=SEED).warnings)
    return Path(options["data"]).stem, options


def _refuse_columns(said: dict[str, Any]) -> None:
    if given := [name for name, value in said.items() if value is not None]:
        raise BadInput(
            f"--{given[0].replace('split', 'split-column')}: belongs to a file of yours; name it with --data FILE"
        )


def _chosen(
    names: Sequence[str], types: Sequence[str], languages: Sequence[str], benchmarks: Sequence[str]
) -> list[tuple[str, dict[str, Any]]]:
    from bench.harness.mteb_tasks import choose

    if not (names or types or languages or benchmarks):
        raise BadInput(
            "--task: name one, or --task-type, --benchmark, --language, or --data FILE of yours"
        )
    chosen = choose(names=names, types=types, languages=languages, benchmarks=benchmarks)
    return [(choice.name, choice.options()) for choice in chosen]


def _jobs(
    models: dict[str, dict[str, str]],
    tasks: Sequence[tuple[str, dict[str, Any]]],
    common: dict[str, Any],
    limits: Limits,
) -> list[Job]:
    from bench.harness.mteb_embed import SEED
    from bench.measure.hardware import this_machine
    from bench.protocol import Job

    hardware_id = this_machine()["hardware_id"][0]
    common = {**common, "mteb": _version()}
    return [
        Job(
            harness="mteb", model=spec, task=name, seed=SEED, hardware_id=hardware_id,
            options={**common, **known, **options}, limits=limits,
        )
        for name, options in tasks
        for spec, known in models.items()
    ]  # fmt: skip


def _meters(measure: str | None, **asked: Any) -> dict[str, Any]:
    """What is measured beside quality; "0s" takes no timings at all. Raises: BadInput."""
    if measure is not None and measure.strip() in {"0", "0s"}:
        return {"measure_s": 0.0}
    return running.meters(measure, **asked)


def _version() -> str:
    """The installed mteb's: another one is another measurement."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("mteb")
    except PackageNotFoundError:
        return "unknown"
