"""`advisor bench lm-eval`: language models on lm-eval's tasks, or on your own written the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.cli import output
from advisor.cli.bench import running
from advisor.core.errors import BadInput
from advisor.core.units import parse_duration

if TYPE_CHECKING:
    from bench.protocol import Job

PRECISIONS = ("float32", "bfloat16", "float16", "auto")


def command(
    model: Annotated[
        list[str],
        typer.Option(
            "--model",
            help="hf:org/name, a folder, openai:http://host/v1#name, or vllm:org/name; repeat for several.",
            metavar="MODEL",
        ),
    ],
    task: Annotated[
        list[str],
        typer.Option(
            "--task",
            help="A task, group or tag of lm-eval, or mmlu_*; repeat for several.",
            metavar="NAME",
        ),
    ],
    include_path: Annotated[
        str | None,
        typer.Option("--include-path", help="Folder of your own tasks as YAML.", metavar="DIR"),
    ] = None,
    num_fewshot: Annotated[
        int | None, typer.Option(help="Examples in the prompt; default the task's own.", min=0)
    ] = None,
    limit: Annotated[
        float | None,
        typer.Option(help="At most so many items of each task; below 1 a share.", min=0),
    ] = None,
    batch_size: Annotated[int, typer.Option(help="Requests at once.", min=1)] = 8,
    apply_chat_template: Annotated[
        bool,
        typer.Option(
            "--apply-chat-template", help="Ask as in a chat; of a server, its chat endpoint."
        ),
    ] = False,
    tokenizer: Annotated[
        str | None,
        typer.Option(
            help="Of a server's model, where a task compares likelihoods.", metavar="MODEL"
        ),
    ] = None,
    max_length: Annotated[
        int | None, typer.Option(help="Context of a server's model, in tokens.", min=8)
    ] = None,
    precision: Annotated[
        str | None,
        typer.Option(
            help="float32, bfloat16, float16 or auto; default float32, of vLLM auto.",
            metavar="TYPE",
        ),
    ] = None,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1, mps.", metavar="NAME")] = "cpu",
    trust_remote_code: Annotated[
        bool, typer.Option("--trust-remote-code", help="Run code that comes with a model.")
    ] = False,
    run_unsafe_code: Annotated[
        bool, typer.Option("--run-unsafe-code", help="Run code that a model writes (HumanEval).")
    ] = False,
    measure: Annotated[
        str,
        typer.Option(
            "--measure-time", help="Timing of each job, like 5s, or none.", metavar="TIME"
        ),
    ] = "5s",
    seed: running.SeedOption = 0,
    threads: running.ThreadsOption = 1,
    runs: running.RunsOption = None,
    runner: running.RunnerOption = "process",
    address: running.AddressOption = None,
    parallel: running.ParallelOption = 1,
    job_timeout: running.TimeoutOption = None,
    job_memory: running.MemoryOption = None,
    style: running.FormatOption = "text",
) -> None:
    """Measure language models on lm-eval tasks.

    Each item's outcome is kept, with the time it takes.

    Keys of servers are read from OPENAI_API_KEY, or from the variable that ADVISOR_API_KEY_ENV names.
    """
    chosen = output.style(style)
    if precision is not None and precision not in PRECISIONS:
        raise BadInput(f"--precision: {precision!r} is none of {', '.join(PRECISIONS)}")
    if trust_remote_code:
        output.warn(["--trust-remote-code: code from the models' authors will run on this machine"])
    options: dict[str, Any] = {
        "include_path": include_path, "n_shot": num_fewshot, "limit": _limit(limit), "batch_size": batch_size,
        "chat": apply_chat_template, "tokenizer": tokenizer, "max_length": max_length, "precision": precision,
        "device": device, "trust_remote_code": trust_remote_code, "unsafe_code": run_unsafe_code,
        "speed_budget_s": _seconds(measure), "threads": threads,
    }  # fmt: skip
    held = running.limits(job_timeout, job_memory)
    jobs = _jobs(model, task, options, seed=seed, limits=held)
    report = running.run(jobs, runs=runs, runner=runner, address=address, parallel=parallel)
    running.finish(report, chosen)


def _jobs(
    models: list[str],
    tasks: list[str],
    options: dict[str, Any],
    *,
    seed: int,
    limits: dict[str, Any],
) -> list[Job]:
    """A job for each model and task, all names looked up first. Raises: BadInput."""
    from bench.harness.lm_eval_jobs import jobs

    return jobs(models, tasks, options, seed=seed, limits=limits)


def _limit(given: float | None) -> int | float | None:
    if given is None or 0 < given < 1:
        return given
    if given == 0 or given != int(given):
        raise BadInput(f"--limit: {given:g} is neither a count nor a share below 1")
    return int(given)


def _seconds(given: str) -> float:
    return 0.0 if given == "none" else parse_duration(given, field="--measure-time")
