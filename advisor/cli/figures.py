"""`advisor figures`: every chart of the catalogue in one folder, from the snapshot in use."""

from __future__ import annotations

from typing import Annotated

import typer

from advisor.cli import output, picture, question
from advisor.core.errors import MissingData


def command(
    out: Annotated[str, typer.Option(help="Folder to write to.", metavar="DIR")],
    task: question.TaskOption = None,
    data: question.DataOption = None,
    target: question.TargetOption = None,
    edges: picture.EdgesOption = None,
    as_of: picture.AsOfOption = None,
    footnote: picture.FootnoteOption = None,
    formats: picture.FormatsOption = "html",
    theme: picture.ThemeOption = "light",
    size: picture.SizesOption = "slide",
    self_contained: picture.SelfContainedOption = False,
    snapshot: output.SnapshotOption = None,
) -> None:
    """Draw every chart into a folder.

    Those of an answer are drawn for --task, else each for an example question.
    """
    how = picture.export(formats, theme=theme, size=size, out=out, self_contained=self_contained)
    from advisor.recommend import api
    from advisor.render import export
    from advisor.render.charts import catalogue

    opened = api.open_snapshot(output.snapshot_path(snapshot))
    asked = {"task": task, "data": data, "target": target}
    n_charts = n_files = 0
    with export.browser(how.formats):
        for name, entry in catalogue.CHARTS.items():
            try:
                wanted = picture.wanted(
                    asked, entry=entry, snapshot=opened, as_of=as_of, edges=edges, example=True
                )
            except MissingData as missing:
                if as_of is None:
                    raise
                output.note(f"{name}: left out: {missing}")
                continue
            n_charts += 1
            chart = picture.worded(catalogue.build(name, wanted, opened), footnote=footnote)
            files = export.write(chart, how)
            n_files += len(files)
            output.note(f"{name}: {chart.reading}")
    output.write(f"{n_charts} charts in {n_files} files: {how.folder}\n")
