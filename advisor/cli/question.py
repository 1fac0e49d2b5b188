"""What a question is made of on the command line: the task and its limits, for every command that asks one."""

from __future__ import annotations

from typing import Annotated

import typer

TaskOption = Annotated[
    str | None,
    typer.Option(help="The task in your words, a known task's name, or a table's path."),
]
DataOption = Annotated[
    str | None,
    typer.Option(
        help="A table as the task: csv, tsv, parquet or jsonl; instead of --task.",
        metavar="FILE",
    ),
]
TargetOption = Annotated[
    str | None, typer.Option(help="The table's column to predict.", metavar="COLUMN")
]
SizeOption = Annotated[
    str | None, typer.Option(help="Like 150M or 7B; any: no limit.", metavar="SIZE")
]
MemoryOption = Annotated[str | None, typer.Option(help="Like 8GB (10^9 bytes).", metavar="SIZE")]
LatencyOption = Annotated[
    str | None, typer.Option(help="p95 of one item, milliseconds.", metavar="MS")
]
CostOption = Annotated[str | None, typer.Option(help="USD per 1,000 items.", metavar="USD")]
HardwareOption = Annotated[
    str | None, typer.Option(help="A hardware id; the default is a CPU.", metavar="ID")
]
LicenceOption = Annotated[str | None, typer.Option(help="any, open or commercial.", metavar="WISH")]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(help="Of the data: deu, de or German; may be repeated.", metavar="CODE"),
]
OpenOption = Annotated[
    bool, typer.Option("--open-weights", help="Only models that can be downloaded.")
]
InterpretableOption = Annotated[
    str | None, typer.Option(help="no, prefer or require.", metavar="WISH")
]
LabelsOption = Annotated[str | None, typer.Option(help="Labelled examples at hand.", metavar="N")]
ToleranceOption = Annotated[
    str | None,
    typer.Option(help="Points that may be given up (default 5).", metavar="POINTS"),
]
ConfidenceOption = Annotated[
    str | None, typer.Option(help="How sure to be, 0 to 1 (default 0.5).", metavar="P")
]
AsOfOption = Annotated[
    str | None,
    typer.Option(help="Leave out models released later: 2024-12-31.", metavar="DATE"),
]
WeightsOption = Annotated[
    str | None, typer.Option(help="Like accuracy=0.6,efficiency=0.4; sum 1.", metavar="WEIGHTS")
]
