"""One climb from a request to a report: rungs in order, jobs through the store, labels last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from advisor.core.errors import BadInput
from advisor.core.measurement import LabelAdvice, NotRun
from advisor.core.metrics import spec
from bench.engine import environment, run_jobs
from bench.harness.own_scores import METRICS_OF
from bench.harness.own_tasks import MAIN
from bench.label_curve import label_advice, wanted_total
from bench.ladder import PATIENCE, Rules, climb, smallest_cleared
from bench.ladder_report import ladder_report
from bench.own_jobs import DEFAULT_RUNGS, check, jobs
from bench.rungs import in_order
from bench.store import run_id_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from advisor.core.measurement import LadderReport
    from bench.engine import Runner
    from bench.harness.own_tasks import OwnTask
    from bench.own_jobs import OwnRequest
    from bench.protocol import Job, JobOutcome
    from bench.store import Store

NO_LANGUAGE_MODEL = NotRun(
    model="a language model",
    reason="none was named; add openai:URL#NAME or lm:MODEL to --models",
    is_needed=False,
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """A climb, checked and ready to start."""

    request: OwnRequest
    task: OwnTask
    models: list[str]
    rules: Rules
    label_budget: str | None


@dataclass(frozen=True, kw_only=True)
class Done:
    """A climb's end."""

    report: LadderReport
    outcomes: list[JobOutcome]
    n_failed: int


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What a climb is asked for beside its data."""

    points: float = 1.0
    """What may be given up: hundredths where the metric is a fraction, else its own unit."""
    confidence: float = 0.95
    budget_s: float = 1800.0
    patience: int = PATIENCE
    label_budget: str | None = None


class Watch(Protocol):
    """Who is told what begins and what ends."""

    def started(self, job: Job) -> None:
        """A job begins."""
        ...

    def expect(self, n: int) -> None:
        """So many more jobs come than were known at first."""
        ...

    def ended(self, outcome: JobOutcome, was_finished: bool) -> None:  # noqa: FBT001 - run_jobs calls it so
        """A job ended; was_finished: in an earlier run."""
        ...


def plan(request: OwnRequest, models: Sequence[str], wishes: Wishes) -> Wanted:
    """The climb that was asked for. Raises: BadInput: the file, a model or the metric cannot be used."""
    task = check(request, models)
    if wishes.label_budget is not None:
        wanted_total(wishes.label_budget)
    metric = request.metric or MAIN[task.kind]
    if spec(metric).better == "lower":
        raise BadInput(
            f"--metric: the ladder weighs points of a score, and {metric} is an error; type "
            f"{' or '.join(m for m in METRICS_OF[task.kind] if spec(m).better == 'higher')}"
        )
    scale = 0.01 if spec(metric).unit in {"fraction", "correlation"} else 1.0
    return Wanted(
        request=request, task=task, models=in_order(list(models)), label_budget=wishes.label_budget,
        rules=Rules(
            metric=metric, tolerance=wishes.points * scale, confidence=wishes.confidence,
            budget_s=wishes.budget_s, patience=wishes.patience,
        ),
    )  # fmt: skip


def run_climb(
    wanted: Wanted,
    store: Store,
    runner: Runner,
    *,
    command: str,
    limits: Mapping[str, Any] | None = None,
    watch: Watch,
) -> Done:
    """Climb, through the store: what an earlier command finished is read."""
    planned = jobs(wanted.request, wanted.task, wanted.models, limits=limits)
    file = store.write_run(run_id_of(planned), planned, command=command)

    def run(job: Job) -> JobOutcome:
        return run_jobs([job], store, runner, on_outcome=watch.ended, on_start=watch.started)[0]

    at = climb(planned, run, wanted.rules)
    if wanted.models == list(DEFAULT_RUNGS):
        at.not_run.append(NO_LANGUAGE_MODEL)
    found = smallest_cleared(at, wanted.rules)
    labels = None
    if wanted.label_budget is not None and found is None:
        labels = LabelAdvice(
            points=[], sentence="No rung is named, so there is no answer that labels could change."
        )
    elif wanted.label_budget is not None and found is not None:
        total = wanted_total(wanted.label_budget)
        labels = label_advice(
            at, wanted.rules, run, named=found.place, total=total, expect=watch.expect
        )
    report = ladder_report(
        at, wanted.rules, request=wanted.request, folder=file, machine=environment(), labels=labels
    )
    store.write_report(report.run_id, report.model_dump_json(indent=2))
    return Done(report=report, outcomes=at.rungs, n_failed=len(at.failed))
