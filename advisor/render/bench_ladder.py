"""The size ladder as lines of text: the sentence, the rungs, what the largest would buy, what was not run and why."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from advisor.core.metrics import spec
from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.render.bench import number
from advisor.render.escape import plain
from advisor.render.layout import fit, fit_name

if TYPE_CHECKING:
    from advisor.core.measurement import Entry, LabelAdvice, LadderReport

_COLUMNS = (("p50", 9), ("memory", 9), ("weights", 9), ("parameters", 11))


def render(report: LadderReport, *, width: int) -> str:
    """The whole report; its first line is the answer."""
    lines = textwrap.wrap(plain(report.verdict.sentence), width)
    lines += ["", _heading(report), *_rungs(report, width)]
    lines += _beside_the_largest(report, width)
    lines += _not_run(report, width)
    if report.labels is not None:
        lines += _labels(report.labels, report.metric, width)
    lines += ["", *_foot(report, width)]
    return "\n".join(lines) + "\n"


def _heading(report: LadderReport) -> str:
    return (
        f"{plain(report.task_id)}  {spec(report.metric).label.lower()} on {report.n_test:,} test items, "
        f"learned from {report.n_train:,}"
    )


def _rungs(report: LadderReport, width: int) -> list[str]:
    room = min(36, max(14, width - 24 - sum(size for _, size in _COLUMNS) - 2))
    head = "  " + " " * room + fit("score (95%)", 20, "right")
    lines = [head + "".join(fit(name, size, "right") for name, size in _COLUMNS)]
    for rung in report.rungs:
        mark = "▸ " if rung.model == report.verdict.model else "  "
        cells = [
            format_seconds(_value(rung, "latency_p50_s")), format_bytes(_value(rung, "memory_peak_bytes")),
            format_bytes(_value(rung, "weights_bytes")), format_count(rung.n_parameters),
        ]  # fmt: skip
        line = mark + fit(fit_name(rung.model, room), room)
        line += fit(number(report.metric, rung.metrics.get(report.metric)), 20, "right")
        lines.append(
            line
            + "".join(
                fit(cell, size, "right") for cell, (_, size) in zip(cells, _COLUMNS, strict=True)
            )
        )
    return lines


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
        one, two = _value(named, metric), _value(largest, metric)
        if one and two:
            words.append(f"{two / one:.3g}x the {what}")
    return ["", *textwrap.wrap(plain(" · ".join(words)), width, subsequent_indent="  ")]


def _points(metric: str, value: float, *, sign: bool) -> str:
    scale = 100.0 if spec(metric).unit in {"fraction", "correlation"} else 1.0
    shown = f"{scale * value:+.1f}" if sign else f"{scale * value:.1f}"
    return "0.0" if shown in {"-0.0", "+0.0"} else shown


def _not_run(report: LadderReport, width: int) -> list[str]:
    if not report.not_run:
        return []
    lines = ["", "Not run"]
    for one in report.not_run:
        lines += textwrap.wrap(
            plain(f"{one.model}: {one.reason}"),
            width,
            initial_indent="  ",
            subsequent_indent="    ",
        )
    return lines


def _labels(advice: LabelAdvice, metric: str, width: int) -> list[str]:
    lines = ["", "Labels"]
    for model in dict.fromkeys(point.model for point in advice.points):
        shown = [
            f"{p.n_train:,}: {number(metric, p.main)}" for p in advice.points if p.model == model
        ]
        lines += textwrap.wrap(
            f"{plain(model)}  " + " · ".join(shown),
            width,
            initial_indent="  ",
            subsequent_indent="    ",
        )
    return lines + textwrap.wrap(
        plain(advice.sentence), width, initial_indent="  ", subsequent_indent="  "
    )


def _foot(report: LadderReport, width: int) -> list[str]:
    machine = report.hardware
    words = [
        f"{report.verdict.stopped[0].upper()}{report.verdict.stopped[1:]}; {format_seconds(report.seconds)} in all.",
        f"Measured on {machine.name}, {machine.cores} cores; run {report.run_id} in {report.folder}",
    ]
    return [line for part in words for line in textwrap.wrap(plain(part), width)]


def _value(rung: Entry, metric: str) -> float | None:
    found = rung.metrics.get(metric)
    return None if found is None else found.value
