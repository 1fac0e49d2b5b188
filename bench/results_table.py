"""`python -m bench.results_table --runs DIR --out FILE.csv`: what stored jobs measured, as one small tidy table."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from bench.store import Store

if TYPE_CHECKING:
    from collections.abc import Sequence

COLUMNS: Final = (
    "harness", "task_id", "subset", "split", "n_shot", "model_id", "model_revision", "metric", "value", "lo", "hi",
    "level", "n_items", "basis", "hardware_id", "seed", "dataset_revision",
)  # fmt: skip


def results(root: Path, *, metrics: Sequence[str] = ()) -> pl.DataFrame:
    """Rows of every finished job under `root`, sorted; `metrics`: these alone."""
    store = Store(root=root)
    jobs = {
        job.job_id: job
        for file in sorted((root / "runs").glob("*.json"))
        for job in store.run(file.stem)
    }
    found = [outcome for job in jobs.values() if (outcome := store.finished(job)) is not None]
    frames = [outcome.measured.rows for outcome in found if outcome.measured is not None]
    if not frames:
        return pl.DataFrame(schema=dict.fromkeys(COLUMNS, pl.String))
    table = pl.concat(frames).select(COLUMNS)
    if metrics:
        table = table.filter(pl.col("metric").is_in(list(metrics)))
    return table.sort(
        "harness", "task_id", "model_id", "metric", "subset", "split", nulls_last=True
    )


def main() -> None:
    """Write the table; floats carry six digits, which is more than any of them holds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--metrics", default="", help="comma-separated; all if left out")
    given = parser.parse_args()
    names = [name for name in given.metrics.split(",") if name]
    table = results(given.runs, metrics=names)
    floats = [name for name, kind in table.schema.items() if kind.is_float()]
    table.with_columns(pl.col(floats).round_sig_figs(6)).write_csv(given.out)


if __name__ == "__main__":
    main()
