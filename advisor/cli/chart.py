"""`advisor chart`: one comparison as a picture for a slide or a paper, with the data beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from advisor.cli import output, picture, question

if TYPE_CHECKING:
    from advisor.render.charts.catalogue import Entry


def command(
    name: Annotated[
        str | None, typer.Argument(help="A chart of the list below.", metavar="NAME")
    ] = None,
    task: question.TaskOption = None,
    data: question.DataOption = None,
    target: question.TargetOption = None,
    model: Annotated[
        list[str] | None,
        typer.Option(help="A model or a size class to show; may be repeated.", metavar="ID"),
    ] = None,
    on: Annotated[
        list[str] | None,
        typer.Option(
            help="A task, a task type or a benchmark to show; may be repeated.", metavar="NAME"
        ),
    ] = None,
    max_params: question.SizeOption = None,
    max_memory: question.MemoryOption = None,
    max_latency_ms: question.LatencyOption = None,
    max_cost: question.CostOption = None,
    hardware: question.HardwareOption = None,
    license: question.LicenceOption = None,  # noqa: A002 - the option's name
    language: question.LanguageOption = None,
    open_weights: question.OpenOption = False,
    interpretable: question.InterpretableOption = None,
    labels: question.LabelsOption = None,
    tolerance: question.ToleranceOption = None,
    confidence: question.ConfidenceOption = None,
    edges: picture.EdgesOption = None,
    as_of: picture.AsOfOption = None,
    title: picture.TitleOption = None,
    footnote: picture.FootnoteOption = None,
    formats: picture.FormatsOption = "html",
    theme: picture.ThemeOption = "light",
    size: picture.SizesOption = "slide",
    self_contained: picture.SelfContainedOption = False,
    out: picture.OutOption = ".",
    names: Annotated[bool, typer.Option("--list", help="Print the charts' names.")] = False,
    snapshot: output.SnapshotOption = None,
) -> None:
    """Draw one chart, its data beside it (--list names them).

    Without a NAME, the charts are listed.
    """
    if names or name is None:
        from advisor.render.charts.catalogue import CHARTS

        output.write(_listed(CHARTS))
        return
    how = picture.export(formats, theme=theme, size=size, out=out, self_contained=self_contained)
    asked = {
        "task": task, "data": data, "target": target, "max_params": max_params, "max_memory": max_memory,
        "max_latency_ms": max_latency_ms, "max_cost": max_cost, "hardware": hardware, "license": license,
        "language": language or None, "open_weights": open_weights or None, "interpretable": interpretable,
        "labels": labels, "tolerance": tolerance, "confidence": confidence,
    }  # fmt: skip
    from advisor.recommend import api
    from advisor.render import export
    from advisor.render.charts import catalogue

    entry = catalogue.entry(name)
    picture.refuse_untaken(name, asked, models=model, tasks=on, edges=edges)
    opened = api.open_snapshot(output.snapshot_path(snapshot))
    wanted = picture.wanted(
        asked,
        entry=entry,
        snapshot=opened,
        models=model or [],
        tasks=on or [],
        as_of=as_of,
        edges=edges,
    )
    chart = picture.worded(catalogue.build(name, wanted, opened), title=title, footnote=footnote)
    with export.browser(how.formats):
        files = export.write(chart, how)
    output.write("\n".join([chart.reading, *(f"  {file}" for file in files)]) + "\n")


def _listed(charts: dict[str, Entry]) -> str:
    widest = max((len(name) for name in charts), default=0)
    lines = [f"  {name:<{widest}}  {entry.doc}{_needs(entry)}" for name, entry in charts.items()]
    return "\n".join(["Charts, for `advisor chart NAME`:", *lines]) + "\n"


def _needs(entry: Entry) -> str:
    from advisor.render.charts.catalogue import HOW

    return f" (needs {'; '.join(HOW[need] for need in entry.needs)})" if entry.needs else ""
