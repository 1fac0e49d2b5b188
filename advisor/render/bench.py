"""What a bench command measured, as lines of text: a table of models, then what did not run and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.metrics import spec
from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.render.escape import plain
from advisor.render.layout import fit, fit_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.core.measurement import BenchReport, Entry, Metric


def render(report: BenchReport, *, width: int) -> str:
    """The whole report."""
    lines: list[str] = []
    tasks = list(dict.fromkeys(e.task_id for e in report.entries))
    for task in tasks:
        lines += _task(task, [e for e in report.entries if e.task_id == task], width)
    lines += [f"warning: {plain(words)}" for words in report.warnings]
    lines += ["", _counts(report), f"run {report.run_id}: {plain(report.folder)}"]
    return "\n".join(lines) + "\n"


def _task(task: str, entries: Sequence[Entry], width: int) -> list[str]:
    done = [e for e in entries if e.status == "done"]
    names = list(dict.fromkeys(e.main_score for e in done if e.main_score))
    lines = [f"{plain(task)}  {', '.join(names)}"]
    room = max(20, width - 50)
    for e in done:
        main = e.metrics.get(e.main_score or "")
        lines.append(
            "  "
            + fit(fit_name(e.model, room), room)
            + fit(format_count(e.n_parameters), 8, "right")
            + fit(number(e.main_score or "", main), 20, "right")
            + fit(format_seconds(_value(e, "latency_p95_s")), 10, "right")
            + fit(format_bytes(_value(e, "memory_peak_bytes")), 9, "right")
        )
    lines += [
        f"  {plain(e.model)}: {e.status.replace('_', ' ')}: {plain(e.reason or '')}"
        for e in entries
        if e.status != "done"
    ]
    return lines


def number(metric: str, found: Metric | None) -> str:
    """Like "91.2 (90.1–92.2)": points for fractions, else the metric's own unit; "?" when not measured."""
    if found is None:
        return "?"
    scale = 100.0 if spec(metric).unit in {"fraction", "correlation"} else 1.0
    value = f"{found.value * scale:.1f}" if scale > 1 else f"{found.value:.4g}"
    if found.lo is None or found.hi is None:
        return value
    ends = [f"{end * scale:.1f}" if scale > 1 else f"{end:.4g}" for end in (found.lo, found.hi)]
    return f"{value} ({ends[0]}–{ends[1]})"


def _value(e: Entry, metric: str) -> float | None:
    found = e.metrics.get(metric)
    return None if found is None else found.value


def _counts(report: BenchReport) -> str:
    words = [f"{report.n_done} done", f"{report.n_failed} failed"]
    if report.n_not_run:
        words.append(f"{report.n_not_run} not run")
    if report.n_earlier:
        words.append(f"{report.n_earlier} of them by an earlier run")
    return ", ".join(words)
