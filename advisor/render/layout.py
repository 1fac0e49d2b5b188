"""Fitting words into terminal cells: padding, shortening, bars, wrapped lines beside a label."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, Literal

from rich.cells import cell_len, set_cell_size
from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from advisor.render.escape import plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from advisor.render.story import Line

INDENT: Final = "  "
LABEL_WIDTH: Final = 11
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def fit(words: str, width: int, justify: Literal["left", "right"] = "left") -> str:
    """`words` in exactly `width` cells; what does not fit ends in an ellipsis."""
    if cell_len(words) > width:
        words = set_cell_size(words, max(width - 1, 0)).rstrip() + "…"
    room = " " * (width - cell_len(words))
    return room + words if justify == "right" else words + room


def fit_name(model_id: str, width: int) -> str:
    """A model's name in at most `width` cells: the organisation goes first, then the middle of the name.

    Both ends stay, because the start names the family and the end its size and version.
    """
    name = plain(model_id)
    if cell_len(name) <= width:
        return name
    if "/" in name:
        name = "…/" + name.rpartition("/")[2]
    if cell_len(name) <= width or width < 8:
        return fit(name, width).rstrip()
    tail = (width - 1) // 2
    return set_cell_size(name, width - 1 - tail).rstrip() + "…" + name[-tail:]


def bar(share: float, width: int) -> str:
    """A bar of eighths of a cell, `width` cells at a share of 1."""
    eighths = round(min(max(share, 0.0), 1.0) * width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + (_EIGHTHS[rest] if rest else "")).ljust(width)


def heading(words: str, note: str = "", *, first: bool = False) -> Text:
    """A section's title with a quiet note beside it; a blank line above, unless it is the first thing said."""
    text = Text("" if first else "\n")
    text.append(words, style="bold")
    return text.append(f"  {note}", style="dim") if note else text


def labelled(lines: Sequence[Line], *, style: str = "") -> Table:
    """Each statement wrapped beside its label."""
    grid = Table.grid(padding=(0, 1, 0, 0), pad_edge=False)
    label_width = max([LABEL_WIDTH, *(cell_len(line.label) for line in lines)])
    grid.add_column(width=len(INDENT) + label_width, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for line in lines:
        grid.add_row(
            Text(INDENT + fit(line.label, label_width), style="dim"),
            Text(plain(line.text), style=style),
        )
    return grid


def printed(blocks: Iterable[RenderableType], *, width: int, colour: bool) -> str:
    """The blocks as text whose lines have no trailing blanks."""
    stream = io.StringIO()
    console = Console(
        file=stream, width=width, force_terminal=colour, color_system="standard" if colour else None,
        no_color=not colour, markup=False, emoji=False, highlight=False, legacy_windows=False, _environ={},
    )  # fmt: skip
    console.print(Group(*blocks))
    return "".join(line.rstrip() + "\n" for line in stream.getvalue().splitlines())
