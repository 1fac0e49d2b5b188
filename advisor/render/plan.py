"""What to measure next, as lines of text: the answer as it stands, a cell each, and the command that runs them."""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING

from advisor.core.units import format_bytes, format_count, format_seconds
from advisor.render import numbers
from advisor.render.escape import plain
from advisor.render.layout import fit, fit_name

if TYPE_CHECKING:
    from advisor.core.plan import Missing, Plan

_FIXED = 47
"""Columns of the numbers beside the two names."""


def render(found: Plan, *, width: int, out: str | None = None) -> str:
    """The whole plan. out: the file that it was written to."""
    lines = [*wrap(f"As it stands: {plain(found.answer)}", width), ""]
    if found.cells:
        room = max(14, (width - _FIXED) // 2)
        lines.append(_row(room, "measure", "on", "size", ("changes", "by", "takes", "memory")))
        lines += [_cell(cell, room) for cell in found.cells]
        lines += ["", *wrap(_sum(found), width)]
    else:
        lines += wrap(_nothing(found), width)
    lines += [line for note in found.notes for line in wrap(f"note: {plain(note)}", width)]
    if found.jobs:
        first = "" if out else "write it with --out PLAN.json, then "
        lines += ["", f"{first}run it: advisor bench run {plain(out) if out else 'PLAN.json'}"]
    return "\n".join(lines) + "\n"


def _cell(cell: Missing, room: int) -> str:
    points = "?" if cell.gain_points is None else f"{cell.gain_points:.1f} pt"
    took = "?" if cell.cost_s is None else format_seconds(cell.cost_s)
    if cell.cost_usd is not None:
        took = f"${cell.cost_usd:.2g}"
    figures = (numbers.percent(cell.p_changes), points, took, format_bytes(cell.memory_bytes))
    size = "" if cell.n_parameters is None else format_count(cell.n_parameters)
    return _row(room, cell.model_id, cell.task_id, size, figures)


def _row(room: int, model: str, task: str, size: str, figures: tuple[str, ...]) -> str:
    names = fit(fit_name(plain(model), room), room) + fit(size, 7, "right") + "  "
    names += fit(fit_name(plain(task), room), room)
    return "  " + names + "".join(fit(part, 9, "right") for part in figures)


def _sum(found: Plan) -> str:
    words = f"{len(found.cells)} of {found.n_considered} cells that could change the answer"
    words += f", about {format_seconds(found.spent_s)} in all" if found.spent_s else ""
    if found.budget_s is not None:
        words += f" of the {format_seconds(found.budget_s)} allowed"
    if found.p_changes is not None:
        words += f"; together they are {numbers.percent(found.p_changes)} likely to change it"
    return (
        words
        + ". Each chance is that of measuring it alone; the order counts what is new beside those above."
    )


def _nothing(found: Plan) -> str:
    if found.n_considered:
        return (
            f"None of the {found.n_considered} cells that could change the answer fits the budget."
        )
    return (
        "No single missing score is likely to change the answer. Where that is unsure, it is for how your task may "
        "differ from the public ones, and only your own data tells."
    )
