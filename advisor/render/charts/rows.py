"""A few models as rows of small plots that share them: the names at the left, one plot a measure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from advisor.render.charts import theme
from advisor.render.charts.names import model

if TYPE_CHECKING:
    from collections.abc import Sequence

    from advisor.render.charts.panels import Panel
    from advisor.render.charts.theme import Style


def margin(names: Sequence[str], style: Style) -> int:
    """Pixels that the names take at the left of a plot."""
    longest = max((min(len(name), letters(style)) for name in names), default=0)
    return 24 + round(longest * (style.font_size - 1) * 0.6)


def letters(style: Style) -> int:
    """Letters that a name may have."""
    return 18 if style.phone else 30


def model_axis(names: Sequence[str], style: Style, *, named: bool = True) -> dict[str, Any]:
    """An axis of models from the top down, the first in bold; bare where another plot beside it has the names."""
    words = [model(name, letters(style)) for name in names]
    if words:
        words[0] = f"<b>{words[0]}</b>"
    return theme.axis(style, "") | {
        "range": [len(names) - 0.5, -0.5],
        "tickvals": list(range(len(names))),
        "ticktext": words if named else [""] * len(words),
        "showgrid": True,
        "fixedrange": True,
    }


def say(figure: Any, panel: Panel, at: int, style: Style, text: str = "not known") -> None:
    """Write why there is no point, where it would be."""
    figure.add_annotation(
        text=text, showarrow=False, xref=f"{panel.axes['xaxis']} domain", x=0.02, xanchor="left",
        yref=panel.axes["yaxis"], y=at, name="no point", font={"size": style.font_size - 2, "color": style.faint},
    )  # fmt: skip
