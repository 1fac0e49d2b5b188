"""What every command that draws shares: how a picture is wanted, and what it is wanted of."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from advisor.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from advisor.core.recommendation import Recommendation
    from advisor.figures.chart import Chart, Wanted
    from advisor.render.charts.catalogue import Entry
    from advisor.render.export import Export
    from advisor.tables.snapshot import Snapshot

FormatsOption = Annotated[
    str,
    typer.Option(
        "--format", help="html, svg, png, pdf, json, csv; several with commas.", metavar="FORMATS"
    ),
]
ThemeOption = Annotated[str, typer.Option(help="light, dark or both.", metavar="THEME")]
SizesOption = Annotated[
    str, typer.Option(help="Of png, svg and pdf: slide, paper or both.", metavar="SIZE")
]
SelfContainedOption = Annotated[
    bool, typer.Option("--self-contained", help="Put plotly's script (4.8 MB) into each page.")
]
OutOption = Annotated[str, typer.Option(help="Folder to write to.", metavar="DIR")]
TitleOption = Annotated[str | None, typer.Option(help="Instead of the chart's own.")]
FootnoteOption = Annotated[str | None, typer.Option(help="Added below the notes.")]
AsOfOption = Annotated[
    str | None,
    typer.Option(help="Leave out what is newer, like 2025-06-30.", metavar="DATE"),
]
EdgesOption = Annotated[
    str | None,
    typer.Option(
        help="Edges of the size classes (default 200M,500M,1B,6B).", metavar="SIZES"
    ),
]  # fmt: skip


def export(formats: str, *, theme: str, size: str, out: str, self_contained: bool) -> Export:
    """The options as the exporter wants them. Raises: BadInput: a word that none of them knows."""
    from advisor.render.export import FORMATS, SIZES, THEMES, Export

    if not out.strip():
        raise BadInput("--out: the folder's name is empty")
    if Path(out).exists() and not Path(out).is_dir():
        raise BadInput(f"--out: {out!r} is a file; name a folder")
    return Export(
        folder=Path(out),
        formats=_words("--format", formats, FORMATS),
        themes=_words("--theme", theme, THEMES),
        sizes=_words("--size", size, SIZES),
        self_contained=self_contained,
    )


def wanted(
    asked: Mapping[str, Any],
    *,
    entry: Entry,
    snapshot: Snapshot,
    models: Sequence[str] = (),
    tasks: Sequence[str] = (),
    as_of: str | None = None,
    edges: str | None = None,
    example: bool = False,
) -> Wanted:
    """What the chart is asked for; the question is only answered where the chart reads an answer.

    example: where no task is given, the catalogue's example question stands in.
    Raises: BadInput, Unclear: see recommend; a date or a size that cannot be read.
    """
    from advisor.core.ids import SIZE_EDGES
    from advisor.figures.chart import Wanted

    day = _day(as_of)
    stated = {name: value for name, value in asked.items() if value is not None}
    if example and "answer" in entry.needs and "task" not in stated and "data" not in stated:
        stated |= entry.example
    answer = None
    if {"task", "data"} & set(stated) and "answer" in (*entry.needs, *entry.takes):
        answer = _answer(stated, snapshot, day)
    return Wanted(
        answer=answer,
        models=tuple(models),
        tasks=tuple(tasks),
        as_of=day,
        edges=_edges(edges) if edges is not None else SIZE_EDGES,
    )


def refuse_untaken(
    name: str,
    asked: Mapping[str, Any],
    *,
    models: Sequence[str] | None,
    tasks: Sequence[str] | None,
    edges: str | None,
) -> None:
    """No option goes unheeded. Raises: BadInput: the chart does not take it, or it is about a question that is not asked."""
    from advisor.render.charts import catalogue

    stated = [key for key, value in asked.items() if value is not None]
    given: dict[catalogue.Need, str] = {"answer": _option(stated[0])} if stated else {}
    if models:
        given["models"] = "--model"
    if tasks:
        given["tasks"] = "--on"
    if edges:
        given["edges"] = "--edges"
    catalogue.refuse_untaken(name, given)
    if stated and not {"task", "data"} & set(stated):
        raise BadInput(f"chart {name}: {_option(stated[0])} needs {catalogue.HOW['answer']}")


def _option(key: str) -> str:
    return f"--{key.replace('_', '-')}"


def worded(chart: Chart, *, title: str | None = None, footnote: str | None = None) -> Chart:
    """The chart with the user's own words."""
    notes = (*chart.notes, footnote) if footnote and footnote.strip() else chart.notes
    return replace(chart, title=title or chart.title, notes=notes)


def _answer(stated: dict[str, Any], snapshot: Snapshot, as_of: date | None) -> Recommendation:
    from advisor.cli.recommend import asked as task_of
    from advisor.figures.chart import MOST_MODELS
    from advisor.recommend import api

    task = task_of(stated.pop("task", None), stated.pop("data", None), command="chart")
    if as_of is not None:
        stated["as_of"] = as_of
    return api.recommend(task, snapshot=snapshot, top=MOST_MODELS, **stated)


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"--as-of: cannot read {text!r}; write a day like 2025-06-30") from None


def _edges(text: str) -> tuple[int, ...]:
    from advisor.core.units import parse_count

    edges = tuple(parse_count(part, field="--edges") for part in text.split(",") if part.strip())
    if not edges or list(edges) != sorted(set(edges)):
        raise BadInput(f"--edges: {text!r} must be sizes in rising order, like 200M,500M,1B,6B")
    return edges


def _words(option: str, text: str, accepted: Sequence[str]) -> tuple[Any, ...]:
    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    two = len(accepted) == 2
    if words == ["both"] and two:
        return tuple(accepted)
    one = f"type one or more of {', '.join(accepted)}{', or both' if two else ''}"
    if unknown := [word for word in words if word not in accepted]:
        raise BadInput(f"{option}: {unknown[0]!r} is not accepted; {one}")
    if not words:
        raise BadInput(f"{option}: nothing is named; {one}")
    return tuple(dict.fromkeys(words))
