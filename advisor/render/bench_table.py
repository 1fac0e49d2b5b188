"""Measured models as rows of one table: score with interval, latency, memory, size."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from advisor.core.metrics import spec
from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.render.escape import plain
from advisor.render.layout import fit, fit_name

if TYPE_CHECKING:
    from collections.abc import Iterable

    from advisor.core.measurement import Entry, Metric

COLUMNS: Final = (("p50", 9), ("memory", 9), ("weights", 9), ("parameters", 11), ("fit", 9))
_SCORE: Final = 22


def table(entries: Iterable[Entry], *, marked: str | None, width: int) -> list[str]:
    """A head and a line an entry; `marked`: the model that gets a mark. Columns that do not fit are left out."""
    rows = list(entries)
    shown = [
        (name, size)
        for n, (name, size) in enumerate(COLUMNS, start=1)
        if 2 + 14 + _SCORE + sum(s for _, s in COLUMNS[:n]) <= width
    ]
    longest = max([len(e.model) for e in rows], default=14)
    room = max(14, min(longest, width - 2 - _SCORE - sum(size for _, size in shown)))
    lines = ["  " + " " * room + fit("score (95%)", _SCORE, "right")]
    lines[0] += "".join(fit(name, size, "right") for name, size in shown)
    for e in rows:
        line = ("▸ " if e.model == marked else "  ") + fit(fit_name(e.model, room), room)
        line += fit(number(e.main_score or "", e.metrics.get(e.main_score or "")), _SCORE, "right")
        lines.append(line + "".join(fit(cell(e, name), size, "right") for name, size in shown))
    return lines


def wrapped(words: str, width: int, indent: str = "") -> list[str]:
    """Lines of at most `width`, those of an indented text two cells deeper after the first; paths are never broken."""
    return textwrap.wrap(
        plain(words), width, initial_indent=indent, subsequent_indent=indent and indent + "  ",
        break_on_hyphens=False, break_long_words=False,
    )  # fmt: skip


def named(metric: str) -> str:
    """The metric's label within a line: "accuracy", but "ROC AUC" and "R²"."""
    label = spec(metric).label
    return label[0].lower() + label[1:] if label[1:2].islower() else label


def number(metric: str, found: Metric | None) -> str:
    """Like "91.2 (90.1–92.2)": points for fractions, else the metric's own unit; "?" when not measured."""
    if found is None:
        return "?"
    value = _shown(metric, found.value)
    if found.lo is None or found.hi is None:
        return value
    return f"{value} ({_shown(metric, found.lo)}–{_shown(metric, found.hi)})"


def value(e: Entry, metric: str) -> float | None:
    """The metric's value; None when it was not measured."""
    found = e.metrics.get(metric)
    return None if found is None else found.value


def _shown(metric: str, number_: float) -> str:
    if spec(metric).unit in {"fraction", "correlation"}:
        return f"{number_ * 100.0:.1f}"
    return f"{number_:.4g}"


def cell(e: Entry, column: str) -> str:
    """The entry's value in one of COLUMNS, in readers' units; "?" when not measured."""
    if column == "parameters":
        return format_count(e.n_parameters)
    if column in {"p50", "fit"}:
        return format_seconds(value(e, "latency_p50_s" if column == "p50" else "fit_time_s"))
    return format_bytes(value(e, "memory_peak_bytes" if column == "memory" else "weights_bytes"))
