"""lm-eval's tasks as a harness: its own scores, each item's outcome, and the times that it does not take."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
import tempfile
import warnings
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from advisor._lazy import need
from advisor.core.errors import BadInput, Unreachable
from bench.harness.lm_eval_items import item_records, main_metric
from bench.harness.lm_eval_models import is_server, open_lm
from bench.harness.lm_eval_rows import quality_rows
from bench.harness.lm_eval_speed import speed
from bench.harness.lm_eval_tasks import LIKELIHOOD, facts, named_tasks, task_manager
from bench.hub import reach_hub
from bench.measure.memory import peak_bytes
from bench.measure.profile import extras_of
from bench.protocol import Measured
from bench.rows import Cell, items, model_row, rows

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from bench.harness.lm_eval_models import OpenedLM
    from bench.harness.lm_eval_tasks import TaskFacts
    from bench.protocol import Job

FEWSHOT_SEED: Final = 1234
"""lm-eval's own; a job's seed is added to it, so that seed 0 gives lm-eval's published shots."""
_UNREACHED: Final = (
    "ConnectionError", "ConnectError", "OfflineModeIsEnabled", "LocalEntryNotFoundError", "ConnectTimeout",
)  # fmt: skip

_LONGEST_CHAIN: Final = 100


class LmEvalHarness:
    """One model on one task, group or tag.

    options: include_path, n_shot, limit, batch_size (8), chat (false), tokenizer, max_length, threads (1),
    precision, device, trust_remote_code, unsafe_code, speed_budget_s (5); and for the job's identity alone
    weights, definition, lm_eval. lm-eval's own answer cache is never used: its key leaves the model out.
    """

    name = "lm-eval"

    def run(self, job: Job) -> Measured:
        """Check the task against the model, evaluate, time.

        Raises: BadInput: no such task or model, or one cannot do the other; Unreachable, MissingExtra:
        a server, the hub or a package is not here.
        """
        with _quiet() as heard:
            return _run(job, heard)


def check(job_model: str, said: Mapping[str, Any], task: TaskFacts) -> None:
    """Refuse, before anything is loaded, what cannot work. Raises: BadInput: the message says why."""
    likelihoods = sorted(task.output_types & LIKELIHOOD)
    if likelihoods and said.get("chat") and is_server(job_model):
        raise BadInput(
            f"task {task.name!r} compares log-likelihoods ({likelihoods[0]}), which chat endpoints do not tell; "
            "leave out --apply-chat-template, so that the completions endpoint is asked"
        )
    if likelihoods and is_server(job_model) and not said.get("tokenizer"):
        raise BadInput(
            f"task {task.name!r} compares log-likelihoods, for which a server's model needs its tokenizer here; "
            "name it with --tokenizer FOLDER or org/name"
        )


def _run(job: Job, heard: _Heard) -> Measured:
    said = job.options
    include = said.get("include_path")
    manager = task_manager([job.task], include)
    task = facts(manager, named_tasks(manager, [job.task], include)[0])
    check(job.model, said, task)
    with _own_data(task):
        return _measured(job, task, manager, heard)


def _measured(job: Job, task: TaskFacts, manager: Any, heard: _Heard) -> Measured:
    said, missing = job.options, dict[str, str]()
    extras = extras_of(job, runtime_bytes=peak_bytes())
    built = _load(manager, task)
    opened = open_lm(
        job.model, {**said, "lm_seed": FEWSHOT_SEED + job.seed}, likelihood=bool(task.output_types & LIKELIHOOD)
    )  # fmt: skip
    results = _evaluate(job, opened, built, manager)
    cut = heard.warnings()
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S+00:00")
    quality, problems = quality_rows(
        job, results, opened, data_digest=task.data_digest, measured_at=now
    )
    if quality.is_empty():
        raise BadInput(f"task {job.task!r}: lm-eval gave no number that can be used ({'; '.join(problems)})")  # fmt: skip
    ordered, deciding = _main_first(job.task, quality)
    leaves = results["samples"]
    records = [
        record
        for name, samples in leaves.items()
        for record in item_records(
            samples, _metric_of(quality, name) or deciding, subset="default" if len(leaves) == 1 else name
        )
    ]  # fmt: skip
    tasks = list(built["tasks"].values())
    timed = speed(
        opened, tasks, budget_s=float(said.get("speed_budget_s", 5.0)), seed=job.seed, extras=extras, missing=missing
    )  # fmt: skip
    return Measured(
        rows=pl.concat([ordered, rows(job, _cell(ordered), timed)]),
        items=items(records),
        model=_model(opened),
        warnings=(*problems, *_shots(job, task), *cut, *opened.warnings()),
        facts={
            "main_score": deciding, "tasks": list(leaves), "chat": bool(said.get("chat")), "not_measured": missing,
        },
    )  # fmt: skip


def _evaluate(job: Job, opened: OpenedLM, built: Mapping[str, Any], manager: Any) -> dict[str, Any]:
    said = job.options
    evaluator = need("lm_eval", extra="bench")
    specs = [*built["groups"].values(), *built["tasks"].values()]
    in_groups = {name for group in built["groups"].values() for name in group.child_names}
    specs = [one for one in specs if _name(one) not in in_groups]
    seed = FEWSHOT_SEED + job.seed
    try:
        found: dict[str, Any] = evaluator.simple_evaluate(
            model=opened.lm,
            tasks=specs,
            task_manager=manager,  # else it reads every built-in definition once more
            num_fewshot=said.get("n_shot"),
            limit=said.get("limit"),
            apply_chat_template=bool(said.get("chat")),
            log_samples=True,
            use_cache=None,
            random_seed=job.seed,
            numpy_random_seed=seed,
            torch_random_seed=seed,
            fewshot_random_seed=seed,
            confirm_run_unsafe_code=bool(said.get("unsafe_code")),
        )
    except ValueError as error:
        if "marked as unsafe" in str(error):
            raise BadInput(
                f"task {job.task!r} runs code that the model writes; allow it with --run-unsafe-code, in a sandbox"
            ) from None
        raise
    return found


