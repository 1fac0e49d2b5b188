"""Outcomes of jobs as the report that a command prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.core.measurement import BenchReport, Entry, Hardware
from advisor.tables import entries

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from bench.protocol import JobOutcome


def report(
    outcomes: Sequence[JobOutcome],
    *,
    run_id: str,
    folder: Path,
    machine: Mapping[str, Any],
    n_earlier: int = 0,
    warnings: Sequence[str] = (),
) -> BenchReport:
    """One entry a job, in the order given. machine: a row of measure.hardware.this_machine."""
    states = [outcome.status for outcome in outcomes]
    return BenchReport(
        run_id=run_id,
        folder=str(folder),
        harness="+".join(sorted({outcome.job.harness for outcome in outcomes})),
        entries=[entry(outcome) for outcome in outcomes],
        n_done=states.count("done"),
        n_failed=states.count("failed"),
        n_not_run=states.count("not_run"),
        n_earlier=n_earlier,
        hardware=hardware(machine),
        warnings=list(warnings),
    )


def entry(outcome: JobOutcome) -> Entry:
    """One job as the report shows it."""
    return entries.entry(
        outcome.job, outcome.measured, status=outcome.status, reason=outcome.reason
    )


def hardware(machine: Mapping[str, Any]) -> Hardware:
    """The machine's row as the report shows it; what it lacks is null."""
    return Hardware(**{name: machine.get(name) for name in Hardware.model_fields})
