"""Where the numbers come from: the evidence rows behind the named model, and each number's basis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from advisor.render import labels, numbers, story
from advisor.render.story import Line

if TYPE_CHECKING:
    from advisor.core.recommendation import RankedModel, Recommendation

_SHOWN = (
    "task_id",
    "similarity",
    "metric",
    "value",
    "model_revision",
    "n_rows",
    "source_id",
    "flag",
)
"""Keys of an evidence row in reading order; url, commit and licence stand once per source."""


def evidence_table(answer: Recommendation) -> tuple[list[str], list[list[str]]]:
    """Column names and cells of the evidence; both empty without `--explain`."""
    keys = {key for row in answer.evidence for key in row}
    columns = [key for key in _SHOWN if key in keys]
    return columns, [[_cell(row.get(key)) for key in columns] for row in answer.evidence]


def evidence_lines(answer: Recommendation) -> list[Line]:
    """One statement per evidence row, numbered: the task, then what was measured there."""
    lines = []
    for number, row in enumerate(answer.evidence, start=1):
        task, similarity = _cell(row.get("task_id")), _cell(row.get("similarity"))
        revision = _cell(row.get("model_revision"))
        words = task + (f" (similarity {similarity})" if similarity else "")
        words += f": {_cell(row.get('metric'))} {_cell(row.get('value'))}, source {_cell(row.get('source_id'))}"
        words += f", revision {revision[:10]}" if revision not in {"", "unknown"} else ""
        words += f" ({flag})" if (flag := _cell(row.get("flag"))) else ""
        lines.append(Line(str(number), words))
    return lines


def sources(answer: Recommendation) -> list[Line]:
    """Each source of the evidence once: where it is, at which commit, under which licence."""
    found: dict[str, str] = {}
    for row in answer.evidence:
        commit = _cell(row.get("commit"))
        parts = [
            _cell(row.get("url")),
            f"commit {commit}" if commit else "",
            _cell(row.get("licence")),
        ]
        found.setdefault(_cell(row.get("source_id")), ", ".join(part for part in parts if part))
    return [Line("source", f"{name}: {facts}") for name, facts in sorted(found.items()) if name]


_QUANTITIES = {
    "fine_tune_memory_bytes": "tuning memory",
    "fine_tune_time_s": "tuning time",
    "probe_fit_time_s": "probe time",
}
"""Labels of quantities whose first word does not say what they are."""


def bases(model: RankedModel) -> list[Line]:
    """Every number of one model with its interval and what it rests on."""
    score = model.estimate
    level = numbers.percent(score.level)
    lines = [
        Line(
            "score",
            f"{numbers.points(score.value)} ({level} interval {numbers.spread(score)}), "
            f"{labels.BASIS[score.basis]}, {score.n_evidence} evidence rows",
        )
    ]
    for name, value in sorted(model.efficiency.items()):
        shown, ends = numbers.quantity(name, value), numbers.quantity_spread(name, value)
        label = _QUANTITIES.get(name, name.partition("_")[0])
        lines.append(Line(label, f"{shown} ({ends}), {_quantity_basis(value.basis)}"))
    for name, part in sorted(model.dimensions.items()):
        if part.value is None or part.lo is None or part.hi is None:
            lines.append(Line(name, "not known"))
            continue
        lines.append(
            Line(
                name,
                f"{part.value:.2f} ({part.lo:.2f} to {part.hi:.2f}), {_DIMENSION_BASIS[part.basis]}",
            )
        )
    return lines


_DIMENSION_BASIS = {
    "measured": "from measurements",
    "interpolated": "from predictions for this task",
    "extrapolated": "from predictions",
    "prior": "a declared rubric",
    "unknown": "not known",
}


def _quantity_basis(basis: str) -> str:
    return {
        "measured": "measured on this hardware",
        "interpolated": "predicted from measured models of like shape",
        "extrapolated": "predicted from size and hardware",
        "prior": "a rule of thumb",
    }[basis]


def _cell(value: str | float | None) -> str:
    if value is None:
        return ""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def about(answer: Recommendation) -> list[Line]:
    """The explanation of the named model, or of the first ranked one where none is named."""
    model = story.named(answer) or next(iter(answer.ranked), None)
    if model is None or not answer.evidence:
        return []
    return [Line("model", model.model_id), *bases(model)]
