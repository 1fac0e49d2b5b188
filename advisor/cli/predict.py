"""`advisor predict`: a file of (model, task) pairs in, the same rows with estimates out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from advisor.cli import output


def command(
    cells: Annotated[
        Path, typer.Option(help="Parquet or CSV with model_id and task_id.", metavar="FILE")
    ],
    out: Annotated[Path, typer.Option(help="Parquet or CSV to write.", metavar="FILE")],
    level: Annotated[
        str, typer.Option(help="Share of cases the interval is to cover.", metavar="P")
    ] = "0.90",
    snapshot: output.SnapshotOption = None,
) -> None:
    """Predict the score of each (model, task) row of a file.

    Adds value, lo, hi, level, basis and n_evidence; rows with an unknown name stay empty.
    """
    from advisor.recommend import api, cell_file

    wanted_level = cell_file.check_level(level)
    cell_file.check_suffix(out, option="--out")
    wanted = cell_file.read_cells(cells)
    opened = api.open_snapshot(output.snapshot_path(snapshot))
    from advisor.recommend.cells import predict_cells, unknown_names

    predicted = predict_cells(wanted, opened, level=wanted_level)
    cell_file.write_cells(predicted.frame, out)
    output.warn(unknown_names(predicted))