def _load(manager: Any, task: TaskFacts) -> Any:
    """The task objects with their data. Raises: Unreachable: the hub is not there; BadInput: a bad definition."""
    if task.hub_data and not _offline_by_choice():
        reach_hub(wanted=f"data set {task.hub_data[0]!r} of task {task.name!r}")
    try:
        return manager.load([task.name])
    except Exception as error:
        chain = _chain(error)
        if any(name in _UNREACHED for name in chain):
            raise Unreachable(
                f"task {task.name!r}: its data set {', '.join(task.hub_data) or '?'} is not on this machine, "
                "and the hub cannot be reached"
            ) from None
        line = " ".join(str(error).split())[:160]
        raise BadInput(
            f"task {task.name!r} cannot be loaded: {type(error).__name__}: {line}"
        ) from error


def _offline_by_choice() -> bool:
    """The user has said to use what is on the machine; the library then fails at once where it is not."""
    names = ("HF_DATASETS_OFFLINE", "HF_HUB_OFFLINE")
    return any(os.environ.get(n, "").lower() in {"1", "true", "yes", "on"} for n in names)


def _chain(error: BaseException) -> list[str]:
    """The names of the classes of an error and of what caused it."""
    found: list[str] = []
    at: BaseException | None = error
    while at is not None and len(found) < _LONGEST_CHAIN:
        found += [kind.__name__ for kind in type(at).__mro__]
        at = at.__cause__ or at.__context__
    return found


def _name(spec: Any) -> str:
    return str(getattr(spec, "task_name", None) or getattr(spec, "name", ""))


def _metric_of(quality: pl.DataFrame, task: str) -> str | None:
    return main_metric(quality.filter(pl.col("task_id") == task)["metric"].to_list())


def _main_first(task: str, quality: pl.DataFrame) -> tuple[pl.DataFrame, str]:
    """The rows with the deciding one first: the named task's own, or the first task of a tag."""
    has_own = task in quality["task_id"]
    first = task if has_own else str(quality["task_id"][0])
    deciding = _metric_of(quality, first) or str(quality["metric"][0])
    rank = (
        pl.when((pl.col("task_id") == first) & (pl.col("metric") == deciding))
        .then(0)
        .when(pl.col("task_id") == first)
        .then(1)
        .otherwise(2)
    )
    return quality.sort(rank, maintain_order=True), deciding


def _cell(ordered: pl.DataFrame) -> Cell:
    row = ordered.row(0, named=True)
    names = (
        "model_id", "model_revision", "precision", "task_id", "dataset_revision", "subset", "split", "n_shot",
        "harness_version", "measured_at",
    )  # fmt: skip
    return Cell(**{name: row[name] for name in names})


def _model(opened: OpenedLM) -> pl.DataFrame:
    return model_row(
        opened.model_id, kind=opened.kind, n_parameters=opened.n_parameters, weights_bytes=opened.weights_bytes,
        context_tokens=opened.context_tokens,
    )  # fmt: skip


def _shots(job: Job, task: TaskFacts) -> list[str]:
    wanted = job.options.get("n_shot")
    if wanted and task.fixed_shots:
        return [f"task {task.name!r} fixes its shots at 0; --num-fewshot {wanted} has no effect there"]  # fmt: skip
    return []


class _Heard(logging.Handler):
    """lm-eval's warnings: none is shown, those that tell of cut prompts are counted."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self._n_cut = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count. Never raises."""
        words = str(record.msg).lower()
        self._n_cut += "truncat" in words and "disabled" not in words

    def warnings(self) -> list[str]:
        """One line, where anything was cut so far."""
        if not self._n_cut:
            return []
        return [
            f"lm-eval cut prompts from the left {self._n_cut} times: they are longer than the context"
        ]


@contextlib.contextmanager
def _own_data(task: TaskFacts) -> Iterator[None]:
    """Local data files are read afresh.

    `datasets` takes a file of the same size and time for the same file, whatever is in it, and would
    answer with what it read once.
    """
    if task.data_digest is None or task.hub_data:
        yield
        return
    config = need("datasets", extra="bench").config
    before = config.HF_DATASETS_CACHE
    with tempfile.TemporaryDirectory(prefix="advisor-data-") as folder:
        config.HF_DATASETS_CACHE = folder
        try:
            yield
        finally:
            config.HF_DATASETS_CACHE = before


@contextlib.contextmanager
def _quiet() -> Iterator[_Heard]:
    """Nothing of the libraries on stdout; no bars, warnings and advice on stderr."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in ("transformers", "datasets", "huggingface_hub"):
        logging.getLogger(name).setLevel(logging.ERROR)
    heard, log = _Heard(), logging.getLogger("lm_eval")
    log.setLevel(logging.WARNING)
    log.propagate = False
    log.addHandler(heard)
    bar = need("tqdm", extra="bench").tqdm
    made = bar.__init__

    def without_bar(self: Any, *given: Any, **said: Any) -> None:
        # lm-eval says disable=False, which no environment variable outvotes
        made(self, *given, **{**said, "disable": True})

    bar.__init__ = without_bar
    try:
        with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield heard
    finally:
        bar.__init__ = made
        log.removeHandler(heard)
        log.propagate = True
