"""Plain tables for the terminal: search hits, backtest summaries, what a snapshot is, what a build did."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from rich.cells import cell_len
from rich.table import Table
from rich.text import Text

from advisor.core.units import format_bytes, format_count
from advisor.render import labels, numbers
from advisor.render.escape import plain
from advisor.render.layout import INDENT, fit, heading, labelled, printed
from advisor.render.story import Line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from rich.console import RenderableType

_GAP: Final = "  "
_RIGHT: Final = frozenset({"models", "size", "downloads", "rows"})


def tasks(rows: Sequence[dict[str, Any]], *, width: int, colour: bool) -> str:
    """Found tasks, one a line."""
    show: dict[str, Callable[[dict[str, Any]], str]] = {
        "task": lambda row: row["task_id"],
        "family": lambda row: row["task_family"],
        "metric": lambda row: labels.metric(row["metric"] or numbers.UNKNOWN),
        "models": lambda row: f"{row['n_models'] or 0:,}",
        "languages": lambda row: _languages(row["languages"]),
        "what it is": lambda row: row["description"] or "",
    }
    return _listed(rows, show, width=width, colour=colour)


def models(rows: Sequence[dict[str, Any]], *, width: int, colour: bool) -> str:
    """Found models, one a line."""
    show: dict[str, Callable[[dict[str, Any]], str]] = {
        "model": lambda row: row["model_id"],
        "size": lambda row: format_count(row["n_parameters"]),
        "downloads": lambda row: numbers.downloads(row["downloads_30d"]),
        "kind": lambda row: (row["kind"] or numbers.UNKNOWN).replace("_", " "),
        "licence": lambda row: row["license"] or numbers.UNKNOWN,
        "released": lambda row: row["released"] or numbers.UNKNOWN,
    }
    return _listed(rows, show, width=width, colour=colour)


def table(name: str, rows: Sequence[dict[str, Any]], *, width: int, colour: bool) -> str:
    """Any summary under its name, its columns as they are called in the data."""
    names = list(rows[0]) if rows else []
    lines: list[RenderableType] = [heading(name, first=True)]
    cells = [[_figure(row[key]) for key in names] for row in rows]
    numeric = {key for key in names if any(isinstance(row[key], int | float) for row in rows)}
    lines += grid(names, cells, width=width, right=numeric)
    return printed([*lines, Text("")], width=width, colour=colour)


def status(facts: dict[str, Any], *, width: int, colour: bool) -> str:
    """What a snapshot is, its tables and its sources."""
    age = "age unknown" if facts["age_days"] is None else f"{facts['age_days']:,} days old"
    head = [
        Line("id", facts["id"]),
        Line("built", f"{facts['created_at'] or 'date not recorded'} ({age})"),
        Line("folder", facts["path"]),
    ]
    if facts.get("refreshed_from"):
        words = f"from {facts['refreshed_from']}; predictions as fitted in {facts['fitted_in']}"
        head.insert(2, Line("refreshed", words))
    sizes = [
        [name, f"{entry['rows']:,}", format_bytes(entry["bytes"])]
        for name, entry in facts["tables"].items()
    ]
    sources = [
        [
            row["source_id"],
            row.get("licence") or "not stated",
            row.get("date") or "",
            row.get("title") or "",
        ]
        for row in facts["sources"]
    ]
    blocks: list[RenderableType] = [
        heading("Snapshot", first=True),
        labelled(head),
        heading("Tables"),
    ]
    blocks += grid(["table", "rows", "size"], sizes, width=width, right={"rows", "size"})
    if sources:
        blocks.append(heading("Sources"))
        blocks += grid(["source", "licence", "date", "title"], sources, width=width, right=set())
    return printed(blocks, width=width, colour=colour)


def build(path: str, rows: Sequence[dict[str, Any]], *, width: int, colour: bool) -> str:
    """Where a new snapshot is and what became of every source's rows.

    rows: source, kind, n_rows, action (read, kept, set aside, ...), why.
    """
    blocks: list[RenderableType] = []
    for source in dict.fromkeys(row["source"] for row in rows):
        blocks.append(heading(plain(str(source)), first=not blocks))
        blocks.append(_fates([row for row in rows if row["source"] == source]))
    blocks += [heading("Snapshot"), labelled([Line("folder", path)])]
    return printed(blocks, width=width, colour=colour)


def _fates(rows: Sequence[dict[str, Any]]) -> Table:
    """Number, action, and which rows and why; the reasons are wrapped, never cut."""
    grid = Table.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(width=len(INDENT) + 10, justify="right", no_wrap=True)
    grid.add_column(width=9, no_wrap=True)
    grid.add_column(ratio=1, overflow="fold")
    for row in rows:
        why = f": {row['why']}" if row.get("why") else ""
        grid.add_row(
            Text(f"{row['n_rows']:,}"),
            Text(plain(str(row["action"])), style="dim"),
            Text(plain(f"{row['kind']}{why}")),
        )
    return grid


def _languages(codes: Sequence[str] | None) -> str:
    if not codes:
        return numbers.UNKNOWN
    return ", ".join(codes[:3]) + (f" +{len(codes) - 3}" if len(codes) > 3 else "")


def _listed(
    rows: Sequence[dict[str, Any]],
    show: dict[str, Callable[[dict[str, Any]], str]],
    *,
    width: int,
    colour: bool,
) -> str:
    if not rows:
        return "nothing matches; try fewer or shorter words\n"
    cells = [[read(row) for read in show.values()] for row in rows]
    return printed(grid(list(show), cells, width=width, right=_RIGHT), width=width, colour=colour)


def grid(
    names: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    width: int,
    right: set[str] | frozenset[str],
) -> list[Text]:
    """Header and rows of a table; columns as wide as their words, the first that does not fit is cut, the rest left out."""
    clean = [[plain(cell) for cell in row] for row in rows]
    room, widths = width - len(INDENT), list[int]()
    for n, name in enumerate(names):
        wanted = max([cell_len(name), *(cell_len(row[n]) for row in clean)])
        left = room - sum(widths) - len(_GAP) * len(widths)
        if left < min(wanted, 8):
            break
        widths.append(min(wanted, left))
    lines = []
    for style, row in (("dim", names), *(("", row) for row in clean)):
        cells = [
            fit(cell, size, "right" if name in right else "left")
            for cell, size, name in zip(row, widths, names, strict=False)
        ]
        lines.append(Text(INDENT + _GAP.join(cells).rstrip(), style=style))
    return lines


def _figure(value: object) -> str:
    if value is None:
        return numbers.UNKNOWN
    if isinstance(value, float):
        return f"{value:.4g}"
    return f"{value:,}" if isinstance(value, int) else str(value)
