"""Named models in columns, one fact a line; in rows where the terminal is too narrow for columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from advisor.core.ids import NOT_NEURAL
from advisor.core.units import format_count
from advisor.render import labels, numbers
from advisor.render.escape import plain
from advisor.render.layout import INDENT, fit, fit_name, heading, labelled, printed
from advisor.render.story import Line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.console import RenderableType

    from advisor.core.profile import TaskProfile
    from advisor.core.recommendation import RankedModel

_LABEL = 18
_NARROWEST_COLUMN = 16


def render(
    profile: TaskProfile, models: Sequence[RankedModel], *, width: int = 80, colour: bool = False
) -> str:
    """The models side by side, in the given order."""
    task = (
        f"{profile.task_family.replace('-', ' ')}, score: {labels.metric(profile.metric)} × 100; "
        "limits aside"
    )
    title = heading("Side by side", task, first=True)
    column = (width - len(INDENT) - _LABEL) // max(len(models), 1) - 2
    if column < _NARROWEST_COLUMN:
        blocks: list[RenderableType] = [title]
        for model in models:
            blocks += [
                heading(plain(model.model_id)),
                labelled([Line(*pair) for pair in facts(model).items()]),
            ]
        return printed(blocks, width=width, colour=colour)
    columns = [facts(model) for model in models]
    lines = [title, _line("", [fit_name(m.model_id, column) for m in models], column, style="bold")]
    lines += [
        _line(label, [found[label] for found in columns], column)
        for label in dict.fromkeys(label for found in columns for label in found)
    ]
    return printed(lines, width=width, colour=colour)


def facts(model: RankedModel) -> dict[str, str]:
    """Everything that is known of one model on the task, by label; the same labels for every model."""
    found = {
        "size": "none" if model.kind in NOT_NEURAL else format_count(model.n_parameters),
        "kind": model.kind.replace("_", " "),
        "licence": model.license or numbers.UNKNOWN,
        "commercial use": model.commercial_use,
        "score": numbers.score(model.estimate),
        f"{numbers.percent(model.estimate.level)} range": numbers.spread(model.estimate),
        "good enough": numbers.percent(model.p_good_enough),
        "best of all": numbers.percent(model.p_best),
    }
    for label, name in (
        ("latency", "latency_p95_s"),
        ("memory", "memory_bytes"),
        ("cost per 1k", "cost_usd_per_1k_items"),
    ):
        found[label] = numbers.quantity(name, model.efficiency.get(name))
    for name in ("accuracy", "generality", "efficiency", "interpretability"):
        part = model.dimensions.get(name)
        known = part is not None and part.value is not None
        found[name] = f"{part.value:.2f}" if part is not None and known else numbers.UNKNOWN
    found["downloads"] = numbers.downloads(model.downloads_30d)
    found["caution"] = "; ".join(model.flags) or "-"
    return found


def _line(label: str, words: Sequence[str], width: int, *, style: str = "") -> Text:
    line = Text(INDENT + fit(label, _LABEL), style="dim")
    for word in words:
        line.append("  " + fit(plain(word), width), style=style or "not dim")
    return line
