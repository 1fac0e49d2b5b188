"""What a bench command measured, as lines of text: a table of models a task, then what did not run and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.metrics import spec
from advisor.render.bench_table import named, table, wrapped
from advisor.render.escape import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.measurement import BenchReport, Entry


def render(report: BenchReport, *, width: int) -> str:
    """The whole report."""
    lines: list[str] = []
    tasks = list(dict.fromkeys(e.task_id for e in report.entries))
    for task in tasks:
        lines += [*_task(task, [e for e in report.entries if e.task_id == task], width), ""]
    told = dict.fromkeys([*report.warnings, *(w for e in report.entries for w in e.warnings)])
    for words in told:
        lines += wrapped(f"warning: {words}", width)
    lines += [_counts(report), *wrapped(f"run {report.run_id} in {report.folder}", width)]
    return "\n".join(lines) + "\n"


def _task(task: str, entries: Sequence[Entry], width: int) -> list[str]:
    done = [e for e in entries if e.status == "done"]
    lines = []
    for metric in dict.fromkeys(e.main_score for e in done if e.main_score):
        better = spec(metric).better
        kind = next((f"{e.facts['kind']}, " for e in done if e.facts.get("kind")), "")
        lines.append(f"{plain(task)}  {kind}{named(metric)}, {better} is better; ▸ is the best")
        rows = [e for e in done if e.main_score == metric]
        lines += table(rows, marked=_best(rows, metric), width=width)
    if not lines:
        lines.append(plain(task))
    for e in entries:
        if e.status != "done":
            words = f"{e.model}: {e.status.replace('_', ' ')}: {e.reason or ''}"
            lines += wrapped(words, width, indent="  ")
    return lines


def _best(rows: Sequence[Entry], metric: str) -> str | None:
    sign = 1.0 if spec(metric).better == "higher" else -1.0
    scored = [e for e in rows if metric in e.metrics]
    return max(scored, key=lambda e: sign * e.metrics[metric].value).model if scored else None


def _counts(report: BenchReport) -> str:
    words = [f"{report.n_done} done", f"{report.n_failed} failed"]
    if report.n_not_run:
        words.append(f"{report.n_not_run} not run")
    if report.n_earlier:
        words.append(f"{report.n_earlier} of them by an earlier run")
    return ", ".join(words)
