"""The size ladder as lines of text: the sentence, the rungs, what the largest would buy, what was not run and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.core.metrics import spec
from advisor.core.units import format_seconds
from advisor.render.bench_table import named, number, table, value, wrapped
from advisor.render.escape import plain

if TYPE_CHECKING:
    from advisor.core.measurement import LabelAdvice, LadderReport


def render(report: LadderReport, *, width: int) -> str:
    """The whole report; its first line is the answer."""
    lines = wrapped(report.verdict.sentence, width)
    lines += ["", _heading(report)]
    lines += table(report.rungs, marked=report.verdict.model, width=width)
    lines += _beside_the_largest(report, width)
    lines += _not_run(report, width)
    if report.labels is not None:
        lines += _labels(report.labels, report.metric, width)
    lines += ["", *_foot(report, width)]
    return "\n".join(lines) + "\n"


def _heading(report: LadderReport) -> str:
    return (
        f"{plain(report.task_id)}  {report.kind}, {named(report.metric)} on {report.n_test:,} test items, "
        f"learned from {report.n_train:,}"
    )


def _beside_the_largest(report: LadderReport, width: int) -> list[str]:
    """What the largest rung measured would buy, and what it would cost, beside the named one."""
    named = next((r for r in report.rungs if r.model == report.verdict.model), None)
    if named is None or report.rungs[-1] is named:
        return []
    largest = report.rungs[-1]
    pair = next(
        (c for c in report.comparisons if (c.smaller, c.larger) == (named.model, largest.model)),
        None,
    )
    words = [f"{largest.model} instead"]
    if pair is not None:
        gain = _points(report.metric, pair.gain, sign=True)
        words.append(
            f"{gain} points ({_points(report.metric, pair.lo, sign=True)} to {_points(report.metric, pair.hi, sign=True)})"
        )
    for metric, what in (
        ("latency_p50_s", "latency"),
        ("memory_peak_bytes", "memory"),
        ("cost_usd_per_1k_items", "cost"),
    ):
        one, two = value(named, metric), value(largest, metric)
        if one and two:
            words.append(f"{two / one:.3g}x the {what}")
    return ["", *wrapped(" · ".join(words), width)]


def _points(metric: str, value: float, *, sign: bool) -> str:
    scale = 100.0 if spec(metric).unit in {"fraction", "correlation"} else 1.0
    shown = f"{scale * value:+.1f}" if sign else f"{scale * value:.1f}"
    return "0.0" if shown in {"-0.0", "+0.0"} else shown


def _not_run(report: LadderReport, width: int) -> list[str]:
    if not report.not_run:
        return []
    lines = ["", "Not run"]
    for one in report.not_run:
        lines += wrapped(f"{one.model}: {one.reason}", width, "  ")
    return lines


def _labels(advice: LabelAdvice, metric: str, width: int) -> list[str]:
    lines = ["", "Labels"]
    for model in dict.fromkeys(point.model for point in advice.points):
        shown = [
            f"{p.n_train:,}: {number(metric, p.main)}" for p in advice.points if p.model == model
        ]
        lines += wrapped(f"{model}  " + " · ".join(shown), width, "  ")
    return [*lines, *wrapped(advice.sentence, width, "  ")]


def _foot(report: LadderReport, width: int) -> list[str]:
    machine = report.hardware
    words = [
        f"{report.verdict.stopped[0].upper()}{report.verdict.stopped[1:]}. Measuring took {format_seconds(report.seconds)}.",
        f"Measured on {machine.name}, {machine.cores} cores; run {report.run_id} in {report.folder}",
    ]
    return [line for part in words for line in wrapped(part, width)]
